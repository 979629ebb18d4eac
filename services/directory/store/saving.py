"""Writing decisions: the directory's own rows, the people_* tables and the outbox, in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, Table, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.directory.people import Calendar, Organisation, Person
from services.directory.planning.plan import Change, Plan
from services.directory.publishing import (
    calendar_changed,
    email_changed,
    person_changed,
    school_changed,
    session_ended,
)
from services.directory.store.tables import (
    OUTBOX,
    PEOPLE,
    account,
    appointment,
    calendar_source,
    credential,
    organisation,
    sign_in_session,
)
from shared.clock import local_date
from shared.contracts.access import SessionEnded
from shared.contracts.directory import EmailChanged
from shared.contracts.registry import Event
from shared.letters import key_of
from shared.outbox.record import record_events
from shared.people.apply import apply_people
from shared.people.searching import plain

SOURCE = "directory"
_LOCK = 7_301
_LOCK_USERNAME = 7_303
_LOCK_SCHOOL_NAME = 7_304
_LOCK_DISTRICT_NAME = 7_305


@dataclass(frozen=True)
class Writing:
    """Who writes where and when. `by` is None for the command line; `today` is the district's."""

    connection: Connection
    district_id: UUID
    by: UUID | None
    at: datetime
    today: date


def begin_writing(connection: Connection, district_id: UUID, by: UUID | None, at: datetime) -> Writing:
    """A writing at the moment `at`, on the day that is then in the district's zone."""
    district = PEOPLE.district
    zone = connection.execute(select(district.c.zone).where(district.c.district_id == district_id)).scalar_one()
    return Writing(connection, district_id, by, at, local_date(at, zone))


def lock_directory(connection: Connection, district_id: UUID, *, whole: bool) -> None:
    """Until the transaction ends: an import has the directory for itself, single changes go side by side."""
    function = "pg_advisory_xact_lock" if whole else "pg_advisory_xact_lock_shared"
    statement = text(f"SELECT {function}(:kind, hashtext(:district))")
    connection.execute(statement, {"kind": _LOCK, "district": str(district_id)})


def hold_username(connection: Connection, district_id: UUID, username_key: str) -> None:
    """Until the transaction ends nobody else takes this as a username or an address: who comes second waits, and then sees
    whose it is."""
    _hold(connection, _LOCK_USERNAME, district_id, username_key)


def hold_school_name(connection: Connection, district_id: UUID, key: str) -> None:
    """The same of a school's name; `key`: of people.name_key."""
    _hold(connection, _LOCK_SCHOOL_NAME, district_id, key)


def hold_district_name(connection: Connection, key: str) -> None:
    """The same of a district's name, whichever district wants it."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(:kind, hashtext(:key))"), {"kind": _LOCK_DISTRICT_NAME, "key": key}
    )


def _hold(connection: Connection, kind: int, district_id: UUID, key: str) -> None:
    statement = text("SELECT pg_advisory_xact_lock(:kind, hashtext(:name))")
    connection.execute(statement, {"kind": kind, "name": f"{district_id}/{key}"})


def publish(writing: Writing, events: Sequence[Event]) -> None:
    """Make events true here and tell everyone."""
    apply_people(writing.connection, PEOPLE, writing.district_id, events)
    record_events(writing.connection, OUTBOX, events, source=SOURCE, district_id=writing.district_id, at=writing.at)


def save_people(writing: Writing, people: Sequence[Person]) -> None:
    """Write people whole. Sessions of those who may not sign in any more end; owners of accounts with a password hear at
    their old address that it was changed."""
    if not people:
        return
    ids = [person.person_id for person in people]
    # Usernames may change hands within one import: all are let go of before they are taken anew.
    mine = account.c.district_id == writing.district_id
    writing.connection.execute(
        update(account).where(mine, account.c.person_id == func.any(ids)).values(username_key=None)
    )
    _put(
        writing.connection,
        account,
        [_account(writing, person) for person in people],
        {"version": account.c.version + 1},
    )
    _put(
        writing.connection,
        appointment,
        [row for person in people for row in _appointments(writing.district_id, person)],
    )
    shut_out = [person.person_id for person in people if not person.active(writing.today)]
    moved = _owners_who_moved(writing, people)
    publish(writing, [*moved, *(person_changed(person, writing.today) for person in people)])
    if shut_out:
        end_sessions(writing, shut_out)


def _owners_who_moved(writing: Writing, people: Sequence[Person]) -> list[EmailChanged]:
    """Of these people, as they will be, those whose address is another now; whoever has no password owns no account yet."""
    person = PEOPLE.person
    had = writing.connection.execute(
        select(person.c.person_id, person.c.email)
        .join(
            credential,
            (credential.c.district_id == person.c.district_id) & (credential.c.person_id == person.c.person_id),
        )
        .where(
            person.c.district_id == writing.district_id,
            person.c.person_id == func.any([one.person_id for one in people]),
            person.c.email.is_not(None),
        )
    )
    before = {row.person_id: row.email for row in had}
    return [
        email_changed(one.person_id, before[one.person_id], writing.by, writing.at)
        for one in people
        if one.person_id in before and key_of(one.email or "") != key_of(before[one.person_id])
    ]


def _account(writing: Writing, person: Person) -> dict[str, object]:
    holds = person.holds_username(writing.today)
    return {
        "district_id": writing.district_id,
        "person_id": person.person_id,
        "source_id": person.source_id,
        "username": person.username,
        "username_key": key_of(person.username) if holds else None,
        "email_key": key_of(person.email) if holds and person.email else None,
        "identifier": person.identifier,
        "sort_key": plain(f"{person.family_name}\t{person.given_name}"),
        "search_key": plain("\n".join((person.name, person.username, person.email or "", person.identifier or ""))),
        "on_roster": person.on_roster,
        "enabled": person.enabled,
        "deactivated": person.deactivated,
        "roster_evaluators": list(person.roster_evaluators),
        "hand_evaluators": list(person.hand_evaluators),
        "version": 1,
        "changed_at": writing.at,
        "changed_by": writing.by,
    }


def _appointments(district_id: UUID, person: Person) -> list[dict[str, object]]:
    return [
        {
            "district_id": district_id,
            "appointment_id": one.appointment_id,
            "person_id": person.person_id,
            "source_id": one.source_id,
            "role": one.role,
            "school_id": one.school_id,
            "begins": one.begins,
            "ends": one.ends,
        }
        for one in person.appointments
    ]


def _put(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, object]], also: Mapping[str, object] | None = None
) -> None:
    """Insert rows, or write them over those with the same key. `also`: columns set otherwise than to the new value."""
    if not rows:
        return
    statement = upsert(table)
    fresh = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=fresh | dict(also or {})), rows
    )


def end_sessions(
    writing: Writing,
    people: Sequence[UUID] | None,
    *,
    only: Sequence[UUID] | None = None,
    spare: UUID | None = None,
) -> int:
    """End open sessions: of these people (None: of anyone), `only` those of these ids, all but `spare`. Answers how many."""
    row = sign_in_session
    statement = update(row).where(
        row.c.district_id == writing.district_id, row.c.ended_at.is_(None), row.c.expires_at > writing.at
    )
    if people is not None:
        statement = statement.where(row.c.person_id == func.any(list(people)))
    if only is not None:
        statement = statement.where(row.c.session_id == func.any(list(only)))
    if spare is not None:
        statement = statement.where(row.c.session_id != spare)
    ended = writing.connection.execute(
        statement.values(ended_at=writing.at).returning(row.c.session_id, row.c.person_id, row.c.expires_at)
    ).all()
    events: list[SessionEnded] = [
        session_ended(one.session_id, one.person_id, writing.at, one.expires_at) for one in ended
    ]
    publish(writing, events)
    return len(ended)


def save_organisations(writing: Writing, changes: Iterable[Change[Organisation]]) -> None:
    """Write what a roster changes about organisations; schools among them are told to everyone."""
    changes = list(changes)
    _rename_keys(writing, changes)
    events: list[Event] = []
    rows = []
    for change in changes:
        org = change.after
        rows.append(
            {
                "district_id": writing.district_id,
                "source_id": org.source_id,
                "name": org.name,
                "kind": org.kind,
                "parent": org.parent,
                "school_id": org.school_id,
                "on_roster": org.on_roster,
            }
        )
        if org.is_school:
            events.append(school_changed(org, active=org.on_roster))
        elif change.before is not None and change.before.is_school:  # its name stays, whatever the roster calls it now
            events.append(school_changed(change.before, active=False))
    _put(writing.connection, organisation, rows)
    publish(writing, events)


def _rename_keys(writing: Writing, changes: Sequence[Change[Organisation]]) -> None:
    """Those that go on under another sourcedId leave no row under the one they had. Where two exchange theirs, both rows are
    there already."""
    here = {change.before.source_id for change in changes if change.before is not None}
    moved = [
        {"old": change.before.source_id, "new": change.after.source_id}
        for change in changes
        if change.before is not None and change.after.source_id not in here
    ]
    if moved:
        row = organisation
        mine = (row.c.district_id == writing.district_id) & (row.c.source_id == bindparam("old"))
        writing.connection.execute(update(row).where(mine).values(source_id=bindparam("new")), moved)


def save_calendars(writing: Writing, calendars: Sequence[Calendar]) -> None:
    """Write calendars whole."""
    rows = [
        {
            "district_id": writing.district_id,
            "calendar_id": one.calendar_id,
            "source_id": one.source_id,
            "kind": one.kind,
            "parent_id": one.parent_id,
            "version": 1,
            "changed_at": writing.at,
            "changed_by": writing.by,
        }
        for one in calendars
    ]
    _put(writing.connection, calendar_source, rows, {"version": calendar_source.c.version + 1})
    publish(writing, [calendar_changed(one) for one in calendars])


def save_plan(writing: Writing, plan: Plan) -> None:
    """Apply a plan whole: a handful of statements, however many people."""
    save_organisations(writing, plan.organisations)
    save_calendars(writing, [change.after for change in plan.calendars])
    save_people(writing, [change.after for change in plan.people])
