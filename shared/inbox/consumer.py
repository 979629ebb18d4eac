"""The consumer: reads topics, applies each event once, and remembers how far it came in the transaction of its writes.

Each partition is read by the one process that holds its advisory lock; others stand by and take over. A run of messages
is one transaction. Where an applier refuses one of them the run is undone and its halves are taken one after the other,
down to the refused message, which alone is set aside.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared import logs, metrics
from shared.bus.backoff import Backoff
from shared.bus.port import Bus, BusUnavailableError, TopicPartition
from shared.bus.progress import Progress
from shared.contracts.registry import Event
from shared.contracts.topics import DEAD_LETTERS, Topic
from shared.db import locking_connection, try_session_locks
from shared.inbox.ahead import ReadAhead
from shared.inbox.appliers import Apply
from shared.inbox.batch import Counts, Inbox, PositionMovedError, apply_batch
from shared.inbox.faults import is_passing, name_of
from shared.inbox.lag import consumer_lag, parked_counts
from shared.inbox.parking import TooManyPoisonError, unsettled_poison
from shared.inbox.reading import Item
from shared.inbox.singly import apply_singly, apply_waiting_singly
from shared.inbox.tables import InboxTables
from shared.inbox.writing import send_before_anything_else
from shared.outbox.tables import OutboxTables
from shared.worker import Role

log = logs.get(__name__)

_LOOK_ROUND_SECONDS = 1.0
_GAUGE_SECONDS = 10.0
_LOG_ID_SECONDS = 30.0
_STANDBY_SECONDS = 0.5
_LOCK = "accord.inbox/"


class _Due:
    """Whether it is time again."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = float("-inf")

    def come(self) -> bool:
        now = time.monotonic()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True

    def now(self) -> None:
        self._last = float("-inf")


class Consumer:
    """`engine`: of the database role worker. `topics`: what is read. `appliers`: what is done with each event; an event
    without one is passed over. `outbox`: where dead letters go; None: messages are only set aside."""

    def __init__(  # noqa: PLR0917
        self,
        engine: Engine,
        tables: InboxTables,
        bus: Bus,
        topics: Sequence[Topic],
        appliers: Mapping[type[Event], Apply],
        service: str,
        *,
        outbox: OutboxTables | None = None,
        poison_limit: int = 100,
    ) -> None:
        self.engine = engine
        send_before_anything_else(engine)
        self.bus = bus
        self.topics = tuple(topics)
        compacted = frozenset(topic.name for topic in topics if topic.compacted)
        self.inbox = Inbox(tables, appliers, service, compacted, outbox, poison_limit)
        self.progress = Progress()
        self._service = service
        self._places = [TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)]
        self._held: set[TopicPartition] = set()
        self._positions: dict[TopicPartition, int] = {}

    def role(self) -> Role:
        return Role(self._service, "consumer", self.run)

    @property
    def places(self) -> tuple[TopicPartition, ...]:
        """Every partition of its topics, whoever reads it."""
        return tuple(self._places)

    def run(self, stop: threading.Event) -> None:
        """Consume until `stop` is set. Raises TopicDriftError; survives a lost database and a lost broker."""
        backoff = Backoff()
        while not stop.is_set():
            try:
                self._session(stop, backoff)
            except TooManyPoisonError as error:
                self._stand_still(str(error), stop)
            except BusUnavailableError as error:
                self._pause(stop, backoff, str(error))
            except Exception as error:
                if not is_passing(error):
                    raise
                self._pause(stop, backoff, f"the database does not answer ({name_of(error)})")

    def _pause(self, stop: threading.Event, backoff: Backoff, trouble: str) -> None:
        seconds = backoff.failed()
        self.progress.hindered(trouble)
        log.warning("consumer_pauses", service=self._service, reason=trouble, again_in_seconds=round(seconds, 1))
        stop.wait(seconds)

    def _stand_still(self, reason: str, stop: threading.Event) -> None:
        """Consume nothing until somebody has settled some of what stands aside."""
        log.error("consumer_stopped", service=self._service, reason=reason)
        self.progress.hindered(reason)
        while not stop.wait(2.0):
            try:
                with self.engine.connect() as connection:
                    unsettled = unsettled_poison(connection, self.inbox.tables)
            except Exception as error:
                if not is_passing(error):
                    raise
                continue
            if unsettled < self.inbox.poison_limit:
                log.info("consumer_goes_on", service=self._service)
                return

    def _session(self, stop: threading.Event, backoff: Backoff) -> None:
        """As long as the database session, the subscriber and the broker all hold."""
        self._held, self._positions = set(), {}
        dead_letters = [DEAD_LETTERS] if self.inbox.outbox is not None else []
        self.bus.ensure_topics([*self.topics, *dead_letters])
        with (
            locking_connection(self.engine) as connection,
            closing(ReadAhead(self.bus.subscriber(f"accord-{self._service}-consumer"), self.inbox.read)) as reader,
        ):
            look_round, gauge, log_id = _Due(_LOOK_ROUND_SECONDS), _Due(_GAUGE_SECONDS), _Due(_LOG_ID_SECONDS)
            while not stop.is_set():
                if look_round.come():
                    self._take_free(connection)
                    if self._held and log_id.come():
                        self._recognise_logs(connection, reader)
                    self._read_positions(connection, reader)
                    if self._held and gauge.come():
                        self._gauge(connection, reader)
                    backoff.succeeded()
                self.progress.made()
                if not self._held:
                    stop.wait(_STANDBY_SECONDS)
                elif items := reader.next():
                    try:
                        self._apply(connection, items)
                    except PositionMovedError:
                        log.info("positions_moved", service=self._service)
                        self._positions = {}  # what was read ahead follows on what was not applied: read it anew
                        look_round.now()

    def _take_free(self, connection: Connection) -> None:
        """Take the partitions nobody reads."""
        wanted = [(_LOCK + place.topic, place.partition) for place in self._places if place not in self._held]
        if not wanted:
            return
        taken = {
            TopicPartition(name.removeprefix(_LOCK), number) for name, number in try_session_locks(connection, wanted)
        }
        if not taken:
            return
        self._held |= taken
        log.info("partitions_taken", service=self._service, count=len(taken))
        with connection.begin():
            position = upsert(self.inbox.tables.position).on_conflict_do_nothing()
            connection.execute(
                position, [{"topic": place.topic, "partition": place.partition, "next_offset": 0} for place in taken]
            )
        # A process killed between a message and those that had waited for it leaves them ready.
        apply_waiting_singly(connection, self.inbox)

    def _recognise_logs(self, connection: Connection, reader: ReadAhead) -> None:
        """Where a topic was lost and made anew, offsets of the old one mean nothing: read it from the start.
        What was applied already is recognised by its sequence."""
        position = self.inbox.tables.position
        for topic, log_id in reader.log_ids([topic.name for topic in self.topics]).items():
            with connection.begin():
                of_topic = update(position).where(position.c.topic == topic)
                connection.execute(of_topic.where(position.c.log_id.is_(None)).values(log_id=log_id))
                other = of_topic.where(position.c.log_id != log_id).values(log_id=log_id, next_offset=0)
                if connection.execute(other).rowcount:
                    log.warning("topic_made_anew", service=self._service, topic=topic)

    def _read_positions(self, connection: Connection, reader: ReadAhead) -> None:
        """Follow the database where it has other positions than this process believes (a replay moves them)."""
        position = self.inbox.tables.position.c
        rows = connection.execute(select(position.topic, position.partition, position.next_offset)).all()
        connection.commit()
        stored = {TopicPartition(row.topic, row.partition): row.next_offset for row in rows}
        positions = {place: stored.get(place, 0) for place in self._places if place in self._held}
        if positions != self._positions:
            self._positions = positions
            reader.assign(positions)

    def _gauge(self, connection: Connection, reader: ReadAhead) -> None:
        with connection.begin():
            parked = parked_counts(connection, self.inbox.tables)
            lag = consumer_lag(connection, self.inbox.tables, reader, tuple(self._held))
        metrics.PARKED.labels(self._service).set(parked.poison + parked.waiting)
        metrics.LAG.labels(self._service).set(sum(lag.values()))

    def _apply(self, connection: Connection, items: Sequence[Item]) -> None:
        try:
            with connection.begin():
                counts = apply_batch(connection, self.inbox, items, self._positions)
            self._moved_past(items)
            self._count(counts)
        except (PositionMovedError, TooManyPoisonError):
            raise
        except Exception as error:
            if is_passing(error):
                raise
            log.warning("run_taken_apart", service=self._service, messages=len(items), error=name_of(error))
            self._apply_apart(connection, items)

    def _apply_apart(self, connection: Connection, items: Sequence[Item]) -> None:
        """Each half by itself, or the one message with the patience that it gets."""
        if len(items) > 1:
            half = len(items) // 2
            self._apply(connection, items[:half])
            self._apply(connection, items[half:])
            return
        self._count(apply_singly(connection, self.inbox, items[0], self._positions))
        self._moved_past(items)
        self._count(apply_waiting_singly(connection, self.inbox))

    def _moved_past(self, items: Sequence[Item]) -> None:
        for item in items:
            self._positions[item.received.place] = item.received.offset + 1

    def _count(self, counts: Counts) -> None:
        for (topic, outcome), number in counts.items():
            metrics.CONSUMED.labels(self._service, topic, outcome).inc(number)
