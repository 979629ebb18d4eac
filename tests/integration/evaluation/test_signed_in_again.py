"""Forms of an evaluation that were open while their person signed out and in again."""

from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from services.evaluation.core.domain import commands as c
from tests.integration.evaluation.test_forms_and_ending import GOALS, before
from tests.support.annual_cycle import MARIA, RUTH
from tests.support.forms import hidden
from tests.support.teacher_world import World

SENT_NOTHING = "Nothing was sent yet: you have signed in again since you opened this page."


def opened(world: World, who: Any, path: str) -> dict[str, str]:
    """The hidden fields of a form that was opened under an earlier sign-in."""
    return hidden(world.client(who).get(path))


def pressed(client: Any, path: str, form: dict[str, str], **typed: Any) -> str:
    """Where pressing it under the present sign-in leads: the page again, below the service's own address."""
    answer = client.post(path, data={**form, **typed})
    assert answer.status_code == 303
    assert answer.location.endswith("again=1") and answer.location.startswith(form["page"])
    found: str = answer.location.removeprefix("/teacher")
    return found


def test_goals_are_kept_and_go_with_one_more_press(world: World) -> None:
    world.set_clock(world.year()[0].at)
    path = f"/evaluations/{world.evaluation_id}/forms/goals"
    form, maria = opened(world, MARIA, path), world.client(MARIA)
    back = pressed(maria, path, form, **GOALS)
    assert world.evaluation().steps["goals"].status != "done"
    page = maria.get(back)
    assert SENT_NOTHING in page.text and "goal: practice" in page.text
    assert maria.post(path, data={**hidden(page), **GOALS}).status_code == 303
    assert SENT_NOTHING not in maria.get(path).text and "goal: practice" in maria.get(path).text


def test_context_is_kept(world: World) -> None:
    world.set_clock(world.year()[0].at)
    path = f"/evaluations/{world.evaluation_id}/context"
    form, maria = opened(world, MARIA, path), world.client(MARIA)
    page = maria.get(pressed(maria, path, form, text="A class of thirty")).text
    assert SENT_NOTHING in page and "A class of thirty" in page
    assert "A class of thirty" not in world.client(RUTH).get(f"/evaluations/{world.evaluation_id}").text


def test_closing_asks_to_be_pressed_again(world: World) -> None:
    path = f"{before(world, c.Close)}/close"
    form, ruth = opened(world, RUTH, path), world.client(RUTH)
    page = ruth.get(pressed(ruth, path, form, do="close"))
    assert SENT_NOTHING in page.text and "Close the evaluation" in page.text
    assert world.evaluation().closed_at is None
    assert ruth.post(path, data={**hidden(page), "do": "close"}).status_code == 303
    assert world.evaluation().closed_at is not None


def test_what_was_not_begun_is_said_after_signing_in(world: World) -> None:
    """The session ran out on a page of one button; the browser may have dropped its cookie by then."""
    base = f"{before(world, c.SendSummative)}"
    path = f"{base}/occasions/new?type=walkthrough"
    begun, form = len(world.evaluation().occasions), opened(world, RUTH, path)
    now = world.app.config["CLOCK"]()
    world.set_clock(now - timedelta(hours=13))
    late = world.client(RUTH)
    world.set_clock(now)
    for client in (late, world.app.test_client()):
        sent = client.post(path, data=form)
        assert sent.status_code == 303 and sent.location.startswith("/directory/sign-in?next=")
        back = unquote(sent.location.partition("next=")[2])
        assert back == f"/teacher{path}&ended=1"
        page = world.client(RUTH).get(back.removeprefix("/teacher")).text
        assert "Nothing was sent or begun: your session had ended." in page and "press once more" in page
    assert "your session had ended" not in world.client(RUTH).get(path).text
    assert len(world.evaluation().occasions) == begun
    assert "Nothing was typed into it" not in world.client(RUTH).get("/unsent").text, "a button leaves no draft"
