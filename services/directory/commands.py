"""What the directory may be asked to do. `version`: the one the sender saw; None where there is none to compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.contracts.directory import CalendarDay


@dataclass(frozen=True)
class AddPerson:
    """Enter somebody by hand, with a first role."""

    given_name: str
    family_name: str
    username: str
    email: str | None
    identifier: str | None
    role: str
    school_id: UUID | None


@dataclass(frozen=True)
class ChangePerson:
    """Change somebody entered by hand; a roster's people are changed by the roster."""

    person_id: UUID
    version: int | None
    given_name: str
    family_name: str
    username: str
    email: str | None
    identifier: str | None


@dataclass(frozen=True)
class Appoint:
    """Give a role. `ends`: first day after it."""

    person_id: UUID
    version: int | None
    role: str
    school_id: UUID | None
    begins: date | None = None
    ends: date | None = None


@dataclass(frozen=True)
class EndAppointment:
    """End a role that was given by hand. `ends`: first day after it, not later than it ends already; None: from now on."""

    person_id: UUID
    version: int | None
    appointment_id: UUID
    ends: date | None = None


@dataclass(frozen=True)
class NameEvaluators:
    """Say who evaluates a person, first choice first; the roster's own stay behind them."""

    person_id: UUID
    version: int | None
    evaluator_ids: Sequence[UUID]


@dataclass(frozen=True)
class SetActive:
    """Shut a person out, ending every session, or let them in again."""

    person_id: UUID
    version: int | None
    active: bool


@dataclass(frozen=True)
class AddSchool:
    """Enter a school by hand. `another`: whether it is meant to be one more of a name that is there already."""

    name: str
    another: bool = False


@dataclass(frozen=True)
class ChangeSchool:
    """Rename a school entered by hand, close it or open it again. `another`: as in AddSchool."""

    school_id: UUID
    version: int | None
    name: str
    active: bool
    another: bool = False


@dataclass(frozen=True)
class AddCalendar:
    title: str
    first_day: date
    last_day: date
    school_id: UUID | None = None


@dataclass(frozen=True)
class ChangeCalendar:
    """Change a calendar entered by hand; a roster's dates are changed by the roster."""

    calendar_id: UUID
    version: int | None
    title: str
    first_day: date
    last_day: date
    school_id: UUID | None
    active: bool


@dataclass(frozen=True)
class SetDays:
    """The days of a calendar that are not ordinary school days, whole."""

    calendar_id: UUID
    version: int | None
    days: Sequence[CalendarDay]


@dataclass(frozen=True)
class CreateDistrict:
    """A new district with its first administrator."""

    name: str
    zone: str
    given_name: str
    family_name: str
    username: str
    email: str | None


@dataclass(frozen=True)
class ChangeDistrict:
    version: int | None
    name: str
    zone: str
    guard_percent: int
