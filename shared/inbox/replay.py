"""Filling a service's projections anew from the first event on; the result is the same tables."""

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import Connection, Table, insert, text

from shared.bus.lost import WHAT_TO_DO as WHAT_TO_REPUBLISH
from shared.bus.lost import Lost, lost
from shared.bus.port import TopicPartition
from shared.inbox.batch import own_inbox
from shared.inbox.consumer import Consumer
from shared.inbox.lag import gone_through, positions, stopped_places
from shared.inbox.limit import WHAT_TO_DO
from shared.inbox.parking import keep_for_a_replay
from shared.worker import throughput

_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class ReplayReport:
    messages: int
    seconds: float


class ReplayStalledError(Exception):
    """The replay got no further; the tables hold what was applied until then, and a running consumer goes on from there."""


class ReplayRefusedError(Exception):
    """The bus no longer holds all that was read from it; nothing was emptied."""

    def __init__(self, found: Sequence[Lost]) -> None:
        missing = "; ".join(map(str, found))
        super().__init__(
            f"The bus no longer holds all that was read from it: {missing}. Nothing was emptied. {WHAT_TO_REPUBLISH}, wait "
            "until nothing is left to publish (accord events check), then replay."
        )


class ReplayStoppedError(ReplayStalledError):
    """Everything has been read but what lies behind messages beyond the limit; somebody must look at those."""

    def __init__(self, done: int, messages: int, reasons: Sequence[str]) -> None:
        more = f" (and {len(reasons) - 1} more partitions like it)" if len(reasons) > 1 else ""
        super().__init__(
            f"Replay stands at {done} of {messages} messages: {reasons[0].rstrip('.')}{more}. The tables hold everything "
            f"else. {WHAT_TO_DO}, by the service's worker; a replay is not needed again."
        )


def replay(consumer: Consumer, projection_tables: Sequence[Table], *, patience: float = 60.0) -> ReplayReport:
    """Empty the projections and the inbox in one transaction, then read every topic from its start to where it ended.
    What somebody gave up or let through is kept to, and what stood aside does so again, whatever the limit.

    A consumer that runs elsewhere notices that its positions have moved and reads on from the start; where none runs,
    this one reads. `patience`: seconds without any progress after which ReplayStalledError is raised. Raises
    ReplayStoppedError where nothing is left to read but partitions that stand still, and ReplayRefusedError before
    anything is emptied where the bus could not fill the tables again.
    """
    started = time.monotonic()
    with closing(consumer.bus.subscriber("accord-replay")) as subscriber:
        consumer.bus.ensure_topics(consumer.topics)
        with consumer.engine.connect() as connection:
            known = gone_through(connection, consumer.inbox.tables)
        if found := lost(subscriber, known):
            raise ReplayRefusedError(found)
        ends = subscriber.end_offsets(consumer.places)
        log_ids = subscriber.log_ids([topic.name for topic in consumer.topics])
    with consumer.engine.begin() as connection:
        own_inbox(connection)
        _empty(connection, consumer, projection_tables, log_ids)
    stop = threading.Event()
    reader = threading.Thread(target=consumer.run, args=(stop,), name="replay", daemon=True)
    reader.start()
    try:
        with throughput():
            _wait_for(consumer, ends, patience)
    finally:
        stop.set()
        reader.join(timeout=30)
    return ReplayReport(sum(ends.values()), time.monotonic() - started)


def _empty(
    connection: Connection, consumer: Consumer, projection_tables: Sequence[Table], log_ids: Mapping[str, str]
) -> None:
    inbox = consumer.inbox.tables
    names = ", ".join(table.name for table in (*projection_tables, inbox.stream, inbox.position))
    connection.execute(text(f"TRUNCATE {names}"))
    keep_for_a_replay(connection, inbox.parked)
    connection.execute(
        insert(inbox.position),
        [
            {
                "topic": place.topic,
                "partition": place.partition,
                "next_offset": 0,
                "log_id": log_ids[place.topic],
            }
            for place in consumer.places
        ],
    )


def _wait_for(consumer: Consumer, ends: dict[TopicPartition, int], patience: float) -> None:
    """Until every partition has been read to its end."""
    best, moved = -1, time.monotonic()
    with consumer.engine.connect() as connection:
        while True:
            reached = positions(connection, consumer.inbox.tables)
            stopped = stopped_places(connection, consumer.inbox.tables)
            connection.rollback()
            done = sum(min(reached.get(place, 0), end) for place, end in ends.items())
            if done == sum(ends.values()):
                return
            if all(place in stopped for place, end in ends.items() if reached.get(place, 0) < end):
                raise ReplayStoppedError(done, sum(ends.values()), list(stopped.values()))
            if done > best:
                best, moved = done, time.monotonic()
            elif time.monotonic() - moved > patience:
                trouble = consumer.progress.trouble or "nothing more comes"
                raise ReplayStalledError(f"Replay stands at {done} of {sum(ends.values())} messages: {trouble}.")
            time.sleep(_LOOK_SECONDS)
