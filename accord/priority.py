"""Giving way: where background work shares a machine with the web server, people's requests come first."""

import os
from contextlib import suppress
from pathlib import Path

_SESSION = Path("/proc/self/autogroup")


def give_way(niceness: int) -> None:
    """Leave the processors to others where they are wanted. `niceness`: 0 (as everyone) to 19; it can't be taken back."""
    os.nice(niceness)
    # Linux may share the processors out by session first; then niceness counts within one only, and the session has its own.
    with suppress(OSError):
        _SESSION.write_text(str(niceness), encoding="ascii")
