"""Ctrl-C and SIGTERM while an installation starts, as KeyboardInterrupt that breaks nothing half way.

Python raises it between any two instructions, in a library too: in the middle of a statement it leaves psycopg's connection
in a state from which neither a rollback nor a close comes back. So it is held while a database is spoken to, and raised
where the work says it may end.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class Interrupts:
    """One a process; its handlers stand from `listen` until somebody sets others."""

    def __init__(self) -> None:
        self._held = False
        self._came = False

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: object) -> None:
        self._came = True
        if not self._held:
            self.raise_if_came()

    def raise_if_came(self) -> None:
        """A place where the work may end. Raises KeyboardInterrupt, once for all that came."""
        if self._came:
            self._came = False
            raise KeyboardInterrupt

    @contextmanager
    def held(self) -> Iterator[None]:
        """While the block runs, an interrupt waits for `raise_if_came`, or for the end of the block where that is quiet."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        self.raise_if_came()
