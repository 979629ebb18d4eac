"""Every route as every role, as a person of another district, and as nobody, against the matrix that was meant."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from services.notifications.bootstrap import create_app
from services.notifications.channels.mailbox import mailbox_of
from services.notifications.store import tables
from shared.ids import derived_id
from shared.people import roles
from tests.support.notifications import NORTH, PAULA, SOUTH, TESS, TOM, Person, Story
from tests.support.web import token_for

SHELL = ("shell.", "api_docs.", "drafts.", "unsent.", "reference.", "static")
"""What the shell adds to every service has its own matrix, in tests of the shell."""
EVERYONE = frozenset(roles.ROLES)
HR = frozenset({roles.HR})
OFFICE = frozenset({roles.HR, roles.SYSTEM_ADMINISTRATOR, roles.DISTRICT_ADMINISTRATOR})

MATRIX: Mapping[tuple[str, str], frozenset[str]] = {
    ("GET", "home.due"): EVERYONE,
    ("GET", "home.group"): EVERYONE,
    ("GET", "inbox.entries"): EVERYONE,
    ("POST", "inbox.read"): EVERYONE,
    ("POST", "inbox.unread"): EVERYONE,
    ("POST", "inbox.all_read"): EVERYONE,
    ("GET", "letters.deliveries"): HR,
    ("POST", "letters.retry"): HR,
    ("POST", "letters.retry_all"): HR,
    ("GET", "letters.mail"): OFFICE,
    ("GET", "letters.mail_letter"): OFFICE,
    ("GET", "letters.mail_raw"): OFFICE,
    ("GET", "due.Due"): EVERYONE,
    ("GET", "entries.Inbox"): EVERYONE,
    ("POST", "entries.Read"): EVERYONE,
    ("POST", "entries.Unread"): EVERYONE,
    ("GET", "deliveries.Deliveries"): HR,
    ("POST", "deliveries.Retry"): HR,
}
"""Who gets through the door. Behind it everyone sees their own entries, and the office its own district, alone."""
PRIVATE = ("inbox.read", "inbox.unread", "entries.Read", "entries.Unread")
"""On an entry that is Tess's: a 404 for everyone else who gets through the door."""
OF_ONE_LETTER = ("letters.retry", "deliveries.Retry", "letters.mail_letter", "letters.mail_raw")


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith(SHELL):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule.endpoint


@pytest.fixture
def app(story: Story) -> Flask:
    made = create_app(replace(story.settings, mail_catcher=True))
    made.config["CLOCK"] = story.clock
    return made


def one_of_each_role(story: Story, district: Any) -> dict[str, Person]:
    people = {
        role: Person(derived_id("policy", str(district), role), district, role.title(), "Person", role)
        for role in sorted(roles.ROLES)
    }
    story.people(*people.values())
    return people


class Ids:
    """Things of the north district that a route can name: Tess's entry, a letter that failed, a letter that was caught."""

    def __init__(self, story: Story, app: Flask) -> None:
        story.open(TESS).done(TESS, "report", "feedback", PAULA)
        with story.engine.begin() as connection:
            connection.execute(tables.delivery.update().values(state="failed", reason="no_address"))
        self.story = story
        mailbox = mailbox_of(app.config["ACCORD"])
        mailbox.keep(f"Message-ID: <7@accord.example>\r\nX-Accord-District: {NORTH}\r\n\r\nWords".encode())
        self.values: dict[str, Any] = {
            "message_id": story.rows(tables.message)[0]["id"],
            "delivery_id": story.rows(tables.delivery)[0]["id"],
            "letter_id": mailbox.newest(NORTH, skip=0, most=1)[0][0].id,
            "group": "late",
        }

    def again(self) -> None:
        """What a request before may have changed, as it was."""
        with self.story.engine.begin() as connection:
            connection.execute(tables.delivery.update().values(state="failed"))

    def address(self, app: Flask, endpoint: str) -> str:
        adapter = app.url_map.bind("localhost")
        wanted = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint).arguments
        return adapter.build(endpoint, {name: self.values[name] for name in wanted})


def ask(app: Flask, method: str, path: str, person: Person | None) -> Any:
    headers = {}
    if person is not None:
        token = token_for(
            app.config["ACCORD"],
            person_id=person.id,
            district_id=person.district_id,
            at=app.config["CLOCK"](),
        )
        headers["Authorization"] = f"Bearer {token}"
    data = {"page": "/home/inbox"} if method == "POST" and not path.startswith("/api/") else None
    if path.endswith("/all-read"):
        data = {"seen": "3:3:"}
    return app.test_client().open(path, method=method, headers=headers, data=data)


def test_the_matrix_names_every_route(app: Flask) -> None:
    assert set(routes(app)) == set(MATRIX)


def test_every_route_as_every_role_of_the_district(story: Story, app: Flask) -> None:
    people = one_of_each_role(story, NORTH)
    ids = Ids(story, app)
    wrong = []
    for (method, endpoint), allowed in MATRIX.items():
        path = ids.address(app, endpoint)
        for role, person in people.items():
            ids.again()
            status = ask(app, method, path, person).status_code
            expected = {403}
            if role in allowed:
                expected = {404} if endpoint in PRIVATE else {200, 204, 303}
            if status not in expected:
                wrong.append(f"{method} {endpoint} as {role}: {status}, not {expected}")
    assert wrong == []


def test_every_route_as_every_role_of_another_district(story: Story, app: Flask) -> None:
    people = one_of_each_role(story, SOUTH)
    ids = Ids(story, app)
    before = [*story.rows(tables.message), *story.rows(tables.delivery)]
    wrong = []
    for (method, endpoint), allowed in MATRIX.items():
        path = ids.address(app, endpoint)
        for role, person in people.items():
            answer = ask(app, method, path, person)
            expected = {403}
            if role in allowed:
                expected = {404} if endpoint in (*PRIVATE, *OF_ONE_LETTER) else {200, 204, 303}
            if answer.status_code not in expected:
                wrong.append(f"{method} {endpoint} as {role} of another district: {answer.status_code}, not {expected}")
            if any(word in answer.get_data(as_text=True) for word in ("Tess", "tess@", str(TESS.evaluation))):
                wrong.append(f"{method} {endpoint} shows {role} of another district something of Tess's")
    assert wrong == []
    assert [*story.rows(tables.message), *story.rows(tables.delivery)] == before, "nothing was changed from outside"


def test_every_route_as_nobody(story: Story, app: Flask) -> None:
    ids = Ids(story, app)
    for method, endpoint in MATRIX:
        path = ids.address(app, endpoint)
        answer = ask(app, method, path, None)
        if path.startswith("/api/"):
            assert answer.status_code == 401, endpoint
        else:
            assert answer.status_code == 303 and "/directory/sign-in" in answer.location, endpoint


def test_somebody_who_was_deactivated_is_nobody(story: Story, app: Flask) -> None:
    from tests.support.notifications import person_changed

    assert ask(app, "GET", "/", TOM).status_code == 200
    story.tell(person_changed(TOM, active=False))
    assert ask(app, "GET", "/", TOM).status_code == 303
    assert ask(app, "GET", "/api/v1/inbox", TOM).status_code == 401


def test_the_subject_marks_their_own_entry(story: Story, app: Flask) -> None:
    ids = Ids(story, app)
    for endpoint, expected in (
        ("inbox.read", 303),
        ("entries.Unread", 204),
        ("entries.Read", 204),
        ("inbox.unread", 303),
    ):
        assert ask(app, "POST", ids.address(app, endpoint), TESS).status_code == expected
        read = story.rows(tables.message)[0]["read_at"]
        assert (read is not None) == endpoint.lower().endswith(".read")
