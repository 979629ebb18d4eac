"""How a role of the worker fares, for readiness: written by the role's thread, read by any other."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.clock import now


@dataclass
class Progress:
    """`at`: when the role last looked and found everything in order (also where there was nothing to do)."""

    at: datetime | None = None
    trouble: str | None = None
    """Why it does not get on, in words; None where it does."""

    def made(self) -> None:
        self.at, self.trouble = now(), None

    def hindered(self, trouble: str) -> None:
        self.trouble = trouble

    def problem(self, within: timedelta = timedelta(seconds=120)) -> str | None:
        """Why the role is not healthy, None where it is: it says so itself, or has been silent for longer than `within`."""
        if self.trouble is not None:
            return self.trouble
        if self.at is None or now() - self.at > within:
            return f"nothing done since {self.at:%H:%M:%S} UTC" if self.at else "not started"
        return None
