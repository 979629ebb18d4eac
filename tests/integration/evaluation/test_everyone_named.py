"""Where many are chosen at once, everybody it is about is named: who is to be taken off must be known."""

import re

from services.evaluation.core.domain import commands as c
from shared.contracts.directory import PersonChanged, RoleHeld, SchoolChanged
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
    check = omar.post(path, data={**typed, "track": "comprehensive", "propose": "true"}).text
    assert "and 2 more" in check and "<summary>All 12, with school and evaluator</summary>" in check
    assert all(f"<li>{name} New: Lake School, evaluated by Ruth Alvarez</li>" in check for name in NAMES)


def test_before_it_begins_each_is_named_with_the_school_and_whoever_is_proposed(world: World) -> None:
    ids, bay = twelve(world), derived_id("school", "Bay School")
    mei = derived_id("person", "Mei, at the bay")
    roles = (RoleHeld(role="teacher", school_id=bay),)
    world.tell(
        SchoolChanged(school_id=bay, name="Bay School"),
        PersonChanged(person_id=mei, given_name="Mei", family_name="Lin", email=None, active=True, roles=roles),
    )
    omar, path = world.client(OMAR), f"/cycles/{world.cycle.id}/add"
    typed = {**form_of(omar, path), "track": "comprehensive", "person_ids": [ids[0], str(mei)], "do": "check"}
    check = omar.post(path, data={**typed, "propose": "true"}).text
    assert "Evaluations of 2 people begin in 2026-27." in check
    assert "<li>Teacher01 New: Lake School, evaluated by Ruth Alvarez</li>" in check
    assert "<li>Mei Lin: Bay School, evaluated by nobody yet</li>" in check
    later = omar.post(path, data=typed).text
    assert "<li>Teacher01 New: Lake School</li>" in later and "<li>Mei Lin: Bay School</li>" in later
    assert "evaluated by" not in later
    many = omar.post(path, data={**typed, "person_ids": ids}).text
    assert "<summary>All 12, with school</summary>" in many


def test_what_the_program_notes_of_an_observation_is_a_sentence(world: World) -> None:
    for moment in world.year():
        world.do(moment.command, moment.at)
        if isinstance(moment.command, c.HoldConference) and moment.command.step == "announced/1/post_conference":
            break
    world.set_clock(moment.at)
    page = world.client(RUTH).get(f"/evaluations/{world.evaluation_id}/record").text
    assert "<strong>The program</strong> noted that “Announced observation 1” is finished" in page
