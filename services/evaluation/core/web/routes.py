"""Everything this service answers: blueprints, and who may use each endpoint. One list; the policy holds it total."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import flask_smorest
from flask import Blueprint

from services.evaluation.core.domain.kind import Kind
from services.evaluation.core.web import (
    ending_pages,
    evaluation_pages,
    forms_of_track,
    listing,
    occasion_pages,
    office,
    record_pages,
)
from services.evaluation.core.web.api import commands as api_commands
from services.evaluation.core.web.api import office as api_office
from services.evaluation.core.web.api import reading as api_reading
from shared.web.access import Rule

PAGES: Sequence[Callable[[], Blueprint]] = (
    listing.make,
    office.make,
    evaluation_pages.make,
    forms_of_track.make,
    occasion_pages.make,
    ending_pages.make,
    record_pages.make,
)
API: Sequence[Callable[[], flask_smorest.Blueprint]] = (
    api_reading.make,
    api_commands.make,
    api_office.make_cycles,
    api_office.make_lists,
)
STATIC: Sequence[Path] = (Path(__file__).parent / "static",)


def rules(kind: Kind) -> Mapping[str, Rule]:
    """Endpoint -> who may knock; what they are to the evaluation at hand is domain/policy.py's question."""
    return {
        **listing.RULES,
        **office.rules(kind),
        **evaluation_pages.RULES,
        **forms_of_track.RULES,
        **occasion_pages.RULES,
        **ending_pages.RULES,
        **record_pages.RULES,
        **api_reading.RULES,
        **api_commands.RULES,
        **api_office.rules(kind),
    }
