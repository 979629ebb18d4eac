"""Rows about districts, schools and calendars, for pages and the API. Each function is one statement."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, or_, select

from services.directory.store.tables import PEOPLE, appointment, calendar_source, credential, organisation, setting

Rows = Sequence[Any]
person, school, calendar = PEOPLE.person, PEOPLE.school, PEOPLE.calendar


def districts(connection: Connection) -> Rows:
    """Every active district's id and name, for whoever is not signed in yet."""
    district = PEOPLE.district
    query = select(district.c.district_id, district.c.name).where(district.c.active).order_by(district.c.name)
    return connection.execute(query).all()


def school_choices(connection: Connection, district_id: UUID) -> Rows:
    """Schools in use: id and name."""
    query = (
        select(school.c.school_id, school.c.name)
        .where(school.c.district_id == district_id, school.c.active)
        .order_by(school.c.name)
    )
    return connection.execute(query).all()


def list_schools(connection: Connection, district_id: UUID, today: date) -> Rows:
    """Every school with its staff counted, how many of them still lack a password, and whether a roster brought it."""
    staff = (
        select(
            appointment.c.school_id,
            func.count(appointment.c.person_id.distinct()).label("staff"),
            func.count(appointment.c.person_id.distinct())
            .filter(credential.c.person_id.is_(None), person.c.active)
            .label("without_password"),
        )
        .join(
            person,
            (person.c.district_id == appointment.c.district_id) & (person.c.person_id == appointment.c.person_id),
        )
        .outerjoin(
            credential,
            (credential.c.district_id == appointment.c.district_id)
            & (credential.c.person_id == appointment.c.person_id),
        )
        .where(appointment.c.district_id == district_id, or_(appointment.c.ends.is_(None), appointment.c.ends > today))
        .group_by(appointment.c.school_id)
        .subquery()
    )
    query = (
        select(
            school.c.school_id,
            school.c.name,
            school.c.active,
            organisation.c.source_id,
            func.coalesce(staff.c.staff, 0).label("staff"),
            func.coalesce(staff.c.without_password, 0).label("without_password"),
        )
        .outerjoin(staff, staff.c.school_id == school.c.school_id)
        .outerjoin(
            organisation,
            (organisation.c.district_id == school.c.district_id) & (organisation.c.school_id == school.c.school_id),
        )
        .where(school.c.district_id == district_id)
        .order_by(school.c.active.desc(), school.c.name)
    )
    return connection.execute(query).all()


def list_calendars(connection: Connection, district_id: UUID) -> Rows:
    """Calendars with where they come from, the newest first, and how many days are written in."""
    query = (
        select(
            calendar.c.calendar_id,
            calendar.c.title,
            calendar.c.first_day,
            calendar.c.last_day,
            calendar.c.active,
            calendar_source.c.kind,
            calendar_source.c.source_id,
            calendar_source.c.parent_id,
            school.c.name.label("school"),
            func.jsonb_array_length(calendar.c.days).label("days"),
        )
        .join(
            calendar_source,
            (calendar_source.c.district_id == calendar.c.district_id)
            & (calendar_source.c.calendar_id == calendar.c.calendar_id),
        )
        .outerjoin(
            school, (school.c.district_id == calendar.c.district_id) & (school.c.school_id == calendar.c.school_id)
        )
        .where(calendar.c.district_id == district_id)
        .order_by(calendar.c.active.desc(), calendar.c.first_day.desc(), calendar.c.last_day.desc())
        .limit(200)
    )
    return connection.execute(query).all()


def find_calendar(connection: Connection, district_id: UUID, calendar_id: UUID) -> Any:
    """One calendar with its days, its version and its year's title."""
    year = calendar.alias("year")
    query = (
        select(
            calendar,
            calendar_source.c.kind,
            calendar_source.c.source_id,
            calendar_source.c.parent_id,
            calendar_source.c.version,
            year.c.title.label("year_title"),
        )
        .join(
            calendar_source,
            (calendar_source.c.district_id == calendar.c.district_id)
            & (calendar_source.c.calendar_id == calendar.c.calendar_id),
        )
        .outerjoin(
            year, (year.c.district_id == calendar.c.district_id) & (year.c.calendar_id == calendar_source.c.parent_id)
        )
        .where(calendar.c.district_id == district_id, calendar.c.calendar_id == calendar_id)
    )
    return connection.execute(query).one_or_none()


def find_district(connection: Connection, district_id: UUID) -> Any:
    """Name, zone, guard, version."""
    district = PEOPLE.district
    query = (
        select(district.c.name, district.c.zone, setting.c.guard_percent, setting.c.version)
        .join(setting, setting.c.district_id == district.c.district_id)
        .where(district.c.district_id == district_id)
    )
    return connection.execute(query).one()
