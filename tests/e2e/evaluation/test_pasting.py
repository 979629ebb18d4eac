"""Notes pasted into a script: all of their lines or none, and the page says truly which."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.evaluation.test_observation import begin, paste, saved
from tests.support.annual_cycle import RUTH
from tests.support.teacher_world import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]


def words(page: Any) -> list[str]:
    found: list[str] = page.evaluate("[...document.querySelectorAll('[data-line] .words')].map((one) => one.value)")
    return [text for text in found if text]


def said(page: Any) -> str:
    found: str = page.locator("[data-said]").inner_text()
    return found


def numbered(count: int) -> str:
    return "\n".join(f"line {number}" for number in range(1, count + 1))


def test_what_does_not_fit_is_refused_as_a_whole(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    page.keyboard.type("typed")
    paste(page, "[name=text-1]", numbered(450))
    assert said(page).startswith("Nothing was pasted: it has 450 lines, and 400 fit here")
    assert words(page) == ["typed"]
    paste(page, "[name=text-1]", numbered(400))
    assert said(page) == "Pasted as 400 lines"
    assert len(words(page)) == 400 and words(page)[0] == "typedline 1"
    for number, room in ((400, 1), (7, 1)):
        paste(page, f"[name=text-{number}]", "one\ntwo")
        assert said(page).startswith(f"Nothing was pasted: it has 2 lines, and {room} fit here")
    assert words(page)[-1] == "line 400"
    saved(page)
    page.reload()
    page.locator("form.scripted").wait_for()
    assert len(words(page)) == 400


def test_in_the_middle_of_a_line_what_stood_after_the_cursor_ends_the_last(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    page.keyboard.type("Begin. End.")
    page.keyboard.press("Enter")
    page.keyboard.type("Next")
    page.locator("[name=text-1]").evaluate("text => { text.focus(); text.setSelectionRange(7, 7); }")
    paste(page, "[name=text-1]", "one\n\ntwo\r\nthree ")
    assert words(page) == ["Begin. one", "two", "threeEnd.", "Next"]
    page.keyboard.type("; ")
    assert words(page)[2] == "three; End.", "the cursor stands where it would"
    page.get_by_role("button", name="Undo").click()
    assert said(page).startswith("Not undone: you have written in these lines since")
    assert words(page)[2] == "three; End."


def test_a_paste_is_undone_with_the_keys_of_every_undo(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    page.keyboard.type("Alone")
    paste(page, "[name=text-1]", numbered(3))
    assert len(words(page)) == 3
    page.keyboard.press("Control+z")
    assert words(page) == ["Alone"]


def test_a_line_beyond_its_own_limit_is_kept_and_named(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    paste(page, "[name=text-1]", f"short\n{'x' * 2001}\nlast")
    assert said(page).startswith("Pasted as 3 lines. Line 2 is longer than 2000 characters")
    assert [len(one) for one in words(page)] == [5, 2001, 4]
    saved(page)
    expect(page.locator("[name=text-2]")).to_have_value("x" * 2001)
