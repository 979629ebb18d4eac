"""What is over goes, what is remembered stays."""

import threading
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from services.directory.handlers.roster import Answers, apply_roster, check_roster
from services.directory.housekeeping import clear, housekeeper
from services.directory.refusals import Refused
from services.directory.signin.links import make_links
from services.directory.store.tables import import_batch
from shared.db import connect, transaction
from tests.support.directories import Directory
from tests.support.directory_web import Site
from tests.support.rosters import roster, small


def tidy(directory: Directory, at: datetime) -> int:
    worker = connect(directory.settings, "worker")
    try:
        with transaction(worker, None) as connection:
            return clear(connection, at)
    finally:
        worker.dispose()


def test_attempts_sessions_and_links_but_each_owners_last_go_a_month_after_their_end(site: Site) -> None:
    directory = site.directory
    site.signed_in("tom.tran", directory.person("Tran"))
    for _ in range(2):
        directory.at += timedelta(minutes=1)
        with directory.writing() as writing:
            make_links(writing, [directory.person("Ude")])
    tables = ("sign_in_attempt", "sign_in_session", "one_time_link")
    assert tidy(directory, directory.at + timedelta(days=30)) == 0
    assert [directory.count(table) for table in tables] == [1, 1, 3]
    assert tidy(directory, directory.at + timedelta(days=40)) == 3
    assert [directory.count(table) for table in tables] == [0, 0, 2]


def test_an_import_nobody_finished_lets_its_people_go(directory: Directory) -> None:
    with directory.writing() as writing:
        waiting = check_roster(writing, BytesIO(roster(small())), "x.zip")
    assert tidy(directory, directory.at + timedelta(days=6)) == 0
    assert tidy(directory, directory.at + timedelta(days=8)) == 1
    with directory.reading() as connection:
        row = connection.execute(select(import_batch)).one()
    assert (row.state, row.staged) == ("expired", None)
    with directory.writing() as writing, pytest.raises(Refused, match="import_expired"):
        apply_roster(writing, waiting.batch_id, Answers())


def test_the_history_of_imports_stays(site: Site) -> None:
    assert tidy(site.directory, site.directory.at + timedelta(days=4000)) == 0
    assert site.directory.count("import_batch") == 1


def test_the_worker_begins_with_a_round_and_stops_when_told(directory: Directory) -> None:
    with directory.writing() as writing:
        check_roster(writing, BytesIO(roster(small())), "x.zip")
    worker, stop = connect(directory.settings, "worker"), threading.Event()
    role = housekeeper("directory", worker, lambda: directory.at + timedelta(days=8))
    thread = threading.Thread(target=role.run, args=(stop,))
    thread.start()
    for _ in range(100):
        with directory.reading() as connection:
            if connection.execute(select(import_batch.c.state)).scalar_one() == "expired":
                break
        stop.wait(0.05)
    stop.set()
    thread.join(5)
    worker.dispose()
    assert not thread.is_alive()
    with directory.reading() as connection:
        assert connection.execute(select(import_batch.c.state)).scalar_one() == "expired"
