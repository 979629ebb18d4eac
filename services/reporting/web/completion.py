"""The completion board as pages and as a file."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request

from services.reporting.policy import BOARD, as_seen, sees_everything
from services.reporting.reports.completion import Line, lines
from services.reporting.reports.counts import step_counts
from services.reporting.reports.entries import Entry, Wanted, entries
from services.reporting.reports.names import Names, names
from services.reporting.reports.places import Cycle, Place
from services.reporting.web.asked import (
    PAGE,
    after_asked,
    column_asked,
    cycle_asked,
    id_after_asked,
    mark_after_asked,
    named_asked,
    place_asked,
    today,
)
from services.reporting.web.boards import district_board, evaluator_board, own_board, school_board
from services.reporting.web.files import csv_answer
from services.reporting.web.words import BOARD_COLUMNS
from shared.web.access import Rule, holding
from shared.web.context import connection, district_id, viewer
from shared.web.language import gettext as _
from shared.web.problems import not_found, refuse_access
from shared.web.wording import role_words

RULES: dict[str, Rule] = dict.fromkeys(
    (
        "completion.district",
        "completion.school",
        "completion.evaluator",
        "completion.entries",
        "completion.file",
    ),
    holding(*BOARD),
)


def make() -> Blueprint:
    blueprint = Blueprint("completion", __name__, url_prefix="/completion", template_folder="templates")
    blueprint.add_url_rule("", "district", district)
    blueprint.add_url_rule("/schools/<school>", "school", school)
    blueprint.add_url_rule("/schools/<school>/evaluators/<evaluator>", "evaluator", evaluator)
    blueprint.add_url_rule("/entries", "entries", behind)
    blueprint.add_url_rule("/file.csv", "file", file)
    return blueprint


def as_it_is_seen(place: Place) -> Place:
    """The place as far as the viewer may see it; 403 where that is nothing, the same whether or not there is such a place."""
    seen = as_seen(viewer(), place)
    if seen is None:
        raise refuse_access(
            _("it is the completion of another school or evaluator."),
            _("its principal, its evaluator, and %(office)s", office=role_words(frozenset(BOARD[:3]))),
        )
    return seen


def _cycle() -> tuple[Cycle, Any]:
    cycle, found = cycle_asked()
    if cycle is None:
        raise not_found(_("this cycle"))
    return cycle, found


def district() -> str:
    """The whole district; for those who do not see it, what is theirs."""
    cycle, found = cycle_asked()
    if cycle is None:
        return render_template("reports/empty.html", heading=_("Completion"))
    if not sees_everything(viewer()):
        return render_template("reports/own.html", cycles=found, board=own_board(cycle, viewer()))
    return render_template(
        "reports/district.html",
        cycles=found,
        board=district_board(cycle, id_after_asked(), named_asked()),
        columns=BOARD_COLUMNS,
    )


def school(school: str) -> str:
    cycle, found = _cycle()
    place = as_it_is_seen(place_asked(cycle.cycle_id, school, None))
    board = school_board(cycle, place, by_name=True)
    if board.steps.total is None:
        raise not_found(_("this school"))
    return render_template("reports/school.html", cycles=found, board=board, names=_names(place), columns=BOARD_COLUMNS)


def evaluator(school: str, evaluator: str) -> str:
    cycle, found = _cycle()
    place = as_it_is_seen(place_asked(cycle.cycle_id, school, evaluator))
    board = evaluator_board(cycle, place, mark_after_asked(), by_name=True)
    if board.steps.total is None:
        raise not_found(_("this evaluator"))
    return render_template(
        "reports/evaluator.html", cycles=found, board=board, names=_names(place), columns=BOARD_COLUMNS
    )


def _names(place: Place, rows: Sequence[Entry] = ()) -> Names:
    return names(connection(), district_id(), place, [row.evaluation_id for row in rows])


def behind() -> str:
    """The entries behind one number. Five queries at most, the viewer's own included."""
    cycle, _found = _cycle()
    place = as_it_is_seen(place_asked(cycle.cycle_id, request.args.get("school"), request.args.get("evaluator")))
    step, column, day = request.args.get("step", ""), column_asked(), today()
    counts = step_counts(connection(), district_id(), place, day)
    row = counts.named(step)
    count = row.count if row is not None else counts.total if not step else None
    rows = entries(connection(), district_id(), Wanted(place, column, step), day, after=after_asked(), most=PAGE + 1)
    return render_template(
        "reports/entries.html",
        cycle=cycle,
        place=place,
        names=_names(place, rows[:PAGE]),
        step=step,
        title=row.title if row is not None else _("All steps"),
        column=column,
        total=getattr(count, column) if count is not None else 0,
        rows=rows[:PAGE],
        more=rows[PAGE - 1].after if len(rows) > PAGE else None,
        today=day,
    )


COLUMNS = (
    "cycle_id", "cycle", "school_id", "school", "evaluator_id", "evaluator", "step", "title", "phase", "clause", "duty",
    "required", "done", "on_time", "done_late", "not_done", "late_now", "as_of",
)  # fmt: skip


def file() -> Response:
    cycle, _found = _cycle()
    place = as_it_is_seen(place_asked(cycle.cycle_id, request.args.get("school"), request.args.get("evaluator")))
    day = today()
    rows = lines(connection(), district_id(), place, day)
    return csv_answer("completion", COLUMNS, _cells(cycle, rows, day), day)


def _cells(cycle: Cycle, rows: Iterator[Line], day: date) -> Iterator[tuple[Any, ...]]:
    for line in rows:
        count = line.count
        yield (
            cycle.cycle_id, cycle.title, line.school_id, line.school, line.evaluator_id, line.evaluator, line.step,
            line.title, line.phase, line.clause, line.duty, count.required, count.done, count.on_time, count.done_late,
            count.open, count.overdue, day,
        )  # fmt: skip
