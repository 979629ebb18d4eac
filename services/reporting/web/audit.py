"""The union representative's audit as pages and as files. Everything here is made from `accord.process` alone."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request

from services.reporting.policy import AUDIT
from services.reporting.reports.audit import FoundEvaluator, RecordLine, evaluator_with, record, record_lines
from services.reporting.reports.completion import Line, lines
from services.reporting.reports.counts import step_counts
from services.reporting.reports.entries import Wanted, entries
from services.reporting.reports.names import names
from services.reporting.reports.places import Cycle, Place
from services.reporting.web.asked import (
    NOBODY,
    PAGE,
    after_asked,
    column_asked,
    cycle_asked,
    id_after_asked,
    is_mark,
    mark_after_asked,
    named_asked,
    place_asked,
    today,
)
from services.reporting.web.boards import district_board, evaluator_board, school_board
from services.reporting.web.files import csv_answer
from services.reporting.web.words import AUDIT_COLUMNS
from shared.clock import local_date
from shared.web.access import Rule, holding
from shared.web.context import connection, district_id, zone
from shared.web.language import gettext as _
from shared.web.problems import not_found

RULES: dict[str, Rule] = dict.fromkeys(
    (
        "audit.district",
        "audit.school",
        "audit.unassigned",
        "audit.evaluator",
        "audit.evaluation",
        "audit.entries",
        "audit.file",
        "audit.record_file",
    ),
    holding(*AUDIT),
)


def make() -> Blueprint:
    blueprint = Blueprint("audit", __name__, url_prefix="/audit", template_folder="templates")
    blueprint.add_url_rule("", "district", district)
    blueprint.add_url_rule("/schools/<school>", "school", school)
    blueprint.add_url_rule("/schools/<school>/unassigned", "unassigned", unassigned)
    blueprint.add_url_rule("/evaluators/<mark>", "evaluator", evaluator)
    blueprint.add_url_rule("/evaluations/<mark>", "evaluation", evaluation)
    blueprint.add_url_rule("/entries", "entries", behind)
    blueprint.add_url_rule("/counts.csv", "file", file)
    blueprint.add_url_rule("/record.csv", "record_file", record_file)
    return blueprint


def _cycle() -> tuple[Cycle, Any]:
    cycle, found = cycle_asked()
    if cycle is None:
        raise not_found(_("this cycle"))
    return cycle, found


def district() -> str:
    """Clauses and steps of the whole district, then its schools."""
    cycle, found = cycle_asked()
    if cycle is None:
        return render_template("reports/empty.html", heading=_("Audit of the procedure"))
    board = district_board(cycle, id_after_asked(), named_asked())
    return render_template("audit/district.html", cycles=found, board=board, columns=AUDIT_COLUMNS)


def school(school: str) -> str:
    cycle, found = _cycle()
    place = place_asked(cycle.cycle_id, school, None)
    board = school_board(cycle, place, by_name=False)
    if board.steps.total is None:
        raise not_found(_("this school"))
    name = names(connection(), district_id(), place).school
    return render_template("audit/school.html", cycles=found, board=board, name=name, columns=AUDIT_COLUMNS)


def unassigned(school: str) -> str:
    """Evaluations of a school that nobody evaluates yet."""
    cycle, _found = _cycle()
    place = place_asked(cycle.cycle_id, school, NOBODY)
    board = evaluator_board(cycle, place, mark_after_asked(), by_name=False)
    if board.steps.total is None:
        raise not_found(_("this school"))
    name = names(connection(), district_id(), place).school
    return render_template("audit/evaluator.html", board=board, name=name, mark=None, columns=AUDIT_COLUMNS)


def found_evaluator(mark: str) -> FoundEvaluator:
    found = evaluator_with(connection(), district_id(), mark) if is_mark(mark) else None
    if found is None:
        raise not_found(_("this evaluator"))
    return found


def evaluator(mark: str) -> str:
    found = found_evaluator(mark)
    board = evaluator_board(cycle_of(found.place), found.place, mark_after_asked(), by_name=False)
    return render_template("audit/evaluator.html", board=board, name=found.school, mark=mark, columns=AUDIT_COLUMNS)


def cycle_of(place: Place) -> Cycle:
    """The cycle a place is in. One query."""
    _chosen, found = cycle_asked()
    return next(cycle for cycle in found if cycle.cycle_id == place.cycle_id)


def evaluation(mark: str) -> str:
    """One evaluation as a dated record of steps, without names."""
    found = record(connection(), district_id(), mark) if is_mark(mark) else None
    if found is None:
        raise not_found(_("this evaluation"))
    return render_template("audit/evaluation.html", record=found, today=today())


def behind() -> str:
    """The entries behind one number."""
    cycle, place, evaluator = audit_place()
    step, column, day = request.args.get("step", ""), column_asked(), today()
    counts = step_counts(connection(), district_id(), place, day)
    row = counts.named(step)
    count = row.count if row is not None else counts.total if not step else None
    rows = entries(connection(), district_id(), Wanted(place, column, step), day, after=after_asked(), most=PAGE + 1)
    return render_template(
        "audit/entries.html",
        cycle=cycle,
        place=place,
        mark=request.args["evaluator"] if evaluator is not None else None,
        school=names_of_school(place, evaluator),
        step=step,
        title=row.title if row is not None else _("All steps"),
        column=column,
        total=getattr(count, column) if count is not None else 0,
        rows=rows[:PAGE],
        more=rows[PAGE - 1].after if len(rows) > PAGE else None,
        today=day,
    )


def names_of_school(place: Place, evaluator: FoundEvaluator | None) -> str | None:
    """The school's name; asked of the database only where it is not known yet."""
    if evaluator is not None:
        return evaluator.school
    return names(connection(), district_id(), place).school if place.scope != "district" else None


def audit_place() -> tuple[Cycle, Place, FoundEvaluator | None]:
    """The place the address names: by evaluator's mark, by school, or the district. At most two queries."""
    mark = request.args.get("evaluator")
    if mark and mark != NOBODY:
        found = found_evaluator(mark)
        return cycle_of(found.place), found.place, found
    cycle, _found = _cycle()
    return cycle, place_asked(cycle.cycle_id, request.args.get("school"), mark), None


COUNT_COLUMNS = (
    "cycle_id", "cycle", "school_id", "school", "evaluator", "step", "title", "phase", "clause", "duty", "required", "done",
    "on_time", "done_late", "late", "late_now", "not_done", "signed", "signature_refused", "unsigned", "opened", "response_filed",
    "as_of",
)  # fmt: skip


def file() -> Response:
    """Counts by school, evaluator and step."""
    cycle, place, _evaluator = audit_place()
    day = today()
    return csv_answer(
        "audit-counts", COUNT_COLUMNS, _counts(cycle, lines(connection(), district_id(), place, day), day), day
    )


def _counts(cycle: Cycle, rows: Iterator[Line], day: date) -> Iterator[tuple[Any, ...]]:
    for line in rows:
        count = line.count
        yield (
            cycle.cycle_id, cycle.title, line.school_id, line.school, line.mark, line.step, line.title, line.phase,
            line.clause, line.duty, count.required, count.done, count.on_time, count.done_late, count.late, count.overdue,
            count.open, count.signed, count.refused, count.unsigned, count.opened, count.filed, day,
        )  # fmt: skip


RECORD_COLUMNS = (
    "cycle_id", "cycle", "school", "evaluator", "evaluation", "step", "title", "phase", "clause", "duty", "required", "state",
    "late", "due_on", "not_before", "opened_on", "done_on", "done_by", "held_on", "document_opened_on",
    "done_earlier_on", "held_earlier_on", "opened_earlier_on", "due_earlier_on", "late_earlier", "ended_early_on", "as_of",
)  # fmt: skip


def record_file() -> Response:
    """Every step of every evaluation, a line each."""
    cycle, place, _evaluator = audit_place()
    day = today()
    rows = record_lines(connection(), district_id(), place)
    return csv_answer("audit-record", RECORD_COLUMNS, _records(cycle, rows, day, zone()), day)


def _records(cycle: Cycle, rows: Iterator[RecordLine], day: date, where: str) -> Iterator[tuple[Any, ...]]:
    for line in rows:
        step = line.step
        dates = [
            local_date(moment, where) if moment is not None else None
            for moment in (step.opened_at, step.done_at, step.held_from, step.document_opened_at)
        ]
        yield (
            cycle.cycle_id, cycle.title, line.school, line.evaluator, line.mark, step.step_id, step.title,
            step.phase, step.clause, step.duty, step.required, step.state, step.late or step.overdue(day), step.due_on,
            step.not_before, dates[0], dates[1], step.done_by, dates[2], dates[3],
            " ".join(local_date(one.done_at, where).isoformat() for one in step.earlier),
            " ".join(local_date(one.held_from, where).isoformat() if one.held_from else "none" for one in step.earlier),
            " ".join(local_date(one.opened_at, where).isoformat() if one.opened_at else "none" for one in step.earlier),
            " ".join(one.due_on.isoformat() if one.due_on else "none" for one in step.earlier),
            " ".join("yes" if one.late else "no" for one in step.earlier),
            local_date(line.ended_early_at, where) if line.ended_early_at is not None else None, day,
        )  # fmt: skip
