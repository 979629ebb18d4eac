"""What the directory decides reaches another service through the bus: people in, sign-out and shutting out within two seconds."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from services.directory.bootstrap import create_worker as directory_worker
from services.directory.store.saving import publish
from services.evaluation.teacher.app import create_worker as teacher_worker
from shared.clock import now
from shared.config import Settings
from shared.contracts.directory import EarlierSessionEnded
from shared.db import connect
from shared.people.viewer import Viewer, load_viewer
from tests.support.directory_web import Site, field, reader, session_of, tran

LIMIT = 2.0
"""Seconds: what is promised."""


@dataclass
class Teacher:
    """The teacher service's own copy of people."""

    settings: Settings
    engine: Engine
    district_id: UUID

    def sees(self, person_id: UUID, session_id: UUID) -> Viewer | None:
        with self.engine.connect() as connection:
            return load_viewer(connection, district_id=self.district_id, person_id=person_id, session_id=session_id)

    def seconds_until(self, holds: Callable[[], bool], patience: float = 30.0) -> float:
        """How long until `holds`, which must come about within `patience`."""
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < patience, "it did not arrive"
            time.sleep(0.02)
        return time.monotonic() - began


@pytest.fixture
def teacher(site: Site, service_settings: Callable[..., Settings]) -> Iterator[Teacher]:
    """Both workers at work, on one bus, at the hour it is: the workers also clear away what is over by now."""
    site.directory.at = now()
    settings = service_settings("teacher")
    stop = threading.Event()
    roles = [*directory_worker(site.directory.settings), *teacher_worker(settings)]
    threads = [threading.Thread(target=role.run, args=(stop,), daemon=True) for role in roles]
    for thread in threads:
        thread.start()
    engine = connect(settings, "web")
    yield Teacher(settings, engine, site.directory.district_id)
    stop.set()
    for thread in threads:
        thread.join(10)
    engine.dispose()


def test_sign_out_shutting_out_and_coming_back(site: Site, teacher: Teacher) -> None:
    person, admin = site.directory.person("Tran"), site.admin()
    browser = tran(site)
    session = reader(site).read(session_of(site, browser) or "").session_id
    teacher.seconds_until(lambda: teacher.sees(person, session) is not None)
    viewer = teacher.sees(person, session)
    assert viewer is not None
    assert (viewer.name, viewer.has("teacher")) == ("Tom Tran", True)

    csrf = field(browser.get("/me"), "csrf")
    assert browser.client.post("/sign-out", data={"csrf": csrf}).status_code == 303
    signed_out = teacher.seconds_until(lambda: teacher.sees(person, session) is None)
    assert signed_out < LIMIT

    assert site.enter(browser, "tom.tran").status_code == 303
    second = reader(site).read(session_of(site, browser) or "").session_id
    assert teacher.sees(person, second) is not None
    assert admin.post(f"/people/{person}/shut-out", page=f"/people/{person}").status_code == 303
    shut_out = teacher.seconds_until(lambda: teacher.sees(person, second) is None)
    assert shut_out < LIMIT
    print(f"\nsign-out reached the teacher service in {signed_out:.2f} s, shutting out in {shut_out:.2f} s")

    assert admin.post(f"/people/{person}/let-in", page=f"/people/{person}").status_code == 303
    assert site.enter(browser, "tom.tran").status_code == 303
    third = reader(site).read(session_of(site, browser) or "").session_id
    teacher.seconds_until(lambda: teacher.sees(person, third) is not None)
    assert teacher.sees(person, second) is None, "an ended session does not come back with its person"


def test_a_sign_out_does_not_wait_behind_what_the_others_still_read(site: Site, teacher: Teacher) -> None:
    """The teacher service's reader of people stands in the middle of a run: somebody else holds a row it has to write."""
    person = site.directory.person("Tran")
    browser = tran(site)
    session = reader(site).read(session_of(site, browser) or "").session_id
    teacher.seconds_until(lambda: teacher.sees(person, session) is not None)
    other, admin = site.directory.person("Ude"), site.admin()
    with connect(teacher.settings, "worker").connect() as holder:
        row = {"person": other, "district": str(site.directory.district_id)}
        holder.execute(text("SELECT set_config('app.district', :district, true)"), row)
        holder.execute(text("SELECT 1 FROM people_person WHERE person_id = :person FOR UPDATE"), row)
        assert admin.post(f"/people/{other}/shut-out", page=f"/people/{other}").status_code == 303
        teacher.seconds_until(lambda: _waits_for(teacher, "people_person"))
        csrf = field(browser.get("/me"), "csrf")
        assert browser.client.post("/sign-out", data={"csrf": csrf}).status_code == 303
        assert teacher.seconds_until(lambda: teacher.sees(person, session) is None) < LIMIT
        holder.rollback()


def _waits_for(teacher: Teacher, table: str) -> bool:
    """Whether somebody waits for a lock in a statement about the table."""
    wanted = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :table")
    with connect(teacher.settings, "worker").connect() as connection:
        return bool(connection.execute(wanted, {"table": f"%{table}%"}).scalar_one())


def test_an_end_told_in_the_way_of_earlier_builds_is_read_too(site: Site, teacher: Teacher) -> None:
    person, browser = site.directory.person("Tran"), tran(site)
    session = reader(site).read(session_of(site, browser) or "").session_id
    teacher.seconds_until(lambda: teacher.sees(person, session) is not None)
    with site.directory.writing() as writing:
        told = EarlierSessionEnded(
            session_id=session, person_id=person, ended_at=now(), expires_at=now() + timedelta(hours=1)
        )
        publish(writing, [told])
    assert teacher.seconds_until(lambda: teacher.sees(person, session) is None) < LIMIT
