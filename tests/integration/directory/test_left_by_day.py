"""Whoever has left the roster and is kept by a role given by hand is out from the first moment of the day it ends on."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from uuid import UUID

import pytest
from sqlalchemy import Engine, event, select

from services.directory.bootstrap import create_worker
from services.directory.commands import AddPerson, Appoint, ChangeDistrict
from services.directory.handlers.district import change_district
from services.directory.handlers.people import add_person, appoint
from services.directory.handlers.roster import Answers, apply_roster, check_roster
from services.directory.housekeeping import close_accounts, closer
from services.directory.people import Person
from services.directory.refusals import Refused
from services.directory.signin.links import make_links
from services.directory.store.present import load_people
from services.directory.store.saving import save_people
from services.directory.store.tables import PEOPLE, account
from shared.clock import local_date
from shared.contracts.access import SessionEnded
from shared.contracts.directory import PersonChanged
from shared.contracts.registry import Event
from shared.db import connect
from tests.support.bus import wait_until
from tests.support.directories import ZONE, Directory
from tests.support.directory_web import Browser, Site, plain, tran
from tests.support.rosters import delta, role, roster, small, user

DAY = date(2025, 12, 1)
BEGINS = datetime(2025, 12, 1, 6, tzinfo=UTC)
"""Of that day, in Chicago."""
BEFORE = BEGINS - timedelta(seconds=1)
SAME_NAME = delta({"users": [user("T9", "Tom", "Tran")], "roles": [role("T9", "teacher", "S2")]})


def leave(directory: Directory, family_name: str = "Tran", source_id: str = "T1", ends: date | None = DAY) -> UUID:
    """Given a role by hand until that day, then taken off the roster."""
    person_id = directory.person(family_name)
    with directory.writing() as writing:
        appoint(writing, Appoint(person_id, None, "hr", None, ends=ends))
    gone = user(source_id, "Any", family_name, username=f"any.{family_name}") | {"status": "tobedeleted"}
    directory.load(delta({"users": [gone]}), ending=1, losing=1)
    return person_id


@pytest.fixture
def worker(directory: Directory) -> Iterator[Engine]:
    engine = connect(directory.settings, "worker")
    yield engine
    engine.dispose()


def told_since(directory: Directory, before: int) -> list[Event]:
    return directory.events()[before:]


def username_key(directory: Directory, person_id: UUID) -> str | None:
    with directory.reading() as connection:
        return connection.execute(select(account.c.username_key).where(account.c.person_id == person_id)).scalar_one()


class TestBeforeAnythingIsWritten:
    """The day has come, and no worker runs."""

    @pytest.fixture
    def before(self, site: Site) -> Browser:
        """Tran's own browser, signed in in the last second before the day."""
        browser = tran(site)
        leave(site.directory)
        site.directory.at = BEFORE
        browser = site.visitor()
        assert site.enter(browser, "tom.tran").status_code == 303
        site.directory.at = BEGINS
        return browser

    def test_nobody_signs_in_or_goes_on_by_renewing(self, site: Site, before: Browser) -> None:
        assert site.sign_in("tom.tran").status_code == 422
        assert "said=over" in before.get("/session/renew").headers["Location"]

    def test_no_link_is_made_and_one_from_before_does_not_hold(self, site: Site) -> None:
        tom = leave(site.directory)
        with site.directory.writing() as writing:
            (link,) = make_links(writing, [tom])
        site.directory.at = BEFORE
        assert site.visitor().get(link.path).status_code == 200
        site.directory.at = BEGINS
        assert site.visitor().get(link.path).status_code == 410
        with pytest.raises(Refused, match="link_for_inactive"), site.directory.writing() as writing:
            make_links(writing, [tom])

    def test_pages_say_so(self, site: Site, before: Browser) -> None:
        tom, admin = site.directory.person("Tran"), site.admin()
        page = plain(admin.get(f"/people/{tom}"))
        assert "No, left the roster" in page
        assert "Make a link to set a password" not in page
        assert "Tran, Tom" not in plain(admin.get("/people"))
        assert "Tran, Tom" in plain(admin.get("/people?state=inactive"))
        assert "Tran, Tom" not in plain(admin.get(f"/people/{site.directory.person('Ude')}/evaluators"))

    def test_somebody_new_may_have_the_username(self, site: Site, before: Browser) -> None:
        with site.directory.writing() as writing:
            add_person(writing, AddPerson("Tomas", "Trant", "tom.tran", None, None, "hr", None))
        assert username_key(site.directory, site.directory.person("Tran")) is None

    def test_whoever_is_given_a_role_anew_goes_on(self, site: Site, before: Browser) -> None:
        tom = site.directory.person("Tran")
        with site.directory.writing() as writing:
            appoint(writing, Appoint(tom, None, "hr", None))
        assert site.sign_in("tom.tran").status_code == 303
        assert before.get("/me").status_code == 200


class TestAnImport:
    def test_of_somebody_new_with_the_username_is_applied(self, directory: Directory) -> None:
        directory.load(roster(small()))
        tom = leave(directory)
        directory.at = BEGINS
        with directory.writing() as writing:
            checked = check_roster(writing, BytesIO(SAME_NAME), "delta.zip")
        assert checked.report.counts == {}
        told = len(directory.events())
        with directory.writing() as writing:
            apply_roster(writing, checked.batch_id, Answers())
        news = {one.person_id: one.active for one in told_since(directory, told) if isinstance(one, PersonChanged)}
        assert news.pop(tom) is False
        assert list(news.values()) == [True]

    def test_a_day_earlier_it_is_not(self, directory: Directory) -> None:
        directory.load(roster(small()))
        leave(directory)
        directory.at = BEFORE
        with directory.writing() as writing:
            assert "OR054" in check_roster(writing, BytesIO(SAME_NAME), "delta.zip").report.counts


class TestTheWorker:
    def test_closes_the_account_like_any_other(self, site: Site, worker: Engine) -> None:
        directory, browser = site.directory, tran(site)
        tom = leave(directory)
        directory.at = BEFORE
        assert site.enter(browser := site.visitor(), "tom.tran").status_code == 303
        told = len(directory.events())
        assert close_accounts(worker, BEFORE) == 0
        assert told_since(directory, told) == []
        assert close_accounts(worker, BEGINS) == 1
        first, *sessions = told_since(directory, told)
        assert isinstance(first, PersonChanged)
        assert (first.person_id, first.active) == (tom, False)
        assert [type(one) for one in sessions] == [SessionEnded]
        assert username_key(directory, tom) is None
        directory.at = BEGINS
        assert "/sign-in" in browser.get("/me").headers["Location"]
        assert close_accounts(worker, BEGINS + timedelta(hours=1)) == 0, "and says it once"

    def test_looks_by_itself_and_stops_when_told(self, directory: Directory, worker: Engine) -> None:
        directory.load(roster(small()))
        tom, stop = leave(directory), threading.Event()
        role = closer("directory", worker, lambda: BEGINS)
        assert role.name in {one.name for one in create_worker(directory.settings)}
        thread = threading.Thread(target=role.run, args=(stop,))
        thread.start()
        wait_until(lambda: username_key(directory, tom) is None)
        stop.set()
        thread.join(5)
        assert not thread.is_alive()

    def test_of_two_at_once_one_closes(self, directory: Directory, worker: Engine) -> None:
        directory.load(roster(small()))
        leave(directory)
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(lambda _: close_accounts(worker, BEGINS), range(4))) == 1

    def test_makes_up_for_days_on_which_none_ran(self, directory: Directory, worker: Engine) -> None:
        directory.load(roster(small()))
        leave(directory)
        assert close_accounts(worker, BEGINS + timedelta(days=40)) == 1

    def test_leaves_alone_whom_something_still_keeps(self, directory: Directory, worker: Engine) -> None:
        directory.load(roster(small()))
        tom = leave(directory)
        leave(directory, "Ude", "T2", ends=None)
        with directory.writing() as writing:
            appoint(writing, Appoint(tom, None, "aide", None, begins=date(2026, 8, 1), ends=date(2027, 6, 1)))
        assert close_accounts(worker, BEGINS) == 0
        assert close_accounts(worker, datetime(2027, 6, 1, 5, tzinfo=UTC)) == 1

    def test_looks_at_each_district_by_its_own_day(
        self, make_directory: Callable[..., Directory], worker: Engine
    ) -> None:
        west, east = make_directory("West"), make_directory("East")
        for one, zone in ((west, "Pacific/Honolulu"), (east, "Asia/Tokyo")):
            one.load(roster(small()))
            leave(one)
            with one.writing() as writing:
                change_district(writing, ChangeDistrict(None, f"District of {zone}", zone, 20))
        assert close_accounts(worker, datetime(2025, 11, 30, 15, tzinfo=UTC)) == 1
        assert username_key(east, east.person("Tran")) is None
        assert close_accounts(worker, datetime(2025, 12, 1, 10, tzinfo=UTC)) == 1

    def test_takes_as_many_statements_for_many_as_for_one(self, directory: Directory, worker: Engine) -> None:
        directory.load(roster(small()))
        leave(directory)
        one = _statements(worker, lambda: close_accounts(worker, BEGINS))
        tables = small()
        tables["users"] += [user(f"N{at}", "Nell", f"N{at}") for at in range(300)]
        tables["roles"] += [role(f"N{at}", "aide", "S1") for at in range(300)]
        directory.load(roster(tables))
        _kept_until_today_only(directory)
        assert _statements(worker, lambda: _is(close_accounts(worker, BEGINS), 300)) <= one + 2
        assert _statements(worker, lambda: _is(close_accounts(worker, BEGINS), 0)) == 1


class TestAnotherZone:
    def test_in_which_the_day_has_come_closes_at_once(self, site: Site) -> None:
        leave(site.directory)
        site.directory.at = datetime(2025, 11, 30, 16, tzinfo=UTC)
        told = len(site.directory.events())
        _move(site.directory, "Asia/Tokyo")
        assert [one.active for one in told_since(site.directory, told) if isinstance(one, PersonChanged)] == [False]

    def test_in_which_it_has_not_come_lets_nobody_in_again(self, site: Site, worker: Engine) -> None:
        """Their username may be somebody else's by now."""
        tom = leave(site.directory)
        site.directory.at = BEGINS
        assert close_accounts(worker, BEGINS) == 1
        with site.directory.writing() as writing:
            add_person(writing, AddPerson("Tomas", "Trant", "tom.tran", None, None, "hr", None))
        _move(site.directory, "Pacific/Honolulu")
        with site.directory.reading() as connection:
            (person,) = load_people(connection, site.directory.district_id, [tom])
            stored = connection.execute(select(PEOPLE.person.c.active).where(PEOPLE.person.c.person_id == tom))
            assert (person.active(date(2025, 11, 30)), stored.scalar_one()) == (False, False)


def _move(directory: Directory, zone: str) -> None:
    with directory.writing() as writing:
        change_district(writing, ChangeDistrict(None, "Harbor District", zone, 20))


def _is(found: int, wanted: int) -> None:
    assert found == wanted


def _kept_until_today_only(directory: Directory) -> None:
    """Those aides, as if the roster had let them go while each had a role by hand until that day."""

    def kept(person: Person) -> Person:
        held = tuple(replace(one, source_id=None, ends=DAY) for one in person.appointments)
        return replace(person, on_roster=False, appointments=held)

    with directory.writing() as writing:
        people = load_people(writing.connection, directory.district_id)
        aides = [person for person in people if (person.source_id or "").startswith("N")]
        assert local_date(directory.at, ZONE) < DAY
        save_people(writing, [kept(person) for person in aides])


def _statements(engine: Engine, work: Callable[[], object]) -> int:
    """How many it sends by that engine."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(sent)
