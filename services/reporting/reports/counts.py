"""Counts of steps, read from the tables that are kept with every change; how many are late is read off today's date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from services.reporting.reports.places import Place


@dataclass(frozen=True)
class Count:
    """How steps stand. required = done + open; done = on time + done late; late = done late + overdue."""

    required: int
    """Due once, and neither lapsed nor withdrawn."""
    done: int
    done_late: int
    overdue: int
    """Not done, and the due date has ended in the district's zone."""
    signed: int
    refused: int
    unsigned: int
    """Neither signed nor refused, as somebody noted."""
    opened: int
    """Sent to the person evaluated, and opened by them."""
    filed: int
    evaluations: int = 0
    closed: int = 0
    ended_early: int = 0

    @property
    def open(self) -> int:
        return self.required - self.done

    @property
    def on_time(self) -> int:
        return self.done - self.done_late

    @property
    def late(self) -> int:
        return self.done_late + self.overdue


@dataclass(frozen=True)
class StepCount:
    """A row of a report: one step as the evaluations counted in it have it, or all of them (`key` '')."""

    key: str
    title: str
    phase: str
    clause: str
    duty: str
    count: Count

    @property
    def step(self) -> str:
        """The step as the agreement names it; several rows have it where tracks say other things of it."""
        return step_of(self.key)


def step_of(key: str) -> str:
    """The step as the agreement names it: "announced/notice" of "announced/notice~0f3a9c21"."""
    return key.partition("~")[0]


@dataclass(frozen=True)
class Steps:
    """`total`: all steps together; None where nothing has been opened at the place."""

    rows: Sequence[StepCount]
    total: Count | None

    def named(self, key: str) -> StepCount | None:
        """The row of a step; None where the place has none of that name."""
        return next((row for row in self.rows if row.key == key), None)


COLUMNS = (
    "c.required, c.done, c.done_late, c.signed, c.refused, c.unsigned, c.opened, c.filed, c.evaluations, c.closed, "
    "c.ended_early"
)
"""SQL: what Count is made of, `overdue` apart, from report_step_count under the alias c."""


STEP = "split_part(step_key, '~', 1)"
"""SQL: step_of."""


def same(one: str, other: str) -> str:
    """SQL: whether two ids are equal, or both missing; unlike IS NOT DISTINCT FROM an index can answer it."""
    return f"({one} = {other} OR ({one} IS NULL AND {other} IS NULL))"


def overdue(place: str, key: str) -> str:
    """SQL: how many wait beyond their date. `place`: a condition on report_step_due d; `key`: SQL for the step's key."""
    return (
        "SELECT coalesce(sum(d.waiting), 0)::int AS overdue FROM report_step_due d "  # noqa: S608 - SQL of our own
        f"WHERE {place} AND d.step_key = {key} AND d.due_on < :today AND d.waiting > 0"
    )


PRESENT = """
(SELECT e.district_id, e.cycle_id, 'evaluator' AS scope, e.school_id, e.evaluator_id, coalesce(s.step_key, '') AS step_key,
  count(*) FILTER (WHERE s.required AND s.state NOT IN ('lapsed', 'withdrawn'))::int AS required,
  count(*) FILTER (WHERE s.required AND s.state IN ('done', 'signed', 'refused', 'unsigned', 'filed'))::int AS done,
  count(*) FILTER (WHERE s.required AND s.state IN ('done', 'signed', 'refused', 'unsigned', 'filed') AND s.late)::int
    AS done_late,
  count(*) FILTER (WHERE s.state = 'signed')::int AS signed, count(*) FILTER (WHERE s.state = 'refused')::int AS refused,
  count(*) FILTER (WHERE s.state = 'unsigned')::int AS unsigned,
  count(s.document_opened_at)::int AS opened, count(*) FILTER (WHERE s.state = 'filed')::int AS filed,
  (count(DISTINCT e.evaluation_id) * grouping(s.step_key))::int AS evaluations,
  (count(DISTINCT e.evaluation_id) FILTER (WHERE e.closed_at IS NOT NULL) * grouping(s.step_key))::int AS closed,
  (count(DISTINCT e.evaluation_id) FILTER (WHERE e.ended_early_at IS NOT NULL) * grouping(s.step_key))::int AS ended_early,
  count(*) FILTER (WHERE s.required AND s.state IN ('planned', 'open') AND s.due_on < :today)::int AS overdue
FROM report_evaluation e LEFT JOIN report_step s ON s.district_id = e.district_id AND s.evaluation_id = e.evaluation_id
  AND s.evaluator_id = e.evaluator_id AND s.told
WHERE e.district_id = :district AND e.cycle_id = :cycle AND e.evaluator_id = :evaluator
GROUP BY GROUPING SETS (
  (e.district_id, e.cycle_id, e.school_id, e.evaluator_id, s.step_key), (e.district_id, e.cycle_id, e.school_id, e.evaluator_id))
HAVING grouping(s.step_key) = 1 OR s.step_key IS NOT NULL)
"""
"""SQL: rows as report_step_count has them, with `overdue`, of the evaluations that are one evaluator's now, counted on the
spot; they are few. Of a place that is `present`."""


def counted(place: Place, waiting: str, key: str) -> tuple[str, str]:
    """SQL: (where the rows of a place's counts are read, under the alias c; how many of each are overdue)."""
    if place.present:
        return PRESENT, "SELECT c.overdue"
    return "report_step_count", overdue(waiting, key)


def count_from(row: Row[Any]) -> Count:
    return Count(
        row.required,
        row.done,
        row.done_late,
        row.overdue,
        row.signed,
        row.refused,
        row.unsigned,
        row.opened,
        row.filed,
        row.evaluations,
        row.closed,
        row.ended_early,
    )


def step_counts(connection: Connection, district_id: UUID, place: Place, today: date) -> Steps:
    """Every step of a place, by phase and in the order of the agreement, and all together. One statement.

    Rows of one step stand together, whichever track has it later.
    """
    source, late = counted(place, place.at("d"), "c.step_key")
    statement = text(
        f"""
        SELECT c.step_key, t.title, t.phase, t.clause, t.duty, {COLUMNS}, o.overdue
        FROM {source} c
        LEFT JOIN (SELECT *, min(position) OVER (PARTITION BY phase) AS phase_position,
                     min(position) OVER (PARTITION BY phase, {STEP}) AS step_position FROM report_step_type
                   WHERE district_id = :district AND cycle_id = :cycle) t ON t.step_key = c.step_key
        CROSS JOIN LATERAL ({late}) o
        WHERE {place.at("c")}
        ORDER BY t.phase_position, t.phase, t.step_position, t.position, c.step_key
        """  # noqa: S608 - SQL of our own
    )
    found = connection.execute(statement, {"district": district_id, "today": today, **place.values}).all()
    total = next((count_from(row) for row in found if row.step_key == ""), None)
    rows = [
        StepCount(row.step_key, row.title, row.phase, row.clause, row.duty, count_from(row))
        for row in found
        if row.step_key
    ]
    return Steps([row for row in rows if _anything(row.count)], total)


def _anything(count: Count) -> bool:
    """Whether there is anything to tell: a step of another school or evaluator leaves zeros here."""
    return any((count.required, count.signed, count.refused, count.unsigned, count.opened, count.filed))
