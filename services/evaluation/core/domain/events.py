"""What happened, in the past tense. Each event is one entry of the record; `part` is what two people can collide on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.evaluation.core.domain.evaluation import Note


@dataclass(frozen=True, kw_only=True)
class Event:
    """`by_id`: who did it; None for what the program concluded by itself. `at`: when, UTC."""

    by_id: UUID | None
    at: datetime

    @property
    def part(self) -> str | None:
        """The part of the evaluation it changes; None where no one else's work can collide with it."""
        return None


@dataclass(frozen=True, kw_only=True)
class EvaluationOpened(Event):
    district_id: UUID
    cycle_id: UUID
    agreement_hash: str
    track: str
    subject_id: UUID
    school_id: UUID | None
    first_day: date
    last_day: date
    zone: str
    previous_final: str | None = None


@dataclass(frozen=True, kw_only=True)
class EvaluatorAssigned(Event):
    evaluator_id: UUID
    reason: str = ""

    @property
    def part(self) -> str:
        return "evaluator"


@dataclass(frozen=True, kw_only=True)
class StepOpened(Event):
    step: str
    due_on: date | None = None
    required: bool = True
    planned_on: date | None = None
    """The district's day for which it was announced, or for which what comes after it was."""
    not_before: date | None = None
    """The first day on which it can be done, where its turn has come and it can't be done yet."""


@dataclass(frozen=True, kw_only=True)
class StepDone(Event):
    """`outcome`: done, moved (a notice given anew), signed, refused, unsigned (neither, as somebody else noted), filed, waived,
    lapsed, withdrawn, returned, put_off (its turn goes again: what has opened since comes first)."""

    step: str
    outcome: str
    late: bool = False
    held_from: datetime | None = None
    held_to: datetime | None = None

    @property
    def part(self) -> str:
        return f"step:{self.step}"


@dataclass(frozen=True, kw_only=True)
class FormSubmitted(Event):
    form: str
    answers: Mapping[str, str]

    @property
    def part(self) -> str:
        return f"form:{self.form}"


@dataclass(frozen=True, kw_only=True)
class FormReturned(Event):
    """Handed back for change; its step is open again."""

    form: str
    step: str
    reason: str

    @property
    def part(self) -> str:
        return f"form:{self.form}"


@dataclass(frozen=True, kw_only=True)
class OccasionBegun(Event):
    occasion_id: UUID
    type: str
    number: int
    scheduled_from: datetime | None = None
    scheduled_to: datetime | None = None
    place: str = ""
    focus: str = ""

    @property
    def part(self) -> str:
        return "occasions"


@dataclass(frozen=True, kw_only=True)
class OccasionRescheduled(Event):
    occasion_id: UUID
    scheduled_from: datetime
    scheduled_to: datetime
    place: str = ""
    same_time: bool = False
    """Only the place is another one."""

    @property
    def part(self) -> str:
        return f"occasion:{self.occasion_id}"


@dataclass(frozen=True, kw_only=True)
class OccasionWithdrawn(Event):
    occasion_id: UUID
    reason: str

    @property
    def part(self) -> str:
        return f"occasion:{self.occasion_id}"


@dataclass(frozen=True, kw_only=True)
class OccasionFinished(Event):
    occasion_id: UUID


@dataclass(frozen=True, kw_only=True)
class ConferenceHeld(Event):
    step: str
    occasion_id: UUID | None
    note: str

    @property
    def part(self) -> str:
        return f"step:{self.step}"


@dataclass(frozen=True, kw_only=True)
class ObservationRecorded(Event):
    occasion_id: UUID
    notes: tuple[Note, ...]

    @property
    def part(self) -> str:
        return f"occasion:{self.occasion_id}"


@dataclass(frozen=True, kw_only=True)
class FeedbackSent(Event):
    occasion_id: UUID
    strengths: str
    next_steps: str

    @property
    def part(self) -> str:
        return f"occasion:{self.occasion_id}"


@dataclass(frozen=True, kw_only=True)
class ContextAdded(Event):
    context_id: UUID
    text: str
    components: tuple[str, ...] = ()
    occasion_id: UUID | None = None

    @property
    def part(self) -> str:
        return "context"


@dataclass(frozen=True, kw_only=True)
class SummativeSent(Event):
    ratings: Mapping[str, str | None]
    comment: str
    final_level: str
    trace: Mapping[str, Any] = field(default_factory=dict)

    @property
    def part(self) -> str:
        return "summative"


@dataclass(frozen=True, kw_only=True)
class Signed(Event):
    note: str = ""

    @property
    def part(self) -> str:
        return "signature"


@dataclass(frozen=True, kw_only=True)
class SignatureRefused(Event):
    note: str

    @property
    def part(self) -> str:
        return "signature"


@dataclass(frozen=True, kw_only=True)
class SignatureLacking(Event):
    """Neither signed nor refused in time, as `by_id` noted, whose signature it is not."""

    note: str

    @property
    def part(self) -> str:
        return "signature"


@dataclass(frozen=True, kw_only=True)
class ResponseFiled(Event):
    text: str

    @property
    def part(self) -> str:
        return "response"


@dataclass(frozen=True, kw_only=True)
class DocumentOpened(Event):
    step: str


@dataclass(frozen=True, kw_only=True)
class EvaluationClosed(Event):
    @property
    def part(self) -> str:
        return "closed"


@dataclass(frozen=True, kw_only=True)
class EvaluationEndedEarly(Event):
    """It is over without having been closed; what was open has been withdrawn before it."""

    reason: str

    @property
    def part(self) -> str:
        return "closed"
