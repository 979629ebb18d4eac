"""What lists show of an evaluation, kept beside its state so that a page of forty people reads forty small rows."""

from dataclasses import dataclass
from datetime import date, datetime

from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.domain.sight import subject_knows
from services.evaluation.core.domain.steps import all_steps, needed_by, occasion_titled, planned_on, track_of
from services.evaluation.core.publishing import step_path


@dataclass(frozen=True)
class Mark:
    """One step of the track in the strip: done, late (done late), unsigned, next (open), wait, lapsed."""

    step: str
    title: str
    mark: str


@dataclass(frozen=True)
class Dates:
    """What a step that is open has to come by. `due`: its own day; `needed`: where it has none, the day of what comes after
    it; `planned`: the day for which the observation was announced that it is or that it prepares."""

    due: date | None
    needed: date | None
    planned: date | None

    @property
    def earliest(self) -> date | None:
        """The day by which it comes among others: a page of one evaluation and a list of many name the same step next."""
        return min((one for one in (self.due or self.needed, self.planned) if one is not None), default=None)


@dataclass(frozen=True)
class OpenStep:
    """Something whose turn has come. `not_before`: the first day on which it can be done, where that was still to come."""

    step: str
    title: str
    kind: str
    duty: str
    required: bool
    due_on: date | None
    not_before: date | None
    clause: str | None
    path: str
    told: bool
    """Whether the subject knows of it: an unannounced observation is its evaluator's alone until it has been held."""
    needed_by: date | None = None
    planned_on: date | None = None
    """These two as in Dates; a summary kept by an earlier version of Accord says neither until its evaluation changes."""

    @property
    def dates(self) -> Dates:
        return Dates(self.due_on, self.needed_by, self.planned_on)


@dataclass(frozen=True)
class Summary:
    """`observed_at`: when the newest observation ended. `delivered`: whether the summative has been sent."""

    track: str
    marks: tuple[Mark, ...]
    open: tuple[OpenStep, ...]
    observed_at: datetime | None
    occasions: int
    delivered: bool
    closed: bool


def summarize(evaluation: Evaluation, agreement: Agreement) -> Summary:
    """The summary of an evaluation as it stands; no rating and no text."""
    located = tuple(all_steps(evaluation, agreement))
    observed = [
        state.held_to
        for one in located
        if one.step.kind == "observation" and (state := evaluation.steps.get(one.key)) and state.held_to
    ]
    return Summary(
        track=track_of(evaluation, agreement).title,
        marks=tuple(
            Mark(one.key, one.step.title, _mark(evaluation, one.key)) for one in located if one.occasion is None
        ),
        open=tuple(
            OpenStep(
                step=one.key,
                title=occasion_titled(one, agreement),
                kind=one.step.kind,
                duty=one.step.duty,
                required=one.step.required,
                due_on=state.due_on,
                not_before=state.not_before,
                clause=one.step.clause,
                path=step_path(evaluation, one),
                told=subject_knows(evaluation, agreement, one),
                needed_by=needed_by(evaluation, agreement, one) if state.due_on is None else None,
                planned_on=planned_on(evaluation, agreement, one),
            )
            for one in located
            if (state := evaluation.steps.get(one.key)) is not None and state.status == "open"
        ),
        observed_at=max(observed, default=None),
        occasions=sum(1 for occasion in evaluation.occasions if occasion.status == "finished"),
        delivered=evaluation.summative is not None,
        closed=evaluation.closed_at is not None,
    )


def _mark(evaluation: Evaluation, key: str) -> str:
    state = evaluation.steps.get(key)
    if state is None:
        return "wait" if evaluation.is_open else "lapsed"
    if state.outcome == "unsigned":  # it was late, and what it says is that it was not done
        return "unsigned"
    if state.status == "done":
        return "late" if state.late else "done"
    return "next" if state.status == "open" else "lapsed"
