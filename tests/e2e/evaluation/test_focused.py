"""The evaluation on the track Focused, whose score rests on an earlier one: its pages on a phone."""

import dataclasses
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.refusals import Refused
from services.evaluation.core.handlers import open_cycle, open_evaluations
from services.evaluation.core.store.repository import Repository
from shared.db import transaction
from shared.ids import derived_id
from tests.support.annual_cycle import DISTRICT, MARIA, START, cycle, opening
from tests.support.browser import PHONE, look_over
from tests.support.teacher_world import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]


def fitted(command: c.Command, agreement: Agreement) -> c.Command:
    """The goals of this track are told on a form of its own."""
    if isinstance(command, c.SubmitForm):
        answers = {item.id: "Groups" for item in agreement.procedure.forms["focus"].items}
        return dataclasses.replace(command, answers=answers)
    return command


def focused(world: World) -> World:
    """The same people; Maria's evaluation of a cycle of its own, on the track Focused, played up to her signature."""
    round_ = cycle(world.agreement, "Focused")
    command = opening(
        round_.id, evaluation_id=derived_id("evaluation", "focused"), track="focused", previous_final="distinguished"
    )
    with transaction(world.engine, DISTRICT) as connection:
        store = Repository(connection, DISTRICT, "teacher")
        open_cycle(store, round_, START.date())
        open_evaluations(store, round_, [command], START)
    found = dataclasses.replace(world, cycle=round_, evaluation_id=command.evaluation_id)
    for moment in found.year():
        if isinstance(moment.command, c.Sign):
            break
        with suppress(Refused):  # steps that this track has not
            found.do(fitted(moment.command, world.agreement), moment.at)
    assert found.evaluation().summative is not None
    found.set_clock(moment.at)
    return found


def test_the_score_and_the_ratings_fit_a_phone(world: World, open_as: Open) -> None:
    evaluation = focused(world).evaluation_id
    page = open_as(MARIA, viewport=PHONE)
    page.home = page.home.replace(str(world.evaluation_id), str(evaluation))
    wrong: list[str] = []
    for path in ("/summative", "/score"):
        assert page.goto(page.home + path).status == 200
        wrong += look_over(page, f"evaluation-focused{path.replace('/', '-')}")
        cut = page.evaluate(
            """() => [...document.querySelectorAll('main td, main dd')].filter((one) => one.checkVisibility())
            .filter((one) => one.getBoundingClientRect().right > 390).map((one) => one.innerText)"""
        )
        assert cut == [], path
    assert wrong == []


def test_the_score_fits_the_narrowest_phone(world: World, open_as: Open) -> None:
    world.play_until(c.Sign)
    world.set_clock(next(one.at for one in world.year() if isinstance(one.command, c.Sign)))
    page = open_as(MARIA, viewport={"width": 320, "height": 640})
    assert page.goto(f"{page.home}/score").status == 200
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, "the page scrolls sideways"


def test_what_went_in_is_named_by_its_code_as_everywhere(world: World, open_as: Open) -> None:
    world.play_until(c.Sign)
    moments = world.year()
    world.set_clock(next(one.at for one in moments if isinstance(one.command, c.Sign)))
    page = open_as(MARIA, viewport=PHONE)
    page.goto(f"{page.home}/summative")
    ratings = page.locator("main td.said").first
    box = ratings.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"], (
        "what the level looks like is read without a swipe"
    )
    page.goto(f"{page.home}/score")
    given = page.locator(".inputs dt").all_inner_texts()
    for component in world.agreement.instrument.components():
        assert f"{component.id} {component.title}" in given
