"""Everything this service answers: blueprints, and who may use each endpoint. One list; the policy holds it total."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import flask_smorest
from flask import Blueprint

from services.evaluation.core.domain.kind import Kind
from services.evaluation.core.web import api, api_commands, listing, office
from shared.web.access import Rule

PAGES: Sequence[Callable[[], Blueprint]] = (listing.make, office.make)
API: Sequence[Callable[[], flask_smorest.Blueprint]] = (api.make, api_commands.make)
STATIC: Sequence[Path] = (Path(__file__).parent / "static",)


def rules(kind: Kind) -> Mapping[str, Rule]:
    """Endpoint -> who may knock; what they are to the evaluation at hand is domain/policy.py's question."""
    return {**listing.RULES, **office.rules(kind), **api.RULES, **api_commands.RULES}
