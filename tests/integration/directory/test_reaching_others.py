"""What the directory decides reaches another service through the bus: people in, sign-out and shutting out within two seconds."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import Engine

from services.directory.bootstrap import create_worker as directory_worker
from services.evaluation.teacher.app import create_worker as teacher_worker
from shared.clock import now
from shared.config import Settings
from shared.db import connect
from shared.people.viewer import Viewer, load_viewer
from tests.support.directory_web import Site, field, reader, session_of, tran

LIMIT = 2.0
"""Seconds: what is promised."""


@dataclass
class Teacher:
    """The teacher service's own copy of people."""

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
    yield Teacher(engine, site.directory.district_id)
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
