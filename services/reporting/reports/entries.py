"""The steps behind a number: each count of a report opens as the list of entries it counts, a page at a time.

A page is found by its place in an index, not by counting rows, so that it costs the same however long the list is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from services.reporting.reports.counts import same
from services.reporting.reports.places import Place


class _Kind(NamedTuple):
    """Steps of one sort: a stretch of the index. `overdue`: only those whose date has ended."""

    required: bool
    state: str
    late: bool
    overdue: bool = False


def _done(*, late: tuple[bool, ...] = (False, True)) -> list[_Kind]:
    return [_Kind(True, state, each) for state in ("done", "signed", "refused", "unsigned", "filed") for each in late]


def _not_done(*, overdue: bool = False) -> list[_Kind]:
    return [_Kind(True, state, False, overdue) for state in ("planned", "open")]


def _any_of(state: str) -> list[_Kind]:
    return [_Kind(required, state, late) for required in (False, True) for late in (False, True)]


KINDS: Mapping[str, Sequence[_Kind]] = {
    "required": [*_done(), *_not_done()],
    "done": _done(),
    "on_time": _done(late=(False,)),
    "done_late": _done(late=(True,)),
    "late": [*_done(late=(True,)), *_not_done(overdue=True)],
    "overdue": _not_done(overdue=True),
    "open": _not_done(),
    "signed": _any_of("signed"),
    "refused": _any_of("refused"),
    "unsigned": _any_of("unsigned"),
    "filed": _any_of("filed"),
}
READ = "opened"
COLUMNS = (*KINDS, READ)
"""The numbers that open as entries; the names of Count's fields and properties."""


@dataclass(frozen=True)
class After:
    """The entry after which a page begins, as it stands in the address."""

    due_order: date
    mark: str
    step_id: str

    def __str__(self) -> str:
        return f"{self.due_order:%Y%m%d}~{self.mark}~{self.step_id}"


_AFTER = re.compile(r"^(\d{8})~([a-z2-7]{16})~([\w/.-]{1,200})$")


def read_after(value: str | None) -> After | None:
    """The place in an address; None where there is none. Raises ValueError for anything else."""
    if not value:
        return None
    found = _AFTER.match(value)
    if found is None:
        raise ValueError(value)
    return After(datetime.strptime(found[1], "%Y%m%d").date(), found[2], found[3])  # noqa: DTZ007 - a date, no time


@dataclass(frozen=True)
class Entry:
    """One step of one evaluation. Who it is about is for the reports that may tell (`evaluation_id`, `subject_id`)."""

    evaluation_id: UUID
    mark: str
    step_id: str
    step_key: str
    title: str
    phase: str
    clause: str | None
    duty: str
    required: bool
    state: str
    late: bool
    due_on: date | None
    not_before: date | None
    opened_at: datetime | None
    done_at: datetime | None
    done_by: str | None
    held_from: datetime | None
    document_opened_at: datetime | None
    path: str
    school_id: UUID | None
    school: str | None
    evaluator_id: UUID | None
    evaluator: str | None
    """The mark of the evaluator at the school in this cycle; None where nobody was assigned."""
    after: After

    def overdue(self, today: date) -> bool:
        return self.required and self.state in ("planned", "open") and self.due_on is not None and self.due_on < today


@dataclass(frozen=True)
class Wanted:
    """`column`: one of COLUMNS. `step_key` '': every step."""

    place: Place
    column: str
    step_key: str = ""


_FIELDS = (
    "s.evaluation_id, s.mark, s.step_id, s.step_key, s.title, s.phase, s.clause, s.duty, s.required, s.state, s.late, "
    "s.due_on, s.not_before, s.opened_at, s.done_at, s.done_by, s.held_from, s.document_opened_at, s.path, s.school_id, "
    "s.evaluator_id, s.due_order"
)


def evaluator_of(row: str) -> str:
    """SQL: the mark of the evaluator of the row under this alias; NULL where none was assigned."""
    return f"""
        SELECT me.mark FROM report_evaluator me
        WHERE me.district_id = :district AND me.cycle_id = :cycle
          AND {same("me.school_id", f"{row}.school_id")} AND me.evaluator_id = {row}.evaluator_id
        """  # noqa: S608 - SQL of our own


def entries(
    connection: Connection,
    district_id: UUID,
    wanted: Wanted,
    today: date,
    *,
    after: After | None = None,
    most: int = 50,
) -> Sequence[Entry]:
    """Up to so many entries, by due date. One statement."""
    statement = text(_statement(wanted, after is not None))
    values: dict[str, Any] = {"district": district_id, "today": today, "step": wanted.step_key, "most": most}
    if after is not None:
        values |= {"after_due": after.due_order, "after_mark": after.mark, "after_step": after.step_id}
    rows = connection.execute(statement, {**values, **wanted.place.values})
    return [_entry(row) for row in rows]


_THEIRS_NOW = """EXISTS (
  SELECT 1 FROM report_evaluation e
  WHERE e.district_id = s.district_id AND e.evaluation_id = s.evaluation_id AND e.evaluator_id = :evaluator)"""


def _statement(wanted: Wanted, further: bool) -> str:
    place = wanted.place
    conditions = ["s.district_id = :district", "s.cycle_id = :cycle", "s.step_key = k.step_key", "s.told"]
    if place.scope != "district":
        conditions.append("s.school_id = :school" if place.school_id else "s.school_id IS NULL")
    if place.scope == "evaluator":
        conditions.append("s.evaluator_id = :evaluator" if place.evaluator_id else "s.evaluator_id IS NULL")
    if place.present:
        conditions.append(_THEIRS_NOW)
    if further:
        conditions.append("(s.due_order, s.mark, s.step_id) > (:after_due, :after_mark, :after_step)")
    if wanted.column == READ:
        conditions.append("s.document_opened_at IS NOT NULL")
        kinds = "(VALUES (1)) w (one)"
    else:
        conditions += ["s.required = w.required", "s.state = w.state", "s.late = w.late", "s.due_order < w.before"]
        kinds = (
            f"(VALUES {', '.join(_values(kind) for kind in KINDS[wanted.column])}) w (required, state, late, before)"
        )
    return f"""
        SELECT s.*, p.name AS school, ({evaluator_of("s")}) AS evaluator FROM (
          SELECT s.* FROM report_step_type k CROSS JOIN {kinds}
          CROSS JOIN LATERAL (
            SELECT {_FIELDS} FROM report_step s WHERE {" AND ".join(conditions)}
            ORDER BY s.due_order, s.mark, s.step_id LIMIT :most) s
          WHERE k.district_id = :district AND k.cycle_id = :cycle AND (:step = '' OR k.step_key = :step)
          ORDER BY s.due_order, s.mark, s.step_id LIMIT :most) s
        LEFT JOIN people_school p ON p.district_id = :district AND p.school_id = s.school_id
        ORDER BY s.due_order, s.mark, s.step_id
        """  # noqa: S608 - SQL of our own


def _values(kind: _Kind) -> str:
    before = "CAST(:today AS date)" if kind.overdue else "DATE 'infinity'"
    return f"({kind.required}, '{kind.state}', {kind.late}, {before})"


def _entry(row: Any) -> Entry:
    values = dict(row._mapping)
    due_order = values.pop("due_order")
    return Entry(**values, after=After(due_order, values["mark"], values["step_id"]))
