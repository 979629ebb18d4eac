"""The directory's own words: people with their accounts and appointments, organisations, calendars. Plain frozen data."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from shared.contracts.directory import CalendarDay
from shared.people.roles import out_of_place
from shared.people.searching import plain


@dataclass(frozen=True)
class Appointment:
    """A role someone holds. `source_id`: the roster's record, None where appointed by hand. `ends`: first day after it."""

    appointment_id: UUID
    source_id: str | None
    role: str
    school_id: UUID | None
    begins: date | None
    ends: date | None

    def over(self, today: date) -> bool:
        """Whether it has ended by `today`."""
        return self.ends is not None and self.ends <= today

    def in_force(self, day: date) -> bool:
        """Whether it is held on `day`: begun, and not over."""
        return (self.begins is None or self.begins <= day) and not self.over(day)

    @property
    def counts(self) -> bool:
        """Whether it allows what its role allows."""
        return not out_of_place(self.role, self.school_id)

    def never_held(self) -> bool:
        """Whether it ended before it began."""
        return self.begins is not None and self.ends is not None and self.ends <= self.begins

    def ended(self, today: date) -> "Appointment":
        """The same, ending with yesterday; one that has not begun ends with its beginning."""
        if self.over(today):
            return self
        return replace(self, ends=today if self.begins is None else max(self.begins, today))


@dataclass(frozen=True)
class Person:
    """A person as the directory keeps them.

    `source_id`: the roster's record, None where entered by hand. `on_roster`: the roster still names them. `enabled`:
    the roster lets them in. `deactivated`: somebody here has shut them out; an import does not undo that.
    """

    person_id: UUID
    source_id: str | None
    username: str
    given_name: str
    family_name: str
    email: str | None
    identifier: str | None
    on_roster: bool
    enabled: bool
    deactivated: bool
    appointments: tuple[Appointment, ...] = ()
    roster_evaluators: tuple[UUID, ...] = ()
    hand_evaluators: tuple[UUID, ...] = ()

    def active(self, today: date) -> bool:
        """Whether they may sign in: nobody shut them out, and the roster lets them in or an appointment by hand stands."""
        if self.deactivated:
            return False
        if self.source_id is None:
            return True
        if self.on_roster:
            return self.enabled
        return any(held.source_id is None and not held.over(today) for held in self.appointments)

    def works(self, day: date, roles: Collection[str] | None = None) -> bool:
        """Whether they can work here on `day`: they may sign in, and a role is in force; `roles`: one of these."""
        return self.active(day) and any(
            held.in_force(day) and (roles is None or (held.role in roles and held.counts)) for held in self.appointments
        )

    def holds_username(self, today: date) -> bool:
        """Whether the username is theirs; who has left the roster gives it free until they come back."""
        return self.source_id is None or self.on_roster or self.active(today)

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def evaluators(self) -> tuple[UUID, ...]:
        """Who evaluates them, those named here before those the roster names."""
        return tuple(dict.fromkeys((*self.hand_evaluators, *self.roster_evaluators)))


@dataclass(frozen=True)
class Organisation:
    """What a roster calls an org. `school_id`: the school it is here, or was while it was called one; None for districts,
    departments and the like. It never changes and is nobody else's."""

    source_id: str
    name: str
    kind: str
    parent: str | None
    school_id: UUID | None
    on_roster: bool = True

    @property
    def is_school(self) -> bool:
        return self.kind == "school" and self.school_id is not None

    @property
    def stands(self) -> bool:
        """Whether what it is here is still so: on the roster and, once it was a school, called one."""
        return self.on_roster and (self.is_school or self.school_id is None)


@dataclass(frozen=True)
class Calendar:
    """A school year, semester or term. `parent_id`: the calendar whose days it shares. `active`: still in use."""

    calendar_id: UUID
    source_id: str | None
    title: str
    kind: str
    first_day: date
    last_day: date
    school_id: UUID | None = None
    parent_id: UUID | None = None
    days: tuple[CalendarDay, ...] = ()
    active: bool = True


def name_key(text: str) -> str:
    """What two names have in common that people take for one: without marks and capitals, any blanks as one."""
    return " ".join(plain(text).casefold().split())


def handed_down(calendars: Mapping[UUID, Calendar]) -> dict[UUID, Calendar]:
    """These calendars by id, each inside another with the days of the outermost one, as far as they lie in its own span."""
    return {
        name: one if (top := _outermost(one, calendars)) is one else replace(one, days=_shared(top, one))
        for name, one in calendars.items()
    }


def _outermost(calendar: Calendar, calendars: Mapping[UUID, Calendar]) -> Calendar:
    """Going up its parents; itself where these run in a circle, or none of them is there."""
    at, seen = calendar, {calendar.calendar_id}
    while at.parent_id is not None and at.parent_id in calendars:
        if at.parent_id in seen:
            return calendar
        seen.add(at.parent_id)
        at = calendars[at.parent_id]
    return at


def _shared(top: Calendar, one: Calendar) -> tuple[CalendarDay, ...]:
    return days_within(top.days, one.first_day, one.last_day)


def days_within(days: Iterable[CalendarDay], first: date, last: date) -> tuple[CalendarDay, ...]:
    """The days from `first` to `last`, both included."""
    return tuple(day for day in days if first <= day.day <= last)
