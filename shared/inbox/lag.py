"""How far behind a consumer is and what it has set aside: for readiness and for people who look after it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, case, exists, func, select

from shared.bus.port import KnowsEnds, TopicPartition
from shared.contracts.topics import TOPICS
from shared.inbox.parking import LET_THROUGH, POISON, WAITING
from shared.inbox.tables import InboxTables


@dataclass(frozen=True)
class ParkedCounts:
    """Messages set aside and not settled."""

    poison: int
    waiting: int


def parked_counts(connection: Connection, tables: InboxTables) -> ParkedCounts:
    """Needs the database role worker."""
    parked = tables.parked.c
    wanted = select(parked.kind, func.count()).where(parked.settled_at.is_(None)).group_by(parked.kind)
    found = {row[0]: row[1] for row in connection.execute(wanted)}
    return ParkedCounts(found.get(POISON, 0), found.get(WAITING, 0))


def positions(connection: Connection, tables: InboxTables) -> dict[TopicPartition, int]:
    """The next offset to be read, by partition; needs the database role worker."""
    position = tables.position.c
    rows = connection.execute(select(position.topic, position.partition, position.next_offset))
    return {TopicPartition(row.topic, row.partition): row.next_offset for row in rows}


def gone_through(connection: Connection, tables: InboxTables) -> dict[str, int]:
    """Topic -> how many messages it has held at least for all this to have been applied: every one up to the sequence that
    was reached, or one a key where the newest alone may have been read, or where somebody let messages through that waited
    for others; needs the database role worker."""
    stream, parked = tables.stream.c, tables.parked.c
    gaps = exists().where(parked.settled_as == LET_THROUGH, parked.topic == stream.topic, parked.key == stream.key)
    wanted = select(stream.topic, func.count(), func.sum(case((gaps, 1), else_=stream.sequence))).group_by(stream.topic)
    return {
        topic: keys if topic in TOPICS and TOPICS[topic].compacted else int(total)
        for topic, keys, total in connection.execute(wanted)
    }


def stopped_places(connection: Connection, tables: InboxTables) -> dict[TopicPartition, str]:
    """The partitions where reading stands still until somebody settles what stands aside, each with the reason."""
    position = tables.position.c
    wanted = select(position.topic, position.partition, position.stopped).where(position.stopped.is_not(None))
    rows = connection.execute(wanted.order_by(position.topic, position.partition))
    return {TopicPartition(topic, partition): reason for topic, partition, reason in rows}


def consumer_lag(
    connection: Connection, tables: InboxTables, subscriber: KnowsEnds, places: Sequence[TopicPartition]
) -> dict[TopicPartition, int]:
    """Messages published and not yet read, by partition. Raises BusUnavailableError."""
    reached = positions(connection, tables)
    ends = subscriber.end_offsets(places)
    return {place: max(0, end - reached.get(place, 0)) for place, end in ends.items()}
