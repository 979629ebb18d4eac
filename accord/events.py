"""Looking after the events of any service: its tables have the same names everywhere (shared.outbox, shared.inbox)."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, Table, func, select

from accord.services import BY_NAME, Service
from shared.bus.lost import Lost, lost
from shared.bus.open import open_bus
from shared.bus.port import Bus, BusUnavailableError, Subscriber, TopicPartition
from shared.config import Settings, load_settings
from shared.contracts.topics import ACCESS, DIRECTORY, PROCESS, Topic
from shared.db import connect
from shared.inbox.lag import ParkedCounts, consumer_lag, gone_through, parked_counts, positions, stopped_places
from shared.inbox.tables import InboxTables
from shared.outbox.backlog import OutboxBacklog, outbox_backlog, published, republish
from shared.outbox.tables import OutboxTables

if TYPE_CHECKING:
    from shared.inbox.consumer import Consumer

Look = Callable[[], None]
"""Called again and again while something takes long; raises where it is to end."""


@dataclass(frozen=True)
class Standing:
    """How the events of one service stand. `lag`: published and not yet read; None where the bus does not answer.
    `inbox` and `lag` are None too for a service that reads nothing. `lost`: topics that no longer hold all that this
    service has published there or read from them."""

    outbox: OutboxBacklog
    inbox: ParkedCounts | None
    lag: int | None
    trouble: str | None = None
    stopped: Mapping[TopicPartition, str] = field(default_factory=dict)
    """Partitions where its consumer stands still until somebody looks, each with the reason."""
    lost: Sequence[Lost] = ()

    @property
    def needs_somebody(self) -> bool:
        """True where waiting alone will not mend it."""
        aside = self.inbox and (self.inbox.poison or self.inbox.waiting)
        return bool(self.outbox.parked or aside or self.stopped or self.trouble or self.lost)


def outbox_of(service: Service) -> OutboxTables:
    tables = service.metadata().tables
    return OutboxTables(tables["outbox"], tables["outbox_stream"])


def inbox_of(service: Service) -> InboxTables | None:
    """None for a service that reads nothing."""
    tables = service.metadata().tables
    if "inbox_position" not in tables:
        return None
    return InboxTables(tables["inbox_position"], tables["inbox_stream"], tables["inbox_parked"])


@contextmanager
def opened(service: Service, environment: Mapping[str, str]) -> Iterator[tuple[Settings, Engine, Bus]]:
    """Settings, engine (database role worker) and bus of a service, closed afterwards."""
    settings = load_settings(service.name, environment)
    engine = connect(settings, "worker")
    try:
        yield settings, engine, open_bus(settings)
    finally:
        engine.dispose()


@contextmanager
def consumer_of(service: Service, environment: Mapping[str, str]) -> Iterator["Consumer"]:
    with opened(service, environment) as (settings, engine, bus):
        yield service.create_consumer(settings, engine, bus)


def no_look() -> None:
    """For those who watch the workers themselves."""


def wait_until_heard(
    settings_of: Callable[[str], Settings], readers: Sequence[str], patience: float, look: Look = no_look
) -> bool:
    """Whether within `patience` seconds these services have applied all that the directory and the evaluations have told
    them by now. `look` is called while it waits; what it raises ends the waiting."""
    with ExitStack() as engines:

        def through(service: str, stream: Table, topic: Topic) -> Callable[[], int]:
            engine = connect(settings_of(service), "worker")
            engines.callback(engine.dispose)
            return lambda: _gone_through(engine, stream, topic)

        heard: list[tuple[int, Callable[[], int]]] = []
        for source, topic in (("directory", ACCESS), ("directory", DIRECTORY), ("teacher", PROCESS)):
            told = through(source, outbox_of(BY_NAME[source]).stream, topic)()
            inboxes = {name: inbox for name in readers if (inbox := inbox_of(BY_NAME[name]))}
            heard += [(told, through(name, inbox.stream, topic)) for name, inbox in inboxes.items()]
        deadline = time.monotonic() + patience
        while any(one() < told for told, one in heard):
            if time.monotonic() > deadline:
                return False
            look()
            time.sleep(0.1)
    return True


def _gone_through(engine: Engine, stream: Table, topic: Topic) -> int:
    total = select(func.coalesce(func.sum(stream.c.sequence), 0)).where(stream.c.topic == topic.name)
    with engine.connect() as connection:
        return int(connection.execute(total).scalar_one())


def standing(service: Service, environment: Mapping[str, str]) -> Standing:
    with opened(service, environment) as (_, engine, bus), engine.connect() as connection:
        outbox, inbox = outbox_of(service), inbox_of(service)
        backlog = outbox_backlog(connection, outbox)
        parked = parked_counts(connection, inbox) if inbox else None
        stopped = stopped_places(connection, inbox) if inbox else {}
        known = [published(connection, outbox), gone_through(connection, inbox) if inbox else {}]
        most = {topic: max(one.get(topic, 0) for one in known) for topic in {*known[0], *known[1]}}
        try:
            with closing(bus.subscriber("accord-check")) as subscriber:
                missing = lost(subscriber, most)
                lag = _lag(connection, inbox, subscriber) if inbox else None
        except BusUnavailableError as error:
            return Standing(backlog, parked, None, str(error), stopped)
        return Standing(backlog, parked, lag, stopped=stopped, lost=missing)


def _lag(connection: Connection, inbox: InboxTables, subscriber: Subscriber) -> int:
    return sum(consumer_lag(connection, inbox, subscriber, sorted(positions(connection, inbox))).values())


def republish_all(service: Service, environment: Mapping[str, str]) -> int:
    """Put every event of the service in line again, for a bus that does not have them; answers how many."""
    with opened(service, environment) as (_, engine, _bus), engine.begin() as connection:
        tables = outbox_of(service)
        topics = connection.execute(select(tables.outbox.c.topic).distinct()).scalars().all()
        return sum(republish(connection, tables, topic) for topic in topics)
