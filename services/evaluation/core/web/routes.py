"""Everything this service answers: blueprints, and who may use each endpoint. One list; the policy holds it total."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import flask_smorest
from flask import Blueprint

from services.evaluation.core.domain.kind import Kind
from services.evaluation.core.web import (
    api,
    api_commands,
    api_office,
    ending_pages,
    evaluation_pages,
    forms_of_track,
    listing,
    occasion_pages,
    office,
    record_pages,
)
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
    api.make,
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
        **api.RULES,
        **api_commands.RULES,
        **api_office.rules(kind),
    }
