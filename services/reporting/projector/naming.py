"""What cycles, evaluators and the rows of a report are called. Evaluations come in any order, so each name is the least of
those that are told: the same whichever comes first."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, tuple_
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as upsert

from services.reporting.marks import Marks
from services.reporting.projector.evaluation import Evaluation, Step, general_title
from services.reporting.store import process_tables as t
from shared.contracts import process

_TYPE = ("position", "title", "phase", "clause", "duty", "kind")


class Names:
    """Gathered over a number of events, then written."""

    def __init__(self, marks: Marks, district_id: UUID) -> None:
        self._marks, self._district_id = marks, district_id
        self._cycles: dict[UUID, process.EvaluationOpened] = {}
        self._evaluators: dict[tuple[UUID, UUID | None, UUID], None] = {}
        self._types: dict[tuple[UUID, str], tuple[Any, ...]] = {}

    def note_cycle(self, event: process.EvaluationOpened) -> None:
        """A cycle is called what the evaluation that was opened first calls it."""
        self._cycles[event.cycle_id] = min(self._cycles.get(event.cycle_id, event), event, key=_opening)

    def note_evaluator(self, evaluation: Evaluation, event: process.EvaluatorAssigned) -> None:
        self._evaluators[evaluation.cycle_id, evaluation.school_id, event.evaluator_id] = None

    def note_step(self, step: Step) -> None:
        if not step.told:
            return
        title = general_title(step.step_id, step.title)
        named = (step.number, title, step.phase, step.clause or "", step.duty, step.kind)
        key = (step.cycle_id, step.step_key)
        self._types[key] = min(self._types.get(key, named), named)

    def write(self, connection: Connection) -> None:
        if self._cycles:
            connection.execute(
                _least(t.cycle, ("first_opened_at", "first_evaluation_id"), ("title", "service")), self._cycle_rows()
            )
        if self._evaluators:
            connection.execute(_EVALUATOR, self._evaluator_rows())
        if self._types:
            connection.execute(_least(t.step_type, _TYPE), self._type_rows())

    def _cycle_rows(self) -> list[dict[str, object]]:
        return [
            {
                "district_id": self._district_id,
                "cycle_id": cycle,
                "service": event.service,
                "title": event.cycle_title,
                "first_opened_at": event.opened_at,
                "first_evaluation_id": event.evaluation_id,
            }
            for cycle, event in sorted(self._cycles.items())
        ]

    def _evaluator_rows(self) -> list[dict[str, object]]:
        return [
            {
                "district_id": self._district_id,
                "cycle_id": cycle,
                "school_id": school,
                "evaluator_id": evaluator,
                "mark": self._marks.evaluator(self._district_id, cycle, school, evaluator),
            }
            for cycle, school, evaluator in self._evaluators
        ]

    def _type_rows(self) -> list[dict[str, object]]:
        return [
            {
                "district_id": self._district_id,
                "cycle_id": cycle,
                "step_key": key,
                **dict(zip(_TYPE, named, strict=True)),
            }
            for (cycle, key), named in sorted(self._types.items())
        ]


def _opening(event: process.EvaluationOpened) -> tuple[datetime, UUID]:
    return event.opened_at, event.evaluation_id


def _least(table: Table, order: tuple[str, ...], more: tuple[str, ...] = ()) -> Insert:
    """Insert; of two rows with one key the one that is less by `order` stays."""
    statement = upsert(table)
    new = tuple_(*(statement.excluded[name] for name in order))
    old = tuple_(*(table.c[name] for name in order))
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={name: statement.excluded[name] for name in (*order, *more)},
        where=new < old,
    )


_EVALUATOR = upsert(t.evaluator).on_conflict_do_nothing(constraint="report_evaluator_once")
