"""Owners of accounts are told of links and passwords: they alone, once, by inbox and letter."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.directory.bootstrap import create_worker as directory_worker
from services.notifications.bootstrap import PROJECTIONS, create_app, create_consumer
from services.notifications.channels.letter import compose
from services.notifications.channels.queue import claim
from services.notifications.channels.sender import Sender
from services.notifications.store import tables
from services.notifications.store.entries import WAITING, letters_page
from services.notifications.wording import words_together
from shared.bus.open import open_bus
from shared.clock import now
from shared.config import Settings
from shared.contracts.directory import EmailChanged, LinkMade, PasswordSet
from shared.db import connect, transaction
from shared.ids import new_id
from shared.inbox.consumer import Consumer
from shared.inbox.replay import replay
from tests.support.bus import running, wait_until
from tests.support.directory_web import Site, tran
from tests.support.notifications import HANA, SOUTH, TESS, TOM, Person, Story
from tests.support.web import sign_in


def link_made(story: Story, owner: Person, by: Person | None) -> Story:
    at = story.clock()
    event = LinkMade(
        link_id=new_id(),
        person_id=owner.id,
        made_by=by.id if by else None,
        made_at=at,
        expires_at=at + timedelta(days=7),
    )
    return story.tell(event)


def password_set(story: Story, owner: Person, *, by_link: bool, made_by: Person | None = None) -> Story:
    maker = made_by.id if made_by else None
    event = PasswordSet(
        setting_id=new_id(), person_id=owner.id, by_link=by_link, link_made_by=maker, set_at=story.clock()
    )
    return story.tell(event)


def email_changed(story: Story, owner: Person, by: Person | None, old: str = "tess.before@example.org") -> Story:
    event = EmailChanged(
        change_id=new_id(),
        person_id=owner.id,
        old_email=old,
        changed_by=by.id if by else None,
        changed_at=story.clock(),
    )
    return story.tell(event)


def letter(story: Story, to: str | None = TESS.email) -> tuple[str, str]:
    """Subject and text of the letter that goes out next."""
    sender = Sender(story.settings, story.engine, clock=story.clock)
    claimed = claim(story.engine, story.clock())
    assert claimed is not None
    written = compose(words_together(claimed.entries, claimed.zone), sender._envelope(claimed))
    text = written.get_body(("plain",))
    assert text is not None
    assert written["To"].addresses[0].addr_spec == to
    return written["Subject"], " ".join(text.get_content().split())


@pytest.mark.parametrize(
    ("tell", "kind"),
    [
        (lambda story: link_made(story, TESS, HANA), "link_made"),
        (lambda story: link_made(story, TESS, None), "link_made_by_operator"),
        (lambda story: password_set(story, TESS, by_link=True, made_by=HANA), "password_set_by_link"),
        (lambda story: password_set(story, TESS, by_link=True), "password_set_by_operators_link"),
        (lambda story: password_set(story, TESS, by_link=False), "password_changed"),
        (lambda story: email_changed(story, TESS, HANA), "email_changed"),
        (lambda story: email_changed(story, TESS, None), "email_changed_by_operator"),
    ],
)
def test_the_owner_alone_is_told_once_and_a_replay_changes_nothing(
    story: Story, tell: Callable[[Story], Story], kind: str
) -> None:
    assert tell(story).messages() == {("Tess", kind)}
    before = {table.name: story.rows(table) for table in (tables.message, tables.delivery)}
    assert [len(rows) for rows in before.values()] == [1, 1]
    story.replay()
    assert {table.name: story.rows(table) for table in (tables.message, tables.delivery)} == before
    assert story.rows(tables.message, SOUTH) == []
    (row,) = before["message"]
    assert (row["service"], row["path"], row["created_at"]) == ("directory", "/me", story.clock())


def test_the_letter_of_a_link_says_who_made_it_when_and_what_to_do(story: Story) -> None:
    subject, text = letter(link_made(story, TESS, HANA))
    assert subject == "Accord: A link to set your password was made"
    assert "Hana Sato made a one-time link by which a new password can be set for your account." in text
    assert "If you did not ask for it, change your password now: that ends the link." in text
    assert "Tue 1 Sep 2026, 10:00 CDT" in text
    assert f"{story.settings.prefixes['directory']}/me " in text
    assert "because it is about your account" in text
    assert "evaluation" not in text
    assert "set-password" not in text


def test_the_letter_of_a_password_says_how_it_was_set_and_what_to_do(story: Story) -> None:
    subject, text = letter(password_set(story, TESS, by_link=True, made_by=HANA))
    assert subject == "Accord: Your password was set by a link"
    assert "by the one-time link that Hana Sato made" in text
    assert "If that was not you, somebody else can sign in as you." in text


def test_the_letter_of_a_change_says_so(story: Story) -> None:
    subject, text = letter(password_set(story, TESS, by_link=False))
    assert subject == "Accord: Your password was changed"
    assert "If that was not you, somebody else can sign in as you." in text


def test_the_letter_of_another_address_goes_to_the_one_before(story: Story) -> None:
    """It would tell nobody at the new one: that may be the address of whoever typed it."""
    subject, text = letter(email_changed(story, TESS, HANA), to="tess.before@example.org")
    assert subject == "Accord: Your e-mail address was changed"
    assert "was changed to another one by Hana Sato on Tue 1 Sep 2026, 10:00 CDT." in text
    assert str(TESS.email) not in text, "the new address is not told at the old one"
    assert "because it is about your account" in text


def test_it_goes_out_though_they_are_shut_out_meanwhile_and_the_office_sees_where_to(story: Story) -> None:
    email_changed(story, TESS, HANA)
    with story.engine.begin() as connection:
        person = tables.PEOPLE.person
        connection.execute(person.update().where(person.c.person_id == TESS.id).values(active=False))
    with story.engine.begin() as connection:
        (shown,), _total = letters_page(connection, TESS.district_id, WAITING, offset=0, most=5)
    assert shown.to_address == "tess.before@example.org"
    letter(story, to="tess.before@example.org")


def test_the_entry_leads_to_the_owners_page_and_is_nobody_elses(story: Story) -> None:
    link_made(story, TESS, HANA)
    app = create_app(story.settings)
    app.config["CLOCK"] = story.clock

    def inbox(person: Person) -> list[dict[str, str]]:
        at = story.clock() - timedelta(minutes=1)
        client = sign_in(app, person_id=person.id, district_id=person.district_id, at=at)
        assert client.get("/inbox").status_code == 200
        found: list[dict[str, str]] = client.get("/api/v1/inbox").get_json()["entries"]
        return found

    (entry,) = inbox(TESS)
    assert entry["sentence"].startswith("Hana Sato made a one-time link")
    assert entry["href"] == "/directory/me"
    assert inbox(HANA) == inbox(TOM) == []
    app.extensions["accord.engine"].dispose()


@pytest.fixture
def notified(site: Site, service_settings: Callable[..., Settings]) -> Iterator[Consumer]:
    """The notifications service's consumer beside the directory, on its bus; the directory's worker runs."""
    site.directory.at = now()
    settings = service_settings("notifications")
    stop = threading.Event()
    threads = [
        threading.Thread(target=role.run, args=(stop,), daemon=True)
        for role in directory_worker(site.directory.settings)
    ]
    for thread in threads:
        thread.start()
    engine, bus = connect(settings, "worker"), open_bus(settings)
    yield create_consumer(settings, engine, bus)
    stop.set()
    for thread in threads:
        thread.join(10)
    bus.close()
    engine.dispose()


def test_from_the_directory_to_the_owner_and_a_replay_tells_nobody_again(site: Site, notified: Consumer) -> None:
    owner, admin = site.directory.person("Tran"), site.admin()
    tran(site)
    assert admin.post(f"/people/{owner}/link", page=f"/people/{owner}").status_code == 201

    def told() -> list[str]:
        with transaction(notified.engine, site.directory.district_id) as connection:
            query = select(tables.message.c.kind).where(tables.message.c.recipient_id == owner)
            return sorted(connection.execute(query.order_by(tables.message.c.created_at)).scalars())

    with running(notified):
        wait_until(lambda: told() == ["link_made", "password_set_by_operators_link"])
        replay(notified, PROJECTIONS)
    assert told() == ["link_made", "password_set_by_operators_link"]
