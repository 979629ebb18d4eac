"""Everything this service answers: blueprints, and who may use each endpoint. One list; the policy holds it total."""

from collections.abc import Sequence
from uuid import UUID

import flask_smorest
from flask import Blueprint

from services.reporting.policy import may_open
from services.reporting.web import api, audit, completion, index, ratings, words
from services.reporting.web.asked import address, today
from shared.web.access import Policy
from shared.web.context import viewer

POLICY = Policy({**index.RULES, **completion.RULES, **ratings.RULES, **audit.RULES, **api.RULES})


def pages() -> Sequence[Blueprint]:
    made = (index.make(), completion.make(), ratings.make(), audit.make())
    made[0].app_context_processor(_words_of_templates)
    return made


def _words_of_templates() -> dict[str, object]:
    def may_be_opened(evaluator_id: UUID | None) -> bool:
        return may_open(viewer(), evaluator_id)

    return {"words": words, "address": address, "today": today, "may_be_opened": may_be_opened}


def api_blueprints() -> Sequence[flask_smorest.Blueprint]:
    return api.BLUEPRINTS
