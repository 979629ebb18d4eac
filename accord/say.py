"""What the command line says while it works: plain lines, one a step, with its time where it took more than a second."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

console = Console(highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """One line for the person at the terminal."""
    console.print(text, markup=False)


@contextmanager
def step(doing: str, done: str | None = None) -> Iterator[None]:
    """Show `doing` while the block runs, then `done` (or `doing` again) with the seconds it took.

    A terminal gets a moving mark that the final line replaces; a log file gets a line before and, where it took more
    than a second, a line after.
    """
    started = time.monotonic()
    if console.is_terminal:
        with console.status(doing):
            yield
    else:
        say(f"{doing} …")
        yield
    took = time.monotonic() - started
    if console.is_terminal or took > 1:
        say(f"{done or doing}" + (f" ({took:.1f} s)" if took > 1 else ""))
