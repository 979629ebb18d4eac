"""The same over JSON, for the district office: cycles, whose evaluations begin, who evaluates whom, the board."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from uuid import UUID

import flask_smorest
from marshmallow import fields, validate

from services.evaluation.core.domain.kind import Kind
from services.evaluation.core.store import board, lists
from services.evaluation.core.store.agreement_store import ratified_agreements
from services.evaluation.core.store.candidates import Among, Candidate
from services.evaluation.core.web.api import agreements
from services.evaluation.core.web.api.commands import NothingIn
from services.evaluation.core.web.api.reading import ListedOut, listed_to_viewer
from services.evaluation.core.web.beginning import AddSchema, Chosen, begin_many
from services.evaluation.core.web.cycle_acts import CycleSchema, begin_round, take_back
from services.evaluation.core.web.office import SORTS, STATES
from services.evaluation.core.web.office_acts import (
    MOST_AT_ONCE,
    AssignSchema,
    assign_many,
    possible_evaluators,
    possible_subjects,
    the_cycle,
    today,
)
from shared.people.choices import sought
from shared.web.access import Rule, holding, signed_in
from shared.web.context import connection, district_id
from shared.web.forms import Schema
from shared.web.once import once


class AgreementOut(Schema):
    content_hash = fields.String(required=True)
    title = fields.String(required=True)
    in_force_from = fields.Date(required=True)


class CycleOut(Schema):
    id = fields.UUID(required=True)
    title = fields.String(required=True)
    agreement_hash = fields.String(required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)


class CycleCountedOut(CycleOut):
    agreement_title = fields.String(required=True)
    total = fields.Integer(required=True, metadata={"description": "Evaluations, those included that are over"})
    closed = fields.Integer(required=True)
    ended_early = fields.Integer(required=True)
    unassigned = fields.Integer(required=True)
    late = fields.Integer(required=True, metadata={"description": f"{lists.MOST_LATE + 1} stands for any more"})


class CandidateOut(Schema):
    person_id = fields.UUID(required=True)
    name = fields.String(required=True)
    school_id = fields.UUID(required=True, allow_none=True)
    school = fields.String(required=True, allow_none=True)


class SubjectOut(CandidateOut):
    evaluator_id = fields.UUID(required=True, allow_none=True, metadata={"description": "Whom the directory proposes"})
    has_evaluation = fields.Boolean(required=True, metadata={"description": "In this cycle already"})


class EarlierOut(Schema):
    person_id = fields.UUID(required=True)
    level = fields.String(required=True, allow_none=True, metadata={"description": "null where none is on record"})
    cycle = fields.String(required=True, allow_none=True, metadata={"description": "The title of the cycle it is from"})


class BegunOut(Schema):
    begun = fields.Integer(required=True)
    carried = fields.List(
        fields.Nested(EarlierOut),
        required=True,
        metadata={"description": "The earlier result of each that began; empty where the track carries none forward"},
    )


class PassedOverOut(Schema):
    evaluation_id = fields.UUID(required=True)
    reason = fields.String(required=True, metadata={"description": "ended_early"})


class AssignIn(AssignSchema):
    evaluations = fields.Dict(
        keys=fields.UUID(),
        values=fields.Integer(strict=True, validate=validate.Range(min=1, max=1_000_000_000)),
        required=True,
        validate=validate.Length(max=MOST_AT_ONCE),
        metadata={
            "description": "The evaluations by their ids, each with its version as you saw it. One that was given to somebody "
            "since then is not given away again: 412 says who gave it to whom"
        },
    )


class AssignedOut(Schema):
    assigned = fields.Integer(required=True)
    passed_over = fields.List(fields.Nested(PassedOverOut), required=True)


class SubjectsQuery(Schema):
    school = fields.String(
        load_default="", validate=validate.Length(max=100), metadata={"description": "Id, or part of the name"}
    )


class BoardQuery(SubjectsQuery):
    evaluator = fields.String(
        load_default="", validate=validate.Length(max=100), metadata={"description": "Id, or part of the name"}
    )
    state = fields.String(load_default="all", validate=validate.OneOf(STATES))
    search = fields.String(data_key="q", load_default="", validate=validate.Length(max=80))
    sort = fields.String(load_default="name", validate=validate.OneOf(SORTS))
    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=10_000))


class BoardOut(Schema):
    evaluations = fields.List(fields.Nested(ListedOut), required=True)
    next_page = fields.Integer(required=True, allow_none=True, metadata={"description": "null at the end"})


def rules(of: Kind) -> dict[str, Rule]:
    office = holding(*of.office_roles)
    of_cycles = ("list_cycles", "add_cycle", "take_back_cycle")
    in_one = ("list_board", "list_subjects", "begin_evaluations", "assign_evaluators")
    return {
        **{f"cycles.{name}": office for name in (*of_cycles, *in_one)},
        "office_lists.list_evaluators": office,
        "office_lists.list_agreements": signed_in(),
        "office_lists.show_agreement": signed_in(),
    }


def make_cycles() -> flask_smorest.Blueprint:
    blueprint = flask_smorest.Blueprint(
        "cycles", __name__, url_prefix="/api/v1/cycles", description="Rounds of evaluations, for the district office."
    )

    @blueprint.route("")
    @blueprint.response(200, CycleCountedOut(many=True))
    def list_cycles() -> list[dict[str, Any]]:
        """Every cycle with its counts, newest first"""
        return [asdict(one) for one in lists.cycles(connection(), district_id(), today())]

    @blueprint.route("", methods=["POST"])
    @once
    @blueprint.arguments(CycleSchema)
    @blueprint.response(201, CycleOut)
    def add_cycle(data: dict[str, Any]) -> dict[str, Any]:
        """Open a cycle under a ratified agreement"""
        return asdict(begin_round(data))

    @blueprint.route("/<uuid:cycle_id>/take-back", methods=["POST"])
    @once
    @blueprint.arguments(NothingIn)
    @blueprint.response(204)
    def take_back_cycle(data: dict[str, Any], cycle_id: UUID) -> None:
        """Take back a cycle that was opened by mistake; 409 once an evaluation has begun in it"""
        take_back(cycle_id)

    _in_one_cycle(blueprint)
    return blueprint


def _in_one_cycle(blueprint: flask_smorest.Blueprint) -> None:
    @blueprint.route("/<uuid:cycle_id>/evaluations")
    @blueprint.arguments(BoardQuery, location="query")
    @blueprint.response(200, BoardOut)
    def list_board(query: dict[str, Any], cycle_id: UUID) -> dict[str, Any]:
        """A page of the cycle's evaluations: who, by whom, how far"""
        the_cycle(cycle_id)
        wanted = board.BoardFilter(
            **{**query, "school": sought(query["school"]), "evaluator": sought(query["evaluator"])}
        )
        rows, more = board.cycle_board(connection(), district_id(), cycle_id, wanted, today())
        return {"evaluations": listed_to_viewer(rows), "next_page": query["page"] + 1 if more else None}

    @blueprint.route("/<uuid:cycle_id>/subjects")
    @blueprint.arguments(SubjectsQuery, location="query")
    @blueprint.response(200, SubjectOut(many=True))
    def list_subjects(query: dict[str, Any], cycle_id: UUID) -> list[dict[str, Any]]:
        """Who can be evaluated in the cycle, and whom the directory proposes as evaluator"""
        the_cycle(cycle_id)
        return _plain(possible_subjects(cycle_id, Among(school=sought(query["school"]))))

    @blueprint.route("/<uuid:cycle_id>/evaluations", methods=["POST"])
    @once
    @blueprint.arguments(AddSchema)
    @blueprint.response(201, BegunOut)
    def begin_evaluations(data: dict[str, Any], cycle_id: UUID) -> dict[str, Any]:
        """Begin evaluations of many people; who has one already is passed over. Refused, where the track carries an earlier
        result forward, for whoever has none that it accepts, or whose evaluation that would give it is still open"""
        begun = begin_many(the_cycle(cycle_id), data)
        return {"begun": begun.count, "carried": [_carried(one) for one in begun.carrying]}

    @blueprint.route("/<uuid:cycle_id>/assignments", methods=["POST"])
    @once
    @blueprint.arguments(AssignIn)
    @blueprint.response(200, AssignedOut)
    def assign_evaluators(data: dict[str, Any], cycle_id: UUID) -> dict[str, Any]:
        """Give evaluations to one evaluator: all or none, but for those that were ended early"""
        assigned = assign_many(the_cycle(cycle_id), data)
        passed_over = [{"evaluation_id": one, "reason": "ended_early"} for one in assigned.ended_early]
        return {"assigned": assigned.count, "passed_over": passed_over}


def make_lists() -> flask_smorest.Blueprint:
    blueprint = flask_smorest.Blueprint(
        "office_lists", __name__, url_prefix="/api/v1", description="What the office chooses from."
    )

    @blueprint.route("/evaluators")
    @blueprint.response(200, CandidateOut(many=True))
    def list_evaluators() -> list[dict[str, Any]]:
        """Who may be named as an evaluator"""
        return _plain(possible_evaluators())

    @blueprint.route("/agreements")
    @blueprint.response(200, AgreementOut(many=True))
    def list_agreements() -> list[dict[str, Any]]:
        """The ratified versions"""
        names = ("content_hash", "title", "in_force_from")
        versions = ratified_agreements(connection(), district_id())
        return [{name: getattr(one, name) for name in names} for one in versions]

    agreements.add_to(blueprint)
    return blueprint


def _carried(one: Chosen) -> dict[str, Any]:
    earlier = one.earlier
    return {
        "person_id": one.person.person_id,
        "level": earlier.level if earlier is not None else None,
        "cycle": earlier.cycle_title if earlier is not None else None,
    }


def _plain(people: Iterable[Candidate]) -> list[dict[str, Any]]:
    return [asdict(one) for one in people]
