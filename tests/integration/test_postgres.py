"""The embedded server keeps what was committed through kill -9, is found again, and lets nobody else in."""

import multiprocessing
import os
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import text

from accord.databases import BUS_DATABASE, prepare
from accord.home import Home
from accord.postgres import PostgresServer
from shared.config import SERVICES, load_settings
from shared.db import connect


def _kill(server: PostgresServer) -> None:
    pid = server.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while server.pid() is not None and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_killed_server_starts_again_with_what_was_committed(own_postgres: PostgresServer) -> None:
    with psycopg.connect(own_postgres.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (word text)")
    for round_number in range(3):
        with psycopg.connect(own_postgres.url(), autocommit=True) as connection:
            connection.execute("INSERT INTO kept VALUES (%s)", [str(round_number)])
        _kill(own_postgres)
        assert own_postgres.start() is True
    with psycopg.connect(own_postgres.url()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (3,)


def test_a_second_start_finds_the_running_one(own_postgres: PostgresServer) -> None:
    again = PostgresServer(own_postgres.folder)
    assert again.start() is False
    assert again.pid() == own_postgres.pid()
    again.stop()
    assert own_postgres.pid() is None
    again.stop()


@pytest.mark.parametrize("place", ["data/postmaster.pid", ".s.PGSQL.5432.lock"])
def test_a_lock_file_whose_number_is_another_process_now_is_no_hindrance(
    own_postgres: PostgresServer, place: str
) -> None:
    lock = own_postgres.folder / place
    lines = lock.read_text().splitlines()
    own_postgres.stop()
    with _process_of(own_postgres) as another:
        lock.write_text("\n".join([str(another), *lines[1:]]) + "\n")
        assert own_postgres.pid() is None
        assert own_postgres.start() is True


@contextmanager
def _process_of(server: PostgresServer) -> Iterator[int]:
    """A process of the account that the server runs under: PostgreSQL asks whether it may send one a signal."""
    owner = server.data.stat()
    process = subprocess.Popen(["sleep", "60"], user=owner.st_uid, group=owner.st_gid, extra_groups=[])
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def test_it_says_why_it_does_not_start(own_postgres: PostgresServer) -> None:
    own_postgres.stop()
    (own_postgres.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(Exception, match="incompatible"):
        own_postgres.start()


def test_a_folder_with_a_long_path(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / ("long" * 30) / "pg", durable=False)
    try:
        server.start()
        psycopg.connect(server.url()).close()
    finally:
        server.stop()
    assert server.sockets != server.folder


@pytest.mark.parametrize("name", ["a é b", "one, two", "100% {role}+?#&x='y'"])
def test_a_folder_of_any_name(name: str) -> None:
    """As a home: whoever reads an address out of its environment gets in, whatever stands in the path."""
    with tempfile.TemporaryDirectory(prefix="a") as short:
        home = Home(Path(short) / name)
        server = home.server
        assert (server.sockets == server.folder) == ("," not in name)
        try:
            assert server.start() is True
            assert home.server.pid() == server.pid() is not None
            assert home.server.start() is False
            prepare(server.url())
            settings = load_settings("teacher", home.environment())
            psycopg.connect(settings.database_urls["worker"]).close()
            engine = connect(settings, "web")
            with engine.connect() as connection:
                found = connection.execute(text("SELECT current_user, current_database()")).one()
            engine.dispose()
            assert found == ("accord_web", "accord_teacher")
            home.server.stop()
            assert server.pid() is None
        finally:
            server.stop()


def test_only_the_account_of_the_folder_gets_in(own_postgres: PostgresServer) -> None:
    sockets = [path for path in own_postgres.sockets.iterdir() if path.is_socket()]
    assert len(sockets) == 1
    for path in (own_postgres.sockets, own_postgres.data, *sockets):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path
    with psycopg.connect(own_postgres.url()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        for durable in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert connection.execute(f"SHOW {durable}").fetchone() == ("on",)


def _runs_as_nobody(folder: Path) -> None:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    server = PostgresServer(folder)
    assert server.start() is True
    psycopg.connect(server.url()).close()
    server.stop()
    assert server.pid() is None


def test_an_ordinary_account_runs_it_and_root_may_take_it_over() -> None:
    """As root: in a process that has given root up. As anyone else this is what every other test here does."""
    if os.geteuid() != 0:
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        PostgresServer(folder / "roots").start()  # lets others read the programs, as the start of root's server does
        PostgresServer(folder / "roots").stop()
        process = multiprocessing.get_context("fork").Process(target=_runs_as_nobody, args=(folder / "pg",))
        process.start()
        process.join(60)
        assert process.exitcode == 0
        assert (folder / "pg" / "data").stat().st_uid == 65534
        server = PostgresServer(folder / "pg")
        assert server.start() is True
        assert psutil.Process(server.pid()).uids().real == 65534
        server.stop()


def test_databases_and_roles(own_postgres: PostgresServer) -> None:
    names = [f"accord_{service}" for service in SERVICES] + [BUS_DATABASE]
    assert prepare(own_postgres.url()) == names
    assert prepare(own_postgres.url()) == []
    with psycopg.connect(own_postgres.url(), autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger LOGIN")
        unsafe = (
            "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'accord%' AND (rolsuper OR rolbypassrls OR rolcreatedb)"
        )
        assert connection.execute(unsafe).fetchone() == (0,)
    for name in names:
        psycopg.connect(own_postgres.url(name, "accord_worker")).close()
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(own_postgres.url(name, "stranger"))
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(own_postgres.url(BUS_DATABASE, "accord_web"))
    with psycopg.connect(own_postgres.url(BUS_DATABASE, "accord_worker")) as connection:
        connection.execute("CREATE TABLE log (id int)")


def test_an_administrator_need_not_be_a_superuser(own_postgres: PostgresServer) -> None:
    with psycopg.connect(own_postgres.url(), autocommit=True) as connection:
        connection.execute("CREATE ROLE manager LOGIN CREATEDB CREATEROLE")
    passwords = {role: f"{role}-secret" for role in ("accord_owner", "accord_web", "accord_worker")}
    assert len(prepare(own_postgres.url("postgres", "manager"), passwords)) == len(SERVICES) + 1
    assert prepare(own_postgres.url("postgres", "manager"), passwords) == []
    with psycopg.connect(own_postgres.url()) as connection:
        stored = connection.execute(
            "SELECT count(DISTINCT rolpassword) FROM pg_authid WHERE rolname LIKE 'accord%' AND rolpassword IS NOT NULL"
        )
        assert stored.fetchone() == (3,)
