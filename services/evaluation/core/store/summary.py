"""What lists show of an evaluation, kept beside its state so that a page of forty people reads forty small rows."""

from dataclasses import dataclass
from datetime import date, datetime

from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.domain.sight import subject_knows
from services.evaluation.core.domain.steps import all_steps, track_of
from services.evaluation.core.publishing import occasion_titled, step_path


@dataclass(frozen=True)
class Mark:
    """One step of the track in the strip: done, late (done late), next (open), wait, lapsed."""

    step: str
    title: str
    mark: str


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
    if state.status == "done":
        return "late" if state.late else "done"
    return "next" if state.status == "open" else "lapsed"
