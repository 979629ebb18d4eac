"""Letters against a real mail server: sent once, told apart when they fail, tried again later each time, given up."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.notifications.channels.email import Postman, mail_server
from services.notifications.channels.failures import Failure
from services.notifications.channels.queue import BACK_OFF, LEASE, claim, settle_failed, settle_sent
from services.notifications.channels.sender import Sender
from services.notifications.store import tables
from shared.config import ConfigError
from shared.db import transaction
from tests.support.bus import wait_until
from tests.support.mail import BREAK_OFF, HANG, PostOffice
from tests.support.notifications import NORTH, OTTO, PAULA, SOUTH, TESS, TOM, Person, Story, person_changed


def sender(story: Story, url: str, *, seconds: float = 5) -> Sender:
    settings = replace(story.settings, smtp_url=url, public_url="https://accord.example", mail_gather_seconds=0)
    return Sender(settings, story.engine, clock=story.clock, postman=Postman(mail_server(url), seconds=seconds))


def send_due(story: Story, by: Sender) -> int:
    """Send what is due now; answers how many were tried."""
    tried = 0
    while (claimed := claim(story.engine, story.clock())) is not None:
        by.deliver(claimed)
        tried += 1
    return tried


def letters(story: Story) -> dict[str, dict[str, Any]]:
    """Recipient's given name -> their delivery, where each has one."""
    recipients = {row["id"]: row["recipient_id"] for row in story.rows(tables.message)}
    names = {person.id: person.given for person in (PAULA, TESS, TOM)}
    return {names[recipients[row["message_id"]]]: row for row in story.rows(tables.delivery)}


def one_letter(story: Story, to: Person = TESS) -> Story:
    """The story in which just one person is told one thing."""
    story.open(to)
    return story.done(to, "feedback", "feedback", PAULA)


def test_each_person_gets_their_letters_and_nobody_elses(story: Story, post_office: PostOffice) -> None:
    story.open(TESS).assign(TESS, PAULA).open(OTTO).done(OTTO, "feedback", "feedback", None)
    story.clock.forward(minutes=1)
    assert send_due(story, sender(story, post_office.url)) == 3
    assert post_office.addressed() == sorted([TESS.email, PAULA.email, OTTO.email])
    letter = next(one for one in post_office.letters if one["X-Taken-For"] == TESS.email)
    assert str(letter["To"]) == f"Tess Kim <{TESS.email}>"
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Paula Alvarez evaluates you in 2026–27." in text
    assert f"https://accord.example/teacher/evaluations/{TESS.evaluation}" in text
    assert "North district" in text and "10:00 CDT" in text
    assert {row["state"] for row in (*story.rows(tables.delivery), *story.rows(tables.delivery, SOUTH))} == {"sent"}
    assert send_due(story, sender(story, post_office.url)) == 0, "once"


def test_several_letters_share_a_conversation(story: Story, post_office: PostOffice) -> None:
    story.open(TESS).assign(TESS, PAULA)
    story.clock.forward(minutes=1)
    send_due(story, sender(story, post_office.url))
    assert (len(post_office.letters), post_office.conversations) == (2, 1)


@pytest.mark.parametrize(
    ("answer", "reason", "code"),
    [("550 5.1.1 No such box", "recipient_refused", 550), ("553 No", "recipient_refused", 553)],
)
def test_a_refused_recipient_is_not_tried_again(
    story: Story, post_office: PostOffice, answer: str, reason: str, code: int
) -> None:
    post_office.answer[TESS.email] = answer
    one_letter(story)
    by = sender(story, post_office.url)
    assert send_due(story, by) == 1
    row = letters(story)["Tess"]
    assert (row["state"], row["reason"], row["smtp_code"], row["attempts"]) == ("failed", reason, code, 1)
    story.clock.forward(days=30)
    assert send_due(story, by) == 0


def test_a_refused_letter_is_not_tried_again(story: Story, post_office: PostOffice) -> None:
    post_office.after_data[TESS.email] = "554 Not wanted"
    one_letter(story)
    send_due(story, sender(story, post_office.url))
    assert (letters(story)["Tess"]["state"], letters(story)["Tess"]["reason"]) == ("failed", "letter_refused")


@pytest.mark.parametrize(
    ("answer", "where", "reason"),
    [
        ("450 4.2.1 Busy", "answer", "recipient_deferred"),
        ("451 Later", "after_data", "letter_deferred"),
        (BREAK_OFF, "answer", "connection_lost"),
        (BREAK_OFF, "after_data", "connection_lost"),
        (HANG, "answer", "timed_out"),
        (HANG, "after_data", "timed_out"),
    ],
)
def test_a_passing_failure_is_tried_again_and_arrives_once(
    story: Story, post_office: PostOffice, answer: str, where: str, reason: str
) -> None:
    getattr(post_office, where)[TESS.email] = answer
    one_letter(story)
    by = sender(story, post_office.url, seconds=0.5)
    assert send_due(story, by) == 1
    row = letters(story)["Tess"]
    assert (row["state"], row["reason"], row["attempts"]) == ("pending", reason, 1)
    assert row["next_attempt_at"] == story.clock() + BACK_OFF[0]
    getattr(post_office, where).clear()
    assert send_due(story, by) == 0, "not before its time"
    story.clock.forward(minutes=1)
    assert send_due(story, by) == 1
    assert post_office.addressed() == [TESS.email]
    row = letters(story)["Tess"]
    assert (row["state"], row["reason"], row["attempts"]) == ("sent", None, 2)


def test_one_bad_address_does_not_hold_up_the_others(story: Story, post_office: PostOffice) -> None:
    post_office.answer[TESS.email] = "550 No"
    story.open(TESS).assign(TESS, PAULA)
    story.clock.forward(minutes=1)
    send_due(story, sender(story, post_office.url))
    assert post_office.addressed() == [PAULA.email]
    assert {name: row["state"] for name, row in letters(story).items()} == {"Tess": "failed", "Paula": "sent"}


def test_a_letter_that_cant_be_read_does_not_hold_up_the_others(story: Story, post_office: PostOffice) -> None:
    """PostgreSQL holds days that Python has no words for."""
    story.open(TESS).assign(TESS, PAULA)
    story.clock.forward(minutes=1)
    with story.engine.begin() as connection:
        connection.execute(text("UPDATE message SET held_from = '0044-03-15 BC' WHERE kind = 'evaluator_named'"))
    stop = threading.Event()
    running = threading.Thread(target=sender(story, post_office.url).run, args=(stop,))
    running.start()
    try:
        wait_until(lambda: {row["state"] for row in story.rows(tables.delivery)} == {"failed", "sent"}, seconds=20)
    finally:
        stop.set()
        running.join(20)
    assert post_office.addressed() == [PAULA.email]
    row = next(row for row in story.rows(tables.delivery) if row["state"] == "failed")
    assert (row["reason"], row["leased_until"]) == ("unexpected", None)


def test_pauses_grow_until_it_is_given_up(story: Story, post_office: PostOffice) -> None:
    post_office.answer[TESS.email] = "450 Busy"
    one_letter(story)
    by = sender(story, post_office.url)
    pauses = []
    for _ in BACK_OFF:
        assert send_due(story, by) == 1
        pauses.append(letters(story)["Tess"]["next_attempt_at"] - story.clock())
        story.clock.at = letters(story)["Tess"]["next_attempt_at"]
    assert pauses == list(BACK_OFF) == sorted(pauses)
    assert send_due(story, by) == 1
    row = letters(story)["Tess"]
    assert (row["state"], row["reason"], row["attempts"]) == ("gave_up", "recipient_deferred", len(BACK_OFF) + 1)
    story.clock.forward(days=30)
    assert send_due(story, by) == 0


def test_a_mail_server_that_is_not_there_is_a_passing_failure(story: Story, post_office: PostOffice) -> None:
    url = post_office.url
    post_office.shut()
    one_letter(story)
    claimed = claim(story.engine, story.clock())
    assert claimed is not None
    failure = sender(story, url).deliver(claimed)
    assert failure == Failure("server_unreachable", everyone=True)
    assert letters(story)["Tess"]["state"] == "pending"


def test_a_server_away_for_a_while_costs_one_letter_a_try_not_all(story: Story, post_office: PostOffice) -> None:
    url = post_office.url
    post_office.shut()
    story.open(TESS).assign(TESS, PAULA).open(TOM).assign(TOM, PAULA)
    stop = threading.Event()
    loop = threading.Thread(target=sender(story, url).run, args=(stop,))
    loop.start()
    stop.wait(2)
    stop.set()
    loop.join(5)
    assert not loop.is_alive()
    tried = [row for row in story.rows(tables.delivery) if row["attempts"]]
    assert 1 <= len(tried) <= 2, "it pauses while the server itself is at fault"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"email": None}, "no_address"),
        ({"email": "tess at district"}, "malformed_address"),
        ({"email": "tess@district.example\r\nRCPT TO:<thief@elsewhere.example>"}, "malformed_address"),
        ({"active": False}, "person_inactive"),
    ],
)
def test_what_the_roster_lacks_is_a_permanent_failure(
    story: Story, post_office: PostOffice, changes: dict[str, Any], reason: str
) -> None:
    story.tell(person_changed(TESS, **changes))
    one_letter(story)
    send_due(story, sender(story, post_office.url))
    row = letters(story)["Tess"]
    assert (row["state"], row["reason"]) == ("failed", reason)
    assert post_office.letters == []


def test_a_name_with_line_breaks_reaches_one_person_only(story: Story, post_office: PostOffice) -> None:
    for number, name in enumerate(("Tess\r\nBcc: thief@elsewhere.example", "=?utf-8?q?T=0d=0aBcc:_thief@x.example?=")):
        story.tell(person_changed(TESS, given_name=name))
        story.tell(person_changed(PAULA, family_name=name))
        if number == 0:
            story.open(TESS)
        story.done(TESS, f"feedback {number}", "feedback", PAULA)
        send_due(story, sender(story, post_office.url))
    assert post_office.addressed() == [TESS.email, TESS.email]
    assert all("Bcc" not in letter for letter in post_office.letters)


def test_somebody_the_roster_has_not_named_yet_is_waited_for(story: Story, post_office: PostOffice) -> None:
    one_letter(story)
    with story.engine.begin() as connection:
        connection.execute(tables.PEOPLE.person.delete().where(tables.PEOPLE.person.c.person_id == TESS.id))
    by = sender(story, post_office.url)
    send_due(story, by)
    assert (letters(story)["Tess"]["state"], letters(story)["Tess"]["reason"]) == ("pending", "person_unknown")
    story.tell(person_changed(TESS))
    story.clock.forward(minutes=1)
    send_due(story, by)
    assert post_office.addressed() == [TESS.email]


def test_a_claimed_letter_is_nobody_elses_until_the_lease_ends(story: Story) -> None:
    one_letter(story)
    first = claim(story.engine, story.clock())
    assert first is not None
    assert claim(story.engine, story.clock() + LEASE - timedelta(seconds=1)) is None
    second = claim(story.engine, story.clock() + LEASE)
    assert second is not None and second.mail_id == first.mail_id
    settle_failed(story.engine, first, Failure("timed_out"), story.clock())
    assert letters(story)["Tess"]["state"] == "pending"
    settle_sent(story.engine, second, story.clock())
    settle_failed(story.engine, first, Failure("recipient_refused", permanent=True), story.clock())
    assert letters(story)["Tess"]["state"] == "sent", "who lost the lease has no say any more"


def test_two_senders_at_once_never_take_the_same_letter(story: Story, post_office: PostOffice) -> None:
    for person in (TESS, TOM):
        story.open(person)
        for number in range(10):
            story.done(person, f"feedback {number}", "feedback", PAULA)
    stop = threading.Event()
    loops = [threading.Thread(target=sender(story, post_office.url).run, args=(stop,)) for _ in range(3)]
    for loop in loops:
        loop.start()
    post_office.wait_for(20)
    stop.set()
    for loop in loops:
        loop.join(10)
    assert len({letter["Message-ID"] for letter in post_office.letters}) == len(post_office.letters) == 20


def test_a_replay_sends_nothing_again(story: Story, post_office: PostOffice) -> None:
    one_letter(story)
    by = sender(story, post_office.url)
    assert send_due(story, by) == 1
    story.replay()
    assert send_due(story, by) == 0
    assert len(post_office.letters) == 1


def test_the_web_role_can_ask_for_another_try_and_no_more(story: Story) -> None:
    one_letter(story)
    with transaction(story.web, NORTH) as connection:
        connection.execute(tables.delivery.update().values(attempts=0))
    with pytest.raises(Exception, match="permission denied"), transaction(story.web, NORTH) as connection:
        connection.execute(tables.delivery.update().values(mail_id="<other@elsewhere.example>"))
    with pytest.raises(Exception, match="permission denied"), transaction(story.web, NORTH) as connection:
        connection.execute(tables.message.update().values(recipient_id=TOM.id))


@pytest.mark.parametrize("url", ["", "http://mail.example", "smtp://", "smtp://host:port", "mail.example:25"])
def test_an_address_of_a_mail_server_that_cant_be_read_is_told_at_start(url: str) -> None:
    with pytest.raises(ConfigError, match="SMTP_URL"):
        mail_server(url)
