"""The page of an evaluation is kept for who asks again, and nobody ever gets another's, or an earlier one."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from services.evaluation.core.domain import commands as c
from services.evaluation.core.store import tables
from services.evaluation.core.web import evaluation_pages
from services.evaluation.core.web.about import About
from shared.db import connect, transaction
from tests.support.annual_cycle import DISTRICT, MARIA, OMAR, RUTH, SECRET, SVEN
from tests.support.teacher_world import OTTO, TOM, UNA, World

_DIFFERS = re.compile(r'name="(csrf|once)" value="[^"]*"|Printed from Accord[^<]*')
UNSENT = f"{SECRET} line"
"""How the lines of an observation begin, which are the evaluator's alone until the feedback is sent."""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """For whom the parts of the page were made anew, in order."""
    found: list[UUID] = []
    real = evaluation_pages._values

    def noted(present: About) -> dict[str, object]:
        found.append(present.viewer_id)
        return real(present)

    monkeypatch.setattr(evaluation_pages, "_values", noted)
    return found


def page(client: FlaskClient, world: World) -> str:
    answer = client.get(f"/evaluations/{world.evaluation_id}")
    assert answer.status_code == 200
    return _DIFFERS.sub("", answer.text)


def test_the_same_person_asking_again_reads_the_same(world: World, made: list[UUID]) -> None:
    world.play()
    world.set_clock(world.year()[-1].at + timedelta(days=1))
    client = world.client(RUTH)
    assert page(client, world) == page(client, world)
    assert made == [RUTH]


def test_a_forms_token_is_never_kept(world: World) -> None:
    world.play_until(c.SendSummative)
    client = world.client(RUTH)
    first, second = (client.get(f"/evaluations/{world.evaluation_id}").text for _ in range(2))
    tokens = [set(re.findall(r'name="(?:csrf|once)" value="([^"]*)"', text)) for text in (first, second)]
    assert len(tokens[0]) > 1
    assert not tokens[0] & tokens[1]


def test_each_reader_gets_their_own(world: World, made: list[UUID]) -> None:
    """What is the evaluator's alone is read by the evaluator first, so that a part kept by too little would show it."""
    world.play_until(c.SendFeedback)
    clients = {person: world.client(person) for person in (RUTH, MARIA, OMAR)}
    texts = {person: page(client, world) for person, client in clients.items()}
    assert made == [RUTH, MARIA, OMAR]
    assert len(set(texts.values())) == 3
    assert UNSENT in texts[RUTH]
    assert UNSENT not in texts[MARIA] + texts[OMAR]
    assert {person: page(client, world) for person, client in clients.items()} == texts
    assert len(made) == 3


@pytest.mark.parametrize("stranger", [TOM, UNA, OTTO], ids=["colleague", "representative", "another district"])
def test_a_kept_page_opens_no_door(world: World, stranger: UUID) -> None:
    world.play()
    page(world.client(RUTH), world)
    assert world.client(stranger).get(f"/evaluations/{world.evaluation_id}").status_code == 404


def test_who_evaluates_no_more_is_shut_out_at_once(world: World) -> None:
    world.play_until(c.SendSummative)
    client = world.client(RUTH)
    page(client, world)
    at = world.app.config["CLOCK"]()
    moved = c.AssignEvaluator(
        evaluation_id=world.evaluation_id, actor_id=OMAR, office=True, evaluator_id=SVEN, reason="Moved"
    )
    world.do(moved, at)
    assert client.get(f"/evaluations/{world.evaluation_id}").status_code == 404
    assert "Sven" in page(world.client(SVEN), world)


def test_a_new_version_is_read_at_once(world: World, made: list[UUID]) -> None:
    client = world.client(RUTH)
    moments = world.year()
    world.play(3)
    earlier = page(client, world)
    world.do(moments[3].command, moments[3].at)
    assert page(client, world) != earlier
    assert made == [RUTH, RUTH]


def test_another_day_is_another_page(world: World, made: list[UUID]) -> None:
    """What is due is worded by the day: "Due in 3 days"."""
    world.play(1)
    client, now = world.client(RUTH), world.app.config["CLOCK"]()
    page(client, world)
    world.set_clock(now + timedelta(minutes=1))
    page(client, world)
    assert made == [RUTH]
    world.set_clock(now + timedelta(days=1))
    page(world.client(RUTH), world)
    assert made == [RUTH, RUTH]


def test_a_changed_name_is_read_at_once(world: World) -> None:
    client = world.client(RUTH)
    assert "Núñez" in page(client, world)
    engine, person = connect(world.settings, "worker"), tables.PEOPLE.person
    with transaction(engine, DISTRICT) as connection:
        connection.execute(update(person).where(person.c.person_id == MARIA).values(family_name="Quispe"))
    engine.dispose()
    text = page(client, world)
    assert "Quispe" in text
    assert "Núñez" not in text
