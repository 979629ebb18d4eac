"""Clearing away what only the directory keeps and is over: sessions, links, attempts, imports nobody finished. And closing
the accounts of those who had left and whose last role given by hand has ended by its day."""

import threading
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, exists, null, update

from services.directory.store.by_day import close_over, districts_to_close_in
from services.directory.store.saving import begin_writing, lock_directory
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
from shared.web import housekeeping
from shared.worker import Role

log = logs.get(__name__)

REMEMBERED = timedelta(days=31)
"""Sessions, links that others followed and attempts after their end; attempts tell for thirty days which address is familiar."""
WAITING = timedelta(days=7)
"""How long what was read of a roster waits to be imported."""


EVERY = 60.0
"""Seconds between two looks at whom the day has shut out. It is a comparison with what is stored, so days on which no worker ran
are made up for."""


def clear(connection: Connection, now: datetime) -> int:
    """One round, over all districts; answers how many rows went. The history of imports stays, without the people, and
    so does the last link to each account, for its owner's page says who made it."""
    attempt, session, link, batch = sign_in_attempt, sign_in_session, one_time_link, import_batch
    later = link.alias("later")
    followed = exists().where(
        later.c.district_id == link.c.district_id,
        later.c.person_id == link.c.person_id,
        later.c.made_at > link.c.made_at,
    )
    rounds = (
        delete(attempt).where(attempt.c.at < now - REMEMBERED),
        delete(session).where(session.c.expires_at < now - REMEMBERED),
        delete(link).where(link.c.expires_at < now - REMEMBERED, followed),
        update(batch)
        .where(batch.c.state == "checked", batch.c.checked_at < now - WAITING)
        .values(state="expired", staged=null(), settled_at=now),
    )
    return sum(connection.execute(statement).rowcount for statement in rounds)


def housekeeper(service: str, engine: Engine, clock: Clock) -> Role:
    """The worker's role: a round at the start and then every hour, in the shell's tables too."""

    def run(stop: threading.Event) -> None:
        while not stop.is_set():
            with transaction(engine, None) as connection:
                gone = clear(connection, clock()) + housekeeping.clear(connection, WEB, PEOPLE, clock())
            log.info("cleared_away", rows=gone)
            stop.wait(housekeeping.EVERY)

    return Role(service, "housekeeper", run)


def close_accounts(engine: Engine, at: datetime) -> int:
    """Close, in every district, the accounts that the day has ended; answers how many. `engine`: of the role worker."""
    with transaction(engine, None) as connection:
        districts = districts_to_close_in(connection, at)
    closed = 0
    for district_id in districts:
        with transaction(engine, district_id) as connection:
            lock_directory(connection, district_id, whole=False)
            closed += len(close_over(begin_writing(connection, district_id, None, at)))
    return closed


def closer(service: str, engine: Engine, clock: Clock) -> Role:
    """The worker's role: a look at the start and then every minute."""

    def run(stop: threading.Event) -> None:
        while not stop.is_set():
            if closed := close_accounts(engine, clock()):
                log.info("closed_by_day", accounts=closed)
            stop.wait(EVERY)

    return Role(service, "closer", run)
