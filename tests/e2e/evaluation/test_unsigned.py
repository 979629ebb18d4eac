"""The evaluator notes in a browser that nobody signed, and closes; the teacher reads it, told as what it is."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.evaluation.core.domain import commands as c
from tests.support.annual_cycle import MARIA, RUTH
from tests.support.browser import look_over
from tests.support.teacher_world import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
NOTE = "Asked by e-mail on 3 February, and in person on the 12th."
SAID = "Not signed, as noted by Ruth Alvarez"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_evaluator_notes_it_and_closes_and_the_teacher_reads_it(world: World, open_as: Open, scripts: bool) -> None:
    world.play_until(c.Sign)
    evaluation = world.evaluation()
    due = evaluation.steps["signature"].due_on
    assert due is not None
    world.set_clock(datetime.combine(due + timedelta(days=1), time(9), ZoneInfo(evaluation.zone)))
    page = open_as(RUTH, java_script_enabled=scripts)
    page.goto(page.home)
    page.get_by_role("link", name="Note that it was not signed").click()
    page.get_by_role("heading", name="What will happen").wait_for()
    wrong = look_over(page, "unsigned-asked") if scripts else []
    page.get_by_role("textbox", name="Note").fill(NOTE)
    page.get_by_role("button", name="Note that it was not signed").click()
    page.get_by_text(SAID).wait_for()
    assert page.url == f"{page.home}#signature"
    assert page.get_by_text(NOTE).is_visible()
    page.goto(f"{page.home}/close")
    page.get_by_role("button", name="Close the evaluation").click()
    page.get_by_text("This evaluation was closed on").wait_for()
    own = open_as(MARIA, java_script_enabled=scripts)
    own.goto(own.home)
    assert own.get_by_text(SAID).is_visible()
    assert own.get_by_text(NOTE).is_visible()
    own.goto(f"{own.home}/sign")
    assert own.get_by_text(SAID).is_visible()
    if scripts:
        wrong += look_over(own, "unsigned-subject")
    assert wrong == []
