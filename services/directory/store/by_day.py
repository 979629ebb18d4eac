"""Whose leave to sign in ends by the day alone: left by the roster, kept by a role given by hand, and that is over now.

What is stored of them (`people_person.active`, `account.username_key`) was worked out when they were last written. So it is
read together with the day, and written anew soon after the day has come.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Date, Select, cast, func, null, or_, select, update

from services.directory.people import Person
from services.directory.publishing import person_changed
from services.directory.store.present import load_people
from services.directory.store.saving import Writing, end_sessions, publish
from services.directory.store.tables import PEOPLE, account, appointment

Day = date | ColumnElement[date]


def day_at(district_id: UUID, at: datetime) -> ColumnElement[date]:
    """The day that is at this moment in the district's zone, for a statement that nobody told which one it is."""
    district = PEOPLE.district.alias("whose_day")
    return _day(district.c.zone, at).where(district.c.district_id == district_id).scalar_subquery()


def signs_in(district_id: UUID, today: Day) -> ColumnElement[bool]:
    """Of a row of people_person: whether they may sign in on the day `today`, whatever day they were last written on."""
    person = PEOPLE.person
    over = _over().where(_left.c.district_id == district_id, ~_stands(today))
    return person.c.active & person.c.person_id.not_in(over)


def close_over(writing: Writing, only: Collection[UUID] | None = None) -> set[UUID]:
    """Close the accounts, all or of `only` these people, that the day has ended: their sessions end, their usernames are free,
    everyone is told. Answers whose. A fixed number of statements, one where there is nobody; whom somebody else is changing is
    left to that change, or to the next round."""
    over = _over().where(_left.c.district_id == writing.district_id, ~_stands(writing.today))
    found = select(account.c.person_id).where(
        account.c.district_id == writing.district_id,
        account.c.username_key.is_not(None),  # asked of the row itself too, which may have been closed meanwhile
        account.c.person_id.in_(over),
    )
    if only is not None:
        found = found.where(account.c.person_id == func.any(list(only)))
    held = found.order_by(account.c.person_id).with_for_update(of=account, skip_locked=True)
    ids = list(writing.connection.execute(held).scalars())
    people = load_people(writing.connection, writing.district_id, ids) if ids else []
    closed = [person for person in people if not person.holds_username(writing.today)]
    if closed:
        _close(writing, closed)
    return {person.person_id for person in closed}


def _close(writing: Writing, people: Collection[Person]) -> None:
    ids = [person.person_id for person in people]
    mine = (account.c.district_id == writing.district_id) & (account.c.person_id == func.any(ids))
    # No new version: pages have said since the day began what is written only now, and nothing typed by it is out of date.
    writing.connection.execute(update(account).where(mine).values(username_key=null(), email_key=null()))
    publish(writing, [person_changed(person, writing.today) for person in people])
    end_sessions(writing, ids)


def districts_to_close_in(connection: Connection, at: datetime) -> list[UUID]:
    """Where somebody's leave to sign in has ended by the day and is still stored. One statement, over all districts; for the
    database role worker."""
    district = PEOPLE.district
    today = _day(district.c.zone, at).correlate(district).scalar_subquery()
    over = _over().where(_left.c.district_id == district.c.district_id, ~_stands(today)).correlate(district)
    query = select(district.c.district_id).where(over.exists()).order_by(district.c.district_id)
    return list(connection.execute(query).scalars())


_left, _held = account.alias("left"), appointment.alias("kept_by")


def _over() -> Select[Any]:
    """People the roster has left whose username is stored as theirs."""
    return select(_left.c.person_id).where(
        _left.c.source_id.is_not(None), ~_left.c.on_roster, _left.c.username_key.is_not(None)
    )


def _stands(today: Day) -> ColumnElement[bool]:
    """Of them, whether a role given by hand keeps them on that day; Person.active says the same of one person."""
    return (
        select(_held.c.appointment_id)
        .where(
            _held.c.district_id == _left.c.district_id,
            _held.c.person_id == _left.c.person_id,
            _held.c.source_id.is_(None),
            or_(_held.c.ends.is_(None), _held.c.ends > today),
        )
        .correlate(_left, PEOPLE.district)
        .exists()
    )


def _day(zone: ColumnElement[str], at: datetime) -> Select[tuple[date]]:
    return select(cast(func.timezone(zone, at), Date))
