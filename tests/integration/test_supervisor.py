"""The supervisor of an embedded installation: what it starts again, and when."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from accord.supervisor import Backing, Child, Supervisor
from tests.support.bus import wait_until


def child(folder: Path, *command: str) -> Child:
    return Child("worker", command, os.environ, folder / "worker.log")


@contextmanager
def watching(supervisor: Supervisor) -> Iterator[None]:
    thread = threading.Thread(target=supervisor.watch)
    thread.start()
    try:
        yield
    finally:
        supervisor.ending = True
        thread.join()
        supervisor.stop()


def another_than(child: Child, ended: subprocess.Popen[bytes] | None) -> Callable[[], bool]:
    return lambda: child.process is not None and child.process is not ended


def test_a_server_that_does_not_start_is_tried_again_and_holds_nothing_else_up(tmp_path: Path) -> None:
    there, tries = threading.Event(), []

    def start() -> None:
        tries.append(time.monotonic())
        if len(tries) == 1:
            raise RuntimeError("killed while starting")
        wait_until(lambda: worker.process is not killed)
        there.set()

    supervisor = Supervisor(tmp_path / "run", [Backing("database", there.is_set, start, there.clear)])
    worker = child(tmp_path, "sleep", "600")
    supervisor.start(worker)
    killed = worker.process
    with watching(supervisor):
        wait_until(lambda: len(tries) == 2)
        assert killed is not None and not there.is_set()
        killed.kill()
        wait_until(another_than(worker, killed))  # while the server is still starting
        wait_until(there.is_set)
    assert len(tries) == 2


def test_what_is_killed_starts_at_once_and_what_fails_by_itself_later_each_time(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "run")
    killed, failing = child(tmp_path, "sleep", "600"), child(tmp_path, "false")
    failing.name = "other"
    supervisor.start(killed)
    supervisor.start(failing)
    with watching(supervisor):
        for _ in range(4):
            before = killed.process
            assert before is not None
            before.kill()
            wait_until(another_than(killed, before))
            assert killed.pause == 0
        wait_until(lambda: failing.pause >= 3.5)
