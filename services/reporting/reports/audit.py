"""The union representative's audit: one evaluation as a dated record of steps, and every entry as a line of a file.

Made from `accord.process` alone: no statement of this file, nor of counts, entries and completion which it shares, names a
table of results. Nobody is named; evaluations and evaluators go by marks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from services.reporting.projector.evaluation import Earlier
from services.reporting.reports.entries import evaluator_of
from services.reporting.reports.places import Place


@dataclass(frozen=True)
class FoundEvaluator:
    """An evaluator by mark, and where."""

    cycle_id: UUID
    school_id: UUID | None
    school: str | None
    evaluator_id: UUID

    @property
    def place(self) -> Place:
        return Place(self.cycle_id, "evaluator", self.school_id, self.evaluator_id)


def evaluator_with(connection: Connection, district_id: UUID, mark: str) -> FoundEvaluator | None:
    statement = text(
        """
        SELECT s.cycle_id, s.school_id, p.name AS school, s.evaluator_id
        FROM report_evaluator s
        LEFT JOIN people_school p ON p.district_id = s.district_id AND p.school_id = s.school_id
        WHERE s.district_id = :district AND s.mark = :mark
        """
    )
    row = connection.execute(statement, {"district": district_id, "mark": mark}).one_or_none()
    return FoundEvaluator(*row) if row is not None else None


_earlier = msgspec.json.Decoder(list[Earlier])


@dataclass(frozen=True)
class RecordStep:
    step_id: str
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
    earlier_told: str

    @property
    def earlier(self) -> Sequence[Earlier]:
        """When it was done before it was done again, oldest first."""
        return _earlier.decode(self.earlier_told)

    def overdue(self, today: date) -> bool:
        return self.required and self.state in ("planned", "open") and self.due_on is not None and self.due_on < today


@dataclass(frozen=True)
class Assigned:
    """An evaluator took the evaluation on; `mark` is the evaluator's at this school."""

    at: datetime
    mark: str


@dataclass(frozen=True)
class Record:
    """One evaluation without names."""

    mark: str
    cycle_id: UUID
    cycle: str
    school_id: UUID | None
    school: str | None
    opened_at: datetime
    closed_at: datetime | None
    ended_early_at: datetime | None
    steps: Sequence[RecordStep]
    assigned: Sequence[Assigned]


_HEAD = text(
    """
    SELECT e.evaluation_id, e.mark, e.cycle_id, c.title, e.school_id, p.name, e.opened_at, e.closed_at, e.ended_early_at
    FROM report_evaluation e
    JOIN report_cycle c ON c.district_id = e.district_id AND c.cycle_id = e.cycle_id
    LEFT JOIN people_school p ON p.district_id = e.district_id AND p.school_id = e.school_id
    WHERE e.district_id = :district AND e.mark = :mark
    """
)
_STEPS = text(
    """
    SELECT step_id, title, phase, clause, duty, required, state, late, due_on, not_before, opened_at, done_at, done_by, held_from,
      document_opened_at, earlier::text
    FROM report_step WHERE district_id = :district AND evaluation_id = :evaluation AND told
    ORDER BY coalesce(opened_at, done_at, 'infinity'), number
    """
)
_ASSIGNED = text(
    f"""
    SELECT s.at, ({evaluator_of("s")}) AS mark
    FROM (SELECT a.at, a.sequence, a.evaluator_id, e.school_id FROM report_assignment a
          JOIN report_evaluation e ON e.district_id = a.district_id AND e.evaluation_id = a.evaluation_id
          WHERE a.district_id = :district AND a.evaluation_id = :evaluation) s
    ORDER BY s.sequence
    """  # noqa: S608 - SQL of our own
)


def record(connection: Connection, district_id: UUID, mark: str) -> Record | None:
    """The dated record of one evaluation, steps in the order in which their turn came; None where there is none."""
    head = connection.execute(_HEAD, {"district": district_id, "mark": mark}).one_or_none()
    if head is None:
        return None
    values: dict[str, Any] = {"district": district_id, "evaluation": head.evaluation_id, "cycle": head.cycle_id}
    steps = [RecordStep(*row) for row in connection.execute(_STEPS, values)]
    assigned = [Assigned(*row) for row in connection.execute(_ASSIGNED, values)]
    return Record(
        mark=head.mark,
        cycle_id=head.cycle_id,
        cycle=head.title,
        school_id=head.school_id,
        school=head.name,
        opened_at=head.opened_at,
        closed_at=head.closed_at,
        ended_early_at=head.ended_early_at,
        steps=steps,
        assigned=assigned,
    )


@dataclass(frozen=True)
class RecordLine:
    """A line of the audit as a file: one step of one evaluation."""

    mark: str
    school: str | None
    evaluator: str | None
    ended_early_at: datetime | None
    """When the evaluation was ended early, if it was."""
    step: RecordStep


def record_lines(connection: Connection, district_id: UUID, place: Place) -> Iterator[RecordLine]:
    """Every step of every evaluation at a place, by school and evaluation; read as it is consumed, however long."""
    conditions = ["s.district_id = :district", "s.cycle_id = :cycle", "s.told"]
    if place.scope != "district":
        conditions.append("s.school_id = :school" if place.school_id else "s.school_id IS NULL")
    if place.scope == "evaluator":
        conditions.append("s.evaluator_id = :evaluator" if place.evaluator_id else "s.evaluator_id IS NULL")
    statement = text(
        f"""
        SELECT s.mark, p.name, n.mark, e.ended_early_at, s.step_id, s.title, s.phase, s.clause, s.duty, s.required, s.state,
          s.late, s.due_on, s.not_before, s.opened_at, s.done_at, s.done_by, s.held_from, s.document_opened_at, s.earlier::text
        FROM report_step s
        JOIN report_evaluation e ON e.district_id = s.district_id AND e.evaluation_id = s.evaluation_id
        LEFT JOIN people_school p ON p.district_id = s.district_id AND p.school_id = s.school_id
        LEFT JOIN (
          SELECT school_id, evaluator_id, mark FROM report_evaluator WHERE district_id = :district AND cycle_id = :cycle) n
          ON n.school_id IS NOT DISTINCT FROM s.school_id AND n.evaluator_id = s.evaluator_id
        WHERE {" AND ".join(conditions)}
        ORDER BY p.name, s.school_id, s.mark, coalesce(s.opened_at, s.done_at, 'infinity'), s.number
        """  # noqa: S608 - SQL of our own
    )
    rows = connection.execution_options(yield_per=1000).execute(statement, {"district": district_id, **place.values})
    for mark, school, evaluator, ended, *step in rows:
        yield RecordLine(mark, school, evaluator, ended, RecordStep(*step))
