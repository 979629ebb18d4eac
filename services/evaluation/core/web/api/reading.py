"""The same over JSON, reading: lists, one evaluation as the viewer may see it, its record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import flask_smorest
import msgspec
from flask import Response, make_response
from marshmallow import fields, validate

from services.evaluation.core.domain.policy import Action, Relation
from services.evaluation.core.domain.sight import seen_by, without_unopened
from services.evaluation.core.store.lists import ListedEvaluation, evaluations_of
from services.evaluation.core.store.queries import Entry, evaluations_with_names, record_of
from services.evaluation.core.store.summary import OpenStep
from services.evaluation.core.web.about import about
from services.evaluation.core.web.acting import evaluated_by_me, find, held, repository
from services.evaluation.core.web.rows import link
from services.evaluation.core.web.told import entries_told, version_told
from shared.web.access import Rule, signed_in
from shared.web.context import connection, district_id, viewer
from shared.web.forms import Schema

RULES: dict[str, Rule] = {
    "evaluations.list_evaluations": signed_in(),
    "evaluations.show_evaluation": signed_in(),
    "evaluations.show_record": signed_in(),
}
RECORD_PAGE = 200


class OpenStepOut(Schema):
    """Something whose turn has come."""

    step = fields.String(required=True, metadata={"description": "Step key: goals, or announced/1/feedback"})
    title = fields.String(required=True)
    kind = fields.String(required=True)
    duty = fields.String(required=True, metadata={"description": "Whose turn: subject, evaluator or office"})
    required = fields.Boolean(required=True, metadata={"description": "False: an opportunity, no duty"})
    due_on = fields.Date(required=True, allow_none=True)
    not_before = fields.Date(
        required=True,
        allow_none=True,
        metadata={
            "description": "The first day on which it can be done, where that was still to come when its turn came"
        },
    )
    clause = fields.String(required=True, allow_none=True)
    href = fields.String(required=True, metadata={"description": "Path of the page where it is done"})


class ListedOut(Schema):
    id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    cycle = fields.String(required=True)
    track = fields.String(required=True)
    subject_id = fields.UUID(required=True)
    subject = fields.String(required=True)
    evaluator_id = fields.UUID(required=True, allow_none=True)
    evaluator = fields.String(required=True, allow_none=True)
    school = fields.String(required=True, allow_none=True)
    closed_at = fields.DateTime(required=True, allow_none=True)
    ended_early_at = fields.DateTime(required=True, allow_none=True)
    open_steps = fields.List(fields.Nested(OpenStepOut), required=True)


class EvaluationOut(Schema):
    id = fields.UUID(required=True)
    version = fields.Integer(required=True, metadata={"description": "Send it back in If-Match with what builds on it"})
    cycle = fields.String(required=True)
    track = fields.String(required=True)
    agreement_hash = fields.String(
        required=True, metadata={"description": "GET /agreements/{content_hash} tells what stands in it, with every id"}
    )
    people = fields.Dict(keys=fields.UUID(), values=fields.String(), required=True)
    open_steps = fields.List(fields.Nested(OpenStepOut), required=True)
    state = fields.Dict(
        required=True,
        metadata={
            "description": "Everything you may see: steps by key, occasions with notes and feedback, forms, contexts, "
            "summative with its trace, signature (signed, refused, or `lacking`: neither, as by_id noted), responses, and "
            "why it was ended early. What is not sent yet is its author's only; what was delivered to you is there once "
            "you have opened it (POST …/steps/{step}/opened, whose answer holds it)."
        },
    )


class EntryOut(Schema):
    sequence = fields.Integer(required=True)
    event = fields.String(required=True)
    by_id = fields.UUID(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    at = fields.DateTime(required=True)


class RecordOut(Schema):
    entries = fields.List(fields.Nested(EntryOut), required=True)
    next_after = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Give it as `after` for the next page; null at the end"},
    )


class ListQuery(Schema):
    as_ = fields.String(
        data_key="as",
        load_default="subject",
        validate=validate.OneOf(["subject", "evaluator"]),
        metadata={"description": "Your own evaluations, or those you give (200 at most)"},
    )
    closed = fields.Boolean(
        load_default=False, metadata={"description": "As evaluator: those that are over, closed or ended early"}
    )


class RecordQuery(Schema):
    after = fields.Integer(load_default=0, validate=validate.Range(min=0, max=1_000_000_000))


def make() -> flask_smorest.Blueprint:
    blueprint = flask_smorest.Blueprint(
        "evaluations",
        __name__,
        url_prefix="/api/v1/evaluations",
        description="Evaluations, as far as you are part of them.",
    )

    @blueprint.route("")
    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, ListedOut(many=True))
    def list_evaluations(query: dict[str, Any]) -> list[dict[str, Any]]:
        """Your evaluations, as subject or as evaluator"""
        if query["as_"] == "evaluator":
            rows = evaluated_by_me(closed=query["closed"])
        else:
            rows = evaluations_of(connection(), district_id(), viewer().person_id)
        return listed_to_viewer(rows)

    @blueprint.route("/<uuid:evaluation_id>")
    @blueprint.response(200, EvaluationOut)
    def show_evaluation(evaluation_id: UUID) -> Response:
        """One evaluation, with its version as ETag"""
        return answer_with(evaluation_id)

    @blueprint.route("/<uuid:evaluation_id>/record")
    @blueprint.arguments(RecordQuery, location="query")
    @blueprint.response(200, RecordOut)
    def show_record(query: dict[str, Any], evaluation_id: UUID) -> dict[str, Any]:
        """Who did what when, oldest first"""
        present = about(evaluation_id, Action.READ_RECORD)
        told = entries_told(present.shown.evaluation, present.agreement, present.held)
        further = [number for number in told if number > query["after"]]
        page = further[:RECORD_PAGE]
        most = page[-1] - query["after"] if page else 0
        entries = record_of(connection(), district_id(), evaluation_id, after=query["after"], most=most)
        chosen = set(page)
        shown = [{"event": one.type, "by": one.by_name, **_plain(one)} for one in entries if one.sequence in chosen]
        return {"entries": shown, "next_after": page[-1] if len(further) > len(page) else None}

    return blueprint


def listed_to_viewer(rows: Sequence[ListedEvaluation]) -> list[dict[str, Any]]:
    """Rows of a list as ListedOut wants them, the viewer's own with no more in them than the subject may know."""
    versions = _versions_told([row.id for row in rows if row.subject.id == viewer().person_id])
    return [listed(row) | versions.get(row.id, {}) for row in rows]


def _versions_told(ids: Sequence[UUID]) -> Mapping[UUID, dict[str, int]]:
    """Of evaluations of the viewer's own the version as they see it; some entries may be kept from them."""
    found = evaluations_with_names(connection(), district_id(), ids) if ids else {}
    told = {}
    for evaluation, _name in found.values():
        agreement = repository().agreement(evaluation.agreement_hash)
        assert agreement is not None, "an evaluation's agreement is kept for good"
        told[evaluation.id] = {"version": version_told(evaluation, agreement, held(evaluation))}
    return told


def _plain(entry: Entry) -> dict[str, Any]:
    return {"sequence": entry.sequence, "by_id": entry.by_id, "at": entry.at}


def answer_with(evaluation_id: UUID, status: int = 200) -> Response:
    """The evaluation as the viewer may see it, with its ETag."""
    shown, agreement, relations = find(evaluation_id)
    is_subject = Relation.SUBJECT in relations
    version = version_told(shown.evaluation, agreement, relations)
    state = replace(seen_by(relations, shown.evaluation, agreement), version=version)
    body = {
        "id": shown.evaluation.id,
        "version": version,
        "cycle": shown.cycle_title,
        "track": shown.summary.track,
        "agreement_hash": shown.agreement_hash,
        "people": shown.people,
        "open_steps": open_steps(shown.summary.open, told_only=is_subject),
        "state": without_unopened(state, agreement) if is_subject else state,
    }
    response = make_response(msgspec.json.encode(body), status)
    response.mimetype = "application/json"
    response.headers["ETag"] = f'"{version}"'
    return response


def open_steps(steps: Iterable[OpenStep], *, told_only: bool) -> list[dict[str, Any]]:
    """Steps of a summary, with the address of each one's page. `told_only`: for the subject, who is not told of all."""
    return [_step(one) for one in steps if one.told or not told_only]


def _step(one: OpenStep) -> dict[str, Any]:
    names = ("step", "title", "kind", "duty", "required", "due_on", "not_before", "clause")
    return {**{name: getattr(one, name) for name in names}, "href": link(one.path)}


def listed(row: ListedEvaluation) -> dict[str, Any]:
    """A row of a list, for ListedOut."""
    return {
        "id": row.id,
        "version": row.version,
        "cycle": row.cycle_title,
        "track": row.summary.track,
        "subject_id": row.subject.id,
        "subject": row.subject.name,
        "evaluator_id": row.evaluator.id if row.evaluator else None,
        "evaluator": row.evaluator.name if row.evaluator else None,
        "school": row.school,
        "closed_at": row.closed_at,
        "ended_early_at": row.ended_early_at,
        "open_steps": open_steps(row.summary.open, told_only=row.subject.id == viewer().person_id),
    }
