"""Home, inbox and letters in a real browser: phone and desk, light and dark, by keyboard, without JavaScript."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect

from services.notifications.bootstrap import create_app
from services.notifications.store import tables
from shared.clock import now
from shared.web.session import cookie_name
from tests.support.browser import LOOKS, audit, picture
from tests.support.notifications import HANA, PAULA, SAM, TESS, TOM, UMA, Person, Story, planned
from tests.support.web import token_for

pytestmark = pytest.mark.browser


@pytest.fixture
def site(story: Story, serve: Callable[[Flask], str]) -> tuple[str, Flask]:
    """The service with a little of everything on its pages, and where it answers."""
    today, story.clock.at = now().date(), now()
    conference = planned("Mid-year conference", "conference", "evaluator", today + timedelta(days=60))
    story.open(TESS, (conference,)).assign(TESS, PAULA).open(TOM, (conference,)).assign(TOM, SAM)
    day: Callable[[int], date] = lambda ahead: today + timedelta(days=ahead)  # noqa: E731
    title = "Announced observation 1: Send the observation report"
    story.step(
        TESS, "report", "feedback", "evaluator", PAULA, title=title, due_on=day(-3), clause="WA-08 (WAC 392-191-040)"
    )
    story.step(TESS, "meet", "conference", "evaluator", PAULA, due_on=day(30), clause="WA-06")
    story.step(TESS, "sign", "signature", "subject", TESS, due_on=day(12), clause="WA-12")
    story.step(TESS, "respond", "response", "subject", TESS, required=False, due_on=day(30))
    held = story.clock() + timedelta(days=4)
    story.done(TESS, "notice", "notice", PAULA, held_from=held, held_to=held + timedelta(minutes=45))
    story.step(TOM, "close", "close", "office", None, due_on=day(-1))
    with story.engine.begin() as connection:
        connection.execute(tables.delivery.update().values(state="failed", reason="recipient_refused", smtp_code=550))
    app = create_app(replace(story.settings, mail_catcher=True))
    return serve(app), app


def go(page: Any, site: tuple[str, Flask], person: Person, path: str) -> Any:
    address, app = site
    token = token_for(app.config["ACCORD"], person_id=person.id, district_id=person.district_id)
    page.context.add_cookies([{"name": cookie_name(app.config["ACCORD"]), "value": token, "url": address}])
    page.goto(f"{address}/home{path}")
    return page


PAGES = {
    "home-evaluator": (PAULA, "/"),
    "home-teacher": (TESS, "/"),
    "home-nothing-due": (SAM, "/"),
    "home-union": (UMA, "/"),
    "home-office": (HANA, "/"),
    "due-late": (PAULA, "/due/late"),
    "inbox": (TESS, "/inbox"),
    "inbox-empty": (UMA, "/inbox"),
    "letters": (HANA, "/deliveries"),
    "letters-none": (HANA, "/deliveries?show=waiting"),
    "mail-none": (HANA, "/mail"),
}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_clean_and_fits(site: tuple[str, Flask], new_page: Callable[..., Any], name: str) -> None:
    person, path = PAGES[name]
    for size, scheme in LOOKS:
        page = go(new_page(viewport=size, color_scheme=scheme), site, person, path)
        picture(page, f"notifications-{name}-{size['width']}-{scheme}")
        assert audit(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], "nothing runs off the side"
        page.context.close()


def test_the_way_from_home_to_what_was_told_by_keyboard(site: tuple[str, Flask], new_page: Callable[..., Any]) -> None:
    page = go(new_page(), site, TESS, "/")
    press_until(page, "3 unread entries in your inbox")
    page.wait_for_url("**/home/inbox?show=unread")
    press_until(page, "Read and sign")
    page.wait_for_url(f"**/teacher/evaluations/{TESS.evaluation}/sign")
    page.goto(f"{site[0]}/home/")
    expect(page.get_by_text("2 unread entries in your inbox")).to_be_visible()


def press_until(page: Any, label: str) -> None:
    """Tab to the link or button of that name, and press Enter."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.innerText || ''")
        if focused.strip().startswith(label):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{label!r} can't be reached with the Tab key")


def test_reading_and_trying_again_without_javascript(site: tuple[str, Flask], new_page: Callable[..., Any]) -> None:
    page = go(new_page(java_script_enabled=False), site, TESS, "/inbox")
    page.get_by_role("button", name="Mark all read").click()
    expect(page.get_by_role("button", name="Mark unread")).to_have_count(3)
    page = go(new_page(java_script_enabled=False), site, HANA, "/deliveries")
    before = page.get_by_role("button", name="Try again").count()
    page.get_by_role("button", name="Try again").first.click()
    expect(page.get_by_role("status").first).to_be_visible()
    page.goto(page.url.split("/deliveries")[0] + "/deliveries")
    expect(page.get_by_role("button", name="Try again")).to_have_count(before - 1)
