"""Clearing away what is over: sessions, links, attempts, imports nobody finished, answers and drafts grown old."""

import threading
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, null, update

from services.directory.store.tables import (
    PEOPLE,
    WEB,
    import_batch,
    one_time_link,
    sign_in_attempt,
    sign_in_session,
)
from shared import logs
from shared.clock import Clock
from shared.db import transaction
from shared.worker import Role

log = logs.get(__name__)

EVERY = 3600.0
"""Seconds between two rounds."""
_ATTEMPTS = timedelta(days=31)
_SESSIONS = timedelta(days=31)
_LINKS = timedelta(days=31)
_WAITING_IMPORTS = timedelta(days=7)
_ANSWERS = timedelta(days=2)


def clear(connection: Connection, now: datetime) -> int:
    """One round, over all districts; answers how many rows went. The history of imports stays."""
    ended, attempt, link = PEOPLE.ended_session, sign_in_attempt, one_time_link
    rounds = (
        delete(ended).where(ended.c.expires_at < now - timedelta(minutes=5)),
        delete(attempt).where(attempt.c.at < now - _ATTEMPTS),
        delete(sign_in_session).where(sign_in_session.c.expires_at < now - _SESSIONS),
        delete(link).where(link.c.expires_at < now - _LINKS),
        delete(WEB.once).where(WEB.once.c.created_at < now - _ANSWERS),
        update(import_batch)
        .where(import_batch.c.state == "checked", import_batch.c.checked_at < now - _WAITING_IMPORTS)
        .values(state="expired", staged=null(), settled_at=now),
    )
    return sum(connection.execute(statement).rowcount for statement in rounds)


def housekeeper(service: str, engine: Engine, clock: Clock) -> Role:
    """The worker's role: a round at the start and then every hour."""

    def run(stop: threading.Event) -> None:
        while not stop.is_set():
            with transaction(engine, None) as connection:
                gone = clear(connection, clock())
            log.info("cleared_away", rows=gone)
            stop.wait(EVERY)

    return Role(service, "housekeeper", run)
