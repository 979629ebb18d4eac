"""Buttons beside a box that has words in it, and that do not send them: whoever presses one is shown the words and asked."""

import pytest

from services.evaluation.core.domain import commands as c
from tests.integration.evaluation.test_forms_and_ending import before
from tests.support.annual_cycle import MARIA, RUTH
from tests.support.forms import hidden, send
from tests.support.teacher_world import World

MINE = "My side of it\nin two lines"


@pytest.mark.parametrize("text", ["", MINE])
def test_that_no_response_will_come_is_asked_first(world: World, text: str) -> None:
    path = f"{before(world, c.FileResponse)}/respond"
    maria, version = world.client(MARIA), world.evaluation().version
    page = maria.get(path)
    assert 'value="none" form="response"' in page.text and "waive" not in page.text, "the box goes with the button"
    check = maria.post(path, data={**hidden(page), "do": "none", "text": text})
    assert check.status_code == 200
    assert "Say that no response will come?" in check.text
    assert "Nobody can file a response to this evaluation afterwards" in check.text
    assert "Ruth Alvarez is told that none will come" in check.text
    assert world.evaluation().version == version, "nothing is said yet"
    for words in ("What you typed will not be sent.", "What will not be sent", f'<p class="said">{MINE}</p>'):
        assert (words in check.text) is bool(text)
    back = maria.post(path, data={**hidden(check), "text": text, "do": "back"})
    assert f">\n{text}</textarea>" in back.text
    assert maria.post(path, data={**hidden(check), "text": text, "do": "waive"}).status_code == 303
    assert world.evaluation().steps["response"].outcome == "waived" and world.evaluation().responses == ()
    assert (MINE in maria.get("/unsent").text) is bool(text), "what was typed is not lost"
    assert MINE not in world.client(RUTH).get(f"/evaluations/{world.evaluation_id}").text


def test_a_typed_reason_for_handing_back_is_asked_about_before_it_is_agreed(world: World) -> None:
    base = before(world, c.AgreeToForm)
    path, ruth = f"{base}/agree/goals_agreed", world.client(RUTH)
    page, version = ruth.get(path), world.evaluation().version
    assert 'value="agree" form="answer"' in page.text, "the box goes with the button"
    check = ruth.post(path, data={**hidden(page), "do": "agree", "reason": MINE})
    assert check.status_code == 200
    assert "You typed what should change." in check.text and f'<p class="said">{MINE}</p>' in check.text
    assert world.evaluation().version == version, "nothing is agreed to yet"
    back = ruth.post(path, data={**hidden(check), "reason": MINE, "do": "back"})
    assert f">\n{MINE}</textarea>" in back.text
    assert ruth.post(path, data={**hidden(check), "reason": MINE, "do": "agree_anyway"}).status_code == 303
    assert world.evaluation().steps["goals_agreed"].status == "done"
    assert MINE in ruth.get("/unsent").text
    assert MINE not in world.client(MARIA).get(base).text


def test_who_typed_no_reason_agrees_with_one_press(world: World) -> None:
    path, ruth = f"{before(world, c.AgreeToForm)}/agree/goals_agreed", world.client(RUTH)
    assert send(ruth, path, do="agree", reason=" ").status_code == 303
    assert world.evaluation().steps["goals_agreed"].status == "done"
