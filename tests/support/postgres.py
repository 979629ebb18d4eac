"""A real PostgreSQL for the whole test run, and fresh databases on it in a few milliseconds each.

def test_something(service_settings):
    teacher = service_settings("teacher")                # shared.config.Settings; migrated, empty, this test's own
    engine = shared.db.connect(teacher, "web")
    home = service_settings("notifications")             # of the same test: on the same bus database

def test_some_part(empty_settings):                      # a database without tables, for parts of shared/
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from accord.databases import OWNER, ROLES, WEB, WORKER, create_database, prepare_roles
from accord.keys import ensure_keys
from accord.postgres import PostgresError, PostgresServer
from accord.services import BY_NAME
from shared import migrations
from shared.config import Settings
from tests.support.session import abandoned_folders, close_folder, locked, open_folder, session_folder

SettingsFactory = Callable[..., Settings]
"""service name, then any field of Settings by name -> settings on a fresh database of that service."""


def _server(folder: Path) -> PostgresServer:
    return PostgresServer(folder / "pg", durable=False)


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    for folder in abandoned_folders():
        with suppress(PostgresError):
            _server(folder).stop()
        close_folder(folder)
    config.stash[_FOLDER] = open_folder()


_FOLDER = pytest.StashKey[Path]()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    folder = session.config.stash.get(_FOLDER, None)
    if folder is None or not (folder / "pg" / "started").exists():
        return
    if _server(folder).pid() is None:
        log = (folder / "pg" / "server.log").read_text(encoding="utf-8", errors="replace")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print(f"\nERROR: the test database server ended by itself during the run. Its last words:\n{log[-3000:]}")


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = config.stash.get(_FOLDER, None)
    if folder is not None:
        _server(folder).stop()
        close_folder(folder)


@pytest.fixture(scope="session")
def postgres() -> PostgresServer:
    """The server; `postgres.url(database, role)` gives addresses. Tests that stop or kill a server start their own."""
    server = _server(session_folder())
    with locked("postgres"):
        marker = server.folder / "started"
        if marker.exists():
            assert server.pid() is not None, "the test database server has ended; see the end of this run"
            return server
        server.start()
        with psycopg.connect(server.url(), autocommit=True) as connection:
            prepare_roles(connection)
        marker.touch()
    return server


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    """A server of this test's own, durable and running, to stop and to kill."""
    server = PostgresServer(tmp_path / "own-pg")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def new_database(postgres: PostgresServer) -> Iterator[Callable[..., str]]:
    """template, owner, users -> the name of a fresh database, dropped after the test."""
    made: list[str] = []

    def make(template: str = "template1", owner: str = OWNER, users: tuple[str, ...] = ROLES) -> str:
        name = f"test_{uuid4().hex[:16]}"
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            create_database(connection, name, template=template, owner=owner, users=users)
        made.append(name)
        return name

    yield make
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        for name in made:
            _end_sessions(connection, name)
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _end_sessions(connection: psycopg.Connection, database: str) -> None:
    """End them, and see that they have ended: dropping a database would look only every tenth of a second."""
    until = time.monotonic() + 1
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    while connection.execute(ended, (database,)).fetchall() and time.monotonic() < until:
        time.sleep(0.002)


@pytest.fixture
def bus_database(new_database: Callable[..., str], postgres: PostgresServer) -> str:
    """The address of this test's own bus database, as accord_worker, who owns it."""
    return postgres.url(new_database(owner=WORKER, users=(WORKER,)), WORKER)


@pytest.fixture
def service_settings(
    postgres: PostgresServer, new_database: Callable[..., str], bus_database: str, tmp_path: Path
) -> SettingsFactory:
    """service, **fields -> Settings on a fresh, migrated database. All of one test share one bus database."""

    def make(service: str, **fields: object) -> Settings:
        name = new_database(template=_migrated(postgres, service))
        return _settings(postgres, service, name, bus_url=bus_database, folder=tmp_path, fields=fields)

    return make


@pytest.fixture
def empty_settings(
    postgres: PostgresServer, new_database: Callable[..., str], bus_database: str, tmp_path: Path
) -> SettingsFactory:
    """service, **fields -> Settings on a fresh database without tables."""

    def make(service: str = "teacher", **fields: object) -> Settings:
        return _settings(postgres, service, new_database(), bus_url=bus_database, folder=tmp_path, fields=fields)

    return make


def _settings(
    server: PostgresServer, service: str, database: str, *, bus_url: str, folder: Path, fields: dict[str, object]
) -> Settings:
    keys = ensure_keys(folder / "keys")
    settings = Settings(
        service=service,
        database_urls={
            "owner": server.url(database, OWNER),
            "web": server.url(database, WEB),
            "worker": server.url(database, WORKER),
        },
        bus="postgres",
        bus_url=bus_url,
        secret_key=keys.secret_key(),
        session_verify_key=keys.session_verify,
        session_signing_key=keys.session_signing if service == "directory" else None,
        home=folder / "home",
        pool_size=4,
    )
    return replace(settings, **fields)  # type: ignore[arg-type]


def _migrated(server: PostgresServer, service: str) -> str:
    """The name of a database to copy from: the service's, migrated once in this run."""
    name = f"template_{service}"
    with locked(name):
        marker = server.folder / name
        if not marker.exists():
            with psycopg.connect(server.url(), autocommit=True) as connection:
                create_database(connection, name)
            migrations.upgrade(server.url(name, OWNER), BY_NAME[service].versions)
            marker.touch()
    return name
