"""The role of the worker that publishes figures about ratings when they are due."""

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime

from sqlalchemy import Connection, Engine

from services.reporting.marks import Marks
from services.reporting.releases import release_due
from services.reporting.store.metadata import INBOX
from shared.bus.port import Bus, BusUnavailableError, Subscriber, TopicPartition
from shared.bus.progress import Progress
from shared.clock import Clock
from shared.contracts.topics import AGREEMENTS, PROCESS, RESULTS
from shared.inbox.lag import consumer_lag
from shared.worker import Role

_EVERY = 15.0
_PLACES = [
    TopicPartition(topic.name, number) for topic in (AGREEMENTS, PROCESS, RESULTS) for number in range(topic.partitions)
]


class Publisher:
    """Looks every quarter of a minute. `engine`: of the database role worker."""

    def __init__(self, engine: Engine, bus: Bus, marks: Marks, minimum: int, clock: Clock) -> None:
        self.progress = Progress()
        self._engine, self._bus, self._marks, self._minimum, self._clock = engine, bus, marks, minimum, clock

    def role(self) -> Role:
        return Role("reporting", "publisher", self.run)

    def run(self, stop: threading.Event) -> None:
        """Publish what is due until `stop` is set. A lost broker is waited for."""
        while not stop.is_set():
            try:
                with closing(self._bus.subscriber("accord-reporting-publisher")) as subscriber:
                    while not stop.is_set():
                        self.look(self._clock(), nothing_waits(subscriber))
                        stop.wait(_EVERY)
            except BusUnavailableError as error:
                self.progress.hindered(str(error))
                stop.wait(_EVERY)

    def look(self, now: datetime, read_all: Callable[[Connection], bool]) -> int:
        """Publish what is due now; answers how many series."""
        found = release_due(self._engine, self._marks, minimum=self._minimum, now=now, read_all=read_all)
        self.progress.made()
        return found


def nothing_waits(subscriber: Subscriber) -> Callable[[Connection], bool]:
    """Whether everything on the topics of evaluations has been applied, to be asked in a transaction."""

    def read_all(connection: Connection) -> bool:
        return not any(consumer_lag(connection, INBOX, subscriber, _PLACES).values())

    return read_all
