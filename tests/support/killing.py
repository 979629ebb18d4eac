"""kill -9 of whatever runs for an installation: which processes there are, and killing one of them."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psutil

from accord.kafka_broker import KafkaBroker
from accord.postgres import PostgresServer
from accord.supervisor import running
from tests.support.bus import wait_until
from tests.support.installation import Installation

WEB_SERVER, WEB_PROCESS, WORKER = "web server", "web process", "worker"
DATABASE, DATABASE_PROCESS, BROKER = "database", "database process", "broker"
_PATIENCE = 60.0


@dataclass
class Killer:
    """Kills in turn, the order and the moments from the seed. `killed`: (which, when), seconds of time.monotonic."""

    installation: Installation
    chance: random.Random
    with_broker: bool
    killed: list[tuple[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._order = self._orders()

    def kill_one(self, flows: Callable[[float], bool]) -> None:
        """The next one by the seed. `flows`: whether the load has gone on since that moment (of time.monotonic).

        Two times in three it is let go on first, so that there is load to fall into; the third kill falls into the
        recovery from the one before. Fails where the load does not go on, or a process is not brought back.
        """
        if self.killed and self.chance.random() < 2 / 3:
            last = self.killed[-1][1]
            wait_until(lambda: flows(last), seconds=_PATIENCE, message=f"nothing goes on after {self.killed[-1]}")
        time.sleep(self.chance.uniform(0.2, 1.5))
        name = next(self._order)
        process = self._found(name)
        process.kill()
        self.killed.append((name, time.monotonic()))
        psutil.wait_procs([process], timeout=5)

    def wait_until_whole(self) -> None:
        for name in self.names:
            self._found(name)

    @property
    def names(self) -> list[str]:
        found = [WEB_SERVER, WEB_PROCESS, WORKER, DATABASE, DATABASE_PROCESS]
        return [*found, BROKER] if self.with_broker else found

    def counts(self) -> str:
        return ", ".join(f"{name} {count}" for name, count in Counter(name for name, _ in self.killed).most_common())

    def _orders(self) -> Iterator[str]:
        while True:
            yield from self.chance.sample(self.names, len(self.names))

    def _found(self, name: str) -> psutil.Process:
        deadline = time.monotonic() + _PATIENCE
        while True:
            if found := self._processes(name):
                return self.chance.choice(found)
            assert self.installation.process.poll() is None, f"accord up has ended:\n{self.installation.said()}"
            assert time.monotonic() < deadline, f"no {name} runs:\n{self.installation.said()[-4000:]}"
            time.sleep(0.02)

    def _processes(self, name: str) -> list[psutil.Process]:
        home = self.installation.home
        try:
            if name in (WEB_SERVER, WORKER):
                return [one for one in [running(home / "run").get(name)] if one is not None]
            if name == WEB_PROCESS:
                master = running(home / "run").get(WEB_SERVER)
                return [] if master is None else master.children()
            server = PostgresServer(home / "postgres") if name != BROKER else KafkaBroker(home / "kafka")
            pid = server.pid()
            if pid is None:
                return []
            process = psutil.Process(pid)
            return process.children() if name == DATABASE_PROCESS else [process]
        except psutil.NoSuchProcess:
            return []
