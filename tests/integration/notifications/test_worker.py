"""The whole worker, as it runs in an installation on one machine: from the bus to a letter read in the browser."""

import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage

import pytest

from services.notifications.bootstrap import create_worker
from services.notifications.channels.catcher import catcher
from services.notifications.channels.email import Postman, mail_server
from services.notifications.channels.letter import DISTRICT_HEADER, SEAL_HEADER, seal
from services.notifications.channels.mailbox import mailbox_of
from services.notifications.store import tables
from shared.config import ConfigError, Settings
from shared.worker import run_roles
from tests.support.bus import running, wait_until
from tests.support.notifications import NORTH, WHOLE_YEAR, BusStory, Story, whole_year


@pytest.fixture
def free_smtp() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    yield f"smtp://127.0.0.1:{port}"


def roles_of(settings: Settings) -> set[str]:
    return {role.name for role in create_worker(settings)}


def test_roles(story: Story) -> None:
    usual = {"consumer", "urgent-consumer", "relay", "sender", "housekeeper"}
    assert roles_of(story.settings) == usual
    assert roles_of(replace(story.settings, mail_catcher=True)) == usual | {"catcher"}


def test_what_is_said_elsewhere_is_read_in_the_local_mailbox(bus_story: BusStory, free_smtp: str) -> None:
    settings = replace(bus_story.settings, smtp_url=free_smtp, mail_catcher=True)
    whole_year(bus_story)
    stop = threading.Event()
    worker = threading.Thread(target=run_roles, args=(create_worker(settings), stop))
    worker.start()
    mailbox = mailbox_of(settings)
    try:
        with running(bus_story.relay):
            wait_until(lambda: mailbox.newest(NORTH, skip=0, most=1)[1] == len(WHOLE_YEAR), 60)
            wait_until(lambda: {row["state"] for row in bus_story.rows(tables.delivery)} == {"sent"})
    finally:
        stop.set()
        worker.join(30)
    assert not worker.is_alive(), "every role ends when it is told to"
    letters, _count = mailbox.newest(NORTH, skip=0, most=50)
    assert any(
        "sent you feedback" in letter.text and letter.to == "Tess Kim <tess@district.example>" for letter in letters
    )


@pytest.mark.parametrize("url", ["smtp://mail.example:25", "smtps://127.0.0.1:465"])
def test_the_catcher_listens_on_this_machine_only(story: Story, url: str) -> None:
    with pytest.raises(ConfigError, match="MAIL_CATCHER"):
        catcher(replace(story.settings, smtp_url=url, mail_catcher=True))


def test_letters_of_another_installation_are_refused(story: Story, free_smtp: str) -> None:
    """Whoever finds the catcher's port, its mailbox holds what this installation would have sent, and nothing else."""
    settings = replace(story.settings, smtp_url=free_smtp, mail_catcher=True)
    stop = threading.Event()
    listening = threading.Thread(target=catcher(settings), args=(stop,))
    listening.start()
    postman = Postman(mail_server(free_smtp), seconds=5)
    try:
        for number, secret in enumerate((settings.secret_key, "the secret of another installation, as long", None)):
            letter = EmailMessage()
            letter["From"], letter["To"], letter["Message-ID"] = "a@b.example", "c@d.example", f"<{number}@b.example>"
            letter[DISTRICT_HEADER] = str(NORTH)
            if secret is not None:
                letter[SEAL_HEADER] = seal(secret, f"<{number}@b.example>")
            if secret == settings.secret_key:
                eventually_sent(postman, letter)
            else:
                with pytest.raises(smtplib.SMTPDataError, match="550"):
                    postman.send(letter)
    finally:
        postman.hang_up()
        stop.set()
        listening.join(10)
    assert mailbox_of(settings).newest(NORTH, skip=0, most=9)[1] == 1


def eventually_sent(postman: Postman, letter: EmailMessage) -> None:
    """The catcher may not listen yet."""
    for _ in range(50):
        try:
            return postman.send(letter)
        except OSError:
            time.sleep(0.1)
    raise AssertionError("nobody listens")


def test_letters_that_are_not_accords_are_nobodys_to_read(story: Story) -> None:
    mailbox = mailbox_of(story.settings)
    for raw in (
        b"",
        b"Subject: no district\r\n\r\nWords",
        b"X-Accord-District: ../../keys\r\n\r\nWords",
        b"\xff\x00\xfe",
    ):
        mailbox.keep(raw)
    assert mailbox.newest(NORTH, skip=0, most=9) == ([], 0)
    kept = {path.parent.name for path in (story.settings.home / "mail").rglob("*.eml")}
    assert kept == {"nobody"}
