"""At desk and tablet width: a school of many words and names without a gap stay within the page."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.contracts.directory import PersonChanged, RoleHeld, SchoolChanged
from tests.support.annual_cycle import MARIA, OMAR, RUTH, SCHOOL
from tests.support.browser import pushed_sideways
from tests.support.teacher_world import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
NAME = "Keihanaikukauakahihuliheekahaunaele" * 2
SCHOOL_NAME = "The Francisca Oliveira de Albuquerque Memorial Academy of Science, Letters and the Fine Arts of Lake"


def test_long_names_push_no_page_sideways(world: World, open_as: Open) -> None:
    world.play(3)
    world.tell(
        SchoolChanged(school_id=SCHOOL, name=SCHOOL_NAME),
        *(
            PersonChanged(
                person_id=person,
                given_name="Janice",
                family_name=NAME,
                email=None,
                active=True,
                roles=(RoleHeld(role=role, school_id=SCHOOL),),
            )
            for person, role in ((MARIA, "teacher"), (RUTH, "principal"))
        ),
    )
    wide: list[str] = []
    cycle = f"/cycles/{world.cycle.id}"
    for person, path in ((OMAR, cycle), (OMAR, f"{cycle}/add"), (RUTH, "/people"), (RUTH, ""), (MARIA, "")):
        page = open_as(person)
        home = page.home if not path else page.home.partition("/evaluations/")[0] + path
        assert page.goto(home).status == 200, path
        wide += pushed_sideways(page, path or "evaluation", (1280, 1024, 800))
        page.context.close()
    assert wide == []
