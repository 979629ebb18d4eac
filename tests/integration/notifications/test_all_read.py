"""“Mark all read” marks what was there when the person looked: nothing that came later, whenever it happened."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, select

from services.notifications.store import tables
from shared.db import transaction
from tests.integration.notifications.test_pages import Site, form_fields
from tests.support.notifications import NORTH, PAULA, TESS, Story, text_of


@pytest.fixture
def site(story: Story) -> Site:
    """Tess has been told that Paula evaluates her."""
    story.open(TESS).assign(TESS, PAULA)
    return Site(story)


def one_more(connection: Connection, **columns: Any) -> UUID:
    """Another entry like the one Tess has, written by this transaction."""
    row = connection.execute(select(tables.message).where(tables.message.c.recipient_id == TESS.id)).mappings().first()
    assert row is not None
    copied = {name: row[name] for name in row if name != "arrived_in"}
    new = uuid4()
    connection.execute(tables.message.insert().values({**copied, "id": new, "event_id": uuid4(), **columns}))
    return new


def unread(site: Site) -> list[UUID]:
    return [
        row["id"] for row in site.story.rows(tables.message) if row["recipient_id"] == TESS.id and not row["read_at"]
    ]


def mark_all(tess: FlaskClient, page: Any, **fields: str) -> int:
    """Press the button on this page; the status of the answer."""
    return tess.post("/inbox/all-read", data={**form_fields(page, "/home/inbox/all-read"), **fields}).status_code


def test_what_happened_before_and_was_heard_of_later_stays_unread(site: Site) -> None:
    """It stands below what the page showed; nobody has seen it there."""
    happened = site.story.clock()
    site.story.clock.forward(minutes=5)
    site.story.done(TESS, "report", "feedback", PAULA)
    tess = site.of(TESS)
    page = tess.get("/inbox")
    with transaction(site.story.engine, NORTH) as connection:
        late = one_more(connection, created_at=happened)
    assert mark_all(tess, page) == 303
    assert unread(site) == [late]


def test_what_was_being_written_when_the_page_was_made_stays_unread(site: Site) -> None:
    """Its transaction began before the one whose entry the page shows, and ended after it."""
    tess = site.of(TESS)
    with transaction(site.story.engine, NORTH) as slow:
        late = one_more(slow)
        site.story.done(TESS, "report", "feedback", PAULA)
        page = tess.get("/inbox")
        assert "sent you feedback" in text_of(page)
    assert mark_all(tess, page) == 303
    assert unread(site) == [late]


def test_what_another_database_brought_along_is_marked(site: Site) -> None:
    """Restored elsewhere, entries name transactions that are still to come there."""
    with transaction(site.story.engine, NORTH) as connection:
        connection.execute(tables.message.update().values(arrived_in=2**40))
    tess = site.of(TESS)
    assert mark_all(tess, tess.get("/inbox")) == 303
    assert unread(site) == []


@pytest.mark.parametrize("seen", ["", "x", "5:1:", "1:5:9", "1:9:5,4", "0:1:", "1:9223372036854775808:", "1:5:2,"])
def test_a_snapshot_that_is_none_is_refused(site: Site, seen: str) -> None:
    tess = site.of(TESS)
    assert mark_all(tess, tess.get("/inbox"), seen=seen) == 422
    assert len(unread(site)) == 1
