"""`accord up` starts, keeps running what is killed, clears up after itself, and stops without leaving anything."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from accord.kafka_broker import KafkaBroker, lacking
from accord.postgres import PostgresServer
from tests.support.installation import ROOT, Installation, free_port, processes_of


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    for process in processes_of(tmp_path / "home"):
        process.kill()


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One that runs, for tests that only look at it. Its folder was there before, and everyone could read it."""
    folder = tmp_path_factory.mktemp("standing")
    (folder / "home").mkdir(mode=0o755)
    accord = Installation(folder, None, "--no-demo")
    accord.wait_until_up()
    yield accord
    assert accord.end() == 0


def test_what_is_killed_runs_again_and_ctrl_c_stops_everything(folder: Path) -> None:
    accord = Installation(folder, None, "--no-demo")
    accord.wait_until_up()
    assert "No district is here yet. Make the first one: accord district create --help" in accord.said()
    assert accord.status() == 302
    for name in ("web server", "worker"):
        killed = accord.process_of(name)
        killed.kill()
        accord.wait_for(f"The {name} has ended (killed by SIGKILL). Starting it again")
        accord.process_of(name, other_than=killed.pid)
        assert accord.status() == 302  # the socket is the supervisor's: the request waits, it is not refused
    server = PostgresServer(accord.home / "postgres")
    os.kill(server.pid() or 0, signal.SIGKILL)
    accord.wait_for("The database has ended. Starting it again.")
    deadline = time.monotonic() + 20
    while server.pid() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.pid() is not None
    assert accord.end(signal.SIGINT) == 0
    assert "Stopped. What was entered is kept." in accord.said()
    assert processes_of(accord.home) == []


def test_a_second_start_keeps_the_keys_and_the_data_and_a_reset_empties_it(folder: Path) -> None:
    first = Installation(folder, None, "--no-demo")
    first.wait_until_up()
    secret = (first.home / "keys" / "secret-key").read_bytes()
    assert first.end(signal.SIGTERM) == 0
    second = Installation(folder, None, "--no-demo")
    second.wait_until_up()
    assert "Making the database" not in second.said()
    assert (second.home / "keys" / "secret-key").read_bytes() == secret
    assert second.end() == 0
    assert (_reset(second.home).returncode, second.home.exists()) == (0, False)


def test_leftovers_of_a_killed_run_are_stopped(folder: Path) -> None:
    first = Installation(folder, None, "--no-demo")
    first.wait_until_up()
    first.process.kill()
    first.process.wait()
    left = first.process_of("worker").pid
    second = Installation(folder, first.port, "--no-demo")
    second.wait_until_up()
    assert f"Stopping the worker that an earlier run left behind (process {left})." in second.said()
    assert second.status() == 302
    assert second.end() == 0
    assert processes_of(second.home) == []


def test_a_second_one_beside_it_is_refused(standing: Installation) -> None:
    second = Installation(standing.home.parent, None, "--no-demo")
    assert second.process.wait(30) == 1
    assert f"Accord already runs on {standing.home} (process {standing.process.pid})" in second.said()
    assert standing.status() == 302


def test_a_taken_port_is_told(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        accord = Installation(folder, taken.getsockname()[1], "--no-demo")
        assert accord.process.wait(30) == 1
    assert "can't be used (Address already in use). Choose another: make up PORT=8010" in accord.said()


@pytest.mark.parametrize("given", ["abc", "0", "70000", "80.5"])
def test_what_is_no_port_is_told_what_one_is(folder: Path, given: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "accord", "up"],
        cwd=ROOT, env=os.environ | {"ACCORD_HOME": str(folder / "home"), "PORT": given}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    assert f"'{given}' is no port. Give a number from 1 to 65535: make up PORT=8010" in ran.stderr
    assert not (folder / "home").exists()


def test_kafka_without_java_says_what_to_install(folder: Path) -> None:
    empty = folder / "bin"
    empty.mkdir()
    for tool in ("useradd", "sh"):
        if path := shutil.which(tool):
            (empty / tool).symlink_to(path)
    ran = subprocess.run(
        [sys.executable, "-m", "accord", "up", "--bus", "kafka", "--port", str(free_port())],
        cwd=ROOT, env={"ACCORD_HOME": str(folder / "home"), "PATH": str(empty)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "there is no `java` here. On Debian and Ubuntu: apt-get install maven" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (folder / "home").exists()


@pytest.mark.kafka
def test_the_same_on_a_real_kafka(folder: Path) -> None:
    if problem := lacking():
        pytest.skip(problem)
    accord = Installation(folder, None, "--no-demo", "--bus", "kafka")
    accord.wait_until_up()
    broker = KafkaBroker(accord.home / "kafka")
    servers = broker.bootstrap_servers
    os.kill(broker.pid() or 0, signal.SIGKILL)
    accord.wait_for("The Kafka broker has ended. Starting it again.")
    deadline = time.monotonic() + 30
    while broker.pid() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert broker.bootstrap_servers == servers
    assert accord.end() == 0
    assert processes_of(accord.home) == []


def test_no_clients_header_says_where_the_application_stands(standing: Installation) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{standing.port}/directory/sign-in", headers={"SCRIPT_NAME": "/evil"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200


def _reset(home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "accord", "reset", "--yes"],
        cwd=ROOT, env=os.environ | {"ACCORD_HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_reset_empties_no_installation_that_runs(standing: Installation) -> None:
    refused = _reset(standing.home)
    assert refused.returncode == 1
    assert "Accord already runs" in refused.stderr
    assert standing.status() == 302


@pytest.mark.parametrize("command", [["up", "--no-demo"], ["reset", "--yes"]])
def test_an_installation_of_another_account_is_left_alone(folder: Path, command: list[str]) -> None:
    """By root too: what root writes into it, its owner could neither use nor remove."""
    home = folder / "home"
    home.mkdir()
    if os.geteuid() == 0:
        os.chown(home, 65_534, 65_534)
    else:
        home = Path("/")  # root's
    environment = os.environ | {"ACCORD_HOME": str(home), "PORT": str(free_port())}
    refused = subprocess.run(
        [sys.executable, "-m", "accord", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1 and "belongs to another account" in refused.stderr
    assert "Traceback" not in refused.stderr and list((folder / "home").iterdir()) == []


def test_what_it_keeps_is_nobody_elses_to_read(standing: Installation) -> None:
    assert standing.home.stat().st_mode & 0o066 == 0
