"""Sign-ins at the very moment at which a password changes, or somebody is shut out: no session outlives what let it in."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, select, text

from services.directory.commands import SetActive
from services.directory.handlers.people import set_active
from services.directory.refusals import Refused
from services.directory.signin.links import make_links, set_password
from services.directory.signin.passwords import Hasher
from services.directory.signin.sessions import open_sessions
from services.directory.signin.signing_in import SignIn, change_password, sign_in
from services.directory.store.tables import credential
from tests.support.directories import PASSWORD, Directory
from tests.support.directory_web import Site, tran
from tests.support.rosters import roster, small

NEW = "granite-willow-harbor-3"
AT_ONCE = 4


@dataclass
class OwnDesk:
    """A sign-in's own connection."""

    directory: Directory
    held: list[Connection] = field(default_factory=list)

    def open(self) -> Connection:
        if not self.held:
            connection = self.directory.engine.connect()
            connection.execute(
                text("SELECT set_config('app.district', :it, false)"), {"it": str(self.directory.district_id)}
            )
            self.held.append(connection)
        return self.held[0]

    def commit(self) -> None:
        self.open().commit()

    def close(self) -> None:
        for connection in self.held:
            connection.rollback()
            connection.execute(text("RESET app.district"))
            connection.commit()
            connection.close()


class Waiting(Hasher):
    """Verifies as ever, then waits to be let on: what was verified grows old meanwhile."""

    def __init__(self) -> None:
        super().__init__(at_once=AT_ONCE)
        self.verified = threading.Semaphore(0)
        self.go_on = threading.Event()

    def matches(self, kept: str | None, password: str) -> bool:
        right = super().matches(kept, password)
        self.verified.release()
        assert self.go_on.wait(30)
        return right


@pytest.fixture
def owner(directory: Directory) -> UUID:
    directory.load(roster(small()))
    person = directory.person("Tran")
    directory.give_password(person)
    return person


def enter(directory: Directory, hasher: Hasher, password: str = PASSWORD) -> bool:
    """Whether somebody gets in with this password."""
    desk = OwnDesk(directory)
    command = SignIn(directory.district_id, "tom.tran", password, "198.51.100.7", "a test")
    try:
        sign_in(desk, command, at=directory.at, secret="s" * 40, hasher=hasher)
    except Refused:
        return False
    finally:
        desk.close()
    return True


def sessions(directory: Directory, person: UUID) -> int:
    with directory.reading() as connection:
        return len(open_sessions(connection, directory.district_id, person, directory.at))


def changed(directory: Directory, owner: UUID) -> None:
    with directory.writing(owner) as writing:
        change_password(writing, owner, PASSWORD, NEW, Hasher())


def set_by_link(directory: Directory, owner: UUID) -> None:
    with directory.writing() as writing:
        (link,) = make_links(writing, [owner])
    with directory.writing() as writing:
        set_password(writing, link.path.rsplit("/", 1)[1], NEW, Hasher())


def shut_out(directory: Directory, owner: UUID) -> None:
    with directory.writing() as writing:
        set_active(writing, SetActive(owner, None, active=False))


@pytest.mark.parametrize("meanwhile", [changed, set_by_link, shut_out])
def test_what_was_verified_before_a_change_opens_nothing_after_it(
    directory: Directory, owner: UUID, meanwhile: Callable[[Directory, UUID], None]
) -> None:
    hasher = Waiting()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        entering: list[Future[bool]] = [pool.submit(enter, directory, hasher) for _ in range(AT_ONCE)]
        for _ in entering:
            assert hasher.verified.acquire(timeout=30)
        meanwhile(directory, owner)
        hasher.go_on.set()
        assert [one.result(30) for one in entering] == [False] * AT_ONCE
    assert sessions(directory, owner) == 0


def test_however_they_fall_together_no_session_of_the_old_password_is_left(directory: Directory, owner: UUID) -> None:
    hasher = Hasher(at_once=AT_ONCE + 1)
    for _ in range(5):
        directory.at += timedelta(hours=1)  # the tries before it are forgotten
        directory.give_password(owner)
        start = threading.Barrier(AT_ONCE + 1)

        def come(start: threading.Barrier = start) -> bool:
            start.wait(30)
            return enter(directory, hasher)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            entering = [pool.submit(come) for _ in range(AT_ONCE)]
            start.wait(30)
            changed(directory, owner)
            for one in entering:
                one.result(30)
        assert sessions(directory, owner) == 0
        assert enter(directory, hasher, NEW)


def test_two_changes_by_the_same_password_are_not_both_made(directory: Directory, owner: UUID) -> None:
    """Else whoever knows the old one could write theirs over the one that was to keep them out."""

    def change(new: str) -> bool:
        try:
            with directory.writing(owner) as writing:
                change_password(writing, owner, PASSWORD, new, Hasher())
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(change, [NEW, "another-willow-harbor-4"]))
    assert sorted(done) == [False, True]


def test_sign_ins_side_by_side_all_get_in_though_the_hash_is_renewed(directory: Directory, owner: UUID) -> None:
    weak = Hasher()
    weak._argon = type(weak._argon)(time_cost=1, memory_cost=8 * 1024, parallelism=1)
    with directory.writing() as writing:
        writing.connection.execute(credential.update().values(hash=weak.hash(PASSWORD)))
    hasher = Waiting()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        entering = [pool.submit(enter, directory, hasher) for _ in range(AT_ONCE)]
        for _ in entering:
            assert hasher.verified.acquire(timeout=30)
        hasher.go_on.set()
        assert [one.result(30) for one in entering] == [True] * AT_ONCE
    with directory.reading() as connection:
        mine = credential.c.person_id == owner
        assert not hasher.outdated(connection.execute(select(credential.c.hash).where(mine)).scalar_one())


def test_a_wrong_present_password_ends_no_link(site: Site) -> None:
    browser = tran(site)
    person = site.directory.person("Tran")
    with site.directory.writing() as writing:
        (link,) = make_links(writing, [person])
    fields = {"present_password": "not-the-present-one", "password": NEW, "password_again": NEW}
    assert browser.post("/me/password", fields).status_code == 422
    assert site.visitor().get(link.path).status_code == 200
