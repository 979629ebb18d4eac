"""Telling a passing fault of the database from a fault of the message, and naming a fault without quoting a value."""

from pathlib import Path
from traceback import extract_tb

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

_PASSING = ("08", "25006", "40", "53", "55P03", "57", "58")
"""SQLSTATEs and classes of them: connection, read-only after a fail-over, deadlock, resources, lock not to be had,
shutting down, input/output."""


def is_passing(error: BaseException) -> bool:
    """Whether the database, not the message, is at fault: nothing is decided, and the same message is tried again."""
    if isinstance(error, NoConnectionError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # the client's own: a broken connection, or a value it can't send
        return bool(error.connection_invalidated) or isinstance(error, OperationalError | InterfaceError)
    return bool(error.connection_invalidated) or str(state).startswith(_PASSING)


def name_of(error: BaseException) -> str:
    """Type and place of a fault. Its text is left out: it may quote what an evaluation says."""
    frames = extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or list(frames)
    place = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    orig = getattr(error, "orig", None)
    constraint = getattr(getattr(orig, "diag", None), "constraint_name", None)
    detail = f" ({type(orig).__name__}{', ' + constraint if constraint else ''})" if orig is not None else ""
    return f"{type(error).__name__}{detail}{place}"
