"""Pauses between attempts while something is away."""

import random

SHORTEST, LONGEST = 0.5, 5.0
"""Seconds. Asking every few seconds costs next to nothing; each second of pause is one that events wait after the cause is
gone."""


def pause_after(attempts: int) -> float:
    """Seconds to wait after so many failures in a row (1 or more): doubling, and never the same for two processes."""
    whole = min(LONGEST, SHORTEST * 2.0 ** min(attempts - 1, 10))
    return max(SHORTEST, whole * random.uniform(0.5, 1.0))  # noqa: S311  # no secret hangs on it


class Backoff:
    """Counts failures in a row."""

    def __init__(self) -> None:
        self.failures = 0

    def failed(self) -> float:
        """Note a failure; answers the seconds to wait."""
        self.failures += 1
        return pause_after(self.failures)

    def succeeded(self) -> None:
        self.failures = 0
