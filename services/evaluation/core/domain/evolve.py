"""Applying events: the one way in which an evaluation changes. Total over the events; decides nothing."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any
from uuid import UUID

from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.evaluation import (
    Assignment,
    Context,
    EndedEarly,
    Evaluation,
    Feedback,
    Occasion,
    Response,
    Signature,
    StepState,
    Submission,
    Summative,
)


def opened(evaluation_id: UUID, event: e.EvaluationOpened) -> Evaluation:
    """The evaluation as its first event makes it."""
    return Evaluation(
        id=evaluation_id,
        district_id=event.district_id,
        cycle_id=event.cycle_id,
        agreement_hash=event.agreement_hash,
        track=event.track,
        subject_id=event.subject_id,
        school_id=event.school_id,
        first_day=event.first_day,
        last_day=event.last_day,
        zone=event.zone,
        opened_at=event.at,
        version=1,
        previous_final=event.previous_final,
    )


def evolve(evaluation: Evaluation, events: list[e.Event]) -> Evaluation:
    """The evaluation after `events`."""
    after = reduce(lambda state, event: APPLY[type(event)](state, event), events, evaluation)
    return replace(after, version=evaluation.version + len(events))


def _with_step(evaluation: Evaluation, key: str, state: StepState) -> Evaluation:
    return replace(evaluation, steps={**evaluation.steps, key: state})


def _with_occasion(evaluation: Evaluation, occasion_id: UUID, **changes: Any) -> Evaluation:
    return replace(
        evaluation,
        occasions=tuple(replace(one, **changes) if one.id == occasion_id else one for one in evaluation.occasions),
    )


def _evaluator_assigned(evaluation: Evaluation, event: e.EvaluatorAssigned) -> Evaluation:
    by_id = event.by_id or event.evaluator_id
    assignment = Assignment(event.evaluator_id, by_id, event.at, event.reason)
    return replace(evaluation, assignments=(*evaluation.assignments, assignment))


def _step_opened(evaluation: Evaluation, event: e.StepOpened) -> Evaluation:
    before = evaluation.steps.get(event.step)
    if before is not None and before.late:
        evaluation = _late_before(evaluation, event.step)
    since = before.opened_at if before is not None and before.status == "open" else event.at
    return _with_step(evaluation, event.step, StepState("open", since, event.due_on, not_before=event.not_before))


def _late_before(evaluation: Evaluation, key: str) -> Evaluation:
    return replace(evaluation, late_before=tuple(sorted({*evaluation.late_before, key})))


_STATUS_AFTER: Mapping[str, Any] = {"lapsed": "lapsed", "withdrawn": "withdrawn"}


def _step_done(evaluation: Evaluation, event: e.StepDone) -> Evaluation:
    if event.outcome in ("returned", "put_off"):  # it waits again for what was handed back, or has opened since
        evaluation = _late_before(evaluation, event.step) if event.late else evaluation
        return replace(evaluation, steps={key: state for key, state in evaluation.steps.items() if key != event.step})
    before = evaluation.steps.get(event.step) or StepState("open", event.at)
    state = replace(
        before,
        status=_STATUS_AFTER.get(event.outcome, "done"),
        done_at=event.at,
        by_id=event.by_id,
        outcome=event.outcome,
        not_before=None,
        late=event.late,
        held_from=event.held_from,
        held_to=event.held_to,
        read_at=None if event.outcome == "moved" else before.read_at,  # what was opened said another time
    )
    return _with_step(evaluation, event.step, state)


def _form_submitted(evaluation: Evaluation, event: e.FormSubmitted) -> Evaluation:
    assert event.by_id is not None
    submission = Submission(event.answers, event.by_id, event.at)
    return replace(evaluation, forms={**evaluation.forms, event.form: submission})


def _form_returned(evaluation: Evaluation, event: e.FormReturned) -> Evaluation:
    submission = replace(evaluation.forms[event.form], returned=event.reason)
    return replace(evaluation, forms={**evaluation.forms, event.form: submission})


def _occasion_begun(evaluation: Evaluation, event: e.OccasionBegun) -> Evaluation:
    occasion = Occasion(
        id=event.occasion_id,
        type=event.type,
        number=event.number,
        scheduled_from=event.scheduled_from,
        scheduled_to=event.scheduled_to,
        place=event.place,
        focus=event.focus,
    )
    return replace(evaluation, occasions=(*evaluation.occasions, occasion))


def _rescheduled(evaluation: Evaluation, event: e.OccasionRescheduled) -> Evaluation:
    return _with_occasion(
        evaluation,
        event.occasion_id,
        scheduled_from=event.scheduled_from,
        scheduled_to=event.scheduled_to,
        place=event.place,
    )


def _conference_held(evaluation: Evaluation, event: e.ConferenceHeld) -> Evaluation:
    if event.occasion_id is None:
        return replace(evaluation, conferences={**evaluation.conferences, event.step: event.note})
    occasion = evaluation.occasion(event.occasion_id)
    assert occasion is not None
    return _with_occasion(evaluation, event.occasion_id, conferences={**occasion.conferences, event.step: event.note})


def _context_added(evaluation: Evaluation, event: e.ContextAdded) -> Evaluation:
    context = Context(event.context_id, event.text, event.at, event.components, event.occasion_id)
    return replace(evaluation, contexts=(*evaluation.contexts, context))


def _summative_sent(evaluation: Evaluation, event: e.SummativeSent) -> Evaluation:
    assert event.by_id is not None
    summative = Summative(event.ratings, event.comment, event.final_level, event.trace, event.by_id, event.at)
    return replace(evaluation, summative=summative)


def _signature(evaluation: Evaluation, event: e.Signed | e.SignatureRefused | e.SignatureLacking) -> Evaluation:
    assert event.by_id is not None
    lacking = isinstance(event, e.SignatureLacking)
    signature = Signature(isinstance(event, e.Signed), event.note, event.by_id, event.at, lacking)
    return replace(evaluation, signature=signature)


def _response_filed(evaluation: Evaluation, event: e.ResponseFiled) -> Evaluation:
    assert event.by_id is not None
    return replace(evaluation, responses=(*evaluation.responses, Response(event.text, event.by_id, event.at)))


def _document_opened(evaluation: Evaluation, event: e.DocumentOpened) -> Evaluation:
    return _with_step(evaluation, event.step, replace(evaluation.steps[event.step], read_at=event.at))


def _ended_early(evaluation: Evaluation, event: e.EvaluationEndedEarly) -> Evaluation:
    assert event.by_id is not None
    return replace(evaluation, ended_early=EndedEarly(event.reason, event.by_id, event.at))


def _nothing(evaluation: Evaluation, event: e.Event) -> Evaluation:
    return evaluation


APPLY: Mapping[type[e.Event], Callable[[Evaluation, Any], Evaluation]] = {
    e.EvaluationOpened: _nothing,
    e.EvaluatorAssigned: _evaluator_assigned,
    e.StepOpened: _step_opened,
    e.StepDone: _step_done,
    e.FormSubmitted: _form_submitted,
    e.FormReturned: _form_returned,
    e.OccasionBegun: _occasion_begun,
    e.OccasionRescheduled: _rescheduled,
    e.OccasionWithdrawn: lambda state, event: _with_occasion(state, event.occasion_id, status="withdrawn"),
    e.OccasionFinished: lambda state, event: _with_occasion(state, event.occasion_id, status="finished"),
    e.ConferenceHeld: _conference_held,
    e.ObservationRecorded: lambda state, event: _with_occasion(state, event.occasion_id, notes=event.notes),
    e.FeedbackSent: lambda state, event: _with_occasion(
        state, event.occasion_id, feedback=Feedback(event.strengths, event.next_steps)
    ),
    e.ContextAdded: _context_added,
    e.SummativeSent: _summative_sent,
    e.Signed: _signature,
    e.SignatureRefused: _signature,
    e.SignatureLacking: _signature,
    e.ResponseFiled: _response_filed,
    e.DocumentOpened: _document_opened,
    e.EvaluationClosed: lambda state, event: replace(state, closed_at=event.at),
    e.EvaluationEndedEarly: _ended_early,
}
