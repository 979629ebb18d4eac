"""The completion board: district, school, evaluator, person. Who has done what, and what is late."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from services.reporting.reports.counts import COLUMNS, Count, count_from, counted, overdue, same, step_of
from services.reporting.reports.places import Place


@dataclass(frozen=True)
class EvaluatorRow:
    """`evaluator_id` None: nobody has been assigned yet. `mark`: the evaluator on pages without names."""

    evaluator_id: UUID | None
    name: str | None
    mark: str | None
    count: Count


@dataclass(frozen=True)
class PersonRow:
    """One evaluation. `next_due`: the earliest date of what is not done."""

    evaluation_id: UUID
    mark: str
    name: str | None
    track: str
    service: str
    required: int
    done: int
    overdue: int
    next_due: date | None
    closed_at: datetime | None
    ended_early_at: datetime | None


_SAME_EVALUATOR = (
    "d.district_id = :district AND d.cycle_id = :cycle AND d.scope = 'evaluator' "
    f"AND {same('d.school_id', 'c.school_id')} AND {same('d.evaluator_id', 'c.evaluator_id')}"
)


def evaluators(
    connection: Connection, district_id: UUID, school: Place, today: date, *, by_name: bool = True
) -> list[EvaluatorRow]:
    """The evaluators of a school, by name or by mark; first those whom nobody evaluates yet, if any of them still waits for
    somebody. At most 200."""
    order = "coalesce(p.family_name, ''), coalesce(p.given_name, ''), e.mark" if by_name else "e.mark"
    statement = text(
        f"""
        SELECT c.evaluator_id, e.mark, p.given_name, p.family_name, {COLUMNS}, o.overdue
        FROM report_step_count c
        LEFT JOIN report_evaluator e ON e.district_id = c.district_id AND e.cycle_id = c.cycle_id
          AND {_is("e.school_id", "school", school.school_id)} AND e.evaluator_id = c.evaluator_id
        LEFT JOIN people_person p ON p.district_id = c.district_id AND p.person_id = c.evaluator_id
        CROSS JOIN LATERAL ({overdue(_SAME_EVALUATOR, "''")}) o
        WHERE c.district_id = :district AND c.cycle_id = :cycle AND c.scope = 'evaluator' AND c.step_key = ''
          AND {_is("c.school_id", "school", school.school_id)} AND (e.mark IS NOT NULL OR c.evaluations > c.ended_early)
        ORDER BY e.mark IS NOT NULL, {order} LIMIT 200
        """  # noqa: S608 - SQL of our own
    )
    rows = connection.execute(statement, {"district": district_id, "today": today, **school.values})
    return [EvaluatorRow(row.evaluator_id, _name(row), row.mark, count_from(row)) for row in rows]


def people(
    connection: Connection,
    district_id: UUID,
    place: Place,
    today: date,
    *,
    by_name: bool = True,
    after: str | None = None,
    most: int = 50,
) -> list[PersonRow]:
    """The evaluations under one evaluator of a school (`place` of scope "evaluator"), by name or by mark.

    `after`: the mark of the evaluation shown last before.
    """
    statement = text(_people(place, by_name=by_name, further=after is not None))
    values = {"district": district_id, "today": today, "after": after, "most": most}
    return [
        PersonRow(
            row.evaluation_id,
            row.mark,
            _name(row),
            row.track,
            row.service,
            row.required,
            row.done,
            row.overdue,
            row.next_due,
            row.closed_at,
            row.ended_early_at,
        )
        for row in connection.execute(statement, {**values, **place.values})
    ]


def _people(place: Place, *, by_name: bool, further: bool) -> str:
    order = "coalesce(p.family_name, ''), coalesce(p.given_name, ''), e.mark" if by_name else "e.mark"
    beyond = f"""
        AND ({order}) > (
          SELECT {order} FROM report_evaluation e
          LEFT JOIN people_person p ON p.district_id = e.district_id AND p.person_id = e.subject_id
          WHERE e.district_id = :district AND e.mark = :after)
        """  # noqa: S608 - SQL of our own
    return f"""
        SELECT e.*, n.required, n.done, n.overdue, n.next_due FROM (
          SELECT e.evaluation_id, e.mark, e.track, e.service, e.closed_at, e.ended_early_at, p.given_name, p.family_name,
            row_number() OVER (ORDER BY {order}) AS place
          FROM report_evaluation e
          LEFT JOIN people_person p ON p.district_id = e.district_id AND p.person_id = e.subject_id
          WHERE e.district_id = :district AND e.cycle_id = :cycle
            AND {_is("e.school_id", "school", place.school_id)}
            AND {_is("e.evaluator_id", "evaluator", place.evaluator_id)}
            {beyond if further else ""}
          ORDER BY {order} LIMIT :most) e
        CROSS JOIN LATERAL (
          SELECT count(*) FILTER (WHERE s.required AND s.state NOT IN ('lapsed', 'withdrawn'))::int AS required,
            count(*) FILTER (WHERE s.required AND s.state IN ('done', 'signed', 'refused', 'unsigned', 'filed'))::int AS done,
            count(*) FILTER (WHERE s.required AND s.state IN ('planned', 'open') AND s.due_on < :today)::int AS overdue,
            min(s.due_on) FILTER (WHERE s.required AND s.state IN ('planned', 'open')) AS next_due
          FROM report_step s
          WHERE s.district_id = :district AND s.evaluation_id = e.evaluation_id AND s.told) n
        ORDER BY e.place
        """  # noqa: S608 - SQL of our own


@dataclass(frozen=True)
class Line:
    """A line of the board as a file: one step of one evaluator of one school. `mark`: the evaluator without a name."""

    school_id: UUID | None
    school: str | None
    evaluator_id: UUID | None
    evaluator: str | None
    mark: str | None
    step: str
    """As the agreement names it; `title` and `clause` are what the evaluations counted here say of it."""
    title: str
    phase: str
    clause: str
    duty: str
    count: Count


def lines(connection: Connection, district_id: UUID, place: Place, today: date) -> Iterator[Line]:
    """The whole board below `place`, by school, evaluator and step; read as it is consumed, however long."""
    conditions = ["c.district_id = :district", "c.cycle_id = :cycle", "c.scope = 'evaluator'", "c.step_key <> ''"]
    if place.scope != "district":
        conditions.append(_is("c.school_id", "school", place.school_id))
    if place.scope == "evaluator":
        conditions.append(_is("c.evaluator_id", "evaluator", place.evaluator_id))
    source, late = counted(place, _SAME_EVALUATOR, "c.step_key")
    statement = text(
        f"""
        SELECT c.school_id, s.name AS school, c.evaluator_id, p.given_name, p.family_name, e.mark,
          t.step_key, t.title, t.phase, t.clause, t.duty, {COLUMNS}, o.overdue
        FROM {source} c
        JOIN report_step_type t ON t.district_id = c.district_id AND t.cycle_id = c.cycle_id AND t.step_key = c.step_key
        LEFT JOIN people_school s ON s.district_id = c.district_id AND s.school_id = c.school_id
        LEFT JOIN people_person p ON p.district_id = c.district_id AND p.person_id = c.evaluator_id
        LEFT JOIN (
          SELECT school_id, evaluator_id, mark FROM report_evaluator WHERE district_id = :district AND cycle_id = :cycle) e
          ON e.school_id IS NOT DISTINCT FROM c.school_id AND e.evaluator_id = c.evaluator_id
        LEFT JOIN LATERAL ({late}) o ON true
        WHERE {" AND ".join(conditions)} AND c.required + c.signed + c.refused + c.unsigned + c.opened + c.filed > 0
        ORDER BY s.name, c.school_id, e.mark NULLS FIRST, t.position, t.step_key
        """  # noqa: S608 - SQL of our own
    )
    values = {"district": district_id, "today": today, **place.values}
    for row in connection.execution_options(yield_per=1000).execute(statement, values):
        yield Line(
            row.school_id,
            row.school,
            row.evaluator_id,
            _name(row),
            row.mark,
            step_of(row.step_key),
            row.title,
            row.phase,
            row.clause,
            row.duty,
            count_from(row),
        )


def _is(column: str, name: str, value: UUID | None) -> str:
    return f"{column} = :{name}" if value else f"{column} IS NULL"


def _name(row: Any) -> str | None:
    return f"{row.given_name} {row.family_name}" if row.family_name is not None else None
