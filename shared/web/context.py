"""What a view may ask of the present request: who is asking, when, and the one transaction it works in."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Any
from uuid import UUID

from flask import current_app, g
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from shared.clock import Clock
from shared.db import set_district
from shared.direct import ask
from shared.people.viewer import Viewer, load_viewer
from shared.web.gaps import Gaps
from shared.web.session import Session


class NobodySignedInError(RuntimeError):
    """A view asked for its viewer though its rule lets anyone in."""


@dataclass(slots=True)
class Visit:
    """One request, from arrival to answer."""

    request_id: str
    started: float = field(default_factory=perf_counter)
    session: Session | None = None
    viewer: Viewer | None = None
    connection: Connection | None = None
    bound: bool = False
    """Whether the present transaction knows its district."""
    writing: int = 0
    keeps_draft: bool = False
    """Whether the posted form's draft outlives it (shared.web.once.keep_drafted)."""
    district_id: UUID | None = None
    only_read: bool = False
    """Whether the request asked to change nothing and went well."""
    problem: str | None = None
    """The code of the Problem that the request is answered with."""
    gaps: Gaps | None = None
    """Where a page is just being written to be kept (shared.web.kept): what leaves gaps in it."""


def visit() -> Visit:
    """The present request's own state."""
    found: Visit = _globals().visit
    return found


def _globals() -> Any:
    """What Flask keeps for this request. Asked for a hundred times a page: through the proxy each costs as much as thirty."""
    return g._get_current_object()


def viewer() -> Viewer:
    """The signed-in person. The policy has already turned away whoever is not; on a page for anyone this raises."""
    found = visit().viewer
    if found is None:
        raise NobodySignedInError("This endpoint's rule lets anyone in; ask viewer_or_nobody()")
    return found


def viewer_or_nobody() -> Viewer | None:
    """The signed-in person where the page is for anyone; loaded when first asked."""
    present = visit()
    if present.viewer is None and present.session is not None and present.session.holds(clock()):
        load(present)
    return present.viewer


def known_viewer() -> Viewer | None:
    """The viewer as far as known without asking the database: for the head of a page, refusals among them."""
    present: Visit | None = getattr(_globals(), "visit", None)
    return present.viewer if present is not None else None


def load(present: Visit) -> Viewer | None:
    """Load the session's person and bind the transaction to their district, in one statement. None: it holds no more."""
    session = present.session
    assert session is not None, "only an authentic session names a person"
    ids = {"district_id": session.district_id, "person_id": session.person_id, "session_id": session.session_id}
    try:
        found = load_viewer(_open(present), **ids)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        # The database was restarted since this pooled connection was last used: one fresh connection, once.
        close(present)
        found = load_viewer(_open(present), **ids)
    if found is not None:
        present.viewer = found
        present.district_id = found.district_id
        present.bound = True
    return found


def _open(present: Visit) -> Connection:
    if present.connection is None:
        engine: Engine = current_app.extensions["accord.engine"]
        present.connection = engine.connect()
    return present.connection


def _open_anew_if_lost(present: Visit) -> None:
    """For requests whose first statement is not the viewer's: as in `load`, a pooled connection may be from before a restart."""
    try:
        ask(_open(present), "SELECT 1", ())
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        close(present)


def connection() -> Connection:
    """The request's connection, in a transaction bound to the viewer's district (to none where nobody is signed in).

    What is not committed by commit() or `with writing()` is undone at the end of the request.
    """
    present = visit()
    if present.connection is None:
        _open_anew_if_lost(present)
    opened = _open(present)
    if not present.bound and present.district_id is not None:
        set_district(opened, present.district_id)
        present.bound = True
    return opened


def bind_district(district_id: UUID) -> Connection:
    """For pages without a viewer (sign-in): the connection, its transaction bound to this district from now on."""
    present = visit()
    present.district_id = district_id
    present.bound = False
    return connection()


def commit() -> None:
    """Make what was written last. Inside `writing()` or `once` it waits for theirs, so that all of it lasts or none."""
    present = visit()
    if present.writing == 0 and present.connection is not None:
        present.connection.commit()
        present.bound = False


def rollback() -> None:
    """Undo what was written since the last commit."""
    present = visit()
    if present.connection is not None:
        present.connection.rollback()
        present.bound = False


@contextmanager
def writing() -> Iterator[Connection]:
    """Commit at the end, undo on an exception; inside another `writing()` the outer one decides."""
    present = visit()
    opened = connection()
    present.writing += 1
    try:
        yield opened
    except BaseException:
        present.writing -= 1
        if present.writing == 0:
            rollback()
        raise
    present.writing -= 1
    commit()


def close(present: Visit) -> None:
    """Give the connection back; its pool undoes whatever was not committed. A lost one has undone it by being lost.

    A request that only read ends by COMMIT: there is nothing to undo, and psycopg forgets at every ROLLBACK what it has
    prepared, so that the same page's statements would be planned anew each time. That cost more than to run them.
    """
    held, present.connection, present.bound = present.connection, None, False
    if held is None:
        return
    with suppress(DBAPIError):  # the answer that stands is sent, although the connection can't be given back whole
        if present.only_read:
            held.commit()
    with suppress(DBAPIError):
        held.close()


def district_id() -> UUID:
    """The viewer's district."""
    return viewer().district_id


def zone() -> str:
    """The IANA zone of the viewer's district; UTC where nobody is signed in."""
    present: Visit | None = getattr(_globals(), "visit", None)
    return present.viewer.zone if present is not None and present.viewer is not None else "UTC"


def clock() -> datetime:
    """The present moment, UTC, from the app's clock (config "CLOCK", so that tests and demonstrations may set it)."""
    tell: Clock = current_app.config["CLOCK"]
    return tell()
