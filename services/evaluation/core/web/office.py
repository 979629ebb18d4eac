"""What the district office does: open cycles, begin evaluations, assign evaluators in bulk, watch the board."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from services.evaluation.core.domain.commands import OpenEvaluation
from services.evaluation.core.domain.kind import Kind
from services.evaluation.core.domain.refusals import Refused
from services.evaluation.core.handlers import Cycle, NoSuchEvaluation, assign_evaluators, open_cycle, open_evaluations
from services.evaluation.core.store import candidates, lists, queries
from services.evaluation.core.store.agreement_store import ratified_agreements
from services.evaluation.core.web.acting import kind, refused_problem, repository
from services.evaluation.core.web.office_words import words_for_the_office
from services.evaluation.core.web.rows import words_for_lists
from services.evaluation.core.web.wording import fault, reason
from shared.clock import local_date
from shared.ids import new_id
from shared.web.access import Rule, holding, signed_in
from shared.web.context import clock, connection, district_id, viewer, zone
from shared.web.forms import FormInvalid, Schema, invalid, open_form, parse
from shared.web.language import gettext as _
from shared.web.once import once
from shared.web.problems import not_found

SORTS = ("name", "due", "school", "evaluator")
STATES = ("all", "open", "late", "unassigned", "closed")


def rules(of: Kind) -> dict[str, Rule]:
    office = holding(*of.office_roles)
    return {
        "office.cycles": office,
        "office.new_cycle": office,
        "office.board": office,
        "office.add": office,
        "office.assign": office,
        "office.agreements": signed_in(),
        "office.agreement": signed_in(),
    }


def make() -> Blueprint:
    blueprint = Blueprint("office", __name__, template_folder="templates")
    blueprint.context_processor(words_for_lists)
    blueprint.context_processor(words_for_the_office)
    blueprint.add_url_rule("/cycles", "cycles", cycles)
    blueprint.add_url_rule("/cycles/new", "new_cycle", once(new_cycle), methods=["GET", "POST"])
    blueprint.add_url_rule("/cycles/<uuid:cycle_id>", "board", board)
    blueprint.add_url_rule("/cycles/<uuid:cycle_id>/add", "add", once(add), methods=["GET", "POST"])
    blueprint.add_url_rule("/cycles/<uuid:cycle_id>/assign", "assign", once(assign), methods=["GET", "POST"])
    blueprint.add_url_rule("/agreements", "agreements", agreements)
    blueprint.add_url_rule("/agreements/<content_hash>", "agreement", agreement)
    return blueprint


class CycleSchema(Schema):
    title = fields.String(required=True, validate=validate.Length(min=1, max=120))
    agreement_hash = fields.String(required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)


class AddSchema(Schema):
    track = fields.String(required=True)
    chosen = fields.List(fields.UUID(), load_default=list)
    propose = fields.Boolean(load_default=False)


class AssignSchema(Schema):
    evaluation = fields.List(fields.UUID(), load_default=list)
    evaluator_id = fields.UUID(required=True)
    reason = fields.String(load_default="", validate=validate.Length(max=500))


def today() -> date:
    return local_date(clock(), zone())


def cycles() -> str:
    """Every cycle with its counts."""
    return render_template("office/cycles.html", cycles=lists.cycles(connection(), district_id(), today()))


def new_cycle() -> Response | str | tuple[str, int]:
    """Open a cycle under a ratified agreement."""
    choices = ratified_agreements(connection(), district_id())
    if request.method == "GET":
        return render_template("office/new_cycle.html", form=open_form(draft="cycle:new"), choices=choices)
    try:
        data = parse(CycleSchema)
        cycle = Cycle(new_id(), district_id(), opened_by=viewer().person_id, opened_at=clock(), **data)
        try:
            open_cycle(repository(), cycle)
        except Refused as refusal:
            if not refusal.fields:
                raise refused_problem(refusal) from None
            told = {name: reason(refusal) for name in refusal.fields}
            raise invalid(**told) from None
    except FormInvalid as problem:
        return render_template("office/new_cycle.html", form=problem.form(), choices=choices), 422
    return redirect(url_for("office.add", cycle_id=cycle.id), 303)


def _cycle(cycle_id: UUID) -> Cycle:
    found = repository().cycle(cycle_id)
    if found is None:
        raise not_found(_("this cycle"))
    return found


def _uuid(value: str | None) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        return None


def _filter() -> lists.BoardFilter:
    args = request.args
    page = args.get("page", "1")
    return lists.BoardFilter(
        school_id=_uuid(args.get("school")),
        evaluator_id=_uuid(args.get("evaluator")),
        state=args.get("state", "all") if args.get("state") in STATES else "all",
        search=args.get("q", "").strip()[:80],
        sort=args.get("sort", "name") if args.get("sort") in SORTS else "name",
        page=min(int(page), 10_000) if page.isdecimal() and int(page) > 0 else 1,
    )


def board(cycle_id: UUID) -> str:
    """A cycle's evaluations: who, by whom, how far; narrowed and sorted by the address."""
    cycle = _cycle(cycle_id)
    wanted = _filter()
    rows, more = lists.cycle_board(connection(), district_id(), cycle_id, wanted, today())
    return render_template(
        "office/board.html",
        cycle=cycle,
        rows=rows,
        more=more,
        wanted=wanted,
        states=STATES,
        sorts=SORTS,
        choices=lists.board_choices(connection(), district_id(), cycle_id),
        today=today(),
    )


def add(cycle_id: UUID) -> Response | str | tuple[str, int]:
    """Begin evaluations of many people at once, each with the evaluator the directory proposes."""
    cycle = _cycle(cycle_id)
    agreement = repository().agreement(cycle.agreement_hash)
    assert agreement is not None, "a cycle's agreement is kept for good"
    people = candidates.subjects(connection(), district_id(), cycle_id, kind().subject_roles, today())
    page = {"cycle": cycle, "people": people, "tracks": agreement.procedure.tracks.values()}
    page["names"] = queries.people_named(
        connection(), district_id(), list({one.evaluator_id for one in people if one.evaluator_id})
    )
    if request.method == "GET":
        return render_template("office/add.html", form=open_form(), **page)
    try:
        data = parse(AddSchema)
        if not data["chosen"]:
            raise invalid(chosen=_("Choose at least one person."))
        begun = _begin(cycle, data, people)
    except FormInvalid as problem:
        return render_template("office/add.html", form=problem.form(), **page), 422
    return redirect(url_for("office.board", cycle_id=cycle_id, begun=begun), 303)


def _begin(cycle: Cycle, data: dict[str, Any], people: list[candidates.Candidate]) -> int:
    chosen = set(data["chosen"])
    earlier = candidates.last_final_levels(connection(), district_id(), list(chosen))
    commands = [
        OpenEvaluation(
            evaluation_id=new_id(),
            district_id=district_id(),
            cycle_id=cycle.id,
            track=data["track"],
            subject_id=one.person_id,
            school_id=one.school_id,
            evaluator_id=one.evaluator_id if data["propose"] else None,
            first_day=cycle.first_day,
            last_day=cycle.last_day,
            zone=zone(),
            actor_id=viewer().person_id,
            previous_final=earlier.get(one.person_id),
        )
        for one in people
        if one.person_id in chosen
    ]
    if len(commands) < len(chosen):
        raise invalid(chosen=_("Somebody you chose can't be evaluated here any more. Look at the list again."))
    try:
        return open_evaluations(repository(), cycle, commands, clock())
    except Refused as refusal:
        raise invalid(**{name: fault(code) for name, code in refusal.fields.items()}) from None


def assign(cycle_id: UUID) -> Response | str | tuple[str, int]:
    """Give the chosen evaluations to one evaluator, with a reason where somebody had them before."""
    cycle = _cycle(cycle_id)
    evaluators = candidates.evaluators(connection(), district_id(), kind().evaluator_roles, today())
    if request.method == "GET":
        ids = [found for value in request.args.getlist("evaluation") if (found := _uuid(value))]
        form = open_form({"evaluation": [str(one) for one in ids]})
        chosen = lists.evaluations_named(connection(), district_id(), cycle_id, ids)
        return render_template("office/assign.html", cycle=cycle, form=form, chosen=chosen, candidates=evaluators)
    try:
        data = parse(AssignSchema)
        assigned = _assign(data, evaluators)
    except FormInvalid as problem:
        ids = [found for value in request.form.getlist("evaluation") if (found := _uuid(value))]
        chosen = lists.evaluations_named(connection(), district_id(), cycle_id, ids)
        page = render_template(
            "office/assign.html", cycle=cycle, form=problem.form(), chosen=chosen, candidates=evaluators
        )
        return page, 422
    return redirect(url_for("office.board", cycle_id=cycle_id, assigned=assigned), 303)


def _assign(data: dict[str, Any], choices: list[candidates.Candidate]) -> int:
    if not data["evaluation"]:
        raise invalid(evaluation=_("Choose at least one evaluation on the board."))
    if data["evaluator_id"] not in {one.person_id for one in choices}:
        raise invalid(evaluator_id=_("Choose somebody from the list: only they may evaluate."))
    try:
        return assign_evaluators(
            repository(),
            data["evaluation"],
            clock(),
            evaluator_id=data["evaluator_id"],
            actor_id=viewer().person_id,
            reason=data["reason"],
        )
    except NoSuchEvaluation:
        raise not_found(_("this evaluation")) from None
    except Refused as refusal:
        if not refusal.fields:
            raise refused_problem(refusal) from None
        raise invalid(**{name: fault(code) for name, code in refusal.fields.items()}) from None


def agreements() -> str:
    """The ratified versions, for everyone: what both sides signed is what runs."""
    return render_template("office/agreements.html", agreements=ratified_agreements(connection(), district_id()))


def agreement(content_hash: str) -> str:
    """One agreement, read like a document."""
    found = repository().agreement(content_hash)
    versions = ratified_agreements(connection(), district_id())
    stored = next((one for one in versions if one.content_hash == content_hash), None)
    if found is None or stored is None:
        raise not_found(_("this agreement"))
    return render_template("office/agreement.html", agreement=found, stored=stored)
