"""A conference is noted in two clicks: check, then record; with the keyboard's words kept on the way back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.evaluation.conftest import clicks
from tests.e2e.evaluation.test_observation import saved
from tests.support.annual_cycle import RUTH
from tests.support.browser import PHONE, audit, picture
from tests.support.teacher_world import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
WORDS = "We spoke of questions, and of time to think."


def noted(page: Any, days: int = 0) -> None:
    """Fill the form in for a day so many days before the one it stands at, and ask what will happen."""
    page.goto(f"{page.home}/conferences/mid_year")
    page.locator("form.saves-itself").wait_for()
    if days:
        page.get_by_label("Day it was held").evaluate(
            "(field, days) => { field.valueAsNumber -= days * 864e5; field.dispatchEvent(new Event('input', "
            "{bubbles: true})) }",
            days,
        )
    page.get_by_label("Time it began").fill("00:00")
    page.get_by_label("What was said and agreed").fill(WORDS)
    saved(page)
    page.get_by_role("button", name="Check, then record").click()
    page.get_by_role("heading", name="Record this conference?").wait_for()


def test_checked_gone_back_from_and_recorded(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    noted(page, days=2)
    assert "That was 2 days ago." in page.locator("main").inner_text()
    assert at_work.evaluation().conferences == {}
    page.get_by_role("button", name="Go back and change it").click()
    expect(page.get_by_label("What was said and agreed")).to_have_value(WORDS)
    expect(page.get_by_label("Time it began")).to_have_value("00:00")
    page.get_by_role("button", name="Check, then record").click()
    page.get_by_role("button", name="Record it for good").click()
    page.wait_for_url(page.home)
    assert at_work.evaluation().conferences == {"mid_year": WORDS}
    assert clicks(page) == 4
    page.goto(f"{page.home}/conferences/mid_year")
    assert WORDS in page.locator("main").inner_text()
    assert not page.evaluate("Object.keys(localStorage).length"), "the device holds nothing of what was recorded"


def test_without_javascript_it_is_two_presses(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH, java_script_enabled=False)
    page.goto(f"{page.home}/conferences/mid_year")
    page.get_by_label("Time it began").fill("00:00")
    page.get_by_label("What was said and agreed").fill(WORDS)
    page.get_by_label("Time it began").press("Enter")
    page.get_by_role("heading", name="Record this conference?").wait_for()
    assert at_work.evaluation().conferences == {}, "the Enter key records nothing"
    page.get_by_role("button", name="Record it for good").click()
    page.wait_for_url(page.home)
    assert at_work.evaluation().conferences == {"mid_year": WORDS}


@pytest.mark.parametrize("options", [{}, {"viewport": PHONE}], ids=["desk", "phone"])
def test_the_check_at_desk_and_phone_width(at_work: World, open_as: Open, options: dict[str, Any]) -> None:
    at_work.set_clock(at_work.app.config["CLOCK"]() + timedelta(minutes=1))
    page = open_as(RUTH, **options)
    noted(page, days=9)
    assert audit(page) == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]
    picture(page, f"conference-check-{'phone' if options else 'desk'}-light")
