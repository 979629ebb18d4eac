"""What is told aloud while somebody writes: that it is saved, once; and the list of components, as axe would have it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from shared.clock import now
from tests.e2e.evaluation.test_observation import begin, saved
from tests.support.annual_cycle import RUTH
from tests.support.browser import audit
from tests.support.teacher_world import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]

LISTEN = """() => {
  const status = document.querySelector('[data-saved]');
  window.told = [];
  new MutationObserver(() => status.ariaLive === 'off' || window.told.push(status.textContent))
    .observe(status, { childList: true, characterData: true, subtree: true });
}"""


def test_that_it_is_saved_is_told_once_and_shown_each_time(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    page.evaluate(LISTEN)
    page.keyboard.type("Seen")
    saved(page)
    shown = page.locator("[data-saved]")
    first = shown.inner_text()
    later = now() + timedelta(minutes=7)
    at_work.app.config["CLOCK"] = lambda: later
    page.keyboard.type(", and more")
    expect(shown).not_to_have_text(first)
    assert page.evaluate("window.told.length") == 1
    page.context.set_offline(True)
    page.keyboard.type(", offline")
    expect(shown).to_contain_text("Saved on this device")
    page.context.set_offline(False)
    expect(shown).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
    assert page.evaluate("window.told.length") >= 3, "what was wrong is told, and that it is right again"


def test_axe_finds_nothing_while_the_list_of_components_is_open(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    page.keyboard.type("Seen /")
    page.locator("#suggestions").wait_for()
    assert audit(page) == []
    text = page.locator("[name=text-1]")
    expect(text).to_have_attribute("aria-haspopup", "listbox")
    expect(text).to_have_attribute("aria-activedescendant", "suggestion-0")
    page.keyboard.press("Escape")
    assert text.get_attribute("aria-haspopup") is None and text.get_attribute("aria-activedescendant") is None
