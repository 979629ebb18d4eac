"""A worker process: named roles, each a loop that runs until it is told to stop.

In a deployment a service's worker runs that service's roles; in the embedded default one process runs every service's.
No role knows which of the two it is in.
"""

import gc
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from shared import logs

log = logs.get(__name__)


@dataclass(frozen=True)
class Role:
    """One loop. `run` returns soon after `stop` is set; an exception is logged and the loop started again, later each time."""

    service: str
    name: str
    run: Callable[[threading.Event], None]


_LONGEST_PAUSE = 15.0
_TURN = 0.0005
"""Seconds a thread that computes keeps the interpreter from one that waits for it. With Python's own 0.005 a thread that asks
the database fifty things waits a quarter of a second for its turns while another reads the bus."""
_GARBAGE = (20_000, 20, 100)
"""Objects between two searches for rings of garbage. Thousands of messages are held at once; with Python's own (700, 10, 10) a
third of a replay is spent looking through them."""


def _keep_running(role: Role, stop: threading.Event) -> None:
    pause = 0.5
    while not stop.is_set():
        started = time.monotonic()
        try:
            role.run(stop)
        except Exception:
            log.exception("role_failed", role=f"{role.service}.{role.name}", again_in_seconds=pause)
            stop.wait(pause)
            pause = 0.5 if time.monotonic() - started > 60 else min(pause * 2, _LONGEST_PAUSE)


@contextmanager
def throughput() -> Iterator[None]:
    """Within the block the interpreter is set up for threads that wait for one another and hold much for a moment."""
    turn, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(_TURN)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE)
    try:
        yield
    finally:
        sys.setswitchinterval(turn)
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def run_roles(roles: Sequence[Role], stop: threading.Event | None = None) -> None:
    """Run every role on a thread of its own until SIGTERM or SIGINT (or `stop`), then wait for them to finish."""
    ending = stop or threading.Event()
    # A handler that set the event would wait for ever for the event's lock where it interrupts the main thread with it in
    # hand; putting into a SimpleQueue may be interrupted by itself.
    asked: SimpleQueue[None] = SimpleQueue()
    if threading.current_thread() is threading.main_thread():
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: asked.put(None))
    threads = [
        threading.Thread(target=_keep_running, args=(role, ending), name=f"{role.service}.{role.name}", daemon=True)
        for role in roles
    ]
    for thread in threads:
        thread.start()
    while not ending.is_set():
        with suppress(Empty):
            asked.get(timeout=0.5)
            ending.set()
    for thread in threads:
        thread.join(timeout=25)
