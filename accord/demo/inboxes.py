"""The demo's inboxes: what happened weeks ago has been read, as in any office."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, Table, func, select

from services.evaluation.core.store import tables as teacher
from services.notifications.store.entries import mark_all_read
from services.notifications.store.tables import INBOX, message
from shared.config import Settings
from shared.contracts.topics import PROCESS
from shared.db import connect, transaction

_PATIENCE = 60.0  # seconds
_READ_AFTER = timedelta(days=14)


def read_what_is_old(settings_of: Callable[[str], Settings], district_id: UUID, now: datetime) -> None:
    """Wait until the notifications service knows everything (a minute at most), then let everyone have read what is old."""
    _wait_until_told(settings_of)
    engine = connect(settings_of("notifications"), "web")
    try:
        with transaction(engine, district_id) as connection:
            told = select(message.c.recipient_id).where(message.c.district_id == district_id).distinct()
            for person_id in connection.execute(told).scalars().all():
                mark_all_read(connection, district_id, person_id, until=now - _READ_AFTER, now=now)
    finally:
        engine.dispose()


def _wait_until_told(settings_of: Callable[[str], Settings]) -> None:
    """What comes after the deadline stays unread, which is no harm."""
    sent, heard = connect(settings_of("teacher"), "worker"), connect(settings_of("notifications"), "worker")
    deadline = time.monotonic() + _PATIENCE
    try:
        wanted = _count(sent, teacher.OUTBOX.stream)
        while _count(heard, INBOX.stream) < wanted and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        sent.dispose()
        heard.dispose()


def _count(engine: Engine, stream: Table) -> int:
    """How many events of `accord.process` have gone through."""
    with engine.connect() as connection:
        total = select(func.coalesce(func.sum(stream.c.sequence), 0)).where(stream.c.topic == PROCESS.name)
        return int(connection.execute(total).scalar_one())
