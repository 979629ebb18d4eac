"""Setting a message aside with its reason, and telling the people who look after the system by a dead letter."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, func, insert, select, text, update

from shared import logs
from shared.bus.port import Received, TopicPartition
from shared.clock import now
from shared.contracts.dead_letters import LONGEST_COPY, DeadLetter
from shared.contracts.envelope import Message
from shared.inbox.reading import Item, Stream
from shared.inbox.tables import KNOWN, InboxTables
from shared.outbox.record import record_events
from shared.outbox.tables import OutboxTables

log = logs.get(__name__)

POISON, WAITING = "poison", "waiting"
DISMISSED, LET_THROUGH = "dismissed", "let through"
"""What somebody decided about a parked message; a replay keeps to it."""
SEEN_BEFORE = "seen before"
"""Set aside in a reading before a replay; where it can't be applied now either, no limit keeps it from standing aside."""
NO_DISTRICT = UUID(int=0)
"""Stands for the district of a message whose own can't be read."""


def park(connection: Connection, tables: InboxTables, item: Item, kind: str, reason: str) -> None:
    """Set a message aside in the transaction of whatever else is decided about it."""
    received = item.received
    earlier = (*_at(tables.parked, received), tables.parked.c.settled_as == SEEN_BEFORE)
    connection.execute(delete(tables.parked).where(*earlier))
    connection.execute(
        insert(tables.parked).values(
            topic=received.place.topic,
            partition=received.place.partition,
            offset=received.offset,
            key=received.message.key,
            district_id=item.envelope.district_id if item.envelope else None,
            sequence=item.sequence,
            headers=received.message.headers,
            value=received.message.value,
            reason=reason,
            kind=kind,
        )
    )
    note = log.error if kind == POISON else log.warning
    note(
        "event_set_aside",
        kind=kind,
        topic=received.place.topic,
        partition=received.place.partition,
        offset=received.offset,
        reason=reason,
    )


def send_dead_letter(connection: Connection, outbox: OutboxTables, service: str, item: Item, reason: str) -> None:
    """Write the dead letter to the service's outbox, in the same transaction as the parking."""
    message, place = item.received.message, item.received.place
    letter = DeadLetter(
        stream=f"{service}/{message.topic}/{message.key}",
        service=service,
        topic=place.topic,
        partition=place.partition,
        offset=item.received.offset,
        reason=reason,
        parked_at=now(),
        headers=message.headers,
        value=message.value if len(message.value) <= LONGEST_COPY else None,
    )
    district_id = item.envelope.district_id if item.envelope else NO_DISTRICT
    record_events(connection, outbox, [letter], source=service, district_id=district_id, at=letter.parked_at)


@dataclass(frozen=True)
class Parked:
    """A row of inbox_parked."""

    id: int
    kind: str
    reason: str
    received: Received

    @property
    def stream(self) -> Stream:
        return self.received.message.topic, self.received.message.key


def parked_from(row: Row[*tuple[Any, ...]]) -> Parked:
    """A whole row of inbox_parked, with its message as it was received."""
    values = row._mapping
    message = Message(values["topic"], values["key"], values["headers"], values["value"])
    received = Received(TopicPartition(values["topic"], values["partition"]), values["offset"], message)
    return Parked(values["id"], values["kind"], values["reason"], received)


def settle(connection: Connection, parked: Table, row_id: int, outcome: str) -> None:
    """Note that a parked message needs nobody any more. `outcome`: applied, superseded or dismissed."""
    # That it was let through is what a replay needs to know, so it is kept where the message was applied in the end.
    noted = outcome if outcome == DISMISSED else func.coalesce(parked.c.settled_as, outcome)
    done = update(parked).where(parked.c.id == row_id).values(settled_at=func.now(), settled_as=noted)
    connection.execute(done)


def let_through(connection: Connection, parked: Table, row_id: int) -> None:
    """Note that a message that waits no longer waits for the missing ones; it is settled when it is applied."""
    connection.execute(update(parked).where(parked.c.id == row_id).values(settled_as=LET_THROUGH))


def keep_for_a_replay(connection: Connection, parked: Table) -> None:
    """Nothing stands aside any more. What somebody gave up or let through is known still, and what could not be applied."""
    decided = func.coalesce(parked.c.settled_as, "").in_([DISMISSED, LET_THROUGH])
    connection.execute(delete(parked).where(parked.c.kind == WAITING, ~decided))
    connection.execute(update(parked).where(~decided).values(settled_as=SEEN_BEFORE))
    connection.execute(update(parked).where(parked.c.settled_at.is_(None)).values(settled_at=func.now()))


def was_set_aside(connection: Connection, parked: Table, received: Received) -> bool:
    """Whether it stood aside before a replay, so that it is no news."""
    known = select(parked.c.id).where(*_at(parked, received), parked.c.settled_at.is_not(None), text(f"({KNOWN})"))
    return connection.execute(select(known.exists())).scalar_one()


def _at(parked: Table, received: Received) -> list[ColumnElement[bool]]:
    """The very message, at its place. A topic made anew may hold something else there."""
    place, message = received.place, received.message
    here = [parked.c.topic == place.topic, parked.c.partition == place.partition, parked.c.offset == received.offset]
    return [*here, parked.c.key == message.key, parked.c.value == message.value]


def rename(connection: Connection, parked: Table, row_id: int, kind: str, reason: str) -> None:
    """Give a parked message another kind or reason."""
    connection.execute(update(parked).where(parked.c.id == row_id).values(kind=kind, reason=reason))


def settle_older(connection: Connection, parked: Table, stream: Stream, sequence: int) -> None:
    """In a compacted topic a later state makes earlier ones that were set aside needless."""
    older = (parked.c.topic == stream[0], parked.c.key == stream[1], parked.c.sequence < sequence)
    done = update(parked).where(*older, parked.c.settled_at.is_(None))
    connection.execute(done.values(settled_at=func.now(), settled_as="superseded"))
