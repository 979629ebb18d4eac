"""How an evaluation went: who did which step when. No rating, no text: a union's audit is built from this alone.

The words are general: a *step* is one thing somebody must do (send a notice, hold a conference, send feedback, sign);
steps of one observation share an `occasion_id`. The same events serve teachers, administrators and boards.
"""

from datetime import date, datetime
from uuid import UUID

import msgspec

from shared.contracts.fields import Process
from shared.contracts.registry import Event, event
from shared.contracts.topics import PROCESS


class StepPlanned(msgspec.Struct, frozen=True, kw_only=True):
    """A step the agreement requires once in every evaluation of the track."""

    step_id: Process[str]
    title: Process[str]
    phase: Process[str]
    kind: Process[str]
    duty: Process[str]
    """Who must act: subject, evaluator or office."""
    due_on: Process[date | None] = None
    clause: Process[str | None] = None


@event(name="process.evaluation-opened", version=1, topic=PROCESS, key="evaluation_id")
class EvaluationOpened(Event, frozen=True, kw_only=True):
    evaluation_id: Process[UUID]
    service: Process[str]
    """Which service keeps it: teacher, administrator, board. Links start with that service's path."""
    cycle_id: Process[UUID]
    cycle_title: Process[str]
    school_id: Process[UUID | None]
    subject_id: Process[UUID]
    agreement_hash: Process[str]
    track: Process[str]
    opened_at: Process[datetime]
    steps: Process[tuple[StepPlanned, ...]]


@event(name="process.evaluator-assigned", version=1, topic=PROCESS, key="evaluation_id")
class EvaluatorAssigned(Event, frozen=True, kw_only=True):
    evaluation_id: Process[UUID]
    evaluator_id: Process[UUID]
    previous_id: Process[UUID | None]
    assigned_by: Process[UUID]
    at: Process[datetime]


@event(name="process.step-opened", version=1, topic=PROCESS, key="evaluation_id")
class StepOpened(Event, frozen=True, kw_only=True):
    """It is now somebody's turn. Asking for a signature is the opening of a step of kind `signature`."""

    evaluation_id: Process[UUID]
    step_id: Process[str]
    """Unique within the evaluation; a step of an occasion is `<occasion type>/<n>/<step>`."""
    occasion_id: Process[UUID | None]
    title: Process[str]
    phase: Process[str]
    kind: Process[str]
    duty: Process[str]
    duty_bearer_id: Process[UUID | None]
    """The person whose turn it is; None where an office (HR) acts."""
    required: Process[bool]
    """False: an opportunity (such as a written response), not a duty."""
    due_on: Process[date | None]
    clause: Process[str | None]
    opened_at: Process[datetime]
    path: Process[str]
    """Path of the page where the step is done, below the service's prefix."""
    planned_on: Process[date | None] = None
    """The district's day for which it was announced, or for which what comes after it was. No date of the agreement's: to
    miss it is not late."""
    not_before: Process[date | None] = None
    """The first day on which it can be done: until then others may still do what it waits for. None: it can be done now. If
    that is done sooner, the step is told again without the day."""
    told: Process[bool] = True
    """Whether the person evaluated may know of it. An unannounced observation is its evaluator's alone until it has been
    held: whoever shows steps to others leaves it out until it is done."""


@event(name="process.step-done", version=1, topic=PROCESS, key="evaluation_id")
class StepDone(Event, frozen=True, kw_only=True):
    evaluation_id: Process[UUID]
    step_id: Process[str]
    occasion_id: Process[UUID | None]
    title: Process[str]
    phase: Process[str]
    kind: Process[str]
    duty: Process[str]
    by_id: Process[UUID | None]
    """None: done by the clock."""
    outcome: Process[str]
    """done, moved (a notice given anew, for another time), signed, refused, unsigned (of a signature: neither, as by_id noted,
    whose signature it is not), filed, waived, lapsed (an opportunity that went by), withdrawn (no longer needed; of a notice:
    what was announced does not come), returned (handed back), put_off (not done: its turn goes again, for what has opened
    since comes first)."""
    due_on: Process[date | None]
    clause: Process[str | None]
    late: Process[bool]
    done_at: Process[datetime]
    held_from: Process[datetime | None] = None
    """For something held at a time (observation, conference), or announced for one (notice)."""
    held_to: Process[datetime | None] = None
    path: Process[str] = "/"


@event(name="process.document-opened", version=1, topic=PROCESS, key="evaluation_id")
class DocumentOpened(Event, frozen=True, kw_only=True):
    """The person it was sent to opened it for the first time."""

    evaluation_id: Process[UUID]
    step_id: Process[str]
    """The step that delivered the document."""
    by_id: Process[UUID]
    at: Process[datetime]


@event(name="process.evaluation-closed", version=1, topic=PROCESS, key="evaluation_id")
class EvaluationClosed(Event, frozen=True, kw_only=True):
    evaluation_id: Process[UUID]
    by_id: Process[UUID]
    at: Process[datetime]


@event(name="process.evaluation-ended-early", version=1, topic=PROCESS, key="evaluation_id")
class EvaluationEndedEarly(Event, frozen=True, kw_only=True):
    """The district office ended it before its course was through: it is over without having been closed, and no step of
    it is anybody's turn any more, whether it had been opened or not. Why stays with the evaluation."""

    evaluation_id: Process[UUID]
    by_id: Process[UUID]
    at: Process[datetime]
