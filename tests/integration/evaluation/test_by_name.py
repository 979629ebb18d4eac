"""Lists of an evaluation service in the order of a telephone book, found along an index."""

import unicodedata

from sqlalchemy import select, text

from services.evaluation.core.handlers import open_evaluations
from services.evaluation.core.store import tables as t
from services.evaluation.core.store.board import BoardFilter, cycle_board
from services.evaluation.core.store.by_name import by_name
from services.evaluation.core.store.candidates import evaluators, subjects
from services.evaluation.core.store.lists import evaluated_by
from services.evaluation.core.store.repository import Repository
from services.evaluation.teacher.app import KIND
from shared.clock import now
from shared.contracts.directory import PersonChanged, RoleHeld
from shared.db import connect, transaction
from shared.ids import derived_id
from shared.people.searching import plain
from tests.support.annual_cycle import DISTRICT, RUTH, SCHOOL, START, opening
from tests.support.teacher_world import World

FAMILIES = (
    "Adeyemi", "Åkesson", "Alvarez", "Ángeles", "de Souza", "D’Souza", "Łukasz", "Lund", "Ó Briain", "Obama", "Øst",
    "Šimić", "Smith", "van der Meer", "Villaseñor", "Zając", "Żak",
)  # fmt: skip


def told(number: int, family: str) -> PersonChanged:
    return PersonChanged(
        person_id=derived_id("teacher", family),
        given_name="Tea",
        family_name=unicodedata.normalize("NFD" if number % 2 else "NFC", family),
        email=None,
        active=True,
        evaluator_ids=(),
        roles=(RoleHeld(role="teacher", school_id=SCHOOL), RoleHeld(role="principal", school_id=SCHOOL)),
    )


def test_names_with_marks_and_small_letters_stand_where_one_looks_for_them(world: World) -> None:
    world.tell(*[told(*each) for each in enumerate(reversed(FAMILIES))])
    openings = [
        opening(
            world.cycle.id,
            evaluation_id=derived_id("evaluation", family),
            subject_id=derived_id("teacher", family),
            evaluator_id=RUTH,
        )
        for family in FAMILIES
    ]
    web = connect(world.settings, "web")
    with transaction(web, DISTRICT) as connection:
        open_evaluations(Repository(connection, DISTRICT, "teacher"), world.cycle, openings, START)
        for rows in (
            evaluated_by(connection, DISTRICT, RUTH),
            cycle_board(connection, DISTRICT, world.cycle.id, BoardFilter(), now().date())[0],
        ):
            names = [unicodedata.normalize("NFC", row.subject.family_name) for row in rows if row.subject.family_name]
            shown = [name for name in names if name in FAMILIES]
            assert shown == sorted(FAMILIES, key=plain), "as the directory's own list of people"
        today = now().date()
        for chosen in (
            evaluators(connection, DISTRICT, ["principal"], today),
            subjects(connection, DISTRICT, world.cycle.id, KIND, today),
        ):
            named = [unicodedata.normalize("NFC", one.name).removeprefix("Tea ") for one in chosen]
            assert [name for name in named if name in FAMILIES] == sorted(FAMILIES, key=plain)
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_sort = off"))
        person = t.PEOPLE.person
        ask = select(person.c.person_id).where(person.c.district_id == DISTRICT).order_by(by_name(person)).limit(50)
        asked = str(ask.compile(web, compile_kwargs={"literal_binds": True}))
        plan = "\n".join(connection.execute(text("EXPLAIN " + asked.replace(":", "\\:"))).scalars())
        assert "people_person_by_plain_name" in plan
    web.dispose()
