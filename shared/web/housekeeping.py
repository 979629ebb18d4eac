"""Clearing away what is over in the shell's tables: answers nobody will ask for again, drafts nobody came back to."""

import threading
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete

from shared import logs
from shared.clock import Clock
from shared.db import transaction
from shared.people.tables import PeopleTables
from shared.web.session import KEEP_TYPED_FOR
from shared.web.tables import WebTables
from shared.worker import Role

log = logs.get(__name__)

EVERY = 3600.0
"""Seconds between two rounds."""
ANSWERS = timedelta(days=2)
"""How long a repeated request gets the first answer again."""
DRAFTS = timedelta(days=400)
"""Longer than a school year: a draft is somebody's work."""
_ENDED = KEEP_TYPED_FOR + timedelta(days=1)
"""An ended session is remembered for as long as its token could still keep a draft."""


def clear(connection: Connection, web: WebTables, people: PeopleTables, now: datetime) -> int:
    """One round, over all districts; answers how many rows went."""
    ended = people.ended_session
    rounds = (
        delete(web.once).where(web.once.c.created_at < now - ANSWERS),
        delete(web.draft).where(web.draft.c.saved_at < now - DRAFTS),
        delete(ended).where(ended.c.expires_at < now - _ENDED),
    )
    return sum(connection.execute(statement).rowcount for statement in rounds)


def housekeeper(service: str, engine: Engine, web: WebTables, people: PeopleTables, clock: Clock) -> Role:
    """The worker's role: a round at the start and then every hour. `engine`: of the database role worker."""

    def run(stop: threading.Event) -> None:
        while not stop.is_set():
            with transaction(engine, None) as connection:
                gone = clear(connection, web, people, clock())
            log.info("cleared_away", rows=gone)
            stop.wait(EVERY)

    return Role(service, "housekeeper", run)
