"""Setting a message aside with its reason, and telling the people who look after the system by a dead letter."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Table, func, insert, select, update

from shared import logs
from shared.bus.port import Received, TopicPartition
from shared.clock import now
from shared.contracts.dead_letters import LONGEST_COPY, DeadLetter
from shared.contracts.envelope import Message
from shared.inbox.reading import Item, Stream
from shared.inbox.tables import InboxTables
from shared.outbox.record import record_events
from shared.outbox.tables import OutboxTables

log = logs.get(__name__)

POISON, WAITING = "poison", "waiting"
NO_DISTRICT = UUID(int=0)
"""Stands for the district of a message whose own can't be read."""


class TooManyPoisonError(Exception):
    """The consumer stops: rather than empty its topics into the bin, it waits for somebody to look."""


def unsettled_poison(connection: Connection, tables: InboxTables) -> int:
    parked = tables.parked.c
    wanted = select(func.count()).where(parked.settled_at.is_(None), parked.kind == POISON)
    return connection.execute(wanted).scalar_one()


def refuse_beyond(connection: Connection, tables: InboxTables, limit: int) -> None:
    """Raise TooManyPoisonError where one more poison message would pass the limit."""
    if (unsettled := unsettled_poison(connection, tables)) >= limit:
        raise TooManyPoisonError(
            f"{unsettled} messages could not be applied and stand aside unsettled; the limit is {limit}. Consuming has "
            "stopped. Look at them with `accord events parked`, mend the cause, then run `accord events retry`."
        )


def park(connection: Connection, tables: InboxTables, item: Item, kind: str, reason: str) -> None:
    """Set a message aside in the transaction of whatever else is decided about it."""
    received = item.received
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
    done = update(parked).where(parked.c.id == row_id).values(settled_at=func.now(), settled_as=outcome)
    connection.execute(done)


def rename(connection: Connection, parked: Table, row_id: int, kind: str, reason: str) -> None:
    """Give a parked message another kind or reason."""
    connection.execute(update(parked).where(parked.c.id == row_id).values(kind=kind, reason=reason))


def settle_older(connection: Connection, parked: Table, stream: Stream, sequence: int) -> None:
    """In a compacted topic a later state makes earlier ones that were set aside needless."""
    older = (parked.c.topic == stream[0], parked.c.key == stream[1], parked.c.sequence < sequence)
    done = update(parked).where(*older, parked.c.settled_at.is_(None))
    connection.execute(done.values(settled_at=func.now(), settled_as="superseded"))
