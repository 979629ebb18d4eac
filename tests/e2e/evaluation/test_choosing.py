"""Lists to choose from on a phone: where one puts a finger to choose, and what is done with those chosen, within reach."""

from collections.abc import Callable
from typing import Any

import pytest

from services.evaluation.core.handlers import open_evaluations
from services.evaluation.core.store.repository import Repository
from shared.contracts.directory import PersonChanged, RoleHeld
from shared.db import transaction
from shared.ids import derived_id
from tests.support.annual_cycle import DISTRICT, OMAR, RUTH, SCHOOL, START, opening
from tests.support.browser import DESK, PHONE, audit, picture
from tests.support.teacher_world import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
COUNT = 30
TARGET = 44
"""The least side in px of what a finger is to hit."""
AREAS = """() => [...document.querySelectorAll('tbody input[type=checkbox]')].map((one) => {
  const box = (one.closest('label') ?? one).getBoundingClientRect();
  return {x: box.x, width: box.width, height: box.height};
})"""


@pytest.fixture
def many(world: World) -> World:
    """Twice as many teachers as fill a screen: half of them with an evaluation, some with nobody to evaluate them yet."""
    world.set_clock(START)
    people = [derived_id("teacher", str(number)) for number in range(2 * COUNT)]
    held = (RoleHeld(role="teacher", school_id=SCHOOL),)
    told = [
        PersonChanged(
            person_id=person, given_name="Tea", family_name=f"Teacher {number:02}", email=None, active=True, roles=held
        )
        for number, person in enumerate(people)
    ]
    world.tell(*told)
    openings = [
        opening(
            world.cycle.id,
            evaluation_id=derived_id("evaluation", str(number)),
            subject_id=person,
            evaluator_id=RUTH if number % 3 else None,
        )
        for number, person in enumerate(people[:COUNT])
    ]
    with transaction(world.engine, DISTRICT) as connection:
        open_evaluations(Repository(connection, DISTRICT, "teacher"), world.cycle, openings, START)
    return world


def office(page: Any, path: str) -> Any:
    page.goto(page.home.split("/evaluations/")[0] + path)
    return page


def is_in_sight(page: Any, button: Any) -> bool:
    """Whether the button stands on the screen whole, and nothing lies over it."""
    box, height = button.bounding_box(), page.viewport_size["height"]
    hit = button.evaluate(
        """(one) => { const box = one.getBoundingClientRect();
        return one.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)); }"""
    )
    return box["y"] >= 0 and box["y"] + box["height"] <= height and hit


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_an_evaluator_is_assigned_on_a_phone(many: World, open_as: Open, scripts: bool) -> None:
    page = office(open_as(OMAR, viewport=PHONE, java_script_enabled=scripts), f"/cycles/{many.cycle.id}")
    if scripts:
        areas = page.evaluate(AREAS)
        assert len(areas) == COUNT + 1
        assert min(min(one["width"], one["height"]) for one in areas) >= TARGET
        assert len({one["x"] for one in areas}) == 1, "all in one line below another"
    row = page.locator("tbody tr").first
    area = row.locator("label").bounding_box()
    page.mouse.click(area["x"] + area["width"] - 3, area["y"] + area["height"] - 3)
    assert row.get_by_role("checkbox").is_checked(), "the whole area chooses"
    button = page.get_by_role("button", name="Assign an evaluator to those chosen")
    assert is_in_sight(page, button)
    picture(page, "office-board-many-390", whole=False)
    last = page.get_by_role("checkbox").last
    last.focus()
    assert last.bounding_box()["y"] + last.bounding_box()["height"] <= button.bounding_box()["y"], "nothing is covered"
    last.check()
    button.click()
    page.get_by_role("heading", name="Assign an evaluator").wait_for()
    assert page.locator("tbody tr").count() == 2


@pytest.mark.parametrize("button", ["Check, then begin", "Assign"])
def test_other_lists_to_choose_from_are_as_large(many: World, open_as: Open, button: str) -> None:
    base = f"/cycles/{many.cycle.id}"
    chosen = "&".join(f"evaluation_ids={derived_id('evaluation', str(number))}" for number in range(COUNT))
    path = f"{base}/add" if button != "Assign" else f"{base}/assign?{chosen}"
    page = office(open_as(OMAR, viewport=PHONE), path)
    areas = page.evaluate(AREAS)
    assert len(areas) >= COUNT
    assert min(min(one["width"], one["height"]) for one in areas) >= TARGET
    assert len({one["x"] for one in areas}) == 1
    row = page.locator("tbody tr").nth(1)
    area = row.locator("label").bounding_box()
    for x, y in ((3, 3), (area["width"] - 3, area["height"] - 3), (3, area["height"] - 3)):
        before = row.get_by_role("checkbox").is_checked()
        page.mouse.click(area["x"] + x, area["y"] + y)
        assert row.get_by_role("checkbox").is_checked() is not before, "the whole area chooses"
    assert is_in_sight(page, page.get_by_role("button", name=button, exact=True))
    assert audit(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    picture(page, f"office-{button.split(',', maxsplit=1)[0].lower()}-many-390", whole=False)


def test_at_a_desk_the_rows_stay_as_low(many: World, open_as: Open) -> None:
    page = office(open_as(OMAR, viewport=DESK), f"/cycles/{many.cycle.id}")
    assert page.locator("tbody tr").nth(3).bounding_box()["height"] <= 32
    assert is_in_sight(page, page.get_by_role("button", name="Assign an evaluator to those chosen"))
    picture(page, "office-board-many-1280", whole=False)
