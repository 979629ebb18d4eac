"""The district office's pages: cycles, whose evaluations begin, who evaluates whom, the board; and agreements, for everyone."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.evaluation.core.domain.kind import Kind
from services.evaluation.core.store import board as boards
from services.evaluation.core.store import lists
from services.evaluation.core.store.agreement_store import ratified_agreements
from services.evaluation.core.store.candidates import Among
from services.evaluation.core.web import cycle_acts
from services.evaluation.core.web.acting import repository
from services.evaluation.core.web.cycle_acts import CycleSchema, begin_round
from services.evaluation.core.web.office_acts import (
    AssignOnPage,
    assign_many,
    possible_evaluators,
    ratified,
    the_cycle,
    today,
)
from services.evaluation.core.web.office_begin import add
from services.evaluation.core.web.office_words import words_for_the_office
from services.evaluation.core.web.rows import words_for_lists
from shared.people.choices import sought
from shared.web.access import Rule, holding, signed_in
from shared.web.context import connection, district_id
from shared.web.forms import FormInvalid, open_form, parse
from shared.web.once import once
from shared.web.paging import Stretch, this_page

SORTS = ("name", "due", "school", "evaluator")
STATES = ("all", "open", "late", "unassigned", "left", "closed", "ended_early")
MOST_NAMED = 40
"""Evaluators in a list to choose from. Who is not among them is found by name."""


def rules(of: Kind) -> dict[str, Rule]:
    office = holding(*of.office_roles)
    return {
        "office.cycles": office,
        "office.new_cycle": office,
        "office.board": office,
        "office.add": office,
        "office.assign": office,
        "office.take_back": office,
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
    blueprint.add_url_rule("/cycles/<uuid:cycle_id>/add", "add", add, methods=["GET", "POST"])
    blueprint.add_url_rule("/cycles/<uuid:cycle_id>/assign", "assign", once(assign), methods=["GET", "POST"])
    take_back_path = "/cycles/<uuid:cycle_id>/take-back"
    blueprint.add_url_rule(take_back_path, "take_back", once(take_back), methods=["GET", "POST"])
    blueprint.add_url_rule("/agreements", "agreements", agreements)
    blueprint.add_url_rule("/agreements/<content_hash>", "agreement", agreement)
    return blueprint


def cycles() -> str:
    """Every cycle with its counts."""
    return render_template(
        "office/cycles.html", cycles=lists.cycles(connection(), district_id(), today()), most_late=lists.MOST_LATE
    )


def new_cycle() -> Response | str | tuple[str, int]:
    """Open a cycle under a ratified agreement."""
    choices = ratified_agreements(connection(), district_id())
    if request.method == "GET":
        return render_template("office/new_cycle.html", form=open_form(draft="cycle:new"), choices=choices)
    try:
        cycle = begin_round(parse(CycleSchema))
    except FormInvalid as problem:
        return render_template("office/new_cycle.html", form=problem.form(), choices=choices), 422
    return redirect(url_for("office.add", cycle_id=cycle.id), 303)


def take_back(cycle_id: UUID) -> Response | str:
    """Take back a cycle that was opened by mistake, while nothing has begun in it."""
    cycle = the_cycle(cycle_id)
    if request.method == "POST":
        cycle_acts.take_back(cycle_id)
        return redirect(url_for("office.cycles", taken_back=1), 303)
    has_begun = repository().has_begun(cycle_id)
    return render_template("office/take_back.html", cycle=cycle, has_begun=has_begun, form=open_form())


def _uuid(value: str | None) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        return None


def _filter() -> boards.BoardFilter:
    """What the address narrows the board to; what makes no sense there is passed over."""
    args = request.args
    page = args.get("page", "1")
    return boards.BoardFilter(
        school=sought(args.get("school")),
        evaluator=sought(args.get("evaluator")),
        state=args.get("state", "all") if args.get("state") in STATES else "all",
        search=args.get("q", "").strip()[:80],
        sort=args.get("sort", "name") if args.get("sort") in SORTS else "name",
        page=min(int(page), 10_000) if page.isdecimal() and int(page) > 0 else 1,
    )


def board(cycle_id: UUID) -> str:
    """A cycle's evaluations: who, by whom, how far; narrowed and sorted by the address."""
    cycle = the_cycle(cycle_id)
    wanted = _filter()
    all_chosen = request.args.get("choose") == "all"
    rows, more = boards.cycle_board(connection(), district_id(), cycle_id, wanted, today())
    return render_template(
        "office/board.html",
        cycle=cycle,
        rows=rows,
        nothing_begun=not rows and wanted == boards.BoardFilter(sort=wanted.sort),
        page=Stretch(wanted.page, more),
        wanted=wanted,
        all_chosen=all_chosen,
        choosing_href=this_page(choose=None if all_chosen else "all"),
        states=STATES,
        sorts=SORTS,
        choices=boards.board_choices(connection(), district_id(), cycle_id, wanted),
        today=today(),
    )


def assign(cycle_id: UUID) -> Response | str | tuple[str, int]:
    """Give the evaluations chosen on the board to one evaluator."""
    cycle = the_cycle(cycle_id)
    who = request.args.get("who", "").strip()[:100]
    found = possible_evaluators(Among(words=who, most=MOST_NAMED + 1))
    named = [*request.args.getlist("evaluation_ids"), *request.form.getlist("evaluations")]
    ids = [one for value in named if (one := _uuid(value.partition("@")[0]))]
    chosen = lists.evaluations_named(connection(), district_id(), cycle_id, ids)
    page = {"cycle": cycle, "chosen": chosen, "candidates": found[:MOST_NAMED], "who": who}
    page["more"] = len(found) > MOST_NAMED
    if request.method == "GET":
        return render_template("office/assign.html", form=open_form(), **page)
    try:
        assigned = assign_many(cycle, parse(AssignOnPage))
    except FormInvalid as problem:
        return render_template("office/assign.html", form=problem.form(), **page), 422
    passed_over = len(assigned.ended_early) or None
    board = url_for("office.board", cycle_id=cycle_id, assigned=assigned.count or None, passed_over=passed_over)
    return redirect(board, 303)


def agreements() -> str:
    """The ratified versions, for everyone: what both sides signed is what runs."""
    return render_template("office/agreements.html", agreements=ratified_agreements(connection(), district_id()))


def agreement(content_hash: str) -> str:
    """One agreement, read like a document."""
    found, stored = ratified(content_hash)
    return render_template("office/agreement.html", agreement=found, stored=stored)
