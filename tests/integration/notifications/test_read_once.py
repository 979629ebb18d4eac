"""A replay marks nothing read: neither what was told after the event that comes again, nor what somebody set back."""

from datetime import date
from typing import Any

from sqlalchemy import create_engine, select, text

from services.notifications.bootstrap import MIGRATIONS, PROJECTIONS
from services.notifications.store import tables
from services.notifications.store.entries import mark_read
from shared.db import sqlalchemy_url, transaction
from shared.inbox.replay import replay
from tests.support.bus import running, wait_until
from tests.support.migrating import apply_again
from tests.support.notifications import HANA, NORTH, PAULA, TESS, TOM, BusStory, Person, Story, planned

KEPT = (
    tables.evaluation,
    tables.due_item,
    tables.message,
    tables.message_stream,
    tables.delivery,
    *tables.PEOPLE.all(),
)


def everything(story: Story) -> dict[str, list[dict[str, Any]]]:
    return {table.name: story.rows(table) for table in KEPT}


def unread(story: Story, person: Person) -> set[str]:
    rows = story.rows(tables.message)
    return {row["kind"] for row in rows if row["recipient_id"] == person.id and row["read_at"] is None}


def set_back(story: Story, person: Person, kind: str) -> None:
    """As POST /inbox/<id>/unread does."""
    with transaction(story.web, NORTH) as connection:
        of = (tables.message.c.recipient_id == person.id, tables.message.c.kind == kind)
        found = connection.execute(select(tables.message.c.id).where(*of)).scalar_one()
        assert mark_read(connection, NORTH, person.id, found, read=False, now=story.clock())


def moved_and_handed_back(story: Story) -> Story:
    """Tess opens a notice that is moved, gets goals back a second time and sets an entry back; Tom's ends early."""
    story.open(TESS).assign(TESS, PAULA).done(TESS, "notice", "notice", PAULA).document_opened(TESS, "notice")
    story.clock.forward(minutes=1)
    story.done(TESS, "goals", "form", TESS, duty="subject").done(TESS, "agree", "agreement", PAULA, "returned")
    story.clock.forward(minutes=1)
    story.done(TESS, "goals", "form", TESS, duty="subject").done(TESS, "feedback", "feedback", PAULA)
    story.document_opened(TESS, "feedback").done(TESS, "agree", "agreement", PAULA, "returned")
    story.done(TESS, "notice", "notice", PAULA, "moved")
    story.open(TOM, (planned("mid_year", "conference", "evaluator", date(2027, 1, 14)),)).assign(TOM, PAULA)
    story.step(TOM, "sign", "signature", "subject", TOM).done(TOM, "sign", "signature", PAULA, "unsigned")
    return story.step(TOM, "sign", "signature", "subject", TOM, due_on=date(2027, 6, 1))


def test_a_replay_marks_neither_what_was_told_later_nor_what_was_set_back(story: Story) -> None:
    moved_and_handed_back(story)
    set_back(story, TESS, "feedback_sent")
    assert unread(story, TESS) == {"evaluator_named", "observation_moved", "goals_returned", "feedback_sent"}
    assert "signature_asked" in unread(story, TOM)
    before = everything(story)
    story.clock.forward(days=1)
    assert everything(story.replay()) == before
    assert everything(story.in_one_run(*range(1, len(story.told) + 1))) == before


def test_what_comes_after_a_replay_marks_what_was_told_by_then(story: Story) -> None:
    moved_and_handed_back(story).replay().document_opened(TESS, "notice").end_early(TOM, HANA)
    assert unread(story, TESS) == {"evaluator_named", "goals_returned"}
    assert unread(story, TOM) == {"evaluator_named", "evaluation_ended_early", "signature_lacking"}


def test_read_again_through_the_bus_the_inboxes_are_the_same(bus_story: BusStory) -> None:
    moved_and_handed_back(bus_story)
    with running(bus_story.relay, bus_story.consumer):
        wait_until(
            lambda: "observation_moved" in unread(bus_story, TESS) and "signature_asked" in unread(bus_story, TOM)
        )
        set_back(bus_story, TESS, "observation_announced")
    before = everything(bus_story)
    assert replay(bus_story.consumer, PROJECTIONS).messages > len(before["message"])  # one consumer, one thread
    assert everything(bus_story) == before


def test_an_inbox_of_before_is_left_as_it_is(bus_story: BusStory) -> None:
    """The migration says of what has been applied that it has marked what it marks."""
    moved_and_handed_back(bus_story)
    with running(bus_story.relay, bus_story.consumer):
        wait_until(
            lambda: "observation_moved" in unread(bus_story, TESS) and "signature_asked" in unread(bus_story, TOM)
        )
        set_back(bus_story, TESS, "feedback_sent")
    owner = bus_story.settings.database_urls["owner"]
    with create_engine(sqlalchemy_url(owner)).begin() as connection:
        connection.execute(text("DROP TABLE message_stream"))
    apply_again(owner, MIGRATIONS, "0006")
    before = everything(bus_story)
    replay(bus_story.consumer, PROJECTIONS)  # reads by itself, for nobody else does
    assert everything(bus_story) == before
