"""Whom the directory proposes as evaluator is somebody who may evaluate, at the school where the person was looked for; and
the board says who of those evaluated has left."""

import re
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.directory import PersonChanged, RoleHeld, SchoolChanged
from shared.ids import derived_id
from tests.integration.test_office import form_of
from tests.support.annual_cycle import MARIA, OMAR, RUTH, SCHOOL, SVEN
from tests.support.teacher_world import TOM, World

BAY = derived_id("school", "bay")
PIA = derived_id("person", "Pia, principal of the other school")


def told(world: World, person_id: UUID, name: str, *roles: tuple[str, UUID | None], **changes: Any) -> None:
    held = tuple(RoleHeld(role=role, school_id=school) for role, school in roles)
    values = {"email": None, "active": True, "evaluator_ids": (), **changes}
    world.tell(PersonChanged(person_id=person_id, given_name=name, family_name="Nguyễn", roles=held, **values))


def proposed(world: World, person_id: UUID) -> UUID | None:
    people = world.bearer(OMAR).get(f"/api/v1/cycles/{world.cycle.id}/subjects").json
    found = next(one["evaluator_id"] for one in people if one["person_id"] == str(person_id))
    return UUID(found) if found else None


@pytest.mark.parametrize(
    ("named", "shut_out", "expected"),
    [
        ((SVEN,), (), SVEN),
        ((MARIA, SVEN), (), SVEN),  # a teacher may not
        ((TOM, SVEN), (), SVEN),  # nor may the person
        ((SVEN,), (SVEN,), RUTH),  # who works here no longer is passed over, and then it is the principal
        ((SVEN,), (SVEN, RUTH), None),
    ],
)
def test_who_may_not_evaluate_is_not_proposed(
    world: World, named: tuple[UUID, ...], shut_out: tuple[UUID, ...], expected: UUID | None
) -> None:
    told(world, TOM, "Tom", ("teacher", SCHOOL), evaluator_ids=named)
    for one, role in ((SVEN, "site_administrator"), (RUTH, "principal")):
        told(world, one, "Somebody", (role, SCHOOL), active=one not in shut_out)
    assert proposed(world, TOM) == expected


def test_of_two_principals_one_who_works_here_is_proposed(world: World) -> None:
    first, second = sorted((RUTH, PIA))
    for gone, here in ((first, second), (second, first)):
        told(world, gone, "Gone", ("principal", SCHOOL), active=False)
        told(world, here, "Here", ("principal", SCHOOL))
        assert proposed(world, TOM) == here


def test_who_teaches_at_two_schools_begins_where_they_were_looked_for(world: World) -> None:
    world.tell(SchoolChanged(school_id=BAY, name="Bay School"))
    told(world, PIA, "Pia", ("principal", BAY))
    told(world, TOM, "Tom", ("teacher", SCHOOL), ("teacher", BAY))
    omar = world.client(OMAR)
    path = f"/cycles/{world.cycle.id}/add?school=Bay"
    page = omar.get(path).text
    assert "Bay School" in page
    assert "Pia Nguyễn" in page
    hidden = dict(re.findall(r'type="hidden" name="(school)" value="([^"]*)"', page))
    typed = {**hidden, "track": "comprehensive", "propose": "true", "person_ids": [str(TOM)]}
    check = omar.post(path, data={**form_of(omar, path), **typed, "do": "check"})
    carried = dict(re.findall(r'name="(school|person_ids|propose)" value="([^"]*)"', check.text))
    assert carried == {"school": "Bay", "person_ids": str(TOM), "propose": "true"}
    begun = omar.post(path, data={**form_of(omar, path), **typed, "do": "begin"})
    assert begun.status_code == 303, begun.text
    (row,) = world.bearer(OMAR).get(f"/api/v1/cycles/{world.cycle.id}/evaluations?q=Tom").json["evaluations"]
    assert (row["school"], row["evaluator"]) == ("Bay School", "Pia Nguyễn")


def test_the_api_begins_at_the_school_it_is_told(world: World) -> None:
    world.tell(SchoolChanged(school_id=BAY, name="Bay School"))
    told(world, PIA, "Pia", ("principal", BAY))
    told(world, TOM, "Tom", ("teacher", SCHOOL), ("teacher", BAY))
    omar, path = world.bearer(OMAR), f"/api/v1/cycles/{world.cycle.id}/evaluations"
    for school, evaluator in ((BAY, PIA), (SCHOOL, RUTH)):
        people = omar.get(f"/api/v1/cycles/{world.cycle.id}/subjects?school={school}").json
        assert {one["person_id"]: one["evaluator_id"] for one in people}[str(TOM)] == str(evaluator)
    body = {"track": "comprehensive", "propose": True, "person_ids": [str(TOM)]}
    assert omar.post(path, json={**body, "school": "Nowhere"}).status_code == 422
    assert omar.post(path, json={**body, "school": str(BAY)}).json["begun"] == 1
    (row,) = omar.get(f"{path}?q=Tom").json["evaluations"]
    assert (row["school"], row["evaluator"]) == ("Bay School", "Pia Nguyễn")


def test_the_board_marks_whoever_has_left(world: World) -> None:
    omar, path = world.client(OMAR), f"/cycles/{world.cycle.id}"
    assert "no longer works here" not in omar.get(path).text
    assert "María José" not in omar.get(f"{path}?state=left").text
    told(world, MARIA, "María José", ("teacher", SCHOOL), active=False)
    board = omar.get(path).text
    assert re.search(r"María José Nguyễn</a>.{0,120}no longer works here", board, re.S)
    assert "María José" in omar.get(f"{path}?state=left").text
    listed = world.bearer(OMAR).get(f"/api/v1/cycles/{world.cycle.id}/evaluations?state=left").json["evaluations"]
    assert [one["id"] for one in listed] == [str(world.evaluation_id)]
