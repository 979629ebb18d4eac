"""A screen as narrow as a phone's or a magnified one: nothing with the focus lies under the bar, and long names break."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.evaluation.core.domain import commands as c
from shared.contracts.directory import PersonChanged, RoleHeld
from tests.e2e.evaluation.test_looks import plain
from tests.e2e.evaluation.test_observation import begin, saved
from tests.e2e.evaluation.test_pasting import numbered, paste
from tests.support.annual_cycle import MARIA, OMAR, RUTH, SCHOOL
from tests.support.browser import pushed_sideways
from tests.support.teacher_world import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
FAMILY_NAME = "Keihanaikukauakahihuliheekahaunaele"

COVERED = """() => {
  const one = document.activeElement;
  if (one === document.body || one.closest('.bar') || !one.closest('main')) return '';
  const [box, bar] = [one, document.querySelector('.bar')].map((each) => each.getBoundingClientRect());
  return box.top < bar.bottom - 1 ? `${one.name || one.textContent} at ${box.top}, the bar ends at ${bar.bottom}` : '';
}"""


@pytest.mark.parametrize("width", [390, 320])
def test_whoever_tabs_backwards_sees_where_they_are(at_work: World, open_as: Open, width: int) -> None:
    page = open_as(RUTH, viewport={"width": width, "height": 700})
    begin(page)
    paste(page, "[name=text-1]", numbered(25))
    saved(page)
    page.get_by_label("What comes next").focus()
    covered = []
    for _stop in range(110):
        page.keyboard.press("Shift+Tab")
        if under := page.evaluate(COVERED):
            covered.append(under)
    assert covered == []


def test_a_long_family_name_fits(world: World, open_as: Open) -> None:
    roles = {MARIA: "teacher", RUTH: "principal"}
    world.tell(
        *(
            PersonChanged(
                person_id=person,
                given_name="Janice",
                family_name=FAMILY_NAME,
                email=f"{role}@north.example",
                active=True,
                roles=(RoleHeld(role=role, school_id=SCHOOL),),
            )
            for person, role in roles.items()
        )
    )
    wide: list[str] = []
    for name, person, path in walk(world):
        page = open_as(person)
        assert page.goto(page.home + path).status == 200, name
        wide += pushed_sideways(page, name, (390, 360, 320))
        page.context.close()
    assert wide == []


def walk(world: World) -> Any:
    """Stages of the year, and at each the pages that name people."""
    moments = world.year()
    announced: tuple[tuple[str, UUID, str], ...] = (
        ("evaluation", RUTH, ""),
        ("evaluation-subject", MARIA, ""),
        ("notice", RUTH, "/occasions/new?type=announced"),
        ("conference", RUTH, "/conferences/mid_year"),
    )
    closed = (("closed", MARIA, ""), ("record", MARIA, "/record"), ("record-office", OMAR, "/record"))
    begun = next(number for number, one in enumerate(moments) if isinstance(one.command, c.BeginOccasion))
    for first, last, pages in ((0, begun, announced), (begun, len(moments), closed)):
        for moment in moments[first:last]:
            world.do(plain(moment.command), moment.at)
        world.set_clock(moments[last - 1].at + timedelta(minutes=1))
        yield from pages
