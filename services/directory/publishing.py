"""From the directory's words to the contract's: what everyone else is told."""

from datetime import date, datetime
from uuid import UUID

from services.directory.people import Appointment, Calendar, Organisation, Person
from shared.contracts.access import SessionEnded
from shared.contracts.directory import (
    CalendarChanged,
    EmailChanged,
    LinkMade,
    PasswordSet,
    PersonChanged,
    RoleHeld,
    SchoolChanged,
)
from shared.ids import new_id


def person_changed(person: Person, today: date) -> PersonChanged:
    """The person with every role ever held, standing ones first, and the evaluators."""
    held = sorted((one for one in person.appointments if not one.never_held()), key=_standing_first)
    return PersonChanged(
        person_id=person.person_id,
        given_name=person.given_name,
        family_name=person.family_name,
        email=person.email,
        active=person.active(today),
        roles=tuple(RoleHeld(role=one.role, school_id=one.school_id, begins=one.begins, ends=one.ends) for one in held),
        evaluator_ids=person.evaluators,
    )


def _standing_first(one: Appointment) -> tuple[bool, date, str, str]:
    return (one.ends is not None, one.begins or date.min, one.role, str(one.school_id))


def school_changed(school: Organisation, *, active: bool) -> SchoolChanged:
    """`school`: an organisation that is a school, or was one until now, as it was then."""
    assert school.school_id is not None, "an organisation that was a school keeps its id"
    return SchoolChanged(school_id=school.school_id, name=school.name, active=active)


def calendar_changed(calendar: Calendar) -> CalendarChanged:
    return CalendarChanged(
        calendar_id=calendar.calendar_id,
        school_id=calendar.school_id,
        title=calendar.title,
        first_day=calendar.first_day,
        last_day=calendar.last_day,
        days=calendar.days,
        active=calendar.active,
    )


def session_ended(session_id: UUID, person_id: UUID, at: datetime, expires_at: datetime) -> SessionEnded:
    return SessionEnded(session_id=session_id, person_id=person_id, ended_at=at, expires_at=expires_at)


def password_set(person_id: UUID, at: datetime) -> PasswordSet:
    """By somebody signed in to the account, who knew the password before it."""
    return PasswordSet(setting_id=new_id(), person_id=person_id, by_link=False, link_made_by=None, set_at=at)


def password_set_by_link(person_id: UUID, made_by: UUID | None, at: datetime) -> PasswordSet:
    """`made_by`: who had made the link; None: the command line."""
    return PasswordSet(setting_id=new_id(), person_id=person_id, by_link=True, link_made_by=made_by, set_at=at)


def link_made(link_id: UUID, person_id: UUID, made_by: UUID | None, at: datetime, expires_at: datetime) -> LinkMade:
    return LinkMade(link_id=link_id, person_id=person_id, made_by=made_by, made_at=at, expires_at=expires_at)


def email_changed(person_id: UUID, old_email: str, changed_by: UUID | None, at: datetime) -> EmailChanged:
    return EmailChanged(
        change_id=new_id(), person_id=person_id, old_email=old_email, changed_by=changed_by, changed_at=at
    )
