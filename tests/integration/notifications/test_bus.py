"""From another service's outbox through a real bus into inbox and mail: everything once, and a replay changes nothing."""

import threading

from services.notifications.bootstrap import PROJECTIONS
from services.notifications.channels.email import Postman, mail_server
from services.notifications.channels.sender import Sender
from services.notifications.store import tables
from shared.clock import now
from shared.inbox.lag import parked_counts
from shared.inbox.replay import replay
from tests.support.bus import running, wait_until
from tests.support.mail import PostOffice
from tests.support.notifications import PAULA, TESS, TOM, WHOLE_YEAR, BusStory, whole_year


def test_from_outbox_to_inbox_and_mail_once(bus_story: BusStory, post_office: PostOffice) -> None:
    whole_year(bus_story)
    sender = Sender(bus_story.settings, bus_story.engine, clock=now, postman=Postman(mail_server(post_office.url)))
    with running(bus_story.relay, bus_story.consumer, sender):
        wait_until(lambda: bus_story.messages() == WHOLE_YEAR)
        post_office.wait_for(len(WHOLE_YEAR))
    assert len(bus_story.rows(tables.message)) == len(post_office.letters) == len(WHOLE_YEAR)
    assert len({letter["Message-ID"] for letter in post_office.letters}) == len(WHOLE_YEAR)
    assert {row["state"] for row in bus_story.rows(tables.delivery)} == {"sent"}


def test_replayed_from_the_start_the_tables_are_the_same_and_nothing_is_sent_again(
    bus_story: BusStory, post_office: PostOffice
) -> None:
    whole_year(bus_story)
    bus_story.open(TOM).assign(TOM, PAULA).step(TOM, "feedback", "feedback", "evaluator", PAULA)
    bus_story.done(TESS, "late feedback", "feedback", PAULA)
    sender = Sender(bus_story.settings, bus_story.engine, clock=now, postman=Postman(mail_server(post_office.url)))
    expected = len(WHOLE_YEAR) + 3
    with running(bus_story.relay, bus_story.consumer):
        wait_until(lambda: len(bus_story.rows(tables.message)) == expected)
    kept = (tables.evaluation, tables.due_item, tables.message, *tables.PEOPLE.all())
    before = {table.name: bus_story.rows(table) for table in kept}
    letters = expected - 1  # that Tess and Tom are Paula's to evaluate is one letter
    with running(sender):
        post_office.wait_for(letters)
        report = replay(bus_story.consumer, PROJECTIONS)
        assert report.messages > expected
        assert {table.name: bus_story.rows(table) for table in kept} == before
        threading.Event().wait(1.5)
    assert len(post_office.letters) == letters
    with bus_story.engine.connect() as connection:
        assert parked_counts(connection, tables.INBOX).poison == 0


def test_what_cant_be_applied_is_set_aside_and_the_others_go_on(bus_story: BusStory) -> None:
    bus_story.done(TESS, "feedback", "feedback", PAULA)  # of an evaluation nobody opened
    bus_story.open(TOM).assign(TOM, PAULA)
    with running(bus_story.relay, bus_story.consumer):
        wait_until(lambda: ("Tom", "evaluator_named") in bus_story.messages())

        def aside() -> int:
            with bus_story.engine.connect() as connection:
                return parked_counts(connection, tables.INBOX).poison

        wait_until(lambda: aside() == 1)
    with bus_story.engine.connect() as connection:
        reasons = connection.execute(tables.INBOX.parked.select()).mappings().all()
    assert "UnknownEvaluationError" in reasons[0]["reason"]
