"""The demo district, filled as `accord up` fills it, with the real workers running."""

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from accord import services
from accord.demo.load import DISTRICT_ID, PASSWORD, fill, is_filled
from services.evaluation.core.store.lists import cycles
from services.notifications.store.tables import message
from shared.clock import now
from shared.config import Settings
from shared.db import connect, transaction
from shared.worker import run_roles
from tests.support.postgres import SettingsFactory


@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2026, 9, 3), date(2027, 6, 1)])
def test_the_demo_district_is_filled_through_the_real_commands(service_settings: SettingsFactory, today: date) -> None:
    names = ("directory", "teacher", "notifications")
    settings: dict[str, Settings] = {name: service_settings(name) for name in names}
    stop = threading.Event()
    roles = [role for name in names for role in services.BY_NAME[name].create_worker(settings[name])]
    worker = threading.Thread(target=run_roles, args=(roles, stop))
    worker.start()
    try:
        assert not is_filled(settings["directory"])
        accounts = fill(settings.__getitem__, lambda _: None, today)
        assert is_filled(settings["directory"])
    finally:
        stop.set()
        worker.join(30)
    assert len(accounts) >= 9
    assert len(PASSWORD) >= 15
    inboxes_hold_only_new_things(settings["notifications"])
    engine = connect(settings["teacher"], "worker")
    with transaction(engine, DISTRICT_ID) as connection:
        found = cycles(connection, DISTRICT_ID, today)
    assert [one.total for one in found] == [52, 52]
    assert found[1].closed == 52
    assert 0 < found[0].closed < 52
    assert found[0].unassigned == 1
    engine.dispose()


def inboxes_hold_only_new_things(settings: Settings) -> None:
    """Everyone has read what happened weeks ago; all of it has arrived by the time the table is shown."""
    engine = connect(settings, "worker")
    old = message.c.created_at < now() - timedelta(days=15)
    with transaction(engine, DISTRICT_ID) as connection:
        told, read = connection.execute(select(func.count(), func.count(message.c.read_at)).where(old)).one()
    engine.dispose()
    assert told > 300
    assert read == told
