"""Enter in a field puts nothing on the record: with scripts it goes on to the next field, without it keeps a draft."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.evaluation.test_observation import begin
from tests.support.annual_cycle import MARIA, RUTH
from tests.support.teacher_world import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]

FIELDS = ("day", "begins", "ends", "at-1")


def test_enter_in_a_time_of_an_observation_goes_on(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    page.keyboard.type("Seen")
    page.locator("[name=begins]").fill("00:00")
    page.locator("[name=ends]").fill("00:01")
    there = page.url
    for name in FIELDS:
        page.locator(f"[name={name}]").press("Enter")
        page.wait_for_timeout(300)
        assert page.url == there, name
        assert page.evaluate("document.activeElement.name") != name, "on to the next field"
    assert at_work.evaluation().occasions[0].notes == ()
    page.locator("[name=for-1]").wait_for(state="attached")


def test_without_scripts_it_keeps_a_draft(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH, java_script_enabled=False)
    page.goto(page.home)
    page.get_by_role("button", name="Begin now: Unannounced walkthrough").click()
    page.locator("[name=text-1]").fill("Seen")
    page.locator("[name=begins]").fill("00:00")
    page.locator("[name=ends]").fill("00:01")
    page.locator("[name=at-1]").press("Enter")
    page.locator("[name=text-1]").wait_for()
    assert page.locator("[name=text-1]").input_value() == "Seen"
    assert "kept=" in page.url
    assert at_work.evaluation().occasions[0].notes == ()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_component_of_a_context_is_not_the_last_word(at_work: World, open_as: Open, scripts: bool) -> None:
    page = open_as(MARIA, java_script_enabled=scripts)
    page.goto(f"{page.home}/context")
    page.get_by_label("What you would like to add").fill("Half a sen")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("checkbox").first.press("Enter")
    page.wait_for_timeout(500)
    assert page.get_by_label("What you would like to add").input_value() == "Half a sen"
    assert at_work.evaluation().contexts == ()
