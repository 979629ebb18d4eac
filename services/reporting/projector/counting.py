"""What an evaluation adds to the counts. Pure: a count is the sum of these over all evaluations, so a change of one is
what it adds afterwards less what it added before."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from services.reporting.projector.evaluation import DONE, WAITING, Evaluation, Step

ALL_STEPS = ""


class Spot(NamedTuple):
    """The smallest place there is: one step of one evaluator of one school. `step_key` ALL_STEPS: the evaluation itself."""

    cycle_id: UUID
    school_id: UUID | None
    evaluator_id: UUID | None
    step_key: str


class Place(NamedTuple):
    """A row of report_step_count. `scope` says how wide it is; `step_key` ALL_STEPS stands for all steps."""

    cycle_id: UUID
    scope: str
    school_id: UUID | None
    evaluator_id: UUID | None
    step_key: str


T = TypeVar("T", str, date)


class Changes(defaultdict[Spot, Counter[T]], Generic[T]):
    """Spot -> what (a column, or a due date) -> by how much it changes. A spot that is touched stays, even at zero."""

    def __init__(self) -> None:
        super().__init__(Counter)

    def by_place(self) -> Mapping[Place, Counter[T]]:
        """The same for every place that a spot is part of."""
        wide: dict[Place, Counter[T]] = {}
        for spot, changes in self.items():
            for place in _places(spot):
                found = wide.setdefault(place, Counter())
                for what, by in changes.items():
                    found[what] += by
        return wide


def _places(spot: Spot) -> Iterator[Place]:
    cycle, school, evaluator, key = spot
    for step in {key, ALL_STEPS}:
        yield Place(cycle, "district", None, None, step)
        yield Place(cycle, "school", school, None, step)
        yield Place(cycle, "evaluator", school, evaluator, step)


def count_evaluation(evaluation: Evaluation, counts: Changes[str], sign: int) -> None:
    """Add (sign 1) or take away (-1) the evaluation itself."""
    changes = counts[Spot(evaluation.cycle_id, evaluation.school_id, evaluation.evaluator_id, ALL_STEPS)]
    changes["evaluations"] += sign
    if evaluation.closed_at is not None:
        changes["closed"] += sign


def count_step(step: Step, counts: Changes[str], waiting: Changes[date], sign: int) -> None:
    """Add (sign 1) or take away (-1) a step."""
    spot = Spot(step.cycle_id, step.school_id, step.evaluator_id, step.step_key)
    changes = counts[spot]
    for column in _columns(step):
        changes[column] += sign
    if step.required and step.state in WAITING and step.due_on is not None:
        waiting[spot][step.due_on] += sign


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
