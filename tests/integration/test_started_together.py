"""Two installations that are started in the same moment on one machine take nothing of each other's."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path
from threading import Barrier

import psutil
import pytest

from accord.home import Home
from accord.up import UpError, _listening
from services.notifications.channels.email import Postman, mail_server
from services.notifications.channels.letter import SEAL_HEADER, seal
from tests.support.installation import Installation, free_port, processes_of


@pytest.fixture
def both(tmp_path: Path) -> Iterator[list[Installation]]:
    """Two of them, up."""
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    yield [Installation(folder, None, "--no-demo") for folder in folders]
    for folder in folders:
        for process in processes_of(folder / "home"):
            process.kill()


def _smtp_url(process: psutil.Process) -> str:
    return process.environ()["SMTP_URL"]


def _send(home: Home, url: str, number: int) -> None:
    """Hand in a letter of this installation. Raises what smtplib raises where it is another's catcher."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Message-ID"] = "a@b.example", "c@d.example", f"<{number}@b.example>"
    letter[SEAL_HEADER] = seal(home.keys.secret_key(), f"<{number}@b.example>")
    postman = Postman(mail_server(url), seconds=20)
    postman.send(letter)
    postman.hang_up()


def test_letters_reach_their_own_catcher(both: list[Installation]) -> None:
    for number, accord in enumerate(both):
        accord.wait_until_up()
        home, worker = Home(accord.home), accord.process_of("worker")
        assert _smtp_url(worker) == _smtp_url(accord.process_of("web server")) == home.environment()["SMTP_URL"]
        _send(home, _smtp_url(worker), number)
        worker.kill()
        _send(home, _smtp_url(worker_again(accord, worker)), number + 10)
        assert len(list((accord.home / "mail" / "nobody").glob("*.eml"))) == 2
    assert len({_smtp_url(accord.process_of("worker")) for accord in both}) == 2
    assert [accord.end() for accord in both] == [0, 0]


def worker_again(accord: Installation, killed: psutil.Process) -> psutil.Process:
    return accord.process_of("worker", other_than=killed.pid)


def test_of_many_who_want_one_port_one_gets_it_and_the_others_are_told() -> None:
    many, rounds = 8, 40
    for _round in range(rounds):
        port, ready, done = free_port(), Barrier(many), Barrier(many)

        def want(_number: int, port: int = port, ready: Barrier = ready, done: Barrier = done) -> socket.socket | str:
            ready.wait(10)
            try:
                with _listening(port) as listener:
                    done.wait(10)
                    return listener
            except UpError as error:
                done.wait(10)
                return str(error)

        with ThreadPoolExecutor(many) as pool:
            got = list(pool.map(want, range(many)))
        told = [each for each in got if isinstance(each, str)]
        assert len(told) == many - 1
        assert all("Choose another: make up PORT=8010" in each for each in told)
