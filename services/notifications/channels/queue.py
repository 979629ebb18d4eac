"""The queue of letters: claimed one at a time under a lease, settled after the mail server's answer.

A process that dies between the two leaves its one letter possibly sent; when the lease has run out it is sent again,
with the same Message-ID, so that mailboxes can tell the two are one. Nothing is ever lost.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, and_, or_, select, true, update
from sqlalchemy.exc import DataError

from services.notifications.channels.failures import Failure
from services.notifications.store.tables import PEOPLE, delivery, message
from services.notifications.wording import TOGETHER, Entry

LEASE = timedelta(minutes=5)
"""Longer than one letter can take: five answers of the mail server at 30 seconds each."""
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 300, 600, 1440))
"""Pauses after the first, second … failure that may pass. After the last try it is given up: some 42 hours in all."""


@dataclass(frozen=True)
class Claimed:
    """One letter to write and send now. Names are None where the roster's entry has not arrived. `entries`: what it tells,
    one or several of a kind; `path` leads to the one, or to the list of them."""

    delivery_id: UUID
    lease_id: UUID
    attempts: int
    """This one counted."""
    district_id: UUID
    mail_id: str
    service: str
    path: str
    happened_at: datetime
    to_name: str | None
    to_address: str | None
    to_active: bool
    district_name: str | None
    zone: str
    entries: tuple[Entry, ...]


def claim(engine: Engine, now: datetime, lease: timedelta = LEASE, *, gathered: bool = True) -> Claimed | None:
    """The letter that has waited longest, ours until the lease ends; None where nothing is due. No other joins it any more.

    `gathered`: whether those too that others may still join; they have waited long enough.
    """
    waiting = (
        select(delivery.c.id)
        .where(
            delivery.c.state == "pending",
            delivery.c.next_attempt_at <= now,
            delivery.c.leased_until.is_(None) | (delivery.c.leased_until <= now),
            true() if gathered else delivery.c.gathers_until.is_(None),
        )
        .order_by(delivery.c.next_attempt_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    lease_id = uuid4()
    with engine.begin() as connection:
        taken = connection.execute(
            update(delivery)
            .where(delivery.c.id == waiting)
            .values(lease_id=lease_id, leased_until=now + lease, attempts=delivery.c.attempts + 1, gathers_until=None)
            .returning(delivery.c.id)
        ).scalar_one_or_none()
    if taken is None:
        return None
    # Read once it is ours: a letter that can't be read is settled by its lease, and the others go on.
    with engine.begin() as connection:
        try:
            return _read(connection, taken, lease_id)
        except (DataError, ValueError, OverflowError) as error:
            raise UnreadableError(taken, lease_id) from error


class UnreadableError(Exception):
    """A letter whose row can't be made sense of."""

    def __init__(self, delivery_id: UUID, lease_id: UUID) -> None:
        super().__init__(str(delivery_id))
        self.delivery_id, self.lease_id = delivery_id, lease_id


def _read(connection: Connection, delivery_id: UUID, lease_id: UUID) -> Claimed:
    to, about, district = PEOPLE.person.alias("recipient"), PEOPLE.person.alias("about"), PEOPLE.district
    part = delivery.alias("part")
    rows = connection.execute(
        select(
            delivery.c.attempts,
            delivery.c.mail_id,
            message,
            to.c.given_name,
            to.c.family_name,
            to.c.email,
            to.c.active,
            about.c.given_name.label("about_given"),
            about.c.family_name.label("about_family"),
            district.c.name.label("district_name"),
            district.c.zone,
        )
        .select_from(delivery)
        .join(part, or_(part.c.id == delivery.c.id, part.c.together_id == delivery.c.id))
        .join(message, message.c.id == part.c.message_id)
        .outerjoin(to, and_(to.c.district_id == message.c.district_id, to.c.person_id == message.c.recipient_id))
        .outerjoin(about, and_(about.c.district_id == message.c.district_id, about.c.person_id == message.c.about_id))
        .outerjoin(district, district.c.district_id == message.c.district_id)
        .where(delivery.c.id == delivery_id)
        .order_by(about.c.family_name, about.c.given_name, message.c.id)
    ).all()
    row = rows[0]  # what is not of an entry is the same in all of them
    return Claimed(
        delivery_id=delivery_id,
        lease_id=lease_id,
        attempts=row.attempts,
        district_id=row.district_id,
        mail_id=row.mail_id,
        service=row.service,
        path=row.path if len(rows) == 1 else TOGETHER[row.kind].path,
        happened_at=min(one.created_at for one in rows),
        to_name=f"{row.given_name} {row.family_name}" if row.given_name is not None else None,
        to_address=row.to_address or row.email,
        # An address of old is written to whether or not they may sign in: shutting them out must not keep it from them.
        to_active=bool(row.active) or row.to_address is not None,
        district_name=row.district_name,
        zone=row.zone or "UTC",
        entries=tuple(_entry(one) for one in rows),
    )


def _entry(row: Any) -> Entry:
    return Entry(
        kind=row.kind,
        to_subject=row.recipient_id == row.subject_id,
        person=f"{row.about_given} {row.about_family}" if row.about_given is not None else None,
        cycle_title=row.cycle_title,
        held_from=row.held_from,
        held_to=row.held_to,
        due_on=row.due_on,
    )


def settle_sent(engine: Engine, claimed: Claimed, now: datetime) -> None:
    """The mail server has taken the letter over."""
    _settle(engine, claimed, state="sent", reason=None, smtp_code=None, settled_at=now)


def settle_failed(engine: Engine, claimed: Claimed, failure: Failure, now: datetime) -> str:
    """Note the failure; answers the state: failed (permanent), gave_up (tried enough) or pending (tried again later)."""
    told = {"reason": failure.reason, "smtp_code": failure.code}
    if failure.permanent:
        _settle(engine, claimed, state="failed", settled_at=now, **told)
        return "failed"
    if claimed.attempts > len(BACK_OFF):
        _settle(engine, claimed, state="gave_up", settled_at=now, **told)
        return "gave_up"
    _settle(engine, claimed, state="pending", next_attempt_at=now + BACK_OFF[claimed.attempts - 1], **told)
    return "pending"


def settle_unreadable(engine: Engine, unreadable: UnreadableError, now: datetime) -> None:
    """It stands among those that did not arrive, where whoever mends it can have it tried again."""
    _settle(engine, unreadable, state="failed", reason="unexpected", smtp_code=None, settled_at=now)


def _settle(engine: Engine, claimed: Claimed | UnreadableError, **values: object) -> None:
    """Write the outcome, unless the lease has passed to another sender in the meantime: then its outcome counts."""
    with engine.begin() as connection:
        connection.execute(
            update(delivery)
            .where(delivery.c.id == claimed.delivery_id, delivery.c.lease_id == claimed.lease_id)
            .values(lease_id=None, leased_until=None, **values)
        )
