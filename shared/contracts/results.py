"""What came out: ratings and scores of delivered and closed evaluations. Read by reporting only."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.contracts.fields import Content, Process
from shared.contracts.registry import Event, event
from shared.contracts.topics import RESULTS


class ComponentRating(msgspec.Struct, frozen=True, kw_only=True):
    component_id: Content[str]
    level: Content[str | None]
    """Level id of the agreement's scale; None: not applicable (never zero)."""


@event(name="results.summative-delivered", version=1, topic=RESULTS, key="evaluation_id")
class SummativeDelivered(Event, frozen=True, kw_only=True):
    evaluation_id: Process[UUID]
    cycle_id: Process[UUID]
    school_id: Process[UUID | None]
    evaluator_id: Process[UUID]
    agreement_hash: Process[str]
    structure_hash: Process[str]
    ratings: Content[tuple[ComponentRating, ...]]
    final_level: Content[str]
    values: Content[dict[str, str]]
    """Named values of the score's trace, numbers as decimal strings."""
    at: Process[datetime]


@event(name="results.evaluation-final", version=1, topic=RESULTS, key="evaluation_id")
class ResultFinal(Event, frozen=True, kw_only=True):
    """The evaluation closed; what was delivered stands."""

    evaluation_id: Process[UUID]
    final_level: Content[str]
    at: Process[datetime]
