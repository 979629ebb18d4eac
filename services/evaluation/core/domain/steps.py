"""Steps of one evaluation: their keys, when they are due, and which are open. Pure functions of agreement and state.

The key of a track's step is its id ("goals"); of an occasion's step "<type>/<number>/<id>" ("announced/1/notice").
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.evaluation.core.domain.agreement import Agreement, Due, DueAfter, DueOn, OccasionType, Step, Track
from services.evaluation.core.domain.evaluation import Evaluation, Occasion, StepState
from services.evaluation.core.domain.refusals import Missing

FINISHED = frozenset({"done", "lapsed", "withdrawn"})


@dataclass(frozen=True)
class Located:
    """A step with its place in this evaluation."""

    key: str
    step: Step
    occasion: Occasion | None = None


def track_of(evaluation: Evaluation, agreement: Agreement) -> Track:
    return agreement.procedure.tracks[evaluation.track]


def occasion_type(agreement: Agreement, occasion: Occasion) -> OccasionType:
    return agreement.procedure.occasions[occasion.type]


def occasion_key(occasion: Occasion, step_id: str) -> str:
    return f"{occasion.type}/{occasion.number}/{step_id}"


def occasion_titled(located: Located, agreement: Agreement) -> str:
    """A step's title, with its occasion's where it has one: "Announced observation 2: Feedback"."""
    if located.occasion is None:
        return located.step.title
    kind = occasion_type(agreement, located.occasion)
    return f"{kind.title} {located.occasion.number}: {located.step.title}"


def all_steps(evaluation: Evaluation, agreement: Agreement) -> Iterator[Located]:
    """Every step of the track, and of each occasion that was begun, in the agreement's order."""
    for step in track_of(evaluation, agreement).steps:
        yield Located(step.id, step)
        if step.kind == "occasions":
            yield from occasion_steps(evaluation, agreement)


def occasion_steps(evaluation: Evaluation, agreement: Agreement) -> Iterator[Located]:
    for occasion in evaluation.occasions:
        for step in occasion_type(agreement, occasion).steps:
            yield Located(occasion_key(occasion, step.id), step, occasion)


def locate(evaluation: Evaluation, agreement: Agreement, key: str) -> Located | None:
    """The step with that key, or None."""
    steps = track_of(evaluation, agreement).steps
    if "/" not in key:
        return next((Located(key, step) for step in steps if step.id == key), None)
    if all(step.kind != "occasions" for step in steps):
        return None
    for occasion in evaluation.occasions:
        if key.startswith(f"{occasion.type}/{occasion.number}/"):
            wanted = occasion_type(agreement, occasion).steps
            return next(
                (Located(key, step, occasion) for step in wanted if occasion_key(occasion, step.id) == key), None
            )
    return None


def first_of_kind(evaluation: Evaluation, agreement: Agreement, kind: str) -> Located | None:
    """The track's step of a kind that occurs once in a track (summative, signature, response, close)."""
    return next(
        (one for one in all_steps(evaluation, agreement) if one.occasion is None and one.step.kind == kind), None
    )


def state_of(evaluation: Evaluation, key: str) -> StepState | None:
    return evaluation.steps.get(key)


def is_open(evaluation: Evaluation, key: str) -> bool:
    state = evaluation.steps.get(key)
    return state is not None and state.status == "open"


def is_finished(evaluation: Evaluation, key: str) -> bool:
    state = evaluation.steps.get(key)
    return state is not None and state.status in FINISHED


def _neighbour(located: Located, step_id: str) -> str:
    """The key of a step named in `after` or in a due date: a sibling of the occasion, or a step of the track."""
    if located.occasion is not None:
        return occasion_key(located.occasion, step_id)
    return step_id


def waiting_for(evaluation: Evaluation, agreement: Agreement, located: Located) -> tuple[Missing, ...]:
    """The required steps that must be finished before this one, in order; before closing, whatever required is open."""
    before = [locate(evaluation, agreement, _neighbour(located, step_id)) for step_id in located.step.after]
    if located.step.kind == "close":
        before += [
            one for one in all_steps(evaluation, agreement) if one.step.required and is_open(evaluation, one.key)
        ]
    missing = {
        one.key: Missing(one.key, one.step.title, one.step.duty)
        for one in before
        if one is not None and one.step.kind != "close" and not is_finished(evaluation, one.key)
    }
    return tuple(missing.values())


def steps_before(evaluation: Evaluation, agreement: Agreement, located: Located) -> Iterator[Located]:
    """Every step that this one comes after, near or far, the nearest first. An agreement's steps make no circle."""
    for step_id in located.step.after:
        before = locate(evaluation, agreement, _neighbour(located, step_id))
        if before is not None:
            yield before
            yield from steps_before(evaluation, agreement, before)


def may_still_come(evaluation: Evaluation, agreement: Agreement, today: date) -> list[Located]:
    """Open opportunities whose day has not ended. Whoever has one may use it until then, so closing waits for them."""
    return [
        one
        for one in all_steps(evaluation, agreement)
        if not one.step.required and is_open(evaluation, one.key) and _comes_until(evaluation, one) >= today
    ]


def _comes_until(evaluation: Evaluation, opportunity: Located) -> date:
    return evaluation.steps[opportunity.key].due_on or date.min


def not_before(evaluation: Evaluation, agreement: Agreement, located: Located, today: date) -> date | None:
    """The first day on which a step whose turn has come can be done, where that day is still to come; else None."""
    if located.step.kind != "close":
        return None
    waited = may_still_come(evaluation, agreement, today)
    return max(_comes_until(evaluation, one) for one in waited) + timedelta(days=1) if waited else None


def unsigned_from(evaluation: Evaluation, located: Located) -> date | None:
    """The first day on which it may be noted that a signature whose turn has come is lacking; None where it can't be."""
    state = evaluation.steps.get(located.key)
    if located.step.unsigned is None or state is None or state.status != "open" or state.due_on is None:
        return None
    return state.due_on + timedelta(days=1)


def local_day(evaluation: Evaluation, moment: datetime) -> date:
    """The district's calendar day of a moment."""
    return moment.astimezone(ZoneInfo(evaluation.zone)).date()


def due_date(evaluation: Evaluation, agreement: Agreement, located: Located) -> date | None:
    """The last day on which the step is in time; None where the agreement names none or it can't be known yet. The day a
    form was due was for the first time: for writing anew what came in time, once it was handed back, it names none. What
    owes occasions has the day of the first that is still owed, as long as no occasion has it."""
    if _handed_back(evaluation, located.step) and located.key not in evaluation.late_before:
        return None
    due: Due | None = located.step.due
    if due is None and located.step.kind == "occasions":
        return _day_of_first_owed(evaluation, agreement, located.step)
    if isinstance(due, DueOn):
        if due.first_only and located.occasion is not None and not _may_be_first(evaluation, located.occasion, located):
            return None
        return due_on_in_year(due, evaluation.first_day)
    if isinstance(due, DueAfter):
        anchor = evaluation.steps.get(_neighbour(located, due.step))
        if anchor is not None and anchor.done_at is not None:
            happened = happened_at(anchor.done_at, anchor.held_from, anchor.held_to)
            return local_day(evaluation, happened) + timedelta(days=due.days)
    return None


def _may_be_first(evaluation: Evaluation, occasion: Occasion, located: Located) -> bool:
    """Whether no other of its type has done the step: the first is whichever was held first, not begun first. What was
    withdrawn was none."""
    return occasion.status != "withdrawn" and not any(
        is_finished(evaluation, occasion_key(other, located.step.id))
        for other in evaluation.occasions
        if other.type == occasion.type and other.id != occasion.id and other.status != "withdrawn"
    )


def _day_of_first_owed(evaluation: Evaluation, agreement: Agreement, owing: Step) -> date | None:
    owed = owed_occasions(evaluation, owing)
    days = [
        day
        for type_id in owing.occasions
        for step, day in fixed_days_of(agreement.procedure.occasions[type_id].steps, evaluation.first_day)
        if (type_id in owed if not _is_for_first(step) else not _is_borne(evaluation, agreement, type_id, step, day))
    ]
    return min(days, default=None)


def _is_for_first(step: Step) -> bool:
    return isinstance(step.due, DueOn) and step.due.first_only


def _is_borne(evaluation: Evaluation, agreement: Agreement, type_id: str, step: Step, day: date) -> bool:
    """Whether an occasion of the type bears the day of the first: it was done there, by the day or late; or its turn has
    come, and the subject knows of it, for what nobody announced is its evaluator's alone."""
    return any(
        (state.status == "open" and is_announced(agreement, one))
        or (state.status == "done" and (state.late or _held_on(evaluation, state) <= day))
        for one in evaluation.occasions
        if one.type == type_id
        and one.status != "withdrawn"
        and (state := evaluation.steps.get(occasion_key(one, step.id))) is not None
    )


def _held_on(evaluation: Evaluation, state: StepState) -> date:
    assert state.done_at is not None, "it is done"
    return local_day(evaluation, happened_at(state.done_at, state.held_from, state.held_to))


def is_announced(agreement: Agreement, occasion: Occasion) -> bool:
    """Whether the occasion began with a notice to the subject."""
    return occasion_type(agreement, occasion).steps[0].kind == "notice"


def observation_state(evaluation: Evaluation, agreement: Agreement, occasion: Occasion) -> StepState | None:
    """The state of the occasion's step of kind observation, or None."""
    for step in occasion_type(agreement, occasion).steps:
        if step.kind == "observation":
            return state_of(evaluation, occasion_key(occasion, step.id))
    return None


def planned_on(evaluation: Evaluation, agreement: Agreement, located: Located) -> date | None:
    """The district's day for which an observation was announced: for the observation, and for what must come before it."""
    occasion = located.occasion
    if occasion is None or occasion.scheduled_from is None:
        return None
    for step in occasion_type(agreement, occasion).steps:
        held = Located(occasion_key(occasion, step.id), step, occasion)
        if step.kind == "observation" and located.key in (
            held.key,
            *(one.key for one in steps_before(evaluation, agreement, held)),
        ):
            return local_day(evaluation, occasion.scheduled_from)
    return None


def needed_by(evaluation: Evaluation, agreement: Agreement, located: Located) -> date | None:
    """The earliest fixed date among the steps of the same occasion that wait, near or far, for this one."""
    if located.occasion is None:
        return None
    waiting = {located.step.id}
    dates: list[date] = []
    for later in occasion_steps(evaluation, agreement):
        if later.occasion != located.occasion or not waiting & set(later.step.after):
            continue
        waiting.add(later.step.id)
        due = due_date(evaluation, agreement, later)
        if due is not None and isinstance(later.step.due, DueOn) and not is_finished(evaluation, later.key):
            dates.append(due)
    return min(dates, default=None)


def _handed_back(evaluation: Evaluation, step: Step) -> bool:
    submission = evaluation.forms.get(str(step.form))
    return submission is not None and submission.returned is not None


def happened_at(done_at: datetime, held_from: datetime | None, held_to: datetime | None) -> datetime:
    """The moment that clocks go by: when a thing was held, where that was before it was written down. A time that is
    only announced has yet to come, and counts for nothing."""
    return min(done_at, held_to or held_from or done_at)


def due_on_in_year(due: DueOn, first_day: date) -> date:
    """The first such date on or after the first day of the cycle. 29 February means the 28th where there is none."""
    for year in (first_day.year, first_day.year + 1):
        day = _safe_date(year, due.month, due.day)
        if day >= first_day:
            return day
    return _safe_date(first_day.year + 1, due.month, due.day)


def fixed_days(agreement: Agreement, first_day: date) -> Iterator[tuple[Step, date]]:
    """The steps that the agreement gives a date, each with that day in a cycle that begins on `first_day`."""
    procedure = agreement.procedure
    tracks, occasions = procedure.tracks.values(), procedure.occasions.values()
    for steps in (*(track.steps for track in tracks), *(occasion.steps for occasion in occasions)):
        yield from fixed_days_of(steps, first_day)


def fixed_days_of(steps: Iterable[Step], first_day: date) -> Iterator[tuple[Step, date]]:
    """Those of these steps that have a date, each with that day."""
    for step in steps:
        if isinstance(step.due, DueOn):
            yield step, due_on_in_year(step.due, first_day)


def _safe_date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month, 28)


def finished_occasions(evaluation: Evaluation, type_id: str) -> int:
    return sum(1 for occasion in evaluation.occasions if occasion.type == type_id and occasion.status == "finished")


def owed_occasions(evaluation: Evaluation, step: Step) -> dict[str, int]:
    """How many of each type are still owed for a step of kind `occasions`; types with none owed are left out."""
    owed = {type_id: wanted - finished_occasions(evaluation, type_id) for type_id, wanted in step.occasions.items()}
    return {type_id: count for type_id, count in owed.items() if count > 0}


def duty_bearer(evaluation: Evaluation, duty: str) -> UUID | None:
    """The person whose turn a duty is; None for the office, or while no evaluator is assigned."""
    return {"subject": evaluation.subject_id, "evaluator": evaluation.evaluator_id}.get(duty)


def rated_components(evaluation: Evaluation, agreement: Agreement) -> tuple[str, ...]:
    """The components the summative of this track asks a level for, in the instrument's order."""
    located = first_of_kind(evaluation, agreement, "summative")
    return located.step.rates if located is not None else ()


def evidence_count(evaluation: Evaluation) -> dict[str, int]:
    """Component -> how many delivered lines of evidence and pieces of context are tagged to it. What the subject has
    not been sent is no ground for a rating."""
    counts: dict[str, int] = {}
    delivered = [occasion for occasion in evaluation.occasions if occasion.feedback is not None]
    tagged = [note.components for occasion in delivered for note in occasion.notes]
    tagged += [context.components for context in evaluation.contexts]
    for components in tagged:
        for component in components:
            counts[component] = counts.get(component, 0) + 1
    return counts
