"""What an evaluation adds to the counts. Pure: a count is the sum of these over all evaluations, so a change of one is
what it adds afterwards less what it added before."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.reporting.projector.evaluation import DONE, WAITING, Evaluation, Step


class Place(NamedTuple):
    """A row of report_step_count. `scope` says how wide it is; `step_key` '' stands for all steps."""

    cycle_id: UUID
    scope: str
    school_id: UUID | None
    evaluator_id: UUID | None
    step_key: str


Counts = Counter[tuple[Place, str]]
"""(place, column of report_step_count) -> how many."""
Waiting = Counter[tuple[Place, date]]
"""(place, due date) -> how many required steps that are not done."""


def scopes(cycle_id: UUID, school_id: UUID | None, evaluator_id: UUID | None, step: str) -> Iterator[Place]:
    """The places a step counts in: the district, its school, its school under its evaluator."""
    yield Place(cycle_id, "district", None, None, step)
    yield Place(cycle_id, "school", school_id, None, step)
    yield Place(cycle_id, "evaluator", school_id, evaluator_id, step)


def count_evaluation(evaluation: Evaluation, counts: Counts, sign: int) -> None:
    """Add (sign 1) or take away (-1) the evaluation itself."""
    for place in scopes(evaluation.cycle_id, evaluation.school_id, evaluation.evaluator_id, ""):
        counts[place, "evaluations"] += sign
        if evaluation.closed_at is not None:
            counts[place, "closed"] += sign


def count_step(step: Step, counts: Counts, waiting: Waiting, sign: int) -> None:
    """Add (sign 1) or take away (-1) a step."""
    columns = _columns(step)
    awaited = step.required and step.state in WAITING and step.due_on is not None
    for key in (step.step_key, ""):
        for place in scopes(step.cycle_id, step.school_id, step.evaluator_id, key):
            for column in columns:
                counts[place, column] += sign
            if awaited and step.due_on is not None:
                waiting[place, step.due_on] += sign


def _columns(step: Step) -> list[str]:
    columns = []
    if step.required and step.state in WAITING | DONE:
        columns.append("required")
        if step.state in DONE:
            columns.append("done")
            if step.late:
                columns.append("done_late")
    if step.state in ("signed", "refused", "filed"):
        columns.append(step.state)
    if step.document_opened_at is not None:
        columns.append("opened")
    return columns
