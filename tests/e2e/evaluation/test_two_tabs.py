"""One form open in two tabs: a field that a tab did not touch gives way to what was written into it in the other."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.evaluation.test_observation import begin, saved
from tests.support.annual_cycle import MARIA, RUTH
from tests.support.teacher_world import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
WELL, NEXT = "What was done well", "What comes next"


def type_into(page: Any, label: str, words: str) -> None:
    page.get_by_label(label).fill(words)
    saved(page)
    page.wait_for_function("() => !Object.keys(localStorage).length")


def two_tabs(page: Any) -> Any:
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("form.saves-itself").wait_for()
    return other


def check(page: Any, heading: str = "Send this to") -> str:
    page.get_by_role("button", name="Check, then send").click()
    page.get_by_role("heading", name=heading).wait_for()
    found: str = page.locator("main").inner_text()
    return found


@pytest.mark.parametrize("sends", ["first", "second"])
def test_feedback_written_in_two_tabs_is_sent_whole(at_work: World, open_as: Open, sends: str) -> None:
    page = open_as(RUTH)
    begin(page)
    page.keyboard.type("Seen /C1 ")
    page.get_by_label("Began").fill("00:00")
    page.get_by_label("Ended").fill("00:01")
    saved(page)
    other = two_tabs(page)
    type_into(page, WELL, "Written in the first tab")
    type_into(other, NEXT, "Written in the second tab")
    expect(other.get_by_label(WELL)).to_have_value("Written in the first tab")
    asked = check(page if sends == "first" else other)
    assert "Written in the first tab" in asked and "Written in the second tab" in asked
    assert "What will not be sent" not in asked and "Nothing written." not in asked
    (page if sends == "first" else other).get_by_role("button", name="Send to María José").click()
    (page if sends == "first" else other).get_by_text("Sent to María José Núñez-Ó Briain").wait_for()
    feedback = at_work.evaluation().occasions[0].feedback
    assert feedback is not None
    assert (feedback.strengths, feedback.next_steps) == ("Written in the first tab", "Written in the second tab")


def test_a_tab_that_saves_again_does_not_undo_the_other(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    other = two_tabs(page)
    type_into(page, WELL, "First tab")
    type_into(other, NEXT, "Second tab")
    page.get_by_label(WELL).press_sequentially(", and more")
    expect(page.get_by_label(NEXT)).to_have_value("Second tab")
    page.get_by_role("button", name="Save what was seen").click()
    page.locator(".error-summary").wait_for()
    saved(page)
    fresh = two_tabs(other)
    expect(fresh.get_by_label(NEXT)).to_have_value("Second tab")
    expect(fresh.get_by_label(WELL)).to_have_value("First tab, and more")


def goals(world: World, open_as: Open) -> Any:
    """The page of the teacher's goals: filled in, kept, opened anew."""
    world.set_clock(world.year()[0].at)
    page = open_as(MARIA)
    page.goto(f"{page.home}/forms/goals")
    page.locator("form.saves-itself").wait_for()
    for text in page.locator("form.form textarea").all():
        text.fill("Old text")
    saved(page)
    page.wait_for_function("() => !Object.keys(localStorage).length")
    page.reload()
    page.locator("form.saves-itself").wait_for()
    return page


def field(page: Any, name: str) -> Any:
    return page.locator(f"[name=answer-{name}]")


def test_newer_text_of_the_other_tab_is_sent_and_not_the_old_one(world: World, open_as: Open) -> None:
    page = goals(world, open_as)
    other = two_tabs(page)
    for tab, name in ((page, "practice"), (other, "team")):
        field(tab, name).fill(f"New {name}")
        saved(tab)
        tab.wait_for_function("() => !Object.keys(localStorage).length")
    asked = check(page)
    assert "New practice" in asked and "New team" in asked
    assert "What will not be sent" not in asked
    page.get_by_role("button", name="Go back and change it").click()
    expect(field(page, "team")).to_have_value("New team")
    field(page, "practice").fill("New practice, mended")
    saved(page)
    expect(page.locator(".other"), "one's own words are nobody else's").to_have_count(0)
    asked = check(page)
    assert "New practice, mended" in asked and "What will not be sent" not in asked
    page.get_by_role("button", name="Send to Ruth").click()
    page.get_by_role("button", name="Send to Ruth").wait_for(state="detached")
    answers = world.evaluation().forms["goals"].answers
    assert (answers["practice"], answers["team"]) == ("New practice, mended", "New team")


def test_a_field_cleared_on_purpose_stays_cleared(world: World, open_as: Open) -> None:
    page = goals(world, open_as)
    other = two_tabs(page)
    optional = next(item.id for item in world.agreement.procedure.forms["goals"].items if not item.required)
    field(page, optional).fill("")
    saved(page)
    page.wait_for_function("() => !Object.keys(localStorage).length")
    field(other, "team").fill("New team")
    saved(other)
    expect(field(other, optional)).to_have_value("")
    asked = check(page)
    assert "New team" in asked and "Not answered" in asked and "What will not be sent" not in asked


def test_what_both_typed_is_still_asked(world: World, open_as: Open) -> None:
    page = goals(world, open_as)
    other = two_tabs(page)
    for tab, words in ((page, "From the first"), (other, "From the second")):
        field(tab, "practice").fill(words)
        tab.wait_for_function("() => !Object.keys(localStorage).length")
    box = other.locator(".other")
    box.wait_for()
    expect(box.locator("textarea")).to_have_value("From the first")
    asked = check(page)
    assert "What will not be sent" in asked and "From the first" in asked
