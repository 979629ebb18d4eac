"""Every page about one evaluation, asked for by everyone: the subject, the evaluator, a former one, the office, strangers."""

from datetime import timedelta

import msgspec
import pytest

from services.evaluation.core.domain import commands as c
from shared.contracts.directory import PersonChanged, RoleHeld
from tests.support.annual_cycle import MARIA, OMAR, RUTH, SVEN
from tests.support.teacher_world import OTTO, TOM, UNA, World, people_events

OUTSIDE = (RUTH, TOM, UNA, OTTO)
"""Ruth evaluated before; Tom is a colleague; Una represents the union; Otto is of another district's office."""
READ = {MARIA: 200, SVEN: 200, OMAR: 200}
EVALUATOR = {MARIA: 403, SVEN: 200, OMAR: 403}
SUBJECT = {MARIA: 200, SVEN: 403, OMAR: 403}
OFFICE = {MARIA: 403, SVEN: 403, OMAR: 200}

PAGES = {
    "": READ,
    "/forms/goals": READ,
    "/forms/self_assessment": READ,
    "/agree/goals_agreed": READ,
    "/occasions/new": EVALUATOR,
    "/occasions/new?type=announced": EVALUATOR,
    "/occasions/new?type=walkthrough": EVALUATOR,
    "/occasions/{sent}": READ,
    "/occasions/{sent}/feedback": {MARIA: 303, SVEN: 303, OMAR: 303},
    "/occasions/{sent}/observation": {MARIA: 403, SVEN: 303, OMAR: 403},
    "/occasions/{sent}/reschedule": EVALUATOR,
    "/occasions/{sent}/withdraw": EVALUATOR,
    "/occasions/{begun}": {MARIA: 404, SVEN: 200, OMAR: 200},
    "/occasions/{begun}/feedback": {MARIA: 404, SVEN: 303, OMAR: 303},
    "/occasions/{begun}/observation": {MARIA: 403, SVEN: 200, OMAR: 403},
    "/conferences/mid_year": READ,
    "/conferences/announced/1/pre_conference": READ,
    "/summative": READ,
    "/score": {MARIA: 404, SVEN: 404, OMAR: 404},
    "/score.json": {MARIA: 404, SVEN: 404, OMAR: 404},
    "/sign": READ,
    "/respond": READ,
    "/close": READ,
    "/end-early": OFFICE,
    "/context": SUBJECT,
    "/record": READ,
    "/copy": READ,
    "/copy.html": READ,
    "/copy.json": READ,
}
MISSING = ("/forms/none", "/forms/mid_year", "/agree/goals", "/conferences/goals", "/occasions/{evaluation}", "/none")


@pytest.fixture
def midyear(world: World) -> tuple[World, dict[str, object]]:
    """The second observation is begun, nobody was told of it; Sven evaluates since a day ago, Ruth did before."""
    moments = world.year()
    second = [number for number, moment in enumerate(moments) if isinstance(moment.command, c.RecordObservation)][1]
    world.play(second)
    at = moments[second].at
    world.do(
        c.AssignEvaluator(
            evaluation_id=world.evaluation_id, actor_id=OMAR, office=True, evaluator_id=SVEN, reason="Leave"
        ),
        at,
    )
    world.set_clock(at + timedelta(days=1))
    sent, begun = world.evaluation().occasions
    return world, {"sent": sent.id, "begun": begun.id, "evaluation": world.evaluation_id}


def test_every_page_as_everyone(midyear: tuple[World, dict[str, object]]) -> None:
    world, ids = midyear
    base = f"/evaluations/{world.evaluation_id}"
    wrong = []
    for person in (MARIA, SVEN, OMAR, *OUTSIDE):
        client = world.client(person)
        for path, expected in PAGES.items():
            address = base + path.format(**ids)
            status = client.get(address).status_code
            if status != expected.get(person, 404):
                wrong.append((path, person, status))
        wrong += [
            (path, person, "not 404") for path in MISSING if client.get(base + path.format(**ids)).status_code != 404
        ]
    assert wrong == []


def test_an_evaluator_whose_role_has_ended_sees_and_does_nothing_more(midyear: tuple[World, dict[str, object]]) -> None:
    """Still named on the evaluation, and still employed: the office is told, and until it names another nobody acts."""
    world, ids = midyear
    sven = next(one for one in people_events() if isinstance(one, PersonChanged) and one.person_id == SVEN)
    base, present = f"/evaluations/{world.evaluation_id}", world.evaluation()
    assert world.bearer(SVEN).get("/api/v1/evaluations?as=evaluator").json != []
    world.tell(msgspec.structs.replace(sven, roles=(RoleHeld(role="teacher"),)))
    client, bearer = world.client(SVEN), world.bearer(SVEN)
    assert {client.get(base + path.format(**ids)).status_code for path in PAGES} == {404}
    assert "Your role by which you evaluated has ended" in client.get(base).text
    sent = {bearer.post(base + path.format(**ids), data=typed).status_code for path, (typed, _author) in FORMS.items()}
    assert sent == {404}
    walkthrough = bearer.post(f"/api/v1{base}/occasions", json={"type": "walkthrough"})
    assert (walkthrough.status_code, walkthrough.json["type"]) == (404, "/problems/role_ended")
    assert bearer.get("/api/v1/evaluations?as=evaluator").json == []
    assert "Nobody is assigned to you." in client.get("/people").text
    assert world.evaluation() == present
    world.tell(sven)
    assert client.get(base).status_code == 200, "with the role the evaluation comes back"


def test_nobody_is_sent_to_sign_in(midyear: tuple[World, dict[str, object]]) -> None:
    world, ids = midyear
    client = world.app.test_client()
    for path in PAGES:
        answer = client.get(f"/evaluations/{world.evaluation_id}{path.format(**ids)}")
        assert answer.status_code == 303, path
        assert answer.location.startswith("/directory/sign-in?next=/teacher/evaluations/"), path
        sent = client.post(f"/evaluations/{world.evaluation_id}{path.format(**ids)}", data={"text": "typed"})
        assert sent.status_code in (303, 405), path


FORMS = {
    "/forms/goals": ({"answer-practice": "x"}, MARIA),
    "/agree/goals_agreed": ({"do": "agree"}, SVEN),
    "/occasions/new?type=walkthrough": ({}, SVEN),
    "/occasions/{begun}/observation": ({"do": "save"}, SVEN),
    "/occasions/{begun}/observation?": ({"do": "check"}, SVEN),
    "/occasions/{begun}/observation??": ({"do": "more"}, SVEN),
    "/occasions/{begun}/feedback": ({}, SVEN),
    "/occasions/{begun}/reschedule": ({}, SVEN),
    "/occasions/{begun}/withdraw": ({"reason": "x"}, SVEN),
    "/conferences/mid_year": ({"do": "send", "day": "2026-10-01", "begins": "08:00"}, SVEN),
    "/conferences/mid_year?": ({"do": "check", "day": "2026-10-01", "begins": "08:00"}, SVEN),
    "/summative": ({"do": "send"}, SVEN),
    "/summative?": ({"do": "check"}, SVEN),
    "/summative??": ({"do": "score"}, SVEN),
    "/sign": ({"do": "sign"}, MARIA),
    "/respond": ({"do": "send", "text": "x"}, MARIA),
    "/respond?": ({"do": "check", "text": "x"}, MARIA),
    "/respond??": ({"do": "waive"}, MARIA),
    "/close": ({"do": "close"}, SVEN),
    "/end-early": ({"reason": "x"}, OMAR),
    "/context": ({"text": "x"}, MARIA),
}


def test_every_form_as_everyone_else(midyear: tuple[World, dict[str, object]]) -> None:
    """Whoever has another part in the evaluation is refused (403), whoever has none finds nothing (404), and neither changes
    anything."""
    world, ids = midyear
    before = world.evaluation()
    wrong = []
    for person in (MARIA, SVEN, OMAR, *OUTSIDE):
        client = world.bearer(person)
        for path, (typed, author) in FORMS.items():
            if person == author:
                continue
            status = client.post(f"/evaluations/{world.evaluation_id}{path.format(**ids)}", data=typed).status_code
            if status != (403 if person in (MARIA, SVEN, OMAR) else 404):
                wrong.append((path, person, status))
    assert wrong == []
    assert world.evaluation() == before


def test_what_is_not_sent_is_on_no_page_of_anyone_else(midyear: tuple[World, dict[str, object]]) -> None:
    world, ids = midyear
    held = world.evaluation().occasions[1]
    begins = world.app.config["CLOCK"]() - timedelta(hours=3)
    for hours, words in ((1, "quagga-unsent-line"), (2, "quagga-amended-line")):
        world.do(
            c.RecordObservation(
                evaluation_id=world.evaluation_id,
                actor_id=SVEN,
                occasion_id=held.id,
                held_from=begins,
                held_to=begins + timedelta(minutes=20),
                notes=(c.Note(words, begins, ("C1",)),),
            ),
            begins + timedelta(hours=hours),
        )
    seen = {person: _everything(world, person, ids) for person in (SVEN, MARIA, OMAR)}
    assert "quagga-amended-line" in seen[SVEN]
    assert "quagga-unsent-line" in seen[SVEN], "the evaluator's record keeps both"
    assert "quagga" not in seen[MARIA]
    assert "quagga" not in seen[OMAR]
    assert "Unannounced walkthrough 1" in seen[MARIA], "that it was held is told"
    world.do(
        c.SendFeedback(
            evaluation_id=world.evaluation_id, actor_id=SVEN, occasion_id=held.id, strengths="Good", next_steps=""
        ),
        begins + timedelta(hours=3),
    )
    for person in (MARIA, OMAR):
        seen[person] = _everything(world, person, ids)
        assert "quagga-amended-line" in seen[person]
        assert "quagga-unsent-line" not in seen[person], "what was amended before it was sent stays the evaluator's"


def _everything(world: World, person: object, ids: dict[str, object]) -> str:
    client = world.client(person)  # type: ignore[arg-type]
    pages = [client.get(f"/evaluations/{world.evaluation_id}{path.format(**ids)}") for path in PAGES]
    return "".join(page.text for page in pages if page.status_code == 200)
