"""What the directory tells everyone. Each event is the whole present state of its subject, but for four of what happened
once: EarlierSessionEnded, LinkMade, PasswordSet and EmailChanged. Each of those has a key of its own, so that the topic
keeps them all."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from shared.contracts.fields import Process
from shared.contracts.registry import Event, event
from shared.contracts.topics import DIRECTORY


class RoleHeld(msgspec.Struct, frozen=True, kw_only=True):
    """A role at a school (or in the district as a whole: school_id None), from `begins` up to but not on `ends`."""

    role: Process[str]
    """One of shared.people.roles.ROLES, or an `ext:` word this build does not know."""
    school_id: Process[UUID | None] = None
    begins: Process[date | None] = None
    ends: Process[date | None] = None


class CalendarDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day that is not an ordinary school day: holiday, break, staff_only, partial_day, weather_makeup, closure."""

    day: Process[date]
    kind: Process[str]
    title: Process[str] = ""


@event(name="directory.district", version=1, topic=DIRECTORY, key="district_id")
class DistrictChanged(Event, frozen=True, kw_only=True):
    district_id: Process[UUID]
    name: Process[str]
    zone: Process[str]
    """IANA time zone."""
    active: Process[bool] = True


@event(name="directory.school", version=1, topic=DIRECTORY, key="school_id")
class SchoolChanged(Event, frozen=True, kw_only=True):
    school_id: Process[UUID]
    name: Process[str]
    active: Process[bool] = True


@event(name="directory.person", version=1, topic=DIRECTORY, key="person_id")
class PersonChanged(Event, frozen=True, kw_only=True):
    person_id: Process[UUID]
    given_name: Process[str]
    """The name the person goes by, where the roster states a preferred one."""
    family_name: Process[str]
    email: Process[str | None]
    active: Process[bool]
    """False: may not sign in, and every session has ended, which is told by itself and sooner."""
    roles: Process[tuple[RoleHeld, ...]]
    evaluator_ids: Process[tuple[UUID, ...]] = ()
    """Who is named in the directory as this person's evaluator, first choice first."""


@event(name="directory.calendar", version=1, topic=DIRECTORY, key="calendar_id")
class CalendarChanged(Event, frozen=True, kw_only=True):
    """A school year, of the district or of one school."""

    calendar_id: Process[UUID]
    school_id: Process[UUID | None]
    title: Process[str]
    first_day: Process[date]
    last_day: Process[date]
    """Inclusive, unlike OneRoster's endDate."""
    days: Process[tuple[CalendarDay, ...]] = ()
    active: Process[bool] = True


@event(name="directory.session-ended", version=1, topic=DIRECTORY, key="session_id")
class EarlierSessionEnded(Event, frozen=True, kw_only=True):
    """As it was told before sessions' ends had a topic of their own (shared.contracts.access). Nobody says it any more; it is
    read, for it stands in the topic."""

    session_id: Process[UUID]
    person_id: Process[UUID]
    ended_at: Process[datetime]
    expires_at: Process[datetime]
    """From then on the session's own signature has expired and the row may be forgotten."""


@event(name="directory.link-made", version=1, topic=DIRECTORY, key="link_id")
class LinkMade(Event, frozen=True, kw_only=True):
    """Somebody made a one-time link by which a new password can be set for an account that has one. The link itself is told
    to nobody: whoever reads the topic could use it."""

    link_id: Process[UUID]
    person_id: Process[UUID]
    """Whose account it is."""
    made_by: Process[UUID | None]
    """None: at the command line."""
    made_at: Process[datetime]
    expires_at: Process[datetime]


@event(name="directory.password-set", version=1, topic=DIRECTORY, key="setting_id")
class PasswordSet(Event, frozen=True, kw_only=True):
    """An account has a new password, or its first."""

    setting_id: Process[UUID]
    person_id: Process[UUID]
    """Whose account it is."""
    by_link: Process[bool]
    """False: by somebody signed in to the account, who knew the password before it."""
    link_made_by: Process[UUID | None]
    """Who had made the link. None: at the command line, or there was no link."""
    set_at: Process[datetime]


@event(name="directory.email-changed", version=1, topic=DIRECTORY, key="change_id")
class EmailChanged(Event, frozen=True, kw_only=True):
    """An account that has a password got another e-mail address, or none: its owner is told where they could be reached
    before. The new address stands in PersonChanged and not here, for the letter goes to whoever reads the old one."""

    change_id: Process[UUID]
    person_id: Process[UUID]
    """Whose account it is."""
    old_email: Process[str]
    changed_by: Process[UUID | None]
    """By hand or by a roster. None: at the command line."""
    changed_at: Process[datetime]
