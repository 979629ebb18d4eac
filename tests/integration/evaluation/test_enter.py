"""Enter in a field of a form presses the form's first button: on no page may that be one whose deed stands for good."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from tests.integration.evaluation.test_observing import Desk
from tests.support.annual_cycle import MARIA, OMAR, RUTH, SVEN
from tests.support.teacher_world import World

_HARMLESS = {("keep_draft", "1"), *(("do", word) for word in ("check", "more", "back", "score"))}
"""Buttons that put nothing on the record: they keep a draft, or show a page."""
_PRESSED_BY_ENTER = {"text", "search", "date", "time", "email", "number", "checkbox", "radio", "password", "select"}
_NOT_OF_THE_FORM = ("/sign-out", "/session")


@dataclass
class Form:
    """A form of a page: where it goes, what may be filled in, its first button."""

    address: str
    method: str
    inputs: set[str] = field(default_factory=set)
    first: tuple[str, str] | None = None


class Forms(HTMLParser):
    """The forms of a page, and the addresses it links to. A button outside a form may belong to it by its id."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: set[str] = set()
        self._open: Form | None = None
        self._early: dict[str, tuple[str, str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.add(has.get("href", ""))
        elif tag == "form":
            self._open = Form(
                has.get("action", ""), has.get("method", "get"), first=self._early.get(has.get("id", "-"))
            )
            self.forms.append(self._open)
        elif tag == "button" and has.get("type", "submit") == "submit":
            self._button((has.get("name", ""), has.get("value", "")), has.get("form"))
        elif self._open is not None and tag in ("input", "select"):
            self._open.inputs.add("select" if tag == "select" else has.get("type", "text"))

    def _button(self, pressed: tuple[str, str], of: str | None) -> None:
        if of is not None:
            self._early.setdefault(of, pressed)
        elif self._open is not None and self._open.first is None:
            self._open.first = pressed

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def pages_of(client: FlaskClient, start: list[str], most: int = 150) -> Iterator[tuple[str, Forms]]:
    """The pages that links lead to, from `start` on, within the service."""
    todo, seen = list(start), set(start)
    while todo and len(seen) < most:
        path = todo.pop(0)
        page = client.get(path)
        if page.status_code != 200 or not page.mimetype.endswith("html"):
            continue
        forms = Forms()
        forms.feed(page.text)
        yield path, forms
        for link in forms.links:
            address = urlsplit(link)
            there = address.path.removeprefix("/teacher") + (f"?{address.query}" if address.query else "")
            if address.path.startswith("/teacher/") and there not in seen and "/record" not in there:
                seen.add(there)
                todo.append(there)


def dangerous(client: FlaskClient, start: list[str]) -> tuple[set[str], int]:
    """Forms in which Enter would press what can't be undone, and how many forms with such fields were looked at."""
    found, looked_at = set(), 0
    for path, page in pages_of(client, start):
        for form in page.forms:
            if form.method.lower() != "post" or not form.inputs & _PRESSED_BY_ENTER:
                continue
            looked_at += 1
            if form.first not in _HARMLESS:
                found.add(f"{path}: {form.address} {form.first}")
    return found, looked_at


def test_enter_presses_nothing_that_stands_for_good(world: World) -> None:
    """Through the year, after each deed, on every page that somebody of it reaches."""
    moments, looked_at = world.year(), 0
    for number, moment in enumerate(moments):
        world.do(moment.command, moment.at)
        if number % 5 and number != len(moments) - 1:
            continue
        world.set_clock(moment.at + timedelta(minutes=1))
        for person in (MARIA, RUTH, SVEN):
            found, count = dangerous(world.client(person), [f"/evaluations/{world.evaluation_id}", "/mine"])
            assert found == set(), person
            looked_at += count
    assert looked_at > 10


def test_nor_on_the_pages_of_the_office(world: World) -> None:
    world.play(3)
    world.set_clock(world.year()[2].at)
    chosen = f"/cycles/{world.cycle.id}/assign?evaluations={world.evaluation_id}"
    found, looked_at = dangerous(world.client(OMAR), ["/cycles", "/cycles/new", chosen])
    assert found == set()
    assert looked_at >= 3


@pytest.mark.parametrize("page", ["", "/withdraw", "/reschedule"])
def test_nor_while_one_writes(world: World, page: str) -> None:
    desk = Desk(world)
    found, _looked_at = dangerous(desk.ruth, [f"{desk.home}{page}"])
    assert found == set()
