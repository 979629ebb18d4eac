"""Ratified agreement versions, so that reports can name components and levels without asking anyone."""

from datetime import date

import msgspec

from shared.contracts.fields import Process
from shared.contracts.registry import Event, event
from shared.contracts.topics import AGREEMENTS


class LevelName(msgspec.Struct, frozen=True, kw_only=True):
    level_id: Process[str]
    label: Process[str]


class ComponentName(msgspec.Struct, frozen=True, kw_only=True):
    component_id: Process[str]
    standard_id: Process[str]
    title: Process[str]
    scale: Process[tuple[LevelName, ...]]
    """Lowest level first."""


@event(name="agreements.ratified", version=1, topic=AGREEMENTS, key="content_hash", within_district=True)
class AgreementRatified(Event, frozen=True, kw_only=True):
    content_hash: Process[str]
    structure_hash: Process[str]
    system: Process[str]
    title: Process[str]
    in_force_from: Process[date]
    components: Process[tuple[ComponentName, ...]]
    final_levels: Process[tuple[LevelName, ...]]
    """Lowest first."""
    document: Process[str]
    """The agreement itself, as the YAML both parties signed."""
