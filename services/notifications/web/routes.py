"""Everything this service answers: blueprints, and who may use each endpoint. One list; the policy holds it total."""

from collections.abc import Sequence

import flask_smorest
from flask import Blueprint

from services.notifications.web import api, home, inbox, letters
from shared.web.access import Policy
from shared.web.reference import reference_blueprint, reference_rules

POLICY = Policy({**home.RULES, **inbox.RULES, **letters.RULES, **api.RULES, **reference_rules()})


def pages() -> Sequence[Blueprint]:
    return (home.make(), inbox.make(), letters.make(), reference_blueprint())


def api_blueprints() -> Sequence[flask_smorest.Blueprint]:
    return api.BLUEPRINTS
