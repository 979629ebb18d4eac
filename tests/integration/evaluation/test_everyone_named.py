"""Where many are chosen at once, everybody it is about is named: who is to be taken off must be known."""

import re

from services.evaluation.core.domain import commands as c
from shared.contracts.directory import PersonChanged, RoleHeld
from shared.ids import derived_id
from tests.integration.test_office import form_of
from tests.support.annual_cycle import OMAR, RUTH, SCHOOL
from tests.support.teacher_world import World

NAMES = [f"Teacher{number:02}" for number in range(1, 13)]


def twelve(world: World) -> list[str]:
    """Twelve more teachers of the school; their ids."""
    role = (RoleHeld(role="teacher", school_id=SCHOOL),)
    people = [
        PersonChanged(
            person_id=derived_id("person", name),
            given_name=name,
            family_name="New",
            email=None,
            active=True,
            roles=role,
        )
        for name in NAMES
    ]
    world.tell(*people)
    return [str(one.person_id) for one in people]


def test_whom_a_track_can_not_take_is_named_to_the_last(world: World) -> None:
    ids = twelve(world)
    omar, path = world.client(OMAR), f"/cycles/{world.cycle.id}/add"
    typed = {**form_of(omar, path), "person_ids": ids, "do": "check"}
    answer = omar.post(path, data={**typed, "track": "focused"})
    assert answer.status_code == 422
    said = re.findall(r"on record for (.*?)\. Choose another track", answer.text)
    assert said and all(f"{name} New" in said[0] for name in NAMES)
    check = omar.post(path, data={**typed, "track": "comprehensive"}).text
    assert "and 2 more" in check and "<summary>All 12 names</summary>" in check
    assert all(f"<li>{name} New</li>" in check for name in NAMES)


def test_what_the_program_notes_of_an_observation_is_a_sentence(world: World) -> None:
    for moment in world.year():
        world.do(moment.command, moment.at)
        if isinstance(moment.command, c.HoldConference) and moment.command.step == "announced/1/post_conference":
            break
    world.set_clock(moment.at)
    page = world.client(RUTH).get(f"/evaluations/{world.evaluation_id}/record").text
    assert "<strong>The program</strong> noted that “Announced observation 1” is finished" in page
