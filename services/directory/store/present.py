"""Reading the directory whole, for planning an import, or a few people of it, for a change."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, Select, func, select

from services.directory.people import Appointment, Calendar, Organisation, Person
from services.directory.planning.plan import Present
from services.directory.store.tables import PEOPLE, account, appointment, calendar_source, organisation, setting
from shared.contracts.directory import CalendarDay


def load_present(connection: Connection, district_id: UUID, today: date) -> Present:
    """Everything an import is held against; six statements, however many people."""
    guard = connection.execute(select(setting.c.guard_percent).where(setting.c.district_id == district_id))
    school = PEOPLE.school
    schools = connection.execute(select(school.c.school_id).where(school.c.district_id == district_id))
    return Present(
        district_id=district_id,
        today=today,
        people=load_people(connection, district_id),
        organisations=_organisations(connection, district_id),
        calendars=load_calendars(connection, district_id),
        guard_percent=guard.scalar_one(),
        schools=frozenset(schools.scalars()),
    )


def load_people(
    connection: Connection, district_id: UUID, only: Sequence[UUID] | None = None, *, lock: bool = False
) -> list[Person]:
    """People with their appointments, all or `only` these; `lock`: nobody else changes them until the transaction ends."""
    person = PEOPLE.person
    query = (
        select(account, person.c.given_name, person.c.family_name, person.c.email)
        .join(person, (person.c.district_id == account.c.district_id) & (person.c.person_id == account.c.person_id))
        .where(account.c.district_id == district_id)
        .order_by(account.c.person_id)
    )
    held = select(appointment).where(appointment.c.district_id == district_id).order_by(appointment.c.appointment_id)
    if only is not None:
        query = query.where(account.c.person_id == func.any(list(only)))
        held = held.where(appointment.c.person_id == func.any(list(only)))
    if lock:
        query = query.with_for_update(of=account)
    rows = connection.execute(query).all()
    by_person = _by_person(connection, held)
    return [_person(row, by_person.get(row.person_id, ())) for row in rows]


def _by_person(connection: Connection, held: Select[Any]) -> dict[UUID, Sequence[Appointment]]:
    found: defaultdict[UUID, list[Appointment]] = defaultdict(list)
    for row in connection.execute(held):
        one = Appointment(row.appointment_id, row.source_id, row.role, row.school_id, row.begins, row.ends)
        found[row.person_id].append(one)
    return dict(found)


def _person(row: Row[Any], held: Sequence[Appointment]) -> Person:
    return Person(
        person_id=row.person_id,
        source_id=row.source_id,
        username=row.username,
        given_name=row.given_name,
        family_name=row.family_name,
        email=row.email,
        identifier=row.identifier,
        on_roster=row.on_roster,
        enabled=row.enabled,
        deactivated=row.deactivated,
        appointments=tuple(held),
        roster_evaluators=tuple(row.roster_evaluators),
        hand_evaluators=tuple(row.hand_evaluators),
    )


def _organisations(connection: Connection, district_id: UUID) -> list[Organisation]:
    query = select(organisation).where(organisation.c.district_id == district_id).order_by(organisation.c.source_id)
    return [
        Organisation(row.source_id, row.name, row.kind, row.parent, row.school_id, row.on_roster)
        for row in connection.execute(query)
    ]


def load_calendars(connection: Connection, district_id: UUID) -> list[Calendar]:
    """Every calendar, the newest first."""
    calendar = PEOPLE.calendar
    query = (
        select(calendar, calendar_source.c.source_id, calendar_source.c.kind, calendar_source.c.parent_id)
        .join(
            calendar_source,
            (calendar_source.c.district_id == calendar.c.district_id)
            & (calendar_source.c.calendar_id == calendar.c.calendar_id),
        )
        .where(calendar.c.district_id == district_id)
        .order_by(calendar.c.first_day.desc(), calendar.c.calendar_id)
    )
    return [
        Calendar(
            calendar_id=row.calendar_id,
            source_id=row.source_id,
            title=row.title,
            kind=row.kind,
            first_day=row.first_day,
            last_day=row.last_day,
            school_id=row.school_id,
            parent_id=row.parent_id,
            days=msgspec.convert(row.days, tuple[CalendarDay, ...]),
            active=row.active,
        )
        for row in connection.execute(query)
    ]
