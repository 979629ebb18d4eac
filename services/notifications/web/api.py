"""The same over JSON: what is due, the inbox, and the letters that did not arrive."""

from typing import Any
from uuid import UUID

import flask_smorest
from flask.views import MethodView
from marshmallow import RAISE, fields, validate

from services.notifications.store.due import GROUPS, due_in_group
from services.notifications.store.entries import inbox_page, letters_page
from services.notifications.web import phrases
from services.notifications.web.home import holder
from services.notifications.web.inbox import mark, words
from services.notifications.web.letters import SHOWN, again
from shared.clock import local_date
from shared.people import roles
from shared.web.access import Rule, holding, signed_in
from shared.web.context import clock, connection, district_id, viewer, zone
from shared.web.forms import Schema
from shared.web.links import url_of
from shared.web.once import once

RULES: dict[str, Rule] = {
    "due.Due": signed_in(),
    "entries.Inbox": signed_in(),
    "entries.Read": signed_in(),
    "entries.Unread": signed_in(),
    "deliveries.Deliveries": holding(roles.HR),
    "deliveries.Retry": holding(roles.HR),
}


class PagedQuery(Schema):
    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=1_000_000))
    page_size = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


class DueQuery(PagedQuery):
    group = fields.String(
        load_default="late",
        validate=validate.OneOf(GROUPS),
        metadata={"description": "late; week: due by Sunday; later; may: opportunities, no duty"},
    )


class InboxQuery(PagedQuery):
    unread = fields.Boolean(load_default=False, metadata={"description": "Only what is unread"})


class DeliveriesQuery(PagedQuery):
    show = fields.String(
        load_default="troubled",
        validate=validate.OneOf(list(SHOWN)),
        metadata={"description": "troubled: did not arrive; waiting; inbox: too old to be mailed"},
    )


class DueItemOut(Schema):
    evaluation_id = fields.UUID(required=True)
    step_id = fields.String(required=True)
    kind = fields.String(required=True)
    phrase = fields.String(required=True, metadata={"description": "Verb, object and person, for people to read"})
    title = fields.String(required=True, metadata={"description": "The agreement's own title of the step"})
    due_on = fields.Date(required=True, allow_none=True)
    clause = fields.String(required=True, allow_none=True)
    href = fields.String(required=True, metadata={"description": "Path of the page where it is done"})


class DueOut(Schema):
    total = fields.Integer(required=True)
    items = fields.List(fields.Nested(DueItemOut), required=True)


class EntryOut(Schema):
    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    sentence = fields.String(required=True)
    action = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)
    clause = fields.String(required=True, allow_none=True)
    href = fields.String(required=True, metadata={"description": "Path of the page it leads to"})
    happened_at = fields.AwareDateTime(required=True)
    read_at = fields.AwareDateTime(required=True, allow_none=True)


class InboxOut(Schema):
    total = fields.Integer(required=True)
    entries = fields.List(fields.Nested(EntryOut), required=True)


class LetterOut(Schema):
    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    entries = fields.Integer(
        required=True,
        metadata={"description": "How many entries of the inbox it tells; several of one kind may be one letter"},
    )
    to_name = fields.String(required=True, allow_none=True)
    to_address = fields.String(required=True, allow_none=True)
    state = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    attempts = fields.Integer(required=True, metadata={"description": "Since it was last put into the queue"})
    next_attempt_at = fields.AwareDateTime(required=True)
    happened_at = fields.AwareDateTime(required=True)
    settled_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When it failed or was given up"}
    )


class DeliveriesOut(Schema):
    total = fields.Integer(required=True)
    letters = fields.List(fields.Nested(LetterOut), required=True)


due = flask_smorest.Blueprint("due", __name__, url_prefix="/api/v1/due", description="What is due for you.")
entries = flask_smorest.Blueprint("entries", __name__, url_prefix="/api/v1/inbox", description="What you were told.")
deliveries = flask_smorest.Blueprint(
    "deliveries", __name__, url_prefix="/api/v1/deliveries", description="Letters that did not arrive, for HR."
)
BLUEPRINTS = (due, entries, deliveries)


@due.route("")
class Due(MethodView):
    @due.arguments(DueQuery, location="query", unknown=RAISE)
    @due.response(200, DueOut)
    def get(self, asked: dict[str, Any]) -> Any:
        """One group of what is due for you, in the order in which it is due"""
        offset, size = _window(asked)
        rows, total = due_in_group(
            connection(),
            holder(),
            asked["group"],
            today=local_date(clock(), zone()),
            offset=offset,
            most=size,
        )
        return {
            "total": total,
            "items": [
                {
                    "evaluation_id": row.evaluation_id,
                    "step_id": row.step_id,
                    "kind": row.kind,
                    "phrase": phrases.phrase(row),
                    "title": row.title,
                    "due_on": row.due_on,
                    "clause": row.clause,
                    "href": url_of(row.service, row.path),
                }
                for row in rows
            ],
        }


@entries.route("")
class Inbox(MethodView):
    @entries.arguments(InboxQuery, location="query", unknown=RAISE)
    @entries.response(200, InboxOut)
    def get(self, asked: dict[str, Any]) -> Any:
        """Your inbox, newest first"""
        offset, size = _window(asked)
        page = inbox_page(
            connection(), district_id(), viewer().person_id, unread_only=asked["unread"], offset=offset, most=size
        )
        return {"total": page.total, "entries": [_entry(row) for row in page.rows]}


@entries.route("/<uuid:message_id>/read")
class Read(MethodView):
    @entries.response(204)
    @once
    def post(self, message_id: UUID) -> Any:
        """Mark an entry read"""
        mark(message_id, read=True)
        return "", 204


@entries.route("/<uuid:message_id>/unread")
class Unread(MethodView):
    @entries.response(204)
    @once
    def post(self, message_id: UUID) -> Any:
        """Mark an entry unread"""
        mark(message_id, read=False)
        return "", 204


@deliveries.route("")
class Deliveries(MethodView):
    @deliveries.arguments(DeliveriesQuery, location="query", unknown=RAISE)
    @deliveries.response(200, DeliveriesOut)
    def get(self, asked: dict[str, Any]) -> Any:
        """Letters of your district that did not arrive, wait, or were too old to be mailed"""
        offset, size = _window(asked)
        rows, total = letters_page(connection(), district_id(), SHOWN[asked["show"]], offset=offset, most=size)
        return {"total": total, "letters": rows}


@deliveries.route("/<uuid:delivery_id>/retry")
class Retry(MethodView):
    @deliveries.response(204)
    @once
    def post(self, delivery_id: UUID) -> Any:
        """Try a letter again that did not arrive"""
        again(delivery_id)
        return "", 204


def _window(asked: dict[str, Any]) -> tuple[int, int]:
    return (asked["page"] - 1) * asked["page_size"], asked["page_size"]


def _entry(row: Any) -> dict[str, Any]:
    said = words(row)
    return {
        "id": row.id,
        "kind": row.entry.kind,
        "sentence": said.sentence,
        "action": said.action,
        "title": row.title,
        "clause": row.clause,
        "href": url_of(row.service, row.path),
        "happened_at": row.created_at,
        "read_at": row.read_at,
    }
