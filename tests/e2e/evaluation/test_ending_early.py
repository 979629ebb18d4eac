"""The district office ends an evaluation in a browser; the pages it changes are looked over at desk and phone width."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.annual_cycle import MARIA, OMAR
from tests.support.browser import look_over
from tests.support.teacher_world import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
REASON = "On leave for the rest of the school year."


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_office_ends_an_evaluation(world: World, open_as: Open, scripts: bool) -> None:
    world.play(8)
    world.set_clock(world.year()[7].at)
    page = open_as(OMAR, java_script_enabled=scripts)
    page.goto(page.home)
    page.get_by_role("link", name="End this evaluation early").click()
    page.get_by_role("heading", name="What will happen").wait_for()
    wrong = look_over(page, "ended-early-asked") if scripts else []
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="End the evaluation early").click()
    page.get_by_text("by the district office (Omar Haddad)").wait_for()
    assert page.url == page.home
    assert page.get_by_text(REASON).is_visible()
    ended = world.evaluation().ended_early
    assert ended is not None
    assert ended.reason == REASON
    if scripts:
        wrong += look_over(page, "ended-early-office")
        page.goto(f"{page.home.split('/evaluations/')[0]}/cycles/{world.cycle.id}")
        wrong += look_over(page, "ended-early-board")
        own = open_as(MARIA)
        own.goto(own.home)
        wrong += look_over(own, "ended-early-subject")
    assert wrong == []
