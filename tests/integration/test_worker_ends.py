"""How a worker process ends."""

import signal
import subprocess
import sys

import pytest

_WORKER = """
import os
from shared.worker import Role, run_roles
def wait(stop):
    os.write(1, b"w")
    stop.wait()
run_roles([Role("any", f"waits {number}", wait) for number in range(400)])
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_told_to_end_again_while_it_ends_ends(number: signal.Signals) -> None:
    """A handler that takes a lock waits for itself for ever when the next signal finds it there."""
    for _ in range(3):
        worker = subprocess.Popen([sys.executable, "-c", _WORKER], stdout=subprocess.PIPE)
        assert worker.stdout is not None
        assert worker.stdout.read(400) == b"w" * 400
        for _ in range(20):
            worker.send_signal(number)
        worker.wait(10)  # with 0 or, where a signal finds the interpreter already leaving, by that
