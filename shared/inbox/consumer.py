"""The consumer: reads topics, applies each event once, and remembers how far it came in the transaction of its writes.

Each partition is read by the one process that holds its advisory lock; others stand by and take over. A run of messages
is one transaction. Where an applier refuses one of them the run is undone and its halves are taken one after the other,
down to the refused message, which alone is set aside. Past a limit of such messages their partition stands still, and
only that one (docs/decisions/a-stop-holds-one-partition.md).
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
from shared.inbox.batch import Counts, Inbox, PositionMovedError, Run, apply_batch
from shared.inbox.faults import is_passing, name_of
from shared.inbox.lag import consumer_lag, parked_counts
from shared.inbox.limit import let_go_on
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
        self._name = "consumer"
        self._places = [TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)]
        self._held: set[TopicPartition] = set()
        self._positions: dict[TopicPartition, int] = {}
        """Of what is being read: the partitions held that do not stand still."""
        self._stopped: dict[TopicPartition, str] = {}

    def roles(self) -> list[Role]:
        """What a worker runs, each on a thread and a connection of its own: one reads the urgent topics, one the others, so
        that nothing urgent waits for a long run of theirs."""
        urgent = [topic for topic in self.topics if topic.urgent]
        others = [topic for topic in self.topics if not topic.urgent]
        lanes = (("urgent-consumer", urgent), ("consumer", others))
        return [Role(self._service, name, self._of(topics, name).run) for name, topics in lanes if topics]

    def _of(self, topics: Sequence[Topic], name: str) -> "Consumer":
        """A consumer of some of its topics, into the same inbox."""
        inbox = self.inbox
        lane = Consumer(self.engine, inbox.tables, self.bus, topics, inbox.appliers, self._service, outbox=inbox.outbox)
        lane.inbox, lane._name = inbox, name
        return lane

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

    def _session(self, stop: threading.Event, backoff: Backoff) -> None:
        """As long as the database session, the subscriber and the broker all hold."""
        self._held, self._positions = set(), {}
        dead_letters = [DEAD_LETTERS] if self.inbox.outbox is not None else []
        self.bus.ensure_topics([*self.topics, *dead_letters])
        with (
            locking_connection(self.engine) as connection,
            closing(ReadAhead(self.bus.subscriber(f"accord-{self._service}-{self._name}"), self.inbox.read)) as reader,
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
                self._tell_progress()
                if not self._positions:
                    stop.wait(_STANDBY_SECONDS)
                elif items := reader.next():
                    try:
                        self._apply(connection, items)
                        moved = False
                    except PositionMovedError:
                        log.info("positions_moved", service=self._service)
                        moved = True
                    if moved or self._stopped.keys() & self._positions.keys():
                        self._positions = {}  # what was read ahead follows on what was not applied: read it anew
                        look_round.now()

    def _tell_progress(self) -> None:
        if self._stopped:
            self.progress.hindered(next(iter(self._stopped.values())))
        else:
            self.progress.made()

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
                anew = {"log_id": log_id, "next_offset": 0, "stopped": None}
                other = of_topic.where(position.c.log_id != log_id).values(anew)
                if connection.execute(other).rowcount:
                    log.warning("topic_made_anew", service=self._service, topic=topic)

    def _read_positions(self, connection: Connection, reader: ReadAhead) -> None:
        """Follow the database where it has other positions than this process believes (a replay moves them), and read
        on where enough of what stands aside has been settled."""
        position = self.inbox.tables.position.c
        wanted = select(position.topic, position.partition, position.next_offset, position.stopped)
        with connection.begin():
            rows = {TopicPartition(*row[:2]): row for row in connection.execute(wanted)}
            stopped = {place: row.stopped for place, row in rows.items() if row.stopped and place in self._held}
            free = let_go_on(connection, self.inbox.tables, self.inbox.poison_limit, stopped) if stopped else []
        for place in free:
            del stopped[place]
            log.info("consumer_goes_on", service=self._service, topic=place.topic, partition=place.partition)
        self._say_stopped({place: reason for place, reason in stopped.items() if place not in self._stopped})
        self._stopped = stopped
        reading = [place for place in self._places if place in self._held and place not in stopped]
        positions = {place: rows[place].next_offset if place in rows else 0 for place in reading}
        if positions != self._positions:
            self._positions = positions
            reader.assign(positions)

    def _gauge(self, connection: Connection, reader: ReadAhead) -> None:
        with connection.begin():
            parked = parked_counts(connection, self.inbox.tables)
            lag = consumer_lag(connection, self.inbox.tables, reader, tuple(self._held))
        metrics.PARKED.labels(self._service).set(parked.poison + parked.waiting)
        metrics.STOPPED.labels(self._service, self._name).set(len(self._stopped))
        metrics.LAG.labels(self._service, self._name).set(sum(lag.values()))

    def _apply(self, connection: Connection, items: Sequence[Item]) -> None:
        items = [item for item in items if item.received.place not in self._stopped]
        if not items:
            return
        try:
            with connection.begin():
                run = apply_batch(connection, self.inbox, items, self._positions)
            self._note(run)
        except PositionMovedError:
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
        self._note(apply_singly(connection, self.inbox, items[0], self._positions))
        self._count(apply_waiting_singly(connection, self.inbox))

    def _note(self, run: Run) -> None:
        self._positions |= run.reached
        self._count(run.counts)
        self._say_stopped(run.stopped)
        self._stopped |= run.stopped

    def _say_stopped(self, stopped: Mapping[TopicPartition, str]) -> None:
        for place, reason in stopped.items():
            where = {"topic": place.topic, "partition": place.partition}
            log.error("consumer_stopped", service=self._service, **where, reason=reason)

    def _count(self, counts: Counts) -> None:
        for (topic, outcome), number in counts.items():
            metrics.CONSUMED.labels(self._service, topic, outcome).inc(number)
