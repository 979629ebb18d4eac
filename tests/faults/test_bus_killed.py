"""kill -9 of relays, consumers and the broker under load: what was committed is applied once, in order, and no more."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from tests.support.bus import BusService, kill_broker, new_keys, wait_until

ROOT = Path(__file__).resolve().parents[2]


class Process:
    """One role in a process of its own."""

    def __init__(self, service: BusService, role: str) -> None:
        settings = service.settings
        self.role = role
        self._command = [sys.executable, "-m", "tests.support.run_bus_role", role]
        self._command += [settings.database_urls["worker"], settings.bus, settings.bus_url]
        self.start()

    def start(self) -> None:
        self._child = subprocess.Popen(self._command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self._child.stdout is not None and self._child.stdout.readline() == b"ready\n"

    def kill(self) -> None:
        assert self._child.poll() is None, f"the {self.role} had ended by itself"
        os.kill(self._child.pid, signal.SIGKILL)
        self._child.wait()
        assert self._child.stdout is not None
        self._child.stdout.close()


class Writer:
    """Commits events as fast as it may; `said` counts only what was committed."""

    def __init__(self, service: BusService, keys: list[UUID], pause: float) -> None:
        self.said = dict.fromkeys(keys, 0)
        self._service = service
        self._pause = pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.is_set():
            for key in self.said:
                self._service.say(key, str(self.said[key] + 1))
                self.said[key] += 1
                time.sleep(self._pause)

    @contextmanager
    def writing(self):
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kills", [6, pytest.param(100, marks=pytest.mark.faults)])
def test_killed_processes_lose_double_and_reorder_nothing(bus_service: BusService, kills: int) -> None:
    chance = random.Random(kills)
    keys = new_keys(10)
    processes = [Process(bus_service, role) for role in ("relay", "relay", "consumer", "consumer")]
    writer = Writer(bus_service, keys, pause=0.01)
    broker = bus_service.broker
    try:
        with writer.writing():
            for number in range(kills):
                time.sleep(chance.uniform(0.2, 1.0))
                if broker is not None and number % 5 == 4:
                    kill_broker(broker)
                    broker.start()
                else:
                    killed = chance.choice(processes)
                    killed.kill()
                    killed.start()
        expected = {key: " ".join(map(str, range(1, count + 1))) for key, count in writer.said.items()}
        wait_until(lambda: bus_service.unpublished() == 0, seconds=240, message="events stayed in the outbox")
        wait_until(
            lambda: sum(map(len, bus_service.applied().values())) >= sum(map(len, expected.values())), seconds=60
        )
    finally:
        for process in processes:
            process.kill()
    assert bus_service.applied() == expected
    assert bus_service.parked().poison == bus_service.parked().waiting == 0
    print(f"{kills} kills, {sum(writer.said.values())} events committed, every one applied once and in order")
