"""Telling a passing fault of the database from a fault of the message, and naming a fault without quoting a value."""

from pathlib import Path
from traceback import extract_tb

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError

_PASSING = ("08", "25006", "40", "53", "55P03", "57", "58")
"""SQLSTATEs and classes of them: connection, read-only after a fail-over, deadlock, resources, lock not to be had,
shutting down, input/output."""


def is_passing(error: BaseException) -> bool:
    """Whether the database, not the message, is at fault: nothing is decided, and the same message is tried again."""
    if isinstance(error, NoConnectionError):
        return True
    cause = _cause(error)
    if not isinstance(cause, psycopg.Error) or isinstance(cause, psycopg.errors.PipelineAborted):
        return False
    if cause.sqlstate is None:  # the client's own: a broken connection, or a value it can't send
        return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)
    return cause.sqlstate.startswith(_PASSING)


def _cause(error: BaseException) -> BaseException | None:
    """The driver's own error, where there is one."""
    return error.orig if isinstance(error, DBAPIError) else error


def name_of(error: BaseException) -> str:
    """Type and place of a fault. Its text is left out: it may quote what an evaluation says."""
    frames = extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or list(frames)
    place = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    cause = _cause(error)
    constraint = cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
    return f"{type(cause).__name__}{f' ({constraint})' if constraint else ''}{place}"
