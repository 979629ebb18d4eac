"""A cycle of a hundred and thirty evaluations at twenty schools: the board's page stays as small, and the counts are right."""

import re
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from services.evaluation.core.domain.commands import AssignEvaluator
from services.evaluation.core.handlers import handle, open_evaluations
from services.evaluation.core.store import tables as t
from services.evaluation.core.store.lists import MOST_LATE, cycles
from services.evaluation.core.store.repository import Repository
from shared.contracts.directory import PersonChanged, RoleHeld, SchoolChanged
from shared.db import transaction
from shared.ids import derived_id
from tests.support.annual_cycle import DISTRICT, OMAR, START, opening
from tests.support.statements import counted
from tests.support.teacher_world import World

COUNT, SCHOOLS = 130, 20
NAMES = re.compile(r'<th scope="row"[^>]*><a [^>]+>([^<]+)</a>')


def evaluation_id(number: int) -> UUID:
    return derived_id("evaluation", str(number))


def principal(number: int) -> UUID:
    return derived_id("principal", str(number))


@pytest.fixture
def large(world: World) -> World:
    """Each school's principal evaluates its teachers, but for the last ten, whom nobody evaluates yet."""
    schools = [derived_id("school", str(number)) for number in range(SCHOOLS)]
    told: list[SchoolChanged | PersonChanged] = [
        SchoolChanged(school_id=school, name=f"School {number:02}") for number, school in enumerate(schools)
    ]
    for number in range(SCHOOLS):
        told.append(_person(principal(number), "Pat", f"Principal {number:02}", "principal", schools[number]))
    for number in range(COUNT):
        person = derived_id("teacher", str(number))
        told.append(_person(person, "Tea", f"Teacher {number:03}", "teacher", schools[number % SCHOOLS]))
    world.tell(*told)
    openings = [
        opening(
            world.cycle.id,
            evaluation_id=evaluation_id(number),
            subject_id=derived_id("teacher", str(number)),
            school_id=schools[number % SCHOOLS],
            evaluator_id=principal(number % SCHOOLS) if number < COUNT - 10 else None,
        )
        for number in range(COUNT)
    ]
    with transaction(world.engine, DISTRICT) as connection:
        open_evaluations(Repository(connection, DISTRICT, "teacher"), world.cycle, openings, START)
    return world


def _person(person_id: UUID, given: str, family: str, role: str, school: UUID) -> PersonChanged:
    held = (RoleHeld(role=role, school_id=school),)
    return PersonChanged(person_id=person_id, given_name=given, family_name=family, email=None, active=True, roles=held)


def test_the_board_comes_in_pages_of_fifty_with_no_list_of_every_school(large: World) -> None:
    omar, seen = large.client(OMAR), []
    path: str | None = f"/cycles/{large.cycle.id}"
    while path:
        with counted(large.app) as statements:
            text = omar.get(path).text
        assert len(statements) <= 5, statements
        assert text.count("<option") < 10
        assert '<input id="filter-school" name="school" type="search"' in text
        assert '<input id="filter-evaluator" name="evaluator" type="search"' in text
        seen += NAMES.findall(text)
        found = re.search(r'<a rel="next" href="([^"]+)"', text)
        path = found[1].replace("&amp;", "&").removeprefix("/teacher") if found else None
    assert len(seen) == COUNT + 1
    assert [name for name in seen if name.startswith("Tea")] == [f"Tea Teacher {n:03}" for n in range(COUNT)]


@pytest.mark.parametrize("sort", ["name", "due", "school", "evaluator"])
def test_the_board_is_narrowed_by_part_of_a_name_in_every_order(large: World, sort: str) -> None:
    omar, board = large.client(OMAR), f"/cycles/{large.cycle.id}"
    narrowed = omar.get(f"{board}?school=school+0&sort={sort}&state=open").text
    assert len(NAMES.findall(narrowed)) == 50
    following = re.search(r'<a rel="next" href="([^"]+)"', narrowed)
    assert following is not None
    address = following[1].replace("&amp;", "&").removeprefix("/teacher")
    assert "school=school+0" in address and f"sort={sort}" in address and "state=open" in address
    assert len(NAMES.findall(omar.get(address).text)) == 20
    exact = omar.get(f"{board}?school=School+03&sort={sort}").text
    assert len(NAMES.findall(exact)) == 7
    by = omar.get(f"{board}?evaluator=principal+03&sort={sort}").text
    assert len(NAMES.findall(by)) == 6
    one = omar.get(f"{board}?evaluator={principal(3)}&sort={sort}").text
    assert NAMES.findall(one) == NAMES.findall(by)
    assert 'name="evaluator" type="search" value="Pat Principal 03"' in one
    assert "No evaluation is like that." in omar.get(f"{board}?school=nowhere&sort={sort}").text


def test_the_api_narrows_as_the_page_does(large: World) -> None:
    path = f"/api/v1/cycles/{large.cycle.id}/evaluations"
    office = large.bearer(OMAR)
    found = office.get(f"{path}?school=School+03").json
    assert len(found["evaluations"]) == 7 and found["next_page"] is None
    assert office.get(f"{path}?evaluator={principal(3)}").json["evaluations"] == found["evaluations"][:6]


def _assigning(number: int) -> AssignEvaluator:
    return AssignEvaluator(evaluation_id=evaluation_id(number), actor_id=OMAR, office=True, evaluator_id=principal(1))


def _kept(world: World) -> tuple[int, int, int]:
    with transaction(world.engine, DISTRICT) as connection:
        row = connection.execute(select(t.cycle_count.c["total", "closed", "unassigned"])).one()
    return row.total, row.closed, row.unassigned


def _recounted(world: World) -> tuple[int, int, int]:
    e = t.evaluation.c
    with transaction(world.engine, DISTRICT) as connection:
        rows = connection.execute(select(e.closed_at, e.evaluator_id)).all()
    unassigned = sum(row.closed_at is None and row.evaluator_id is None for row in rows)
    return len(rows), sum(row.closed_at is not None for row in rows), unassigned


def test_counts_are_kept_as_evaluations_are_opened_assigned_and_closed(large: World) -> None:
    assert _kept(large) == _recounted(large) == (COUNT + 1, 0, 10)
    large.do(_assigning(COUNT - 1), START)
    assert _kept(large) == _recounted(large) == (COUNT + 1, 0, 9)
    large.play()
    assert _kept(large) == _recounted(large) == (COUNT + 1, 1, 9)
    with pytest.raises(RuntimeError), transaction(large.engine, DISTRICT) as connection:
        handle(Repository(connection, DISTRICT, "teacher"), _assigning(COUNT - 2), START)
        raise RuntimeError("undone, and so are the counts")
    assert _kept(large) == _recounted(large) == (COUNT + 1, 1, 9)


def test_late_ones_are_counted_as_far_as_the_page_says(large: World) -> None:
    with transaction(large.engine, DISTRICT) as connection:
        (before,) = cycles(connection, DISTRICT, date(2026, 8, 27))
        (after,) = cycles(connection, DISTRICT, date(2027, 7, 1))
    assert (before.total, before.late, after.late) == (COUNT + 1, 0, MOST_LATE + 1)
    large.set_clock(START.replace(year=2027, month=7))
    assert "more than 99" in large.client(OMAR).get("/cycles").text


def test_evaluators_to_choose_from_are_few_and_the_rest_are_found_by_name(large: World) -> None:
    omar, address = large.client(OMAR), f"/cycles/{large.cycle.id}/assign?evaluation_ids={evaluation_id(1)}"
    text = omar.get(f"{address}&who=principal+07").text
    assert re.findall(r'<option value="[0-9a-f-]+">([^<,]+)', text) == ["Pat Principal 07"]
    assert f'name="evaluation_ids" value="{evaluation_id(1)}"' in text
    form = re.findall(r'<input type="hidden" name="(csrf|once|page|version|person)" value="([^"]*)"', text)
    [seen] = re.findall(r'name="evaluations" value="([^"]*)"', text)
    data = {**dict(form), "evaluations": seen, "evaluator_id": str(principal(7)), "reason": "Moved"}
    assert omar.post(f"{address}&who=principal+07", data=data).status_code == 303


def test_who_begins_is_narrowed_by_school_and_still_begun(large: World) -> None:
    school, person = derived_id("school", "new"), derived_id("teacher", "new")
    told = [SchoolChanged(school_id=school, name="New School"), _person(person, "Nell", "New", "teacher", school)]
    large.tell(*told)
    omar, path = large.client(OMAR), f"/cycles/{large.cycle.id}/add"
    assert "Tom Nguyễn" in omar.get(path).text
    narrowed = omar.get(f"{path}?school=new").text
    assert "Nell New" in narrowed and "Tom Nguyễn" not in narrowed
    assert "Nobody waits at a school called like that." in omar.get(f"{path}?school=nowhere").text
    form = re.findall(r'<input type="hidden" name="(csrf|once|page|version|person)" value="([^"]*)"', narrowed)
    data = {**dict(form), "track": "comprehensive", "propose": "true", "do": "begin", "person_ids": [str(person)]}
    assert omar.post(f"{path}?school=new", data=data).status_code == 303
    assert _kept(large)[0] == COUNT + 2
