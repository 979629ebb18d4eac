"""The relay: takes events from the outbox to the bus, one relay at a time for each database.

What is unpublished is read oldest first, what is urgent before the rest, and marked after the broker's answer, never before:
a relay killed in between publishes again, and consumers absorb the duplicate. A cursor over ids would lose events, because ids
are given before transactions commit (facts: reliability.md 1.B.2). After a failure the later events of the same key wait;
other keys go on.
"""

import threading
import time
from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from shared import logs, metrics
from shared.bus.backoff import Backoff, pause_after
from shared.bus.port import Bus, BusUnavailableError, Outcome, Publisher
from shared.bus.progress import Progress
from shared.contracts.envelope import Message
from shared.contracts.topics import TOPICS, Topic
from shared.db import locking_connection, try_session_locks
from shared.outbox.backlog import outbox_backlog
from shared.outbox.tables import URGENT, OutboxTables
from shared.worker import Role

log = logs.get(__name__)

_BATCH = 200
_PAUSE_SECONDS = 0.05
"""Between two rounds, unless a whole batch was there: what is written meanwhile shares one round."""
_LONGEST_PAUSE = 0.2
"""Where nothing comes, the pause grows to this."""
_STANDBY_SECONDS = 0.5
_GAUGE_SECONDS = 5.0
_LOCK = ("accord.outbox", 0)
_Rows = Sequence[Row[int, str, str, dict[str, str], bytes, int]]


class Relay:
    """`engine`: of the database role worker. `topics`: made at the broker where missing; by default the service's own."""

    def __init__(
        self, engine: Engine, tables: OutboxTables, bus: Bus, service: str, *, topics: Sequence[Topic] | None = None
    ) -> None:
        self._engine = engine
        self._tables = tables
        self._bus = bus
        self._service = service
        self._topics = topics or [topic for topic in TOPICS.values() if service in topic.producers]
        self._resting: dict[tuple[str, str], float] = {}
        self._gauged = 0.0
        urgent = [text(URGENT), text(f"NOT ({URGENT})")] if any(topic.urgent for topic in self._topics) else [true()]
        self._lanes = [_waiting_in(tables).where(lane) for lane in urgent]
        self.progress = Progress()

    def role(self) -> Role:
        return Role(self._service, "relay", self.run)

    def run(self, stop: threading.Event) -> None:
        """Publish until `stop` is set. Raises TopicDriftError; survives a lost database and a lost broker."""
        backoff = Backoff()
        while not stop.is_set():
            try:
                with locking_connection(self._engine) as connection:
                    backoff.succeeded()
                    if self._wait_for_lead(connection, stop):
                        self._lead(connection, stop)
            except (DBAPIError, NoConnectionError) as error:
                seconds = backoff.failed()
                self.progress.hindered("the database does not answer")
                log.warning("relay_without_database", error=type(error).__name__, again_in_seconds=round(seconds, 1))
                stop.wait(seconds)

    def _wait_for_lead(self, connection: Connection, stop: threading.Event) -> bool:
        while not stop.is_set():
            if try_session_locks(connection, [_LOCK]):
                log.info("relay_leads", service=self._service)
                return True
            self.progress.made()
            stop.wait(_STANDBY_SECONDS)
        return False

    def _lead(self, connection: Connection, stop: threading.Event) -> None:
        publisher = self._bus.publisher(f"accord-{self._service}-relay")
        backoff = Backoff()
        prepared = False
        pause = _PAUSE_SECONDS
        try:
            while not stop.is_set():
                try:
                    if not prepared:
                        self._bus.ensure_topics(self._topics)
                        prepared = True
                    found = self._round(connection, publisher)
                    backoff.succeeded()
                except BusUnavailableError as error:
                    prepared = False  # a broker that comes back empty needs its topics first
                    seconds = backoff.failed()
                    self.progress.hindered(str(error))
                    log.warning("relay_without_bus", reason=str(error), again_in_seconds=round(seconds, 1))
                    self._gauge(connection)
                    stop.wait(seconds)
                    continue
                self.progress.made()
                self._gauge(connection)
                pause = _PAUSE_SECONDS if found else min(pause * 1.25, _LONGEST_PAUSE)
                if found < _BATCH:
                    stop.wait(pause)
        finally:
            publisher.close()

    def _round(self, connection: Connection, publisher: Publisher) -> int:
        """Publish one batch of each lane; answers how many events there were."""
        rows = self._waiting(connection)
        if rows:
            messages = [Message(row.topic, row.key, row.headers, row.value) for row in rows]
            self._mark(connection, rows, publisher.publish(messages))
        return len(rows)

    def _waiting(self, connection: Connection) -> _Rows:
        """The oldest unpublished events of each lane, the urgent ones first; none of a key that has a parked one or that
        rests after a failure."""
        now = time.monotonic()
        self._resting = {key: until for key, until in self._resting.items() if until > now}
        rows: list[Row[int, str, str, dict[str, str], bytes, int]] = []
        outbox = self._tables.outbox.c
        for lane in self._lanes:
            rested = lane.where(tuple_(outbox.topic, outbox.key).not_in(list(self._resting))) if self._resting else lane
            rows += connection.execute(rested).all()
        connection.commit()
        return rows

    def _mark(
        self,
        connection: Connection,
        rows: _Rows,
        outcomes: Sequence[Outcome],
    ) -> None:
        """Note the broker's answers, in one transaction."""
        outbox = self._tables.outbox
        ids = bindparam("ids", type_=ARRAY(BigInteger))
        chosen = update(outbox).where(outbox.c.id == func.any(ids))
        attempted = {"attempts": outbox.c.attempts + 1}
        acknowledged, failed = [], []
        for row, outcome in zip(rows, outcomes, strict=True):
            if outcome.acknowledged:
                acknowledged.append(row)
            elif outcome.poison_reason is None:
                failed.append(row)
                self._resting[row.topic, row.key] = time.monotonic() + pause_after(row.attempts + 1)
            else:
                log.error("event_not_publishable", id=row.id, topic=row.topic, reason=outcome.poison_reason)
                parking = chosen.values(parked_reason=outcome.poison_reason, **attempted)
                connection.execute(parking, {"ids": [row.id]})
        if acknowledged:
            published = chosen.values(published_at=func.now(), **attempted)
            connection.execute(published, {"ids": [row.id for row in acknowledged]})
        if failed:
            connection.execute(chosen.values(**attempted), {"ids": [row.id for row in failed]})
        connection.commit()
        for row in acknowledged:
            metrics.PUBLISHED.labels(self._service, row.topic).inc()

    def _gauge(self, connection: Connection) -> None:
        if time.monotonic() - self._gauged < _GAUGE_SECONDS:
            return
        self._gauged = time.monotonic()
        backlog = outbox_backlog(connection, self._tables)
        connection.commit()
        metrics.OUTBOX_OLDEST_SECONDS.labels(self._service).set(backlog.oldest_seconds)


def _waiting_in(tables: OutboxTables) -> Select[int, str, str, dict[str, str], bytes, int]:
    """The oldest unpublished events, none of a key that has a parked one. Made once: it is asked many times a second."""
    outbox = tables.outbox
    parked = outbox.alias("parked")
    held = exists().where(
        and_(
            parked.c.topic == outbox.c.topic,
            parked.c.key == outbox.c.key,
            parked.c.published_at.is_(None),
            parked.c.parked_reason.is_not(None),
        )
    )
    columns = (outbox.c.id, outbox.c.topic, outbox.c.key, outbox.c.headers, outbox.c.value, outbox.c.attempts)
    wanted = select(*columns).where(outbox.c.published_at.is_(None), outbox.c.parked_reason.is_(None), ~held)
    return wanted.order_by(outbox.c.id).limit(_BATCH)
