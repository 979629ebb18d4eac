"""The demo district, filled as `accord up` fills it, with the real workers running."""

import threading
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from accord import services
from accord.demo.evaluations import SchoolYear
from accord.demo.load import DISTRICT_ID, PASSWORD, Account, fill, is_filled
from services.directory.store.tables import account, credential
from services.evaluation.core.store.candidates import subjects
from services.evaluation.core.store.lists import cycles
from services.evaluation.core.store.repository import decode_evaluation
from services.evaluation.core.store.tables import evaluation
from services.evaluation.teacher.app import KIND
from services.notifications.messages import DOCUMENTS
from services.notifications.store.tables import PEOPLE, message
from services.reporting.suppression import publish
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
    everyone_signs_in(settings["directory"], accounts)
    assert len(PASSWORD) >= 15
    inboxes_hold_only_new_things(settings["notifications"])
    engine = connect(settings["teacher"], "worker")
    with transaction(engine, DISTRICT_ID) as connection:
        found = cycles(connection, DISTRICT_ID, today)
    assert [one.total for one in found] == [52, 52]
    assert found[1].closed == 52
    assert 0 < found[0].closed < 52
    assert found[0].unassigned == 1
    assert found[0].ended_early == 2
    assert found[1].ended_early == 0
    engine.dispose()
    a_distribution_can_be_published(settings["teacher"], found[1].id)
    somebody_waits_for_an_evaluation(settings["teacher"], found[0].id, today)
    a_recent_letter_has_no_address(settings["notifications"], today)


def everyone_signs_in(settings: Settings, accounts: list[Account]) -> None:
    """As the table's head says; who evaluates the listed teachers too."""
    engine = connect(settings, "worker")
    with transaction(engine, DISTRICT_ID) as connection:
        names = set(
            connection.execute(
                select(account.c.username)
                .join(credential, account.c.person_id == credential.c.person_id)
                .where(account.c.username_key.is_not(None))
            ).scalars()
        )
        people = connection.execute(select(func.count()).select_from(PEOPLE.person)).scalar_one()
    engine.dispose()
    assert len(names) == people == 73
    assert {one.username for one in accounts} <= names
    evaluating = {word for one in accounts if "; " in one.who for word in one.who.split() if "." in word}
    assert evaluating
    assert evaluating <= names


def inboxes_hold_only_new_things(settings: Settings) -> None:
    """Everyone has read what happened weeks ago, but for what was sent to them and never opened; all of it has arrived by
    the time the table is shown."""
    engine = connect(settings, "worker")
    old = message.c.created_at < now() - timedelta(days=15)
    unread = select(message.c.kind).where(old, message.c.read_at.is_(None))
    with transaction(engine, DISTRICT_ID) as connection:
        told = connection.execute(select(func.count()).where(old)).scalar_one()
        kinds = Counter(connection.execute(unread).scalars().all())
    engine.dispose()
    assert told > 300
    assert set(kinds) <= set(DOCUMENTS)
    assert kinds.total() < 40, kinds


def a_distribution_can_be_published(settings: Settings, last_year: UUID) -> None:
    """By the rules as they are, whatever the lot says of schools."""
    engine = connect(settings, "worker")
    with transaction(engine, DISTRICT_ID) as connection:
        states = (
            connection.execute(select(evaluation.c.state).where(evaluation.c.cycle_id == last_year)).scalars().all()
        )
    engine.dispose()
    summatives = [decode_evaluation(state).summative for state in states]
    levels = Counter(one.final_level for one in summatives if one is not None)
    scale = ("unsatisfactory", "basic", "proficient", "distinguished")
    assert sum(levels.values()) >= 50
    whole = publish({"district": [levels[level] for level in scale]}, minimum=10).whole
    assert len(whole) >= 3, levels


def somebody_waits_for_an_evaluation(settings: Settings, this_year: UUID, today: date) -> None:
    """Hired after the cycle was opened."""
    engine = connect(settings, "worker")
    with transaction(engine, DISTRICT_ID) as connection:
        found = subjects(connection, DISTRICT_ID, this_year, KIND, today)
    engine.dispose()
    assert [one.name for one in found if not one.has_evaluation] == ["Theo Marchetti"]


def a_recent_letter_has_no_address(settings: Settings, today: date) -> None:
    """So that the list of letters that did not arrive is not empty on the first day; in the holidays nothing is recent."""
    engine = connect(settings, "worker")
    person = PEOPLE.person
    recent = message.c.created_at > datetime.combine(today, time(), UTC) - timedelta(days=7)
    told = select(person.c.family_name, person.c.email).join(message, person.c.person_id == message.c.recipient_id)
    with transaction(engine, DISTRICT_ID) as connection:
        found = connection.execute(told.where(recent)).all()
    engine.dispose()
    assert any(not row.email for row in found) is (today <= SchoolYear(today).last), found
