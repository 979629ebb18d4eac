"""Everything this service answers: blueprints, and who may use each endpoint. One list; the policy holds it total."""

from collections.abc import Sequence

import flask_smorest
from flask import Blueprint

from services.reporting.web import api, audit, completion, index, ratings, words
from services.reporting.web.asked import address, today
from shared.web.access import Policy

POLICY = Policy({**index.RULES, **completion.RULES, **ratings.RULES, **audit.RULES, **api.RULES})


def pages() -> Sequence[Blueprint]:
    made = (index.make(), completion.make(), ratings.make(), audit.make())
    made[0].app_context_processor(lambda: {"words": words, "address": address, "today": today})
    return made


def api_blueprints() -> Sequence[flask_smorest.Blueprint]:
    return api.BLUEPRINTS
