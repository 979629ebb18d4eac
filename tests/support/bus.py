"""A small service for tests of the way events go: an outbox, an inbox, and a projection that shows order and doubling.

    def test_something(bus_service):
        relay, consumer = bus_service.relay(), bus_service.consumer()
        bus_service.say(key, "1")
        with running(relay), running(consumer):
            wait_until(lambda: bus_service.applied() == {key: "1"})

The event is ResultFinal: its `final_level` takes any word. `applied` answers, by key, the words in the order applied.
"""

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, Connection, Engine, MetaData, Table, Text, create_engine, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from accord.kafka_broker import KafkaBroker, lacking
from shared.bus.open import open_bus
from shared.bus.port import Bus
from shared.clock import now
from shared.config import Settings
from shared.contracts.envelope import Envelope, Message, encode
from shared.contracts.registry import Event
from shared.contracts.results import ResultFinal
from shared.contracts.topics import RESULTS
from shared.db import connect, sqlalchemy_url, transaction
from shared.ids import new_id
from shared.inbox.appliers import Apply
from shared.inbox.consumer import Consumer
from shared.inbox.lag import ParkedCounts, parked_counts
from shared.inbox.migration import inbox_statements
from shared.inbox.tables import inbox_tables
from shared.outbox.migration import outbox_statements
from shared.outbox.record import record_events
from shared.outbox.relay import Relay
from shared.outbox.tables import outbox_tables

METADATA = MetaData()
OUTBOX = outbox_tables(METADATA)
INBOX = inbox_tables(METADATA)
APPLIED = Table("applied", METADATA, Column("key", Text, primary_key=True), Column("trace", Text, nullable=False))
DISTRICT = UUID("0190a000-0000-7000-8000-000000000001")


def append(connection: Connection, _district_id: UUID, event: Event, _envelope: Envelope) -> None:
    """The applier: writes the word behind those already applied, so that order and doubling show."""
    assert isinstance(event, ResultFinal)
    row = upsert(APPLIED).values(key=str(event.evaluation_id), trace=event.final_level)
    trace = APPLIED.c.trace + " " + row.excluded.trace
    connection.execute(row.on_conflict_do_update(index_elements=[APPLIED.c.key], set_={"trace": trace}))


APPLIERS: Mapping[type[Event], Apply] = {ResultFinal: append}


def word(key: UUID, said: str) -> ResultFinal:
    return ResultFinal(evaluation_id=key, final_level=said, at=now())


def message(key: UUID, sequence: int, said: str | None = None) -> Message:
    """The message as a service would publish it; the word is the sequence where none is given."""
    event = word(key, str(sequence) if said is None else said)
    return encode(event, event_id=new_id(), source="teacher", sequence=sequence, district_id=DISTRICT, time=now())


@dataclass
class BusService:
    """Tables on a database of the test's own, and a bus of the test's own."""

    settings: Settings
    engine: Engine
    """As the database role worker."""
    web: Engine
    bus: Bus
    broker: KafkaBroker | None = None
    """Where the bus is Kafka: the broker, to stop and to kill."""
    appliers: dict[type[Event], Apply] = field(default_factory=lambda: dict(APPLIERS))

    def relay(self) -> Relay:
        return Relay(self.engine, OUTBOX, self.bus, "teacher")

    def consumer(self, **options: object) -> Consumer:
        return Consumer(
            self.engine,
            INBOX,
            self.bus,
            [RESULTS],
            self.appliers,
            "reporting",
            outbox=OUTBOX,
            **options,  # type: ignore[arg-type]
        )

    def say(self, key: UUID, *words: str) -> None:
        """Record events in the outbox, all in one transaction, as a web process does."""
        with transaction(self.web, DISTRICT) as connection:
            events = [word(key, said) for said in words]
            record_events(connection, OUTBOX, events, source="teacher", district_id=DISTRICT, at=now())

    def publish(self, *messages: Message) -> None:
        """Straight to the bus, past the outbox."""
        self.bus.ensure_topics([RESULTS])
        publisher = self.bus.publisher("test")
        assert all(outcome.acknowledged for outcome in publisher.publish(messages))
        publisher.close()

    def applied(self) -> dict[UUID, str]:
        with self.engine.connect() as connection:
            return {UUID(row.key): row.trace for row in connection.execute(select(APPLIED))}

    def parked(self) -> ParkedCounts:
        with self.engine.connect() as connection:
            return parked_counts(connection, INBOX)

    def unpublished(self) -> int:
        with self.engine.connect() as connection:
            outbox = OUTBOX.outbox
            return connection.execute(select(func.count()).where(outbox.c.published_at.is_(None))).scalar_one()

    def close(self) -> None:
        self.bus.close()
        self.engine.dispose()
        self.web.dispose()


def open_service(settings: Settings) -> BusService:
    """On tables already made; also for processes of their own."""
    return BusService(settings, connect(settings, "worker"), connect(settings, "web"), open_bus(settings))


def make_tables(settings: Settings) -> None:
    owner = create_engine(sqlalchemy_url(settings.database_urls["owner"]))
    with owner.begin() as connection:
        METADATA.create_all(connection)
        for statement in (*outbox_statements(OUTBOX), *inbox_statements(INBOX)):
            connection.execute(text(statement))
        connection.execute(text("GRANT SELECT, INSERT, UPDATE, TRUNCATE ON applied TO accord_worker"))
    owner.dispose()


@pytest.fixture(scope="session")
def broker_to_lose(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """One a process, for `emptied_broker`: to start one takes longer than most tests."""
    if problem := lacking():
        pytest.skip(problem)
    broker = KafkaBroker(tmp_path_factory.mktemp("broker") / "kafka")
    yield broker
    broker.stop()


@pytest.fixture
def emptied_broker(broker_to_lose: KafkaBroker) -> KafkaBroker:
    """A broker that runs and has no topic. A test may stop it, kill it, and lose what is on it."""
    broker_to_lose.start()
    forget_topics(broker_to_lose.bootstrap_servers)
    return broker_to_lose


@pytest.fixture(params=["postgres", pytest.param("kafka", marks=pytest.mark.kafka)])
def bus_service(request: pytest.FixtureRequest, empty_settings: Callable[..., Settings]) -> Iterator[BusService]:
    """The small service, once on each bus; nothing is published yet."""
    broker: KafkaBroker | None = None
    if request.param == "kafka":
        broker = request.getfixturevalue("emptied_broker")
        settings = empty_settings("teacher", bus="kafka", bus_url=broker.bootstrap_servers)
    else:
        settings = empty_settings("teacher")
    make_tables(settings)
    service = open_service(settings)
    service.broker = broker
    yield service
    service.close()


def kill_broker(broker: KafkaBroker) -> None:
    """kill -9, and wait until the process is gone: until then its port still seems open."""
    os.kill(broker.pid() or 0, signal.SIGKILL)
    wait_until(lambda: broker.pid() is None)


def lose_topic(service: BusService, name: str) -> None:
    """The bus forgets one topic and all it held."""
    if service.broker is not None:
        forget_topics(service.broker.bootstrap_servers)
        return
    engine = create_engine(sqlalchemy_url(service.settings.bus_url))
    with engine.begin() as connection:
        for table, column in (("bus_message", "topic"), ("bus_partition", "topic"), ("bus_topic", "name")):
            connection.execute(text(f"DELETE FROM {table} WHERE {column} = :name"), {"name": name})
    engine.dispose()


def forget_topics(servers: str) -> None:
    """Delete every topic of ours from a broker."""
    from kafka import KafkaAdminClient

    with KafkaAdminClient(bootstrap_servers=servers) as admin:
        while ours := [name for name in admin.list_topics() if name.startswith("accord.")]:
            admin.delete_topics(ours, raise_errors=False)
            time.sleep(0.05)


def lose_everything(bus_url: str, broker: KafkaBroker | None) -> None:
    """The bus comes back without its log. `broker`: None for the bus in PostgreSQL."""
    if broker is None:
        engine = create_engine(sqlalchemy_url(bus_url))
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE bus_message, bus_partition, bus_topic"))
        engine.dispose()
    else:
        broker.stop()
        shutil.rmtree(broker.folder / "data")
        (broker.folder / "formatted").unlink()
        broker.start()


class Running(Protocol):
    def run(self, stop: threading.Event) -> None: ...


@contextmanager
def running(*roles: Running) -> Iterator[None]:
    """The roles on threads, as the worker runs them; an error that ends one fails the test."""
    stop = threading.Event()
    errors: list[BaseException] = []

    def run(role: Running) -> None:
        try:
            role.run(stop)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(role,), daemon=True) for role in roles]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads), "a role did not stop"
    if errors:
        raise errors[0]


def wait_until(what: Callable[[], object], seconds: float = 20.0, message: str = "") -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, message or "it did not come to be in time"
        time.sleep(0.02)


def new_keys(count: int) -> list[UUID]:
    return [uuid4() for _ in range(count)]
