"""The demo district is filled to its end or afresh; what can't be used is told by name before anything starts."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from accord.demo.start import was_cut_off
from accord.home import Home
from accord.postgres import PostgresServer
from tests.support.installation import Installation, free_port, processes_of

AFRESH = "The demo district was cut off while it was filled, and nobody has worked in it: it is filled afresh."


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    for process in processes_of(tmp_path / "home"):
        process.kill()


def while_it_fills(folder: Path) -> Installation:
    accord = Installation(folder)
    accord.wait_for("last year: 10 of")
    return accord


def test_what_was_cut_off_is_filled_afresh_by_itself(folder: Path) -> None:
    interrupted = while_it_fills(folder)
    assert interrupted.end(signal.SIGINT) == 0
    assert "The demo district is not whole; the next start fills it afresh." in interrupted.said()
    whole = Installation(folder)
    whole.wait_until_up()
    said = whole.said()
    assert AFRESH in said
    assert "everyone's password" in said
    assert not was_cut_off(whole.home)
    assert whole.end() == 0


def test_what_somebody_wrote_in_it_stays(folder: Path) -> None:
    cut = while_it_fills(folder)
    server = PostgresServer(cut.home / "postgres")
    with psycopg.connect(server.url("accord_directory"), autocommit=True) as connection:
        district, person = (
            connection.execute("SELECT district_id, person_id FROM people_person LIMIT 1").fetchone() or ()
        )
        connection.execute(
            "INSERT INTO sign_in_session (district_id, person_id, session_id, started_at, renewed_at, expires_at, address, "
            "device) VALUES (%s, %s, gen_random_uuid(), now(), now(), now() + interval '1 hour', '', '')",
            (district, person),
        )
    cut.process.kill()
    cut.process.wait()
    assert was_cut_off(cut.home)
    for _ in range(2):
        started = Installation(folder)
        started.wait_until_up()
        assert AFRESH not in started.said()
        assert "and somebody has worked here since: it is left as it is." in started.said()
        assert started.end() == 0


def test_a_worker_that_ends_while_it_fills_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_CATCHER", "1")
    monkeypatch.setenv("SMTP_URL", "smtps://mail.example")
    accord = Installation(folder)
    assert accord.process.wait(60) == 1
    assert "The worker ended while starting. Its last words:" in accord.said()
    assert "MAIL_CATCHER is 1, but SMTP_URL is not smtp:// on this machine." in accord.said()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("WEB_WORKERS", "abc", "WEB_WORKERS is 'abc'. Set it to a whole number, 1 or more."),
        ("SMTP_URL", "foo", "SMTP_URL can't be read. Write smtp://host:port"),
    ],
)
def test_a_setting_that_cant_be_used_is_told_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    began = time.monotonic()
    accord = Installation(folder)
    assert accord.process.wait(30) == 1
    assert words in accord.said()
    assert "Traceback" not in accord.said()
    assert not Home(accord.home).server.data.exists(), "nothing was started"
    assert time.monotonic() - began < 20


def test_a_broker_that_does_not_answer_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", nobody)
    accord = Installation(folder, None, "--bus", "kafka")
    assert accord.process.wait(30) == 1
    assert f"No Kafka broker answers at {nobody}. Start it, or set KAFKA_BOOTSTRAP_SERVERS" in accord.said()
