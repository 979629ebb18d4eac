"""A lesson goes on after it was saved, or after a check that was refused: its lines keep their times, its end stays open."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from shared.clock import now
from tests.e2e.evaluation.test_observation import begin
from tests.support.annual_cycle import RUTH
from tests.support.browser import audit
from tests.support.teacher_world import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]


def write(page: Any, number: int, words: str) -> None:
    """A line, which has its time as soon as it is typed."""
    page.locator(f"[name=text-{number}]").click()
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(page.locator(f"[name=at-{number}]"), f"line {number} has its time").not_to_have_value("")


def test_a_refused_check_ends_no_lesson(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    at_work.app.config["CLOCK"] = now
    write(page, 1, "Aim stands on the board")
    page.get_by_role("button", name="Check, then send").click()
    page.locator(".error-summary", has_text="Write something first.").wait_for()
    page.locator("form.scripted").wait_for()
    expect(page.get_by_label("Ended"), "nobody ended it").to_have_value("")
    write(page, 2, "Asks why")
    page.get_by_label("What was done well").fill("Clear aims")
    page.get_by_role("button", name="Check, then send").click()
    page.get_by_text("Nobody gave the time it ended").wait_for()
    page.get_by_role("button", name="Go back and change it").click()
    page.locator("form.scripted").wait_for()
    expect(page.get_by_label("Ended")).to_have_value("")
    expect(page.get_by_label("What was done well")).to_have_value("Clear aims")


def test_saving_shows_the_end_first_and_lines_after_it_keep_their_times(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    at_work.app.config["CLOCK"] = now
    write(page, 1, "Aim stands on the board")
    page.get_by_role("button", name="Save what was seen").click()
    page.get_by_role("heading", name="Save this with its end at").wait_for()
    assert audit(page) == []
    assert at_work.evaluation().occasions[0].notes == ()
    page.get_by_role("button", name="Save it", exact=True).click()
    page.locator("form.scripted").wait_for()
    expect(page.get_by_label("Ended")).not_to_have_value("")
    write(page, 2, "It goes on after all")
    page.get_by_role("button", name="Save what was seen").click()
    page.locator("form.scripted [name=text-2]").wait_for()
    page.get_by_text("On the record since").wait_for()
    notes = at_work.evaluation().occasions[0].notes
    assert [note.text for note in notes] == ["Aim stands on the board", "It goes on after all"]
    assert all(note.at for note in notes)


def test_a_line_after_an_end_that_was_given_has_its_time_on_that_day_alone(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    at_work.app.config["CLOCK"] = now
    write(page, 1, "Aim stands on the board")
    page.get_by_role("button", name="End now").click()
    write(page, 2, "It goes on after all")
    page.get_by_label("Day", exact=True).fill("2020-01-06")
    page.locator("[name=text-3]").click()
    page.keyboard.type("Copied from paper")
    expect(page.locator("[name=text-3]")).to_have_value("Copied from paper")
    expect(page.locator("[name=at-3]"), "nobody knows when").to_have_value("")
