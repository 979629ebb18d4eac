"""Rows about districts, schools and calendars, for pages and the API. Each function is one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, Integer, cast, func, or_, select

from services.directory.store.by_day import signs_in
from services.directory.store.tables import (
    PEOPLE,
    appointment,
    calendar_source,
    credential,
    organisation,
    school_record,
    setting,
)

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


@dataclass(frozen=True)
class AskedSchools:
    """Which schools: those whose name holds `words`, or the one of an id. `limit` None: all of them.

    `whether_lacking`: who lacks a password is not counted; 1 stands for any number of them.
    """

    words: str = ""
    school_id: UUID | None = None
    limit: int | None = None
    offset: int = 0
    whether_lacking: bool = False


def list_schools(connection: Connection, district_id: UUID, today: date, asked: AskedSchools) -> Rows:
    """Schools by name with their staff counted, how many of them still lack a password, and whether a roster brought them.
    `version`: None of those.

    Only the staff of the schools asked for is read.
    """
    wanted = select(school).where(school.c.district_id == district_id)
    if asked.words:
        wanted = wanted.where(func.lower(school.c.name).contains(asked.words.lower(), autoescape=True))
    if asked.school_id is not None:
        wanted = wanted.where(school.c.school_id == asked.school_id)
    some = wanted.order_by(school.c.name, school.c.school_id).limit(asked.limit).offset(asked.offset).subquery()
    at_school = (
        appointment.c.district_id == district_id,
        appointment.c.school_id == some.c.school_id,
        or_(appointment.c.ends.is_(None), appointment.c.ends > today),
    )
    staff = select(func.count(appointment.c.person_id.distinct())).where(*at_school).scalar_subquery()
    lacking = _without_password((*at_school, signs_in(district_id, today)), whether=asked.whether_lacking)
    source = (
        select(organisation.c.source_id)
        .where(organisation.c.district_id == district_id, organisation.c.school_id == some.c.school_id)
        .limit(1)
        .scalar_subquery()
    )
    version = (
        select(school_record.c.version)
        .where(school_record.c.district_id == district_id, school_record.c.school_id == some.c.school_id)
        .scalar_subquery()
    )
    query = select(
        some.c.school_id,
        some.c.name,
        some.c.active,
        source.label("source_id"),
        version.label("version"),
        staff.label("staff"),
        lacking.label("without_password"),
    ).order_by(some.c.name, some.c.school_id)
    return connection.execute(query).all()


def _without_password(at_school: Sequence[ColumnElement[bool]], *, whether: bool) -> ColumnElement[int]:
    """How many people with appointments like that have set no password; `whether`: 1 for any number of them."""
    here = appointment.c.person_id
    lacking = (
        select(func.count(here.distinct()))
        .join(person, (person.c.district_id == appointment.c.district_id) & (person.c.person_id == here))
        .outerjoin(
            credential, (credential.c.district_id == appointment.c.district_id) & (credential.c.person_id == here)
        )
        .where(*at_school, credential.c.person_id.is_(None))
    )
    return cast(lacking.with_only_columns(here).exists(), Integer) if whether else lacking.scalar_subquery()


def schools_named(connection: Connection, district_id: UUID, ids: Sequence[UUID]) -> dict[UUID, str]:
    """What the schools of these ids are called."""
    return _named(connection, district_id, school.c.school_id, school.c.name, ids)


def calendars_named(connection: Connection, district_id: UUID, ids: Sequence[UUID]) -> dict[UUID, str]:
    """What the calendars of these ids are called."""
    return _named(connection, district_id, calendar.c.calendar_id, calendar.c.title, ids)


def _named(
    connection: Connection, district_id: UUID, key: Column[UUID], name: Column[str], ids: Sequence[UUID]
) -> dict[UUID, str]:
    query = select(key, name).where(key.table.c.district_id == district_id, key.in_(ids))
    return {row[0]: row[1] for row in connection.execute(query)}


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
