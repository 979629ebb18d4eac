"""Observations and other occasions: notice, conference, what was seen, feedback; rescheduling and withdrawing."""

from datetime import datetime

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.decisions.guards import (
    Case,
    Decision,
    done,
    require_components,
    require_components_of_notes,
    require_evaluator,
    require_in_cycle,
    require_lines_near,
    require_occasion,
    require_open,
    require_span,
    require_subject,
    require_text,
    require_turn,
)
from services.evaluation.core.domain.evaluation import Note, Occasion
from services.evaluation.core.domain.evolve import evolve
from services.evaluation.core.domain.refusals import Refused
from services.evaluation.core.domain.sight import DOCUMENTS, is_anothers, subject_knows, subject_knows_of
from services.evaluation.core.domain.steps import (
    Located,
    due_date,
    is_open,
    locate,
    observation_state,
    occasion_key,
    occasion_steps,
    planned_on,
    steps_before,
)


def begin_occasion(case: Case, command: c.BeginOccasion) -> Decision:
    """The evaluator begins one; where its first step is a notice, the notice is given with it."""
    require_open(case)
    require_evaluator(case, command)
    kind = case.agreement.procedure.occasions.get(command.type)
    if kind is None:
        raise Refused("no_such_occasion_type", fields={"type": "no_such_occasion_type"})
    if case.evaluation.occasion(command.occasion_id) is not None:
        raise Refused("occasion_exists")
    _require_not_rated(case)
    number = 1 + sum(1 for one in case.evaluation.occasions if one.type == command.type)
    begun = e.OccasionBegun(
        by_id=command.actor_id,
        at=case.at,
        occasion_id=command.occasion_id,
        type=command.type,
        number=number,
        scheduled_from=command.scheduled_from,
        scheduled_to=command.scheduled_to,
        place=command.place,
        focus=command.focus,
    )
    notice = kind.steps[0]
    if notice.kind == "notice" or command.scheduled_from or command.scheduled_to:
        _require_times(case, command.scheduled_from, command.scheduled_to)
    if notice.kind != "notice":
        return [begun]
    _require_to_come(case, command.scheduled_from)
    key = f"{command.type}/{number}/{notice.id}"
    located = Located(key, notice)
    return [
        begun,
        e.StepOpened(by_id=None, at=case.at, step=key, required=notice.required),
        done(case, command, located, held_from=command.scheduled_from, held_to=command.scheduled_to),
    ]


def _require_times(case: Case, begins: datetime | None, ends: datetime | None) -> None:
    if begins is None:
        raise Refused("time_wanted", fields={"scheduled_from": "time_wanted"})
    if ends is None:
        raise Refused("time_wanted", fields={"scheduled_to": "time_wanted"})
    require_span(case, ("scheduled_from", begins), ("scheduled_to", ends))


def _require_to_come(case: Case, begins: datetime | None) -> None:
    """Nobody is told beforehand of what has begun already. Times are given in minutes, so the present one counts."""
    if begins is not None and begins < case.at.replace(second=0, microsecond=0):
        raise Refused("notice_too_late", fields={"scheduled_from": "notice_too_late"})


def _require_not_rated(case: Case) -> None:
    """What is seen after the summative was sent is no ground of it, so nothing is prepared that could not be sent."""
    if case.evaluation.summative is not None:
        raise Refused("summative_sent")


def _require_not_observed(case: Case, occasion: Occasion) -> None:
    if occasion.notes or occasion.feedback is not None:
        raise Refused("already_observed")


def reschedule(case: Case, command: c.Reschedule) -> Decision:
    """Another time or place, until it has been observed. A place that is not given stays as it is."""
    occasion = require_occasion(case, command.occasion_id)
    require_evaluator(case, command)
    _require_not_observed(case, occasion)
    _require_not_rated(case)
    _require_times(case, command.scheduled_from, command.scheduled_to)
    place = occasion.place if command.place is None else command.place
    same_time = (occasion.scheduled_from, occasion.scheduled_to) == (command.scheduled_from, command.scheduled_to)
    if same_time and place.strip() == occasion.place.strip():
        raise Refused("has_that_time", fields={"scheduled_from": "has_that_time"})
    moved = e.OccasionRescheduled(
        by_id=command.actor_id,
        at=case.at,
        occasion_id=occasion.id,
        scheduled_from=command.scheduled_from,
        scheduled_to=command.scheduled_to,
        place=place,
        same_time=same_time,
    )
    located = _notice_of(case, occasion)
    if located is None:
        return [moved]
    _require_to_come(case, command.scheduled_from)
    again = done(case, command, located, "moved", held_from=command.scheduled_from, held_to=command.scheduled_to)
    return [moved, again] if same_time else [moved, again, *_replanned(case, occasion, moved)]


def _replanned(case: Case, occasion: Occasion, moved: e.OccasionRescheduled) -> Decision:
    """Open steps of an occasion that are to be done by the day it was moved to."""
    after = evolve(case.evaluation, [moved])
    return [
        e.StepOpened(
            by_id=None,
            at=case.at,
            step=located.key,
            due_on=after.steps[located.key].due_on,
            required=located.step.required,
            planned_on=day,
        )
        for located in occasion_steps(after, case.agreement)
        if located.occasion is not None
        and located.occasion.id == occasion.id
        and is_open(after, located.key)
        and (day := planned_on(after, case.agreement, located)) is not None
    ]


def _notice_of(case: Case, occasion: Occasion) -> Located | None:
    """The step that told the subject of the occasion; None where nobody was told."""
    first = case.agreement.procedure.occasions[occasion.type].steps[0]
    return Located(occasion_key(occasion, first.id), first, occasion) if first.kind == "notice" else None


def withdraw_occasion(case: Case, command: c.WithdrawOccasion) -> Decision:
    """Taken back with a reason, until its feedback is sent; it stays on the record."""
    occasion = require_occasion(case, command.occasion_id)
    require_evaluator(case, command)
    require_text("reason", command.reason)
    if occasion.feedback is not None:
        raise Refused("feedback_sent")
    withdrawn = e.OccasionWithdrawn(by_id=command.actor_id, at=case.at, occasion_id=occasion.id, reason=command.reason)
    open_steps = [
        located
        for located in occasion_steps(case.evaluation, case.agreement)
        if located.occasion == occasion
        and (state := case.evaluation.steps.get(located.key)) is not None
        and state.status == "open"
    ]
    told = [done(case, command, located, "withdrawn") for located in open_steps]
    notice = _notice_of(case, occasion)
    if notice is not None:  # who was told of it is told that it counts no more
        times = {"held_from": occasion.scheduled_from, "held_to": occasion.scheduled_to}
        told.append(done(case, command, notice, "withdrawn", **times))
    return [withdrawn, *told]


def hold_conference(case: Case, command: c.HoldConference) -> Decision:
    located = require_turn(case, command, command.step, "conference")
    if located.occasion is not None and not located.occasion.notes:
        _require_not_rated(case)
    if command.held_from > case.at:
        raise Refused("in_the_future", fields={"held_from": "in_the_future"})
    require_in_cycle(case, held_from=command.held_from)
    _require_after_what_it_follows(case, located, command.held_from)
    occasion_id = located.occasion.id if located.occasion else None
    return [
        e.ConferenceHeld(
            by_id=command.actor_id, at=case.at, step=located.key, occasion_id=occasion_id, note=command.note
        ),
        done(case, command, located, held_from=command.held_from),
    ]


def _require_after_what_it_follows(case: Case, located: Located, held_from: datetime) -> None:
    """What is held begins when what it comes after had ended, not before; and not before its notice was given, to the
    minute, as times are written. An observation waits for the notice of its present time, a conference for the first."""
    for before in steps_before(case.evaluation, case.agreement, located):
        state = case.evaluation.steps.get(before.key)
        if state is None or state.status != "done":
            continue
        ended = state.held_to or state.held_from
        if before.step.kind == "notice":  # the times it holds are those of what it announces
            given = state.done_at if located.step.kind == "observation" else state.opened_at
            ended = given.replace(second=0, microsecond=0) if given is not None else None
        if ended is not None and held_from < ended:
            raise Refused("before_what_it_follows", fields={"held_from": "before_what_it_follows"})


def _step_of_kind(case: Case, occasion: Occasion, kind: str) -> Located:
    for step in case.agreement.procedure.occasions[occasion.type].steps:
        if step.kind == kind:
            return Located(occasion_key(occasion, step.id), step, occasion)
    raise Refused("no_such_step")


def record_observation(case: Case, command: c.RecordObservation) -> Decision:
    """What was seen. Sent again it replaces the script, as long as no feedback has been sent; the record keeps both."""
    occasion = require_occasion(case, command.occasion_id)
    require_evaluator(case, command)
    if occasion.feedback is not None:
        raise Refused("feedback_sent")
    _require_not_rated(case)
    require_span(case, ("held_from", command.held_from), ("held_to", command.held_to))
    if command.held_to > case.at:
        raise Refused("in_the_future", fields={"held_to": "in_the_future"})
    located = _step_of_kind(case, occasion, "observation")
    _require_no_other_then(case, occasion, command)
    _require_after_what_it_follows(case, located, command.held_from)
    notes = _checked_notes(case, command.notes)
    require_lines_near(command)
    recorded = e.ObservationRecorded(by_id=command.actor_id, at=case.at, occasion_id=occasion.id, notes=notes)
    held = done(case, command, located, held_from=command.held_from, held_to=command.held_to)
    if not occasion.notes:
        require_turn(case, command, located.key, "observation")
        return [recorded, held]
    state = case.evaluation.steps[located.key]
    if state.by_id != command.actor_id:
        return [recorded, held, *_dated_anew(case, occasion, held)]
    same_times = (state.held_from, state.held_to) == (command.held_from, command.held_to)
    return [recorded] if same_times else [recorded, held]


def _dated_anew(case: Case, occasion: Occasion, held: e.StepDone) -> Decision:
    """Another evaluator writes down a lesson of their own: what follows counts from that one, whatever has passed."""
    after = evolve(case.evaluation, [held])
    return [
        e.StepOpened(by_id=None, at=case.at, step=located.key, due_on=due, required=located.step.required)
        for located in occasion_steps(after, case.agreement)
        if located.occasion == occasion
        and is_open(after, located.key)
        and (due := due_date(after, case.agreement, located)) != after.steps[located.key].due_on
    ]


def _require_no_other_then(case: Case, occasion: Occasion, command: c.RecordObservation) -> None:
    """One lesson is one observation: no other of this evaluation was held at that time."""
    for other in case.evaluation.occasions:
        state = observation_state(case.evaluation, case.agreement, other)
        if other.id == occasion.id or other.status == "withdrawn" or state is None or state.status != "done":
            continue
        if state.held_from is None or state.held_to is None:
            continue
        if state.held_from < command.held_to and command.held_from < state.held_to:
            raise Refused("held_at_that_time", fields={"held_from": "held_at_that_time"})


def _checked_notes(case: Case, notes: tuple[Note, ...]) -> tuple[Note, ...]:
    kept = tuple(note for note in notes if note.text.strip())
    if not kept:
        raise Refused("nothing_written", fields={"notes": "nothing_written"})
    if len(kept) > c.NOTES_LIMIT:
        raise Refused("too_many_notes", fields={"notes": "too_many_notes"}, most=str(c.NOTES_LIMIT))
    require_components_of_notes(case, notes)
    return kept


def send_feedback(case: Case, command: c.SendFeedback) -> Decision:
    """The subject may read it from now on; it can't be changed any more."""
    occasion = require_occasion(case, command.occasion_id)
    located = require_turn(case, command, _step_of_kind(case, occasion, "feedback").key, "feedback")
    if is_anothers(case.evaluation, case.agreement, occasion):
        raise Refused("anothers_script")
    if not (command.strengths.strip() or command.next_steps.strip()):
        raise Refused("nothing_written", fields={"strengths": "nothing_written"})
    return [
        e.FeedbackSent(
            by_id=command.actor_id,
            at=case.at,
            occasion_id=occasion.id,
            strengths=command.strengths,
            next_steps=command.next_steps,
        ),
        done(case, command, located),
    ]


def add_context(case: Case, command: c.AddContext) -> Decision:
    """The subject adds evidence or context; nobody else can change it."""
    require_open(case)
    require_subject(case, command)
    require_text("text", command.text)
    require_components(case, components=command.components)
    if command.occasion_id is not None:
        occasion = require_occasion(case, command.occasion_id)
        if not subject_knows_of(case.evaluation, case.agreement, occasion):
            raise Refused("no_such_occasion")
    if any(context.id == command.context_id for context in case.evaluation.contexts):
        raise Refused("already_done", title="")
    return [
        e.ContextAdded(
            by_id=command.actor_id,
            at=case.at,
            context_id=command.context_id,
            text=command.text,
            components=command.components,
            occasion_id=command.occasion_id,
        )
    ]


def open_document(case: Case, command: c.OpenDocument) -> Decision:
    """The subject opened what a step delivered. Told once; to open it again is nothing new, unless it says another time."""
    require_subject(case, command)
    located = locate(case.evaluation, case.agreement, command.step)
    state = case.evaluation.steps.get(command.step)
    if located is None or located.step.kind not in DOCUMENTS:
        raise Refused("no_such_step")
    if not subject_knows(case.evaluation, case.agreement, located):  # as of one that is not: it tells of nothing
        raise Refused("no_such_step")
    if state is None or state.status != "done" or state.read_at is not None:
        return []
    return [e.DocumentOpened(by_id=command.actor_id, at=case.at, step=command.step)]
