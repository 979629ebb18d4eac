"""Domain event -> contract events: the one seam between what happened here and what others are told.

Total over the domain's events (a test walks them): whatever carries text or ratings stays here, or goes to
`accord.results` alone; the steps go to `accord.process`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.domain.scoring.check import kinds_of
from services.evaluation.core.domain.scoring.kinds import Levels
from services.evaluation.core.domain.sight import subject_knows
from services.evaluation.core.domain.steps import (
    Located,
    all_steps,
    due_date,
    duty_bearer,
    locate,
    occasion_titled,
    track_of,
)
from shared.contracts import agreements, process, results
from shared.contracts.registry import Event as ContractEvent

Published = list[ContractEvent]


def publish(
    service: str, cycle_title: str, agreement: Agreement, after: Evaluation, events: list[e.Event]
) -> list[ContractEvent]:
    """The contract events that tell others of `events`. `after`: the evaluation once they are applied."""
    told: list[ContractEvent] = []
    context = _Context(service, cycle_title, agreement, after)
    for event in events:
        told += TELL[type(event)](context, event)
    return told


class _Context:
    def __init__(self, service: str, cycle_title: str, agreement: Agreement, after: Evaluation) -> None:
        self.service, self.cycle_title, self.agreement, self.after = service, cycle_title, agreement, after

    def located(self, key: str) -> Located:
        found = locate(self.after, self.agreement, key)
        assert found is not None, key
        return found

    def phase(self, located: Located) -> str:
        """The title of the phase: a step of an occasion belongs to the phase of the step that asks for occasions."""
        track = track_of(self.after, self.agreement)
        phase_id = located.step.phase
        if located.occasion is not None:
            phase_id = next((step.phase for step in track.steps if step.kind == "occasions"), None)
        return next((phase.title for phase in track.phases if phase.id == phase_id), "")


def step_path(evaluation: Evaluation, located: Located) -> str:
    """Path of the page where a step is done or read, below the service's prefix."""
    base = f"/evaluations/{evaluation.id}"
    if located.occasion is not None:
        return f"{base}/occasions/{located.occasion.id}"
    kinds = {
        "form": f"/forms/{located.key}",
        "agreement": f"/agree/{located.key}",
        "conference": f"/conferences/{located.key}",
        "summative": "/summative",
        "signature": "/sign",
        "response": "/respond",
        "close": "/close",
    }
    return base + kinds.get(located.step.kind, "")


def _opened(context: _Context, event: e.EvaluationOpened) -> Published:
    after, agreement = context.after, context.agreement
    planned = tuple(
        process.StepPlanned(
            step_id=located.key,
            title=located.step.title,
            phase=context.phase(located),
            kind=located.step.kind,
            duty=located.step.duty,
            due_on=due_date(after, agreement, located),
            clause=located.step.clause,
        )
        for located in all_steps(after, agreement)
        if located.occasion is None and located.step.required
    )
    return [
        process.EvaluationOpened(
            evaluation_id=after.id,
            service=context.service,
            cycle_id=after.cycle_id,
            cycle_title=context.cycle_title,
            school_id=after.school_id,
            subject_id=after.subject_id,
            agreement_hash=after.agreement_hash,
            track=track_of(after, agreement).title,
            opened_at=event.at,
            steps=planned,
        )
    ]


def _evaluator_assigned(context: _Context, event: e.EvaluatorAssigned) -> Published:
    history = [assignment.evaluator_id for assignment in context.after.assignments]
    previous = history[-2] if len(history) > 1 else None
    return [
        process.EvaluatorAssigned(
            evaluation_id=context.after.id,
            evaluator_id=event.evaluator_id,
            previous_id=previous,
            assigned_by=event.by_id or event.evaluator_id,
            at=event.at,
        )
    ]


def _step_opened(context: _Context, event: e.StepOpened) -> Published:
    located = context.located(event.step)
    state = context.after.steps.get(event.step)
    return [
        process.StepOpened(
            evaluation_id=context.after.id,
            step_id=event.step,
            occasion_id=located.occasion.id if located.occasion else None,
            title=occasion_titled(located, context.agreement),
            phase=context.phase(located),
            kind=located.step.kind,
            duty=located.step.duty,
            duty_bearer_id=duty_bearer(context.after, located.step.duty),
            required=event.required,
            due_on=event.due_on,
            planned_on=event.planned_on,
            not_before=event.not_before,
            told=subject_knows(context.after, context.agreement, located),
            clause=located.step.clause,
            opened_at=event.at if state is None else state.opened_at,
            path=step_path(context.after, located),
        )
    ]


def _step_done(context: _Context, event: e.StepDone) -> Published:
    located = context.located(event.step)
    state = context.after.steps.get(event.step)
    return [
        process.StepDone(
            evaluation_id=context.after.id,
            step_id=event.step,
            occasion_id=located.occasion.id if located.occasion else None,
            title=occasion_titled(located, context.agreement),
            phase=context.phase(located),
            kind=located.step.kind,
            duty=located.step.duty,
            by_id=event.by_id,
            outcome=event.outcome,
            due_on=state.due_on if state else None,
            clause=located.step.clause,
            late=event.late,
            done_at=event.at,
            held_from=event.held_from,
            held_to=event.held_to,
            path=step_path(context.after, located),
        )
    ]


def _document_opened(context: _Context, event: e.DocumentOpened) -> Published:
    return [
        process.DocumentOpened(
            evaluation_id=context.after.id,
            step_id=event.step,
            by_id=event.by_id or context.after.subject_id,
            at=event.at,
        )
    ]


def _summative_sent(context: _Context, event: e.SummativeSent) -> Published:
    after, evaluator_id = context.after, context.after.evaluator_id
    assert evaluator_id is not None
    return [
        results.SummativeDelivered(
            evaluation_id=after.id,
            cycle_id=after.cycle_id,
            school_id=after.school_id,
            evaluator_id=evaluator_id,
            agreement_hash=after.agreement_hash,
            structure_hash=context.agreement.structure_hash,
            ratings=tuple(
                results.ComponentRating(component_id=component, level=level)
                for component, level in event.ratings.items()
            ),
            final_level=event.final_level,
            values={step["id"]: step["label"] for step in event.trace.get("steps", ()) if step["label"]},
            at=event.at,
        )
    ]


def _closed(context: _Context, event: e.EvaluationClosed) -> Published:
    told: Published = [
        process.EvaluationClosed(
            evaluation_id=context.after.id, by_id=event.by_id or context.after.subject_id, at=event.at
        )
    ]
    if context.after.summative is not None:
        told.append(
            results.ResultFinal(
                evaluation_id=context.after.id, final_level=context.after.summative.final_level, at=event.at
            )
        )
    return told


def _ended_early(context: _Context, event: e.EvaluationEndedEarly) -> Published:
    """That it is over, not why: the reason is text."""
    assert event.by_id is not None
    return [process.EvaluationEndedEarly(evaluation_id=context.after.id, by_id=event.by_id, at=event.at)]


def _stays_here(context: _Context, event: e.Event) -> Published:
    """Text and evidence: no one outside this service is told."""
    return []


TELL: Mapping[type[e.Event], Callable[[_Context, Any], Published]] = {
    e.EvaluationOpened: _opened,
    e.EvaluatorAssigned: _evaluator_assigned,
    e.StepOpened: _step_opened,
    e.StepDone: _step_done,
    e.DocumentOpened: _document_opened,
    e.SummativeSent: _summative_sent,
    e.EvaluationClosed: _closed,
    e.EvaluationEndedEarly: _ended_early,
    e.FormSubmitted: _stays_here,
    e.FormReturned: _stays_here,
    e.OccasionBegun: _stays_here,
    e.OccasionRescheduled: _stays_here,
    e.OccasionWithdrawn: _stays_here,
    e.OccasionFinished: _stays_here,
    e.ConferenceHeld: _stays_here,
    e.ObservationRecorded: _stays_here,
    e.FeedbackSent: _stays_here,
    e.ContextAdded: _stays_here,
    e.Signed: _stays_here,
    e.SignatureRefused: _stays_here,
    e.SignatureLacking: _stays_here,
    e.ResponseFiled: _stays_here,
}


def final_scale(agreement: Agreement) -> str:
    """The scale of the result, the same in every track of an agreement."""
    scoring = next(iter(agreement.scoring.values()))
    kind = kinds_of(scoring)[scoring.final]
    assert isinstance(kind, Levels), "a score comes to a level"
    return kind.scale


def agreement_ratified(agreement: Agreement, document: str) -> agreements.AgreementRatified:
    """What others are told of an agreement both parties have signed."""

    def levels(scale_id: str) -> tuple[agreements.LevelName, ...]:
        scale = agreement.instrument.scales[scale_id]
        return tuple(agreements.LevelName(level_id=level.id, label=level.label) for level in scale.levels)

    return agreements.AgreementRatified(
        content_hash=agreement.content_hash,
        structure_hash=agreement.structure_hash,
        system=agreement.system,
        title=agreement.title,
        in_force_from=agreement.in_force_from,
        components=tuple(
            agreements.ComponentName(
                component_id=component.id,
                standard_id=standard.id,
                title=component.title,
                scale=levels(component.scale),
            )
            for standard in agreement.instrument.standards
            for component in standard.components
        ),
        final_levels=levels(final_scale(agreement)),
        document=document,
    )
