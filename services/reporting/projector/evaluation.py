"""One evaluation as `accord.process` tells it, and what each event changes. Pure: no database, no clock.

The fields are the columns of report_evaluation and report_step.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from shared.contracts import process
from shared.contracts.registry import Event

WAITING = frozenset({"planned", "open"})
DONE = frozenset({"done", "signed", "refused", "unsigned", "filed"})
OVER = frozenset({"lapsed", "withdrawn"})
_NEVER = date.max
_OCCASION = re.compile(r"^(?P<type>[^/]+)/(?P<number>\d+)/(?P<step>.+)$")


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    district_id: UUID
    evaluation_id: UUID
    mark: str
    service: str
    cycle_id: UUID
    school_id: UUID | None
    subject_id: UUID
    evaluator_id: UUID | None = None
    agreement_hash: str
    track: str
    opened_at: datetime
    closed_at: datetime | None = None
    ended_early_at: datetime | None = None
    steps_seen: int = 0


class Earlier(msgspec.Struct, frozen=True):
    """One time that a step was done before it was done again: a notice that was moved, goals that were handed back."""

    done_at: datetime
    held_from: datetime | None = None
    """For a notice: the time that it then announced."""
    due_on: date | None = None
    late: bool = False
    evaluator_id: UUID | None = None
    """Who evaluated then."""
    opened_at: datetime | None = None
    """When the person evaluated opened what then stood; missing in rows of before this was kept, too."""


MOST_EARLIER = 50
"""Kept of a step; the latest."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    district_id: UUID
    evaluation_id: UUID
    step_id: str
    mark: str
    cycle_id: UUID
    school_id: UUID | None
    evaluator_id: UUID | None
    step_key: str
    number: int
    title: str
    phase: str
    kind: str
    duty: str
    clause: str | None
    required: bool
    state: str
    late: bool = False
    due_on: date | None
    due_order: date
    not_before: date | None = None
    """Of an open step: the first day on which it can be done."""
    opened_at: datetime | None = None
    done_at: datetime | None = None
    done_by: str | None = None
    held_from: datetime | None = None
    held_to: datetime | None = None
    document_opened_at: datetime | None = None
    path: str = "/"
    told: bool = True
    """Whether the person evaluated may know of it: an unannounced observation can't be known of until it has been held."""
    earlier: tuple[Earlier, ...] = ()

    def put_behind(self) -> tuple[Earlier, ...]:
        """The times it was done, when what stands of it now belongs to them too."""
        if self.done_at is None:
            return self.earlier
        opened_at = self.document_opened_at
        if opened_at is not None and opened_at < self.done_at:  # it was what had stood before that they opened
            opened_at = None
        now = Earlier(self.done_at, self.held_from, self.due_on, self.late, self.evaluator_id, opened_at)
        return (*self.earlier, now)[-MOST_EARLIER:]

    def was_late(self, evaluator_id: UUID | None) -> bool:
        """Whether it was late before, under the same evaluator: doing it again makes nobody's lateness undone, nor another's
        theirs."""
        return any(one.late and one.evaluator_id == evaluator_id for one in self.put_behind())


class Change(msgspec.Struct, frozen=True):
    """An evaluation after an event, and the steps that are now otherwise."""

    evaluation: Evaluation
    steps: tuple[Step, ...] = ()


@lru_cache(maxsize=10_000)
def row_key(step_id: str, title: str, phase: str, clause: str | None, duty: str) -> str:
    """The row a step is counted in: "announced/notice~0f3a9c21", the step as the agreement names it, the same for every
    occasion of a kind, and a mark of what this evaluation says of it. Two tracks whose steps of one name have other titles
    or clauses so have a row each, and one row where they say the same."""
    found = _OCCASION.match(step_id)
    named = f"{found['type']}/{found['step']}" if found else step_id
    says = "\x1f".join((general_title(step_id, title), phase, clause or "", duty))
    return f"{named}~{sha256(says.encode()).hexdigest()[:8]}"


def _in_its_row(step: "Step") -> "Step":
    key = row_key(step.step_id, step.title, step.phase, step.clause, step.duty)
    return msgspec.structs.replace(step, step_key=key)


@lru_cache(maxsize=10_000)
def general_title(step_id: str, title: str) -> str:
    """The title without the number of its occasion: "Observation 2: Notice" -> "Observation: Notice"."""
    found = _OCCASION.match(step_id)
    return title.replace(f" {found['number']}: ", ": ", 1) if found else title


def opened(event: process.EvaluationOpened, district_id: UUID, mark: str) -> Change:
    """A new evaluation with the steps it will need."""
    evaluation = Evaluation(
        district_id=district_id,
        evaluation_id=event.evaluation_id,
        mark=mark,
        service=event.service,
        cycle_id=event.cycle_id,
        school_id=event.school_id,
        subject_id=event.subject_id,
        agreement_hash=event.agreement_hash,
        track=event.track,
        opened_at=event.opened_at,
        steps_seen=len(event.steps),
    )
    steps = tuple(
        _step(evaluation, planned, number, required=True, state="planned")
        for number, planned in enumerate(event.steps, start=1)
    )
    return Change(evaluation, steps)


def _step(
    evaluation: Evaluation,
    told: process.StepPlanned | process.StepOpened | process.StepDone,
    number: int,
    *,
    required: bool,
    state: str,
) -> Step:
    return Step(
        district_id=evaluation.district_id,
        evaluation_id=evaluation.evaluation_id,
        step_id=told.step_id,
        mark=evaluation.mark,
        cycle_id=evaluation.cycle_id,
        school_id=evaluation.school_id,
        evaluator_id=evaluation.evaluator_id,
        step_key=row_key(told.step_id, told.title, told.phase, told.clause, told.duty),
        number=number,
        title=told.title,
        phase=told.phase,
        kind=told.kind,
        duty=told.duty,
        clause=told.clause,
        required=required,
        state=state,
        due_on=told.due_on,
        due_order=told.due_on or _NEVER,
    )


def _found(
    before: Evaluation, steps: Mapping[str, Step], told: process.StepOpened | process.StepDone, *, required: bool
) -> tuple[Evaluation, Step]:
    """The step an event is about; a step that is met for the first time gets the next number."""
    step = steps.get(told.step_id)
    if step is not None:
        return before, step
    number = before.steps_seen + 1
    evaluation = msgspec.structs.replace(before, steps_seen=number)
    return evaluation, _step(evaluation, told, number, required=required, state="open")


def _step_opened(before: Evaluation, steps: Mapping[str, Step], event: process.StepOpened) -> Change:
    evaluation, step = _found(before, steps, event, required=event.required)
    step = msgspec.structs.replace(
        step,
        title=event.title,
        phase=event.phase,
        kind=event.kind,
        duty=event.duty,
        clause=event.clause,
        required=event.required,
        due_on=event.due_on,
        due_order=event.due_on or _NEVER,
        not_before=event.not_before,
        evaluator_id=evaluation.evaluator_id,
        state="open",
        late=False,
        opened_at=event.opened_at,
        done_at=None,
        done_by=None,
        path=event.path,
        told=event.told,
        earlier=step.put_behind(),
    )
    return Change(evaluation, (_in_its_row(step),))


def _step_done(before: Evaluation, steps: Mapping[str, Step], event: process.StepDone) -> Change:
    outcome = event.outcome if event.outcome in DONE | OVER else "done"
    evaluation, step = _found(before, steps, event, required=outcome not in OVER | {"filed"})
    if event.outcome == "put_off":  # nothing was done: what has opened since comes first
        return Change(evaluation, (msgspec.structs.replace(step, state="planned", not_before=None, opened_at=None),))
    if event.outcome == "returned":
        return Change(evaluation, (_handed_back(step, event),))
    late = event.late or step.was_late(evaluation.evaluator_id)
    step = msgspec.structs.replace(
        step,
        title=event.title,
        phase=event.phase,
        due_on=event.due_on,
        due_order=event.due_on or _NEVER,
        not_before=None,
        evaluator_id=evaluation.evaluator_id,  # whose it was when it was done; done again, whose it is now
        state=outcome,
        late=late and (outcome in DONE or outcome == "withdrawn"),  # in no number then, but it is told
        earlier=step.put_behind(),
        done_at=event.done_at,
        done_by=_who(evaluation, event.by_id),
        document_opened_at=None if event.outcome == "moved" else step.document_opened_at,  # the new notice is unread
        held_from=event.held_from,
        held_to=event.held_to,
        path=event.path,
        told=step.told or outcome in DONE,  # one that was withdrawn was never held, and stays unknown
    )
    return Change(evaluation, (_in_its_row(step),))


def _handed_back(step: Step, event: process.StepDone) -> Step:
    """Answered, and not agreed to: it waits again, for the form to be sent anew, and that it was answered is told."""
    answered = msgspec.structs.replace(step, done_at=event.done_at, late=event.late)
    return msgspec.structs.replace(
        step,
        state="planned",
        late=False,
        due_on=None,  # the form's new day decides
        due_order=_NEVER,
        not_before=None,
        opened_at=None,
        done_at=None,
        done_by=None,
        earlier=answered.put_behind(),
    )


def _who(evaluation: Evaluation, person_id: UUID | None) -> str:
    """Who acted, without a name: subject, evaluator, other (an office, a second observer) or clock."""
    if person_id is None:
        return "clock"
    if person_id == evaluation.subject_id:
        return "subject"
    return "evaluator" if person_id == evaluation.evaluator_id else "other"


def _assigned(before: Evaluation, steps: Mapping[str, Step], event: process.EvaluatorAssigned) -> Change:
    """What is not done goes with the evaluation; what was done stays with the one whose it was."""
    evaluation = msgspec.structs.replace(before, evaluator_id=event.evaluator_id)
    moved = tuple(
        msgspec.structs.replace(step, evaluator_id=event.evaluator_id)
        for step in steps.values()
        if step.state in WAITING
    )
    return Change(evaluation, moved)


def _document_opened(before: Evaluation, steps: Mapping[str, Step], event: process.DocumentOpened) -> Change:
    step = steps.get(event.step_id)
    if step is None or step.document_opened_at is not None or event.by_id != before.subject_id:
        return Change(before)
    return Change(before, (msgspec.structs.replace(step, document_opened_at=event.at),))


def _closed(before: Evaluation, steps: Mapping[str, Step], event: process.EvaluationClosed) -> Change:
    return Change(msgspec.structs.replace(before, closed_at=event.at))


def _ended_early(before: Evaluation, steps: Mapping[str, Step], event: process.EvaluationEndedEarly) -> Change:
    """What had not been done, begun or not, is required of nobody any more and can't become late."""
    left = tuple(
        msgspec.structs.replace(
            step, state="withdrawn", not_before=None, done_at=event.at, done_by=_who(before, event.by_id)
        )
        for step in steps.values()
        if step.state in WAITING
    )
    return Change(msgspec.structs.replace(before, ended_early_at=event.at), left)


CHANGES: Mapping[type[Event], Callable[[Evaluation, Mapping[str, Step], Any], Change]] = {
    process.EvaluatorAssigned: _assigned,
    process.StepOpened: _step_opened,
    process.StepDone: _step_done,
    process.DocumentOpened: _document_opened,
    process.EvaluationClosed: _closed,
    process.EvaluationEndedEarly: _ended_early,
}
"""Every event of `accord.process` but the first, which makes the evaluation."""
NEED_WHAT_WAITS = (process.EvaluatorAssigned, process.EvaluationEndedEarly)
"""These events need the steps that are not done, the others just the one they name."""
