"""How far each stream has come, and so what is to be done with a message: the sequence rule, as a table.

| topic         | sequence                       | verdict                                        |
|---------------|--------------------------------|------------------------------------------------|
| any           | reached already                | duplicate                                      |
| any           | parked and not settled         | duplicate                                      |
| any           | given up by somebody           | dismissed (a replay keeps to it)               |
| any           | none, parked and not settled   | duplicate                                      |
| any           | of a message with a fault      | poison                                         |
| any           | let through by somebody        | apply                                          |
| compacted     | later than reached             | apply (each event is the whole present state)  |
| not compacted | the next one                   | apply                                          |
| not compacted | a later one                    | wait: an earlier one is missing                |
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Connection, Text, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from shared.bus.port import TopicPartition
from shared.inbox.parking import DISMISSED, LET_THROUGH
from shared.inbox.reading import Item, Stream
from shared.inbox.tables import KNOWN, InboxTables

_ASIDE = "aside"


class Verdict(StrEnum):
    APPLY = "applied"
    DUPLICATE = "duplicate"
    WAIT = "waiting"
    POISON = "poison"
    DISMISSED = "dismissed"


Known = tuple[str | None, bytes]
"""What was decided about a parked message that is read again (None: nothing yet), and the digest of its value."""


@dataclass
class Streams:
    """The streams of one batch, as the database has them and as the batch moves them on."""

    compacted: frozenset[str]
    last: dict[Stream, int] = field(default_factory=dict)
    parked: dict[Stream, set[int]] = field(default_factory=dict)
    """Sequences set aside and not settled."""
    moved: set[Stream] = field(default_factory=set)
    known: dict[tuple[TopicPartition, int], Known] = field(default_factory=dict)
    """By place and offset. A topic made anew may hold something else there, hence the digest."""

    def judge(self, item: Item) -> Verdict:
        stream, sequence = item.stream, item.sequence
        last = self.last.get(stream, 0)
        if sequence is not None and (sequence <= last or sequence in self.parked.get(stream, ())):
            return Verdict.DUPLICATE
        decided = self._decided(item)
        if decided == DISMISSED:
            return Verdict.DISMISSED
        if decided == _ASIDE and sequence is None:
            return Verdict.DUPLICATE
        if item.fault is not None or sequence is None:
            return Verdict.POISON
        if sequence == last + 1 or stream[0] in self.compacted or decided == LET_THROUGH:
            return Verdict.APPLY
        return Verdict.WAIT

    def _decided(self, item: Item) -> str | None:
        known = self.known.get((item.received.place, item.received.offset))
        if known is None or known[1] != sha256(item.received.message.value).digest():
            return None
        return known[0] or _ASIDE

    def reach(self, stream: Stream, sequence: int) -> None:
        self.last[stream] = sequence
        self.moved.add(stream)

    def park(self, stream: Stream, sequence: int | None) -> None:
        if sequence is not None:
            self.parked.setdefault(stream, set()).add(sequence)

    def released(self) -> list[Stream]:
        """Streams that moved on and have their very next message set aside."""
        return [stream for stream in self.moved if self.last[stream] + 1 in self.parked.get(stream, ())]


def load(connection: Connection, tables: InboxTables, compacted: frozenset[str], wanted: Iterable[Stream]) -> Streams:
    """The present state of the wanted streams."""
    streams = Streams(compacted)
    chosen = set(wanted)
    keys = {"keys": [key for _, key in chosen]}
    among = func.any(bindparam("keys", type_=ARRAY(Text)))
    reached = tables.stream.c
    for topic, key, sequence in connection.execute(
        select(reached.topic, reached.key, reached.sequence).where(reached.key == among), keys
    ):
        if (topic, key) in chosen:
            streams.last[topic, key] = sequence
    parked = tables.parked.c
    for row in connection.execute(
        select(
            *(parked.topic, parked.partition, parked.offset, parked.key, parked.sequence),
            *(parked.settled_at, parked.settled_as, func.sha256(parked.value).label("digest")),
        )
        .where(text(f"({KNOWN})"), parked.key == among)
        .order_by(parked.id),
        keys,
    ):
        if (row.topic, row.key) in chosen:
            if row.settled_at is None:
                streams.park((row.topic, row.key), row.sequence)
            place = TopicPartition(row.topic, row.partition)
            streams.known[place, row.offset] = row.settled_as, bytes(row.digest)
    return streams


def store(connection: Connection, tables: InboxTables, streams: Streams) -> None:
    """Write how far the streams have moved."""
    if not streams.moved:
        return
    name = tables.stream.name
    moved = sorted(streams.moved)
    connection.execute(
        text(
            f"INSERT INTO {name} (topic, key, sequence) "  # noqa: S608  # the name is a table's of ours
            "SELECT * FROM unnest(:topics ::text[], :keys ::text[], :sequences ::bigint[]) "
            "ON CONFLICT (topic, key) DO UPDATE SET sequence = excluded.sequence"
        ),
        {
            "topics": [topic for topic, _ in moved],
            "keys": [key for _, key in moved],
            "sequences": [streams.last[stream] for stream in moved],
        },
    )
