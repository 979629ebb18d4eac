"""Whoever is looked for by name is found in the office as in the directory: without marks or capitals, words in any order."""

import pytest
from sqlalchemy import select

from services.evaluation.core.handlers import open_evaluations
from services.evaluation.core.store import tables as t
from services.evaluation.core.store.repository import Repository
from shared.contracts.directory import PersonChanged, RoleHeld
from shared.db import transaction
from shared.ids import derived_id
from shared.people.searching import plain, plain_name
from tests.support.annual_cycle import DISTRICT, OMAR, RUTH, SCHOOL, START, opening
from tests.support.teacher_world import World

PEOPLE = {
    "lowe": ("Ana", "Löwe"),
    "wisniewski": ("Paweł", "Wiśniewski"),
    "haddad": ("Yara", "Haddad"),
    "strasse": ("Ægir", "Straße"),
}


@pytest.fixture
def board(world: World) -> World:
    roles = (RoleHeld(role="teacher", school_id=SCHOOL), RoleHeld(role="principal", school_id=SCHOOL))
    ids = {key: derived_id("person", key) for key in PEOPLE}
    world.tell(
        *(
            PersonChanged(
                person_id=ids[key], given_name=given, family_name=family, email=None, active=True, roles=roles
            )
            for key, (given, family) in PEOPLE.items()
        )
    )
    begun = [
        opening(world.cycle.id, evaluation_id=derived_id("evaluation", key), subject_id=ids[key], evaluator_id=RUTH)
        for key in PEOPLE
    ]
    with transaction(world.engine, DISTRICT) as connection:
        open_evaluations(Repository(connection, DISTRICT, "teacher"), world.cycle, begun, START)
    return world


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("nunez", "Núñez-Ó Briain"),
        ("Nu\u0301n\u0303ez", "Núñez-Ó Briain"),
        ("lowe", "Löwe"),
        ("WISNIEWSKI pawel", "Wiśniewski"),
        ("Haddad Yara", "Haddad"),
        ("Haddad, Yara", "Haddad"),
        ("strasse aegir", "Straße"),
    ],
)
def test_the_board_finds_whom_the_directory_finds(board: World, words: str, found: str) -> None:
    omar = board.client(OMAR)
    page = omar.get(f"/cycles/{board.cycle.id}", query_string={"q": words}).text
    assert page.count('name="evaluations"') + page.count(found) > 0 and found in page
    others = {family for _given, family in PEOPLE.values()} - {found}
    table = page.split("<tbody", 1)[1]
    assert not any(f"{other}</a>" in table for other in others)
    api = board.bearer(OMAR).get(f"/api/v1/cycles/{board.cycle.id}/evaluations", query_string={"q": words}).get_json()
    rows = next(value for value in api.values() if isinstance(value, list)) if isinstance(api, dict) else api
    assert len(rows) == 1 and found in str(rows[0])


def test_signs_of_patterns_find_themselves_alone(board: World) -> None:
    assert "Löwe" not in board.client(OMAR).get(f"/cycles/{board.cycle.id}", query_string={"q": "%"}).text


def test_an_evaluator_is_found_so_as_well(board: World) -> None:
    path = f"/cycles/{board.cycle.id}"
    assert "Löwe" in board.client(OMAR).get(path, query_string={"evaluator": "ALVAREZ ruth"}).text
    chosen = board.client(OMAR).get(
        f"{path}/assign", query_string={"q": "lowe", "evaluations": str(board.evaluation_id)}
    )
    assert chosen.status_code in (200, 303, 422)


def test_the_database_makes_names_plain_as_the_program_does(board: World) -> None:
    person = t.PEOPLE.person
    with transaction(board.engine, DISTRICT) as connection:
        rows = connection.execute(select(person.c.given_name, person.c.family_name, plain_name(person).label("plain")))
        for row in rows:
            assert row.plain == plain(f"{row.given_name} {row.family_name}")
