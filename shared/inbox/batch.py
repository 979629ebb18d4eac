"""One transaction of a consumer: what a run of messages writes, how far the streams have come, where to read on.

All or nothing, so that a crash leaves neither a lost nor a doubled event.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection, select, text

from shared.bus.port import Received, TopicPartition
from shared.contracts.envelope import MalformedMessageError
from shared.contracts.registry import Event
from shared.db import set_district
from shared.inbox.appliers import Apply
from shared.inbox.gathering import gathering
from shared.inbox.limit import Room
from shared.inbox.parking import (
    POISON,
    WAITING,
    Parked,
    park,
    parked_from,
    rename,
    send_dead_letter,
    settle,
    settle_older,
)
from shared.inbox.reading import Item, Stream, read
from shared.inbox.streams import Streams, Verdict, load, store
from shared.inbox.tables import InboxTables
from shared.inbox.writing import writes_kept_back
from shared.outbox.tables import OutboxTables

Counts = Counter[tuple[str, str]]
"""(topic, outcome) -> messages."""

_LOCK = "accord.inbox"


class PositionMovedError(Exception):
    """Somebody else moved a position (a replay, or another holder of the partition): read on from where it is now."""


@dataclass(frozen=True)
class Inbox:
    """What a consumer applies, and where. `outbox`: for dead letters; None: messages are only set aside.
    `poison_limit`: unsettled poison messages of a topic beyond which a partition of it stops at the next."""

    tables: InboxTables
    appliers: Mapping[type[Event], Apply]
    service: str
    compacted: frozenset[str]
    outbox: OutboxTables | None = None
    poison_limit: int = 100

    def read(self, received: Received) -> Item:
        return read(received, self.appliers)

    def apply(self, connection: Connection, item: Item, district: UUID | None) -> UUID | None:
        """Apply one event. `district`: to which the transaction is bound; answers to which it is bound now."""
        if item.event is None or item.envelope is None:
            return district
        if item.envelope.district_id != district:
            set_district(connection, item.envelope.district_id)
        self.appliers[type(item.event)](connection, item.envelope.district_id, item.event, item.envelope)
        return item.envelope.district_id

    def set_aside(self, connection: Connection, item: Item, kind: str, reason: str) -> None:
        """Park a message; poison also gets a dead letter."""
        if kind == POISON and self.outbox is not None:
            send_dead_letter(connection, self.outbox, self.service, item, reason)
        park(connection, self.tables, item, kind, reason)

    def turn_into_poison(self, connection: Connection, waiting: Parked, reason: str) -> None:
        """A message that waited turns out not to be applicable. It stood aside before, so no limit keeps it from it."""
        if self.outbox is not None:
            send_dead_letter(connection, self.outbox, self.service, self.read(waiting.received), reason)
        rename(connection, self.tables.parked, waiting.id, POISON, reason)


@dataclass
class Run:
    """What became of a run of messages."""

    counts: Counts = field(default_factory=Counter)
    reached: dict[TopicPartition, int] = field(default_factory=dict)
    """The offset to read on from."""
    stopped: dict[TopicPartition, str] = field(default_factory=dict)
    """Where reading stands still, and why; from there on nothing of the run was done."""

    def done(self, item: Item, verdict: Verdict) -> None:
        self.counts[item.stream[0], str(verdict)] += 1
        self.reached[item.received.place] = item.received.offset + 1

    def stop(self, item: Item, reason: str) -> None:
        self.stopped[item.received.place] = reason
        self.reached.setdefault(item.received.place, item.received.offset)


def share_inbox(connection: Connection) -> None:
    """Held to the end of the transaction by whoever consumes: many at once, but none while somebody mends the inbox."""
    connection.execute(text("SELECT pg_advisory_xact_lock_shared(hashtext(:name))"), {"name": _LOCK})


def own_inbox(connection: Connection) -> None:
    """Held to the end of the transaction by whoever mends the inbox (retry, replay)."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": _LOCK})


def apply_batch(
    connection: Connection,
    inbox: Inbox,
    items: Sequence[Item],
    positions: Mapping[TopicPartition, int],
    *,
    with_waiting: bool = True,
) -> Run:
    """Do what is to be done with each item, in order, and move the positions on. The caller opened the transaction and
    commits it; any error means: roll back. Raises PositionMovedError and whatever an applier raises.

    `positions`: where reading stood before this batch. `with_waiting`: also apply what had waited for these items.
    """
    share_inbox(connection)
    streams = load(connection, inbox.tables, inbox.compacted, (item.stream for item in items))
    run, room = Run(), Room(connection, inbox.tables, inbox.poison_limit)
    district: UUID | None = None
    with writes_kept_back(connection), gathering(connection):
        for item in items:
            if item.received.place in run.stopped:
                continue
            verdict = streams.judge(item)
            if verdict is Verdict.POISON and (refusal := room.refusal(item, _fault(item))) is not None:
                run.stop(item, refusal)
                continue
            if verdict is Verdict.APPLY:
                district = inbox.apply(connection, item, district)
                _reach(connection, inbox, streams, item)
            elif verdict is not Verdict.DUPLICATE:
                _pass_over(connection, inbox, streams, item, verdict)
            run.done(item, verdict)
        for stream in streams.released() if with_waiting else ():
            run.counts += apply_waiting(connection, inbox, streams, stream)
    store(connection, inbox.tables, streams)
    _advance(connection, inbox.tables, run, positions)
    return run


def set_poison_aside(
    connection: Connection, inbox: Inbox, item: Item, reason: str, positions: Mapping[TopicPartition, int]
) -> Run:
    """Park a message that its applier refuses and read on after it, in the caller's transaction; or stand still there."""
    share_inbox(connection)
    run = Run()
    refusal = Room(connection, inbox.tables, inbox.poison_limit).refusal(item, reason)
    if refusal is None:
        inbox.set_aside(connection, item, POISON, reason)
        run.done(item, Verdict.POISON)
    else:
        run.stop(item, refusal)
    _advance(connection, inbox.tables, run, positions)
    return run


def _fault(item: Item) -> str:
    return item.fault or "It has no sequence."


def _reach(connection: Connection, inbox: Inbox, streams: Streams, item: Item) -> None:
    assert item.sequence is not None
    streams.reach(item.stream, item.sequence)
    if item.stream[0] in inbox.compacted and streams.parked.get(item.stream):
        settle_older(connection, inbox.tables.parked, item.stream, item.sequence)


def _pass_over(connection: Connection, inbox: Inbox, streams: Streams, item: Item, verdict: Verdict) -> None:
    """Set the message aside, or leave it where somebody gave it up already: then its stream goes on behind it."""
    if verdict is Verdict.DISMISSED:
        if item.sequence is not None:
            streams.reach(item.stream, item.sequence)
        return
    if verdict is Verdict.POISON:
        inbox.set_aside(connection, item, POISON, _fault(item))
    else:
        reached = streams.last.get(item.stream, 0)
        inbox.set_aside(
            connection, item, WAITING, f"Number {reached + 1} of its key has not come; this is {item.sequence}."
        )
    streams.park(item.stream, item.sequence)


def apply_waiting(connection: Connection, inbox: Inbox, streams: Streams, stream: Stream) -> Counts:
    """Apply what waited for the stream to come so far, one after the other, until something is missing again."""
    counts: Counts = Counter()
    district: UUID | None = None
    while (waiting := _next_waiting(connection, inbox.tables, stream, streams.last.get(stream, 0) + 1)) is not None:
        district = apply_parked(connection, inbox, streams, waiting, district)
        counts[stream[0], str(Verdict.APPLY)] += 1
    return counts


def apply_parked(
    connection: Connection, inbox: Inbox, streams: Streams, parked: Parked, district: UUID | None
) -> UUID | None:
    """Apply a message that was set aside, and settle it. Answers the district the transaction is bound to now."""
    item = inbox.read(parked.received)
    if item.fault is not None or item.sequence is None:
        raise MalformedMessageError(item.fault)
    district = inbox.apply(connection, item, district)
    streams.reach(item.stream, item.sequence)
    settle(connection, inbox.tables.parked, parked.id, "applied")
    return district


def _next_waiting(connection: Connection, tables: InboxTables, stream: Stream, sequence: int) -> Parked | None:
    """The message of that number that was set aside to wait, if it was."""
    parked = tables.parked
    row = connection.execute(
        select(parked).where(
            parked.c.topic == stream[0],
            parked.c.key == stream[1],
            parked.c.sequence == sequence,
            parked.c.kind == WAITING,
            parked.c.settled_at.is_(None),
        )
    ).one_or_none()
    return parked_from(row) if row is not None else None


def _advance(connection: Connection, tables: InboxTables, run: Run, positions: Mapping[TopicPartition, int]) -> None:
    """Move the positions to where the run came, and note where it stopped, provided that they still stand where this
    reader believes."""
    name = tables.position.name
    moved = connection.execute(
        text(
            f"UPDATE {name} p SET next_offset = w.following, stopped = w.stopped "  # noqa: S608  # a table's name of ours
            "FROM unnest(:topics ::text[], :partitions ::int[], :believed ::bigint[], :following ::bigint[], "
            "  :stopped ::text[]) AS w(topic, partition, believed, following, stopped) "
            "WHERE p.topic = w.topic AND p.partition = w.partition AND p.next_offset = w.believed"
        ),
        {
            "topics": [place.topic for place in run.reached],
            "partitions": [place.partition for place in run.reached],
            "believed": [positions[place] for place in run.reached],
            "following": list(run.reached.values()),
            "stopped": [run.stopped.get(place) for place in run.reached],
        },
    )
    if moved.rowcount != len(run.reached):
        raise PositionMovedError
