"""Forty assignments to one person are forty entries of an inbox and one letter: sent once, whatever is repeated or away."""

import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.notifications.channels.email import Postman, mail_server
from services.notifications.channels.queue import claim
from services.notifications.channels.sender import Sender
from services.notifications.projection import appliers
from services.notifications.store import tables
from services.notifications.telling import Teller
from shared.clock import now
from shared.contracts.envelope import Envelope
from shared.contracts.process import EvaluatorAssigned
from shared.db import transaction
from shared.ids import derived_id
from shared.outbox.backlog import outbox_backlog
from tests.integration.notifications.test_pages import Site, form_fields, text_of
from tests.integration.notifications.test_sending import send_due, sender
from tests.support.bus import running, wait_until
from tests.support.mail import PostOffice
from tests.support.notifications import (
    HANA,
    NORTH,
    OTTO,
    PAULA,
    SAM,
    SAYERS_OUTBOX,
    SOUTH,
    BusStory,
    Person,
    Story,
    _person,
    person_changed,
)

FORTY = [_person(f"Given{number}", f"Family{number:02}", "teacher") for number in range(40)]


def given(story: Story, people: Sequence[Person], to: Person = PAULA, previous: Person | None = None) -> Story:
    """So many evaluations, begun and given to somebody, each told by an event of its own."""
    for one in people:
        story.tell(person_changed(one), district=one.district_id)
        if previous is None:
            story.open(one)
        story.assign(one, to, previous)
    return story


def assignment(one: Person, story: Story) -> EvaluatorAssigned:
    return EvaluatorAssigned(
        evaluation_id=one.evaluation, evaluator_id=PAULA.id, previous_id=None, assigned_by=HANA.id, at=story.clock()
    )


def to(office: PostOffice, person: Person) -> list[Any]:
    return [one for one in office.letters if one["X-Taken-For"] == person.email]


def text(letter: Any) -> str:
    return str(letter.get_body(("plain",)).get_content())


def listed(letter: Any) -> list[str]:
    return re.findall(r"^- (.*)$", text(letter).replace("\r", ""), re.MULTILINE)


def test_forty_assignments_are_one_letter_and_forty_entries(story: Story, post_office: PostOffice) -> None:
    given(story, FORTY)
    by = sender(story, post_office.url)
    send_due(story, by)
    assert to(post_office, PAULA) == [], "others may follow within a minute"
    story.clock.forward(minutes=1)
    assert send_due(story, by) == 1
    [letter] = to(post_office, PAULA)
    assert letter["Subject"] == "Accord: 40 evaluations are assigned to you", "a subject names nobody"
    assert "You were assigned 40 evaluations in 2026–27." in text(letter)
    assert listed(letter) == [f"{one.given} {one.family}" for one in FORTY]
    assert "https://accord.example/teacher/people" in text(letter)
    entries = [row for row in story.rows(tables.message) if row["recipient_id"] == PAULA.id]
    assert {row["path"] for row in entries} == {f"/evaluations/{one.evaluation}" for one in FORTY}
    story.clock.forward(days=1)
    assert send_due(story, by) == 0


def test_one_assignment_arrives_within_the_minute_and_leads_to_the_evaluation(
    story: Story, post_office: PostOffice
) -> None:
    given(story, FORTY[:1]).clock.forward(minutes=1)
    send_due(story, sender(story, post_office.url))
    [letter] = to(post_office, PAULA)
    assert letter["Subject"] == "Accord: An evaluation is assigned to you"
    assert f"/teacher/evaluations/{FORTY[0].evaluation}" in text(letter)
    assert listed(letter) == []


def test_what_comes_in_batches_is_waited_for_but_not_for_ever(story: Story, post_office: PostOffice) -> None:
    by = sender(story, post_office.url)
    for batch in range(9):
        send_due(story, by)
        given(story, FORTY[batch * 4 : batch * 4 + 4])
        story.clock.forward(seconds=40)
    story.clock.forward(minutes=1)
    send_due(story, by)
    assert [len(listed(letter)) for letter in to(post_office, PAULA)] == [32, 4], "the first waits five minutes at most"


def test_who_is_assigned_once_it_was_taken_up_is_told_in_a_letter_of_their_own(
    story: Story, post_office: PostOffice
) -> None:
    post_office.answer[PAULA.email] = "450 Busy"
    given(story, FORTY[:3]).clock.forward(minutes=1)
    by = sender(story, post_office.url)
    send_due(story, by)
    given(story, FORTY[3:5])
    post_office.answer.clear()
    story.clock.forward(minutes=5)
    send_due(story, by)
    first, second = sorted(to(post_office, PAULA), key=lambda one: len(listed(one)))[::-1]
    assert (len(listed(first)), len(listed(second))) == (3, 2)
    waiting = {row["mail_id"]: row["attempts"] for row in story.rows(tables.delivery) if row["state"] == "sent"}
    assert waiting[first["Message-ID"]] == 2, "the one that was tried before, as it was"


def test_each_person_each_kind_and_each_district_has_its_own(story: Story, post_office: PostOffice) -> None:
    others = [_person(f"South{number}", "Nord", "teacher", SOUTH) for number in range(2)]
    given(story, FORTY[:3])
    given(story, FORTY[3:5], SAM)
    given(story, others, OTTO)
    given(story, FORTY[:2], SAM, previous=PAULA)
    story.clock.forward(minutes=1)
    send_due(story, sender(story, post_office.url))
    told = sorted((one["X-Taken-For"], one["Subject"].removeprefix("Accord: ")) for one in post_office.letters)
    assert [one for one in told if "evaluation" in one[1]] == [
        (OTTO.email, "2 evaluations are assigned to you"),
        (PAULA.email, "2 evaluations went to another evaluator"),
        (PAULA.email, "3 evaluations are assigned to you"),
        (SAM.email, "4 evaluations are assigned to you"),
    ]
    moved = next(one for one in to(post_office, PAULA) if "another" in one["Subject"])
    assert "You no longer evaluate these 2 people in 2026–27." in text(moved) and len(listed(moved)) == 2


def test_a_replay_changes_no_row_and_sends_nothing_again(story: Story, post_office: PostOffice) -> None:
    given(story, FORTY[:5])
    by = sender(story, post_office.url)
    kept = (tables.message, tables.delivery, tables.due_item, tables.evaluation)
    for moment in ("while it waits", "once it was sent"):
        story.clock.forward(seconds=30)
        before = {table.name: story.rows(table) for table in kept}
        assert {table.name: story.replay().rows(table) for table in kept} == before, moment
        story.clock.forward(minutes=1)
        send_due(story, by)
    assert len(to(post_office, PAULA)) == 1


def test_what_is_told_again_along_with_something_new_does_not_hide_it(story: Story, post_office: PostOffice) -> None:
    """As where a replay comes to events that had not been heard yet, in one run with those that had."""
    by = sender(story, post_office.url)
    given(story, FORTY[:2]).clock.forward(minutes=1)
    send_due(story, by)
    known = len(story.told)
    story.tell(person_changed(FORTY[2])).open(FORTY[2])
    story.told.append((NORTH, assignment(FORTY[2], story), story.clock()))
    story.in_one_run(known - 3, known, len(story.told))
    story.clock.forward(minutes=1)
    send_due(story, by)
    assert [len(listed(letter)) for letter in to(post_office, PAULA)] == [2, 0]
    assert FORTY[2].given in text(to(post_office, PAULA)[1])


def unpublished(told: BusStory) -> int:
    with told.sayer.connect() as connection:
        return outbox_backlog(connection, SAYERS_OUTBOX).waiting


def test_two_consumers_at_once_begin_one_letter(story: Story) -> None:
    """Events of one person's evaluations come by several partitions, which several processes may read."""
    for one in FORTY[:8]:
        story.open(one)
    table = appliers(Teller(mail_domain="accord.example", clock=story.clock))
    ready = threading.Barrier(4)

    def apply(number: int) -> None:
        ready.wait()
        for one in FORTY[number * 2 : number * 2 + 2]:
            event = assignment(one, story)
            envelope = Envelope(
                derived_id("at once", one.given), "org.accord.process.evaluator-assigned.v1", "teacher",
                str(one.evaluation), 2, NORTH, story.clock(),
            )  # fmt: skip
            with transaction(story.engine, NORTH) as connection:
                table[type(event)](connection, NORTH, event, envelope)

    threads = [threading.Thread(target=apply, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    story.clock.forward(minutes=1)
    claimed = [claim(story.engine, story.clock()) for _ in range(9)]
    assert [len(one.entries) for one in claimed if one and one.entries[0].kind == "evaluation_assigned"] == [8]


def test_a_worker_that_was_away_in_between_sends_one_letter(bus_story: BusStory, post_office: PostOffice) -> None:
    """Stopped after some of the events were applied, for longer than a letter waits; the others come when it is back."""
    given(bus_story, FORTY[:25])
    with running(bus_story.relay, bus_story.consumer):
        wait_until(lambda: len(bus_story.rows(tables.message)) == 50)
    alone = tables.delivery.c.gathers_until.is_(None) & tables.delivery.c.together_id.is_(None)
    with bus_story.engine.begin() as connection:  # so that Paula's is the first that the sender finds
        connection.execute(tables.delivery.update().where(alone).values(state="sent"))
    given(bus_story, FORTY[25:])
    with running(bus_story.relay):
        wait_until(lambda: unpublished(bus_story) == 0, 30)
        threading.Event().wait(1.5)  # longer than a letter waits here
    settings = replace(bus_story.settings, mail_gather_seconds=10)
    with running(Sender(settings, bus_story.engine, clock=now, postman=Postman(mail_server(post_office.url)))):
        threading.Event().wait(1)
        with running(bus_story.consumer):
            wait_until(lambda: bool(to(post_office, PAULA)), 30)
            threading.Event().wait(2)
    assert [len(listed(letter)) for letter in to(post_office, PAULA)] == [40]


def test_hr_sees_one_letter_and_has_it_tried_again(story: Story, post_office: PostOffice) -> None:
    post_office.answer[PAULA.email] = "550 No such box"
    given(story, FORTY).clock.forward(minutes=1)
    by = sender(story, post_office.url)
    send_due(story, by)
    site = Site(story)
    hana = site.of(HANA)
    assert "Letters that did not arrive (1)" in text_of(hana.get("/"))
    page = hana.get("/deliveries")
    assert text_of(page).count("Paula Alvarez · 40 evaluations are assigned to you") == 1
    assert page.get_data(as_text=True).count('class="entry"') == 1
    [told] = hana.get("/api/v1/deliveries").json["letters"]
    assert (told["kind"], told["entries"]) == ("evaluation_assigned", 40)
    hana.post("/deliveries/retry", data=form_fields(page, "/home/deliveries/retry"))
    post_office.answer.clear()
    send_due(story, by)
    assert [len(listed(letter)) for letter in to(post_office, PAULA)] == [40]
    assert "No letter is waiting." in text_of(hana.get("/deliveries?show=waiting"))


def test_what_is_too_old_to_be_mailed_joins_no_letter(story: Story, post_office: PostOffice) -> None:
    given(story, FORTY[:2])
    story.clock.forward(days=8)
    story.tell(story.told[-1][1], at=story.clock.at.replace(year=2025))
    states = [row["state"] for row in story.rows(tables.delivery)]
    assert states.count("together") == 1 and states.count("not_sent") == 2
    send_due(story, sender(story, post_office.url))
    assert [len(listed(letter)) for letter in to(post_office, PAULA)] == [2]


def test_whom_the_roster_has_not_named_yet_is_counted(story: Story, post_office: PostOffice) -> None:
    given(story, FORTY[:3])
    with story.engine.begin() as connection:
        connection.execute(tables.PEOPLE.person.delete().where(tables.PEOPLE.person.c.person_id == FORTY[1].id))
    story.clock.forward(minutes=1)
    send_due(story, sender(story, post_office.url))
    assert listed(to(post_office, PAULA)[0]) == ["Given0 Family00", "Given2 Family02", "and 1 more"]
