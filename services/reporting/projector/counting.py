"""What an evaluation adds to the counts. Pure: a count is the sum of these over all evaluations, so a change of one is
what it adds afterwards less what it added before."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from typing import NamedTuple, TypeVar
from uuid import UUID

from services.reporting.projector.evaluation import DONE, WAITING, Evaluation, Step

ALL_STEPS = ""


class Spot(NamedTuple):
    """The smallest place there is: one evaluator of one school."""

    cycle_id: UUID
    school_id: UUID | None
    evaluator_id: UUID | None


class Place(NamedTuple):
    """Where a row of report_step_count counts. `scope` says how wide it is."""

    cycle_id: UUID
    scope: str
    school_id: UUID | None
    evaluator_id: UUID | None


T = TypeVar("T", str, date)
Numbers = defaultdict[T, int]
"""What (a column, or a due date) -> by how much it changes."""
Steps = defaultdict[str, Numbers[T]]
"""Step key -> numbers; ALL_STEPS: those of the evaluation itself, and of all steps together."""


def _steps() -> Steps[T]:
    return defaultdict(partial(defaultdict, int))


class Tally(NamedTuple):
    """What changes at one spot: numbers of each step, and how many of them wait for which day."""

    counts: Steps[str]
    waiting: Steps[date]


class Changes:
    """By how much the counts change, spot by spot. What is touched stays, even at zero."""

    def __init__(self) -> None:
        self._tallies: dict[Spot, Tally] = {}

    def at(self, of: Evaluation | Step) -> Tally:
        """Where an evaluation, or a step, is counted."""
        spot = Spot(of.cycle_id, of.school_id, of.evaluator_id)
        tally = self._tallies.get(spot)
        if tally is None:
            tally = self._tallies[spot] = Tally(_steps(), _steps())
        return tally

    def counts(self) -> Iterator[tuple[Place, str, Numbers[str]]]:
        """(place, step, column -> change), for every place that a touched spot is part of."""
        return _by_place((spot, tally.counts) for spot, tally in self._tallies.items())

    def waiting(self) -> Iterator[tuple[Place, str, Numbers[date]]]:
        """The same of the steps that wait: (place, step, due date -> change)."""
        return _by_place((spot, tally.waiting) for spot, tally in self._tallies.items())


def _by_place(spots: Iterable[tuple[Spot, Steps[T]]]) -> Iterator[tuple[Place, str, Numbers[T]]]:
    """Each step by itself and all together, for every place that the spots are part of."""
    wide: defaultdict[Place, Steps[T]] = defaultdict(_steps)
    for spot, steps in spots:
        if not steps:
            continue
        whole: Numbers[T] = defaultdict(int)
        for numbers in steps.values():
            _add(whole, numbers)
        for place in _places(spot):
            found = wide[place]
            _add(found[ALL_STEPS], whole)
            for key, numbers in steps.items():
                if key != ALL_STEPS:
                    _add(found[key], numbers)
    return ((place, key, numbers) for place, steps in wide.items() for key, numbers in steps.items())


def _add(to: Numbers[T], numbers: Numbers[T]) -> None:
    for what, by in numbers.items():
        to[what] += by


def _places(spot: Spot) -> tuple[Place, Place, Place]:
    cycle, school, evaluator = spot
    return (
        Place(cycle, "district", None, None),
        Place(cycle, "school", school, None),
        Place(cycle, "evaluator", school, evaluator),
    )


def count_evaluation(evaluation: Evaluation, tally: Tally, sign: int) -> None:
    """Add (sign 1) or take away (-1) the evaluation itself."""
    numbers = tally.counts[ALL_STEPS]
    numbers["evaluations"] += sign
    if evaluation.closed_at is not None:
        numbers["closed"] += sign
    if evaluation.ended_early_at is not None:
        numbers["ended_early"] += sign


def count_step(step: Step, tally: Tally, sign: int) -> None:
    """Add (sign 1) or take away (-1) a step. One that the person evaluated may not know of is in no number."""
    if not step.told:
        return
    numbers = tally.counts[step.step_key]
    for column in _columns(step):
        numbers[column] += sign
    if step.required and step.state in WAITING and step.due_on is not None:
        tally.waiting[step.step_key][step.due_on] += sign


def _columns(step: Step) -> list[str]:
    columns = []
    if step.required and step.state in WAITING | DONE:
        columns.append("required")
        if step.state in DONE:
            columns.append("done")
            if step.late:
                columns.append("done_late")
    if step.state in ("signed", "refused", "unsigned", "filed"):
        columns.append(step.state)
    if step.document_opened_at is not None:
        columns.append("opened")
    return columns
