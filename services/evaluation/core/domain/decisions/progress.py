"""What follows by itself: steps whose turn has come open, occasions end, required numbers are met."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from services.evaluation.core.domain.decisions.guards import Case, Decision
from services.evaluation.core.domain.events import Event, OccasionFinished, StepDone, StepOpened
from services.evaluation.core.domain.evolve import evolve
from services.evaluation.core.domain.steps import (
    Located,
    all_steps,
    due_date,
    first_of_kind,
    is_finished,
    is_open,
    local_day,
    not_before,
    occasion_key,
    occasion_type,
    owed_occasions,
    planned_on,
    waiting_for,
)


def conclude(case: Case, events: Decision) -> Decision:
    """`events`, and after them everything they bring about, in order. In an evaluation that is over nothing follows:
    steps that were withdrawn with it finish no observation."""
    everything = list(events)
    case = replace(case, evaluation=evolve(case.evaluation, everything))
    actor = next((one.by_id for one in everything if one.by_id is not None), None)
    while case.evaluation.is_open and (more := _what_follows(case, actor)):
        everything += more
        case = replace(case, evaluation=evolve(case.evaluation, more))
    return everything


def _what_follows(case: Case, actor: UUID | None) -> list[Event]:
    return (
        _tell_of_days(case)
        or _finish_occasions(case)
        or _meet_numbers(case, actor)
        or _open_steps(case)
        or _tell_of_closing(case)
    )


def _tell_of_days(case: Case) -> list[Event]:
    """Open steps whose last day is another now: what it counts from was held at another time, or another observation is the
    first. One that has passed is put off by nothing."""
    today = local_day(case.evaluation, case.at)
    told: list[Event] = []
    for located in all_steps(case.evaluation, case.agreement):
        if not is_open(case.evaluation, located.key):
            continue
        was, due = case.evaluation.steps[located.key].due_on, due_date(case.evaluation, case.agreement, located)
        put_off = was is not None and due is not None and was < today and was < due
        if due != was and not put_off:
            told.append(_opening(case, located))
    return told


def _finish_occasions(case: Case) -> list[Event]:
    finished: list[Event] = []
    for occasion in case.evaluation.occasions:
        steps = occasion_type(case.agreement, occasion).steps
        keys = [occasion_key(occasion, step.id) for step in steps if step.required]
        if occasion.status == "open" and all(is_finished(case.evaluation, key) for key in keys):
            finished.append(OccasionFinished(by_id=None, at=case.at, occasion_id=occasion.id))
    return finished


def _meet_numbers(case: Case, actor: UUID | None) -> list[Event]:
    """A step of kind `occasions` is done when none is owed any more, by whoever did the last of them."""
    met: list[Event] = []
    for located in all_steps(case.evaluation, case.agreement):
        if located.step.kind != "occasions" or not is_open(case.evaluation, located.key):
            continue
        if not owed_occasions(case.evaluation, located.step):
            state = case.evaluation.steps[located.key]
            late = state.due_on is not None and local_day(case.evaluation, case.at) > state.due_on
            met.append(StepDone(by_id=actor, at=case.at, step=located.key, outcome="done", late=late))
    return met


def _open_steps(case: Case) -> list[Event]:
    """Steps whose turn has come. The closing comes after all others, for it waits for what they may still bring."""
    ready = [
        located
        for located in all_steps(case.evaluation, case.agreement)
        if located.key not in case.evaluation.steps
        and (located.occasion is None or located.occasion.status == "open")
        and not waiting_for(case.evaluation, case.agreement, located)
    ]
    return [_opening(case, one) for one in [one for one in ready if one.step.kind != "close"] or ready]


def _opening(case: Case, located: Located) -> StepOpened:
    return StepOpened(
        by_id=None,
        at=case.at,
        step=located.key,
        due_on=due_date(case.evaluation, case.agreement, located),
        planned_on=planned_on(case.evaluation, case.agreement, located),
        not_before=_not_before(case, located),
        required=located.step.required,
    )


def _not_before(case: Case, located: Located) -> date | None:
    return not_before(case.evaluation, case.agreement, located, local_day(case.evaluation, case.at))


def _tell_of_closing(case: Case) -> list[Event]:
    """Where the closing is open and something else has happened since: put off if that comes first, or told anew if it
    can be done from another day on. A day that has come needs no telling."""
    closing = first_of_kind(case.evaluation, case.agreement, "close")
    if closing is None or not is_open(case.evaluation, closing.key):
        return []
    if waiting_for(case.evaluation, case.agreement, closing):
        return [StepDone(by_id=None, at=case.at, step=closing.key, outcome="put_off")]
    told = case.evaluation.steps[closing.key].not_before
    if told is not None and told <= local_day(case.evaluation, case.at):
        told = None
    return [_opening(case, closing)] if _not_before(case, closing) != told else []
