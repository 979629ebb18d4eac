"""The inbox of one person, and the letters of a district that did not arrive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Text, TextClause, and_, cast, func, select, text, update

from services.notifications.messages import Kind
from services.notifications.store.tables import PEOPLE, delivery, message
from services.notifications.wording import Entry

TROUBLED = ("failed", "gave_up")
WAITING = ("pending",)
INBOX_ONLY = ("not_sent",)


@dataclass(frozen=True)
class InboxEntry:
    id: UUID
    entry: Entry
    title: str | None
    clause: str | None
    service: str
    path: str
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class InboxPage:
    """`total`: how many there are in all. `seen`: the database's snapshot when it was read, as PostgreSQL writes one."""

    rows: Sequence[InboxEntry]
    total: int
    seen: str


@dataclass(frozen=True)
class Letter:
    """A delivery as HR sees it."""

    id: UUID
    kind: str
    entries: int
    """How many entries of the inbox it tells."""
    to_name: str | None
    to_address: str | None
    state: str
    reason: str | None
    smtp_code: int | None
    attempts: int
    """Since it was last put into the queue."""
    next_attempt_at: datetime
    happened_at: datetime
    settled_at: datetime | None
    """When it was last tried, of one that failed or was given up."""


def unread_count(connection: Connection, district_id: UUID, person_id: UUID) -> int:
    """How many entries of the person are unread."""
    count: int = connection.execute(
        select(func.count()).select_from(message).where(_of(district_id, person_id), message.c.read_at.is_(None))
    ).scalar_one()
    return count


def inbox_page(
    connection: Connection, district_id: UUID, person_id: UUID, *, unread_only: bool, offset: int, most: int
) -> InboxPage:
    """One page, newest first."""
    about = PEOPLE.person
    chosen = _of(district_id, person_id)
    if unread_only:
        chosen = and_(chosen, message.c.read_at.is_(None))
    snapshot = cast(func.pg_current_snapshot(), Text)  # taken first: what comes between the two statements stays unread
    total, seen = connection.execute(select(func.count(), snapshot).select_from(message).where(chosen)).one()
    rows = connection.execute(
        select(message, about.c.given_name, about.c.family_name)
        .outerjoin(about, and_(about.c.district_id == message.c.district_id, about.c.person_id == message.c.about_id))
        .where(chosen)
        .order_by(message.c.created_at.desc(), message.c.id.desc())
        .offset(offset)
        .limit(most)
    )
    return InboxPage([_entry(row) for row in rows], total, seen)


def mark_read(
    connection: Connection, district_id: UUID, person_id: UUID, message_id: UUID, *, read: bool, now: datetime
) -> tuple[str, str] | None:
    """Mark one entry read or unread. Answers (service, path) of what it leads to, None where the person has no such
    entry. Marking twice changes nothing."""
    row = connection.execute(
        update(message)
        .where(_of(district_id, person_id), message.c.id == message_id)
        .values(read_at=func.coalesce(message.c.read_at, now) if read else None)
        .returning(message.c.service, message.c.path)
    ).one_or_none()
    return None if row is None else (row.service, row.path)


def mark_all_read(
    connection: Connection,
    district_id: UUID,
    person_id: UUID,
    *,
    which: ColumnElement[bool] | TextClause,
    now: datetime,
    leaving: Sequence[Kind] = (),
) -> int:
    """Mark read what is unread of `which`; answers how many. `leaving`: kinds that stay unread."""
    changed = connection.execute(
        update(message)
        .where(_of(district_id, person_id), message.c.read_at.is_(None), which)
        .where(message.c.kind.not_in(leaving))
        .values(read_at=now)
    )
    return changed.rowcount


_HAD_ARRIVED = text(
    "(pg_visible_in_snapshot(message.arrived_in::text::xid8, CAST(:seen AS pg_snapshot)) "
    "OR message.arrived_in::text::xid8 >= pg_snapshot_xmax(pg_current_snapshot()))"
)


def had_arrived(seen: str) -> TextClause:
    """What was there for whoever looked with the snapshot `seen`, whatever order transactions ended in and whenever it
    happened. What a restored database brought along from another one's count of transactions was there too."""
    return _HAD_ARRIVED.bindparams(seen=seen)


def had_happened(until: datetime) -> ColumnElement[bool]:
    return message.c.created_at <= until


def letters_page(
    connection: Connection, district_id: UUID, states: Sequence[str], *, offset: int, most: int
) -> tuple[Sequence[Letter], int]:
    """One page of letters in these states, newest first, and how many there are."""
    to = PEOPLE.person
    chosen = _letters(district_id, states)
    total: int = connection.execute(select(func.count()).select_from(delivery).where(chosen)).scalar_one()
    others = delivery.alias("others")
    joined = select(func.count()).where(others.c.together_id == delivery.c.id).scalar_subquery()
    rows = connection.execute(
        select(
            delivery,
            message.c.kind,
            message.c.to_address,
            message.c.created_at.label("happened_at"),
            to,
            (joined + 1).label("entries"),
        )
        .join(message, message.c.id == delivery.c.message_id)
        .outerjoin(to, and_(to.c.district_id == message.c.district_id, to.c.person_id == message.c.recipient_id))
        .where(chosen)
        .order_by(delivery.c.created_at.desc(), delivery.c.id)
        .offset(offset)
        .limit(most)
    )
    return [_letter(row) for row in rows], total


def try_again(connection: Connection, district_id: UUID, delivery_id: UUID | None, *, now: datetime) -> int:
    """Put a letter that did not arrive (None: all of them) back into the queue, its tries counted from nought.

    Answers how many; a letter that waits or was sent is left alone.
    """
    chosen = _letters(district_id, TROUBLED)
    if delivery_id is not None:
        chosen = and_(chosen, delivery.c.id == delivery_id)
    changed = connection.execute(
        update(delivery).where(chosen).values(state="pending", attempts=0, next_attempt_at=now, settled_at=None)
    )
    return changed.rowcount


def state_of_letter(connection: Connection, district_id: UUID, delivery_id: UUID) -> str | None:
    """The state of one letter, None where the district has no such one."""
    return connection.execute(
        select(delivery.c.state).where(delivery.c.district_id == district_id, delivery.c.id == delivery_id)
    ).scalar_one_or_none()


def _of(district_id: UUID, person_id: UUID) -> ColumnElement[bool]:
    return and_(message.c.district_id == district_id, message.c.recipient_id == person_id)


def _letters(district_id: UUID, states: Sequence[str]) -> ColumnElement[bool]:
    return and_(delivery.c.district_id == district_id, delivery.c.state.in_(states))


def _entry(row: Any) -> InboxEntry:
    return InboxEntry(
        id=row.id,
        entry=Entry(
            kind=row.kind,
            to_subject=row.recipient_id == row.subject_id,
            person=f"{row.given_name} {row.family_name}" if row.given_name is not None else None,
            cycle_title=row.cycle_title,
            held_from=row.held_from,
            held_to=row.held_to,
            due_on=row.due_on,
        ),
        title=row.title,
        clause=row.clause,
        service=row.service,
        path=row.path,
        created_at=row.created_at,
        read_at=row.read_at,
    )


def _letter(row: Any) -> Letter:
    return Letter(
        id=row.id,
        kind=row.kind,
        entries=row.entries,
        to_name=f"{row.given_name} {row.family_name}" if row.given_name is not None else None,
        to_address=row.to_address or row.email,
        state=row.state,
        reason=row.reason,
        smtp_code=row.smtp_code,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        happened_at=row.happened_at,
        settled_at=row.settled_at,
    )
