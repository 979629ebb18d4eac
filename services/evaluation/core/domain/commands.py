"""What people can ask of an evaluation: imperative, plain data. Texts have been trimmed and measured at the edge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from services.evaluation.core.domain.evaluation import Note, each_once


@dataclass(frozen=True, kw_only=True)
class Command:
    """`actor_id` asks; `office`: whether the actor may act for the district office (HR). `seen`: the version the
    sender had on screen, None where the command does not build on one.

    `needs_version`: whether people, by page or API, must name the version they saw; False only where nothing of anybody's
    is overwritten (docs/decisions/collisions-by-part.md).
    """

    needs_version: ClassVar[bool] = True
    evaluation_id: UUID
    actor_id: UUID
    office: bool = False
    seen: int | None = None

    @property
    def part(self) -> str | None:
        """The part of the evaluation that somebody else may have changed meanwhile (see events.Event.part)."""
        return None


@dataclass(frozen=True, kw_only=True)
class _OfStep(Command):
    """`step`: the key of the step it does."""

    step: str

    @property
    def part(self) -> str:
        return f"step:{self.step}"


@dataclass(frozen=True, kw_only=True)
class _OfOccasion(Command):
    occasion_id: UUID

    @property
    def part(self) -> str:
        return f"occasion:{self.occasion_id}"


@dataclass(frozen=True, kw_only=True)
class OpenEvaluation:
    """Begins an evaluation; it has no version to build on."""

    evaluation_id: UUID
    district_id: UUID
    cycle_id: UUID
    track: str
    subject_id: UUID
    school_id: UUID | None
    evaluator_id: UUID | None
    first_day: date
    last_day: date
    zone: str
    actor_id: UUID
    previous_final: str | None = None


@dataclass(frozen=True, kw_only=True)
class AssignEvaluator(Command):
    """Made for many evaluations at once: the office names the version of each that it saw, and gives a reason."""

    evaluator_id: UUID
    reason: str = ""

    @property
    def part(self) -> str:
        return "evaluator"


@dataclass(frozen=True, kw_only=True)
class SubmitForm(_OfStep):
    """`step`: key of a step of kind form."""

    answers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class AgreeToForm(_OfStep):
    """`step`: key of a step of kind agreement."""


@dataclass(frozen=True, kw_only=True)
class ReturnForm(_OfStep):
    reason: str


@dataclass(frozen=True, kw_only=True)
class BeginOccasion(Command):
    """Start an observation or another occasion; an announced one begins with its notice."""

    needs_version = False
    occasion_id: UUID
    type: str
    scheduled_from: datetime | None = None
    scheduled_to: datetime | None = None
    place: str = ""
    focus: str = ""

    @property
    def part(self) -> str:
        return "occasions"


@dataclass(frozen=True, kw_only=True)
class Reschedule(_OfOccasion):
    scheduled_from: datetime
    scheduled_to: datetime
    place: str | None = None
    """None: it stays as it is."""


@dataclass(frozen=True, kw_only=True)
class WithdrawOccasion(_OfOccasion):
    reason: str


@dataclass(frozen=True, kw_only=True)
class HoldConference(_OfStep):
    """`step`: key of a step of kind conference, of the track or of an occasion."""

    held_from: datetime
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class RecordObservation(_OfOccasion):
    """What was seen; may be sent again, amended, until the feedback is sent."""

    held_from: datetime
    held_to: datetime
    notes: tuple[Note, ...]


@dataclass(frozen=True, kw_only=True)
class SendFeedback(_OfOccasion):
    strengths: str
    next_steps: str


@dataclass(frozen=True, kw_only=True)
class AddContext(Command):
    """`components`: kept each once."""

    needs_version = False
    context_id: UUID
    text: str
    components: tuple[str, ...] = ()
    occasion_id: UUID | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "components", each_once(self.components))


@dataclass(frozen=True, kw_only=True)
class SendSummative(Command):
    """`ratings`: component -> level id, None for not applicable. `raised`: judgment that a carried level be raised."""

    ratings: Mapping[str, str | None]
    comment: str
    raised: bool = False

    @property
    def part(self) -> str:
        return "summative"


@dataclass(frozen=True, kw_only=True)
class Sign(Command):
    note: str = ""

    @property
    def part(self) -> str:
        return "signature"


@dataclass(frozen=True, kw_only=True)
class RefuseToSign(Command):
    note: str

    @property
    def part(self) -> str:
        return "signature"


@dataclass(frozen=True, kw_only=True)
class NoteUnsigned(Command):
    """The evaluator notes that the subject neither signed nor refused in time. `note`: when and how it was asked for."""

    note: str

    @property
    def part(self) -> str:
        return "signature"


@dataclass(frozen=True, kw_only=True)
class FileResponse(Command):
    text: str

    @property
    def part(self) -> str:
        return "response"


@dataclass(frozen=True, kw_only=True)
class WaiveResponse(Command):
    """The subject says that no response will come, so that nobody need wait for its date."""

    @property
    def part(self) -> str:
        return "response"


@dataclass(frozen=True, kw_only=True)
class OpenDocument(Command):
    """The subject reads, for the first time, what a step delivered."""

    needs_version = False
    step: str


@dataclass(frozen=True, kw_only=True)
class Close(Command):
    @property
    def part(self) -> str:
        return "closed"


@dataclass(frozen=True, kw_only=True)
class EndEarly(Command):
    """The district office ends an evaluation whose course nobody will go to its end. It can't be undone."""

    reason: str

    @property
    def part(self) -> str:
        return "closed"


FORM_TEXT_LIMIT = 20_000
"""Characters of one text field; stated on the page."""
LINE_LIMIT = 2_000
"""Characters of one line of an observation, and of a reason."""
PLACE_LIMIT = 200
"""Characters of the name of a place."""
NOTES_LIMIT = 400
"""Lines of one observation."""
