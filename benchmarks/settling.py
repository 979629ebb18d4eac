"""Waiting until what happened in one service has reached the others, so that one measurement does not run into the next."""

import time
from collections.abc import Mapping

from accord.events import wait_until_heard
from shared.config import load_settings


def settle(environment: Mapping[str, str], patience: float = 60.0) -> float:
    """Until inbox and reports have everything the teacher service told; answers the seconds it took. Raises TimeoutError."""
    started = time.monotonic()
    if not wait_until_heard(lambda name: load_settings(name, environment), ["notifications", "reporting"], patience):
        raise TimeoutError(f"After {patience:.0f} s inbox and reports have not heard of everything.")
    return time.monotonic() - started
