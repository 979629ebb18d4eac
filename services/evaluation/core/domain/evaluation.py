"""The evaluation of one person in one cycle: plain frozen data. Only events change it (evolve.py)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

StepStatus = Literal["open", "done", "lapsed", "withdrawn"]
"""A step that has no state yet waits for the steps it comes after."""
OccasionStatus = Literal["open", "finished", "withdrawn"]


@dataclass(frozen=True)
class StepState:
    """What became of one step. `due_on` is a local date of the district; the step is in time to the end of that day."""

    status: StepStatus
    opened_at: datetime
    due_on: date | None = None
    done_at: datetime | None = None
    by_id: UUID | None = None
    outcome: str | None = None
    late: bool = False
    held_from: datetime | None = None
    held_to: datetime | None = None
    read_at: datetime | None = None
    """When the person it was sent to first opened what this step delivered."""
    not_before: date | None = None
    """Of an open step: the first day on which it can be done, as was told when it opened; None: at once."""


def each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    """In the order given, none of them again."""
    return tuple(dict.fromkeys(names)) if len(names) > 1 else names


@dataclass(frozen=True)
class Note:
    """A line of an observer's script. `at`: when it was written down; `components`: what it is evidence for, each once."""

    text: str
    at: datetime | None = None
    components: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "components", each_once(self.components))


@dataclass(frozen=True)
class Feedback:
    """What the evaluator says of an occasion, in words."""

    strengths: str
    next_steps: str


@dataclass(frozen=True)
class Occasion:
    """Something that may happen several times: an announced observation, a walkthrough."""

    id: UUID
    type: str
    number: int
    """Counts from 1 within the type."""
    status: OccasionStatus = "open"
    scheduled_from: datetime | None = None
    scheduled_to: datetime | None = None
    place: str = ""
    focus: str = ""
    notes: tuple[Note, ...] = ()
    feedback: Feedback | None = None
    conferences: Mapping[str, str] = field(default_factory=dict)
    """Step id -> what was noted of the conference."""


@dataclass(frozen=True)
class Context:
    """What the subject adds: evidence or context, tagged to components, to an occasion or to the whole."""

    id: UUID
    text: str
    at: datetime
    components: tuple[str, ...] = ()
    occasion_id: UUID | None = None


@dataclass(frozen=True)
class Assignment:
    """Who evaluated from when on; the last one holds now."""

    evaluator_id: UUID
    by_id: UUID
    at: datetime
    reason: str = ""


@dataclass(frozen=True)
class Submission:
    """A filled form. `answers`: item id -> text or level id."""

    answers: Mapping[str, str]
    by_id: UUID
    at: datetime
    returned: str | None = None
    """Why it was handed back for change, while it is."""


@dataclass(frozen=True)
class Summative:
    """The overall judgment as sent. `ratings`: component -> level id, None where not applicable. `trace`: plain JSON."""

    ratings: Mapping[str, str | None]
    comment: str
    final_level: str
    trace: Mapping[str, Any]
    by_id: UUID
    at: datetime


@dataclass(frozen=True)
class Signature:
    """Signing shows that the summative was received, not agreed with; a refusal is recorded with its note. `by_id` signed, or
    refused, unless the signature is `lacking`: then neither was done in time, and `by_id` is who noted that."""

    signed: bool
    note: str
    by_id: UUID
    at: datetime
    lacking: bool = False
    """What was kept before this could be noted does not say it, and was signed or refused."""


@dataclass(frozen=True)
class Response:
    """A written response; it stays attached for good."""

    text: str
    by_id: UUID
    at: datetime


@dataclass(frozen=True)
class EndedEarly:
    """That the district office ended the evaluation before its course was through, and why."""

    reason: str
    by_id: UUID
    at: datetime


@dataclass(frozen=True)
class Evaluation:
    """`version` is the sequence of the last record entry. `first_day`/`last_day`: the cycle's year, inclusive."""

    id: UUID
    district_id: UUID
    cycle_id: UUID
    agreement_hash: str
    track: str
    subject_id: UUID
    school_id: UUID | None
    first_day: date
    last_day: date
    zone: str
    opened_at: datetime
    version: int = 0
    closed_at: datetime | None = None
    assignments: tuple[Assignment, ...] = ()
    steps: Mapping[str, StepState] = field(default_factory=dict)
    late_before: tuple[str, ...] = ()
    """Keys of steps that were done late and are done again: to do them again in time does not undo that."""
    occasions: tuple[Occasion, ...] = ()
    forms: Mapping[str, Submission] = field(default_factory=dict)
    conferences: Mapping[str, str] = field(default_factory=dict)
    contexts: tuple[Context, ...] = ()
    previous_final: str | None = None
    """The level of the last evaluation on a track that rates everything; a focused year carries it forward."""
    summative: Summative | None = None
    signature: Signature | None = None
    responses: tuple[Response, ...] = ()
    ended_early: EndedEarly | None = None

    @property
    def evaluator_id(self) -> UUID | None:
        return self.assignments[-1].evaluator_id if self.assignments else None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None and self.ended_early is None

    def occasion(self, occasion_id: UUID) -> Occasion | None:
        return next((occasion for occasion in self.occasions if occasion.id == occasion_id), None)
