"""The demo's inboxes: what happened weeks ago has been read, as in any office."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from accord.events import Look, wait_until_heard
from services.notifications.messages import DOCUMENTS
from services.notifications.store.entries import had_happened, mark_all_read
from services.notifications.store.tables import message
from shared.config import Settings
from shared.db import connect, transaction

_PATIENCE = 60.0  # seconds
_READ_AFTER = timedelta(days=14)


def read_what_is_old(settings_of: Callable[[str], Settings], district_id: UUID, now: datetime, look: Look) -> None:
    """Wait until the notifications service knows everything (a minute at most), then let everyone have read what is old."""
    wait_until_heard(settings_of, ["notifications"], _PATIENCE, look)  # what comes later stays unread, which is no harm
    engine = connect(settings_of("notifications"), "web")
    try:
        with transaction(engine, district_id) as connection:
            told = select(message.c.recipient_id).where(message.c.district_id == district_id).distinct()
            for person_id in connection.execute(told).scalars().all():
                old = had_happened(now - _READ_AFTER)
                mark_all_read(connection, district_id, person_id, which=old, now=now, leaving=DOCUMENTS)
    finally:
        engine.dispose()
