"""Every page says the same of an evaluation that can't be closed yet: its own, the evaluator's list, the office's board."""

from datetime import timedelta

from services.evaluation.core.domain import commands as c
from tests.support.annual_cycle import MARIA, OMAR, RUTH
from tests.support.teacher_world import World


def test_pages_and_api_say_from_which_day_it_can_be_closed(world: World) -> None:
    world.play_until(c.FileResponse)
    signed = next(one for one in world.year() if isinstance(one.command, c.Sign))
    world.set_clock(signed.at)
    base, board = f"/evaluations/{world.evaluation_id}", f"/cycles/{world.cycle.id}"
    first_day = world.evaluation().steps["close"].not_before
    assert first_day is not None
    said = f"Can be done from {first_day:%a} {first_day.day} {first_day:%b %Y}"
    ruth, omar = world.client(RUTH), world.client(OMAR)
    for page in (ruth.get(base), ruth.get("/people"), omar.get(board)):
        assert said in page.text
        assert "Close the evaluation: open" not in page.text, "the strip calls it not yet"
    assert f"It can be closed from {said.removeprefix('Can be done from ')}" in ruth.get(base).text
    assert said in ruth.get(f"{base}/record").text
    [closing] = [one for one in _open_steps(world) if one["step"] == "close"]
    assert closing["not_before"] == first_day.isoformat()

    world.do(c.WaiveResponse(evaluation_id=world.evaluation_id, actor_id=MARIA), signed.at + timedelta(minutes=1))
    world.set_clock(signed.at + timedelta(minutes=2))
    for page in (ruth.get(base), ruth.get("/people"), omar.get(board)):
        assert "Can be done from" not in page.text
        assert "Close the evaluation" in page.text
    assert "Your turn: Close the evaluation" in ruth.get(base).text
    [closing] = [one for one in _open_steps(world) if one["step"] == "close"]
    assert closing["not_before"] is None


def test_the_day_comes_by_itself(world: World) -> None:
    world.play_until(c.FileResponse)
    signed = next(one for one in world.year() if isinstance(one.command, c.Sign))
    world.set_clock(signed.at + timedelta(days=30))
    assert "Can be done from" not in world.client(OMAR).get(f"/cycles/{world.cycle.id}").text
    assert "Your turn: Close the evaluation" in world.client(RUTH).get(f"/evaluations/{world.evaluation_id}").text


def _open_steps(world: World) -> list[dict[str, object]]:
    found: list[dict[str, object]] = (
        world.bearer(RUTH).get(f"/api/v1/evaluations/{world.evaluation_id}").json["open_steps"]
    )
    return found
