"""A time that can't be so is told at the field that is to be mended: at the day where it is the day, else at the time."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.evaluation.core.web.local_time import typed_day, typed_time
from tests.integration.evaluation.test_observing import LINES, Desk, desk  # noqa: F401 - a fixture
from tests.support.annual_cycle import RUTH, ZONE
from tests.support.forms import send
from tests.support.teacher_world import World

OUTSIDE = "That day lies far outside the cycle"
TO_COME = "That time has not come yet."
TOO_LATE = "That time has begun already"


def at_fault(answer: Any) -> list[str]:
    """Fields that the summary of errors leads to, in its order."""
    assert answer.status_code == 422
    return [one.split('"')[0] for one in answer.text.split('href="#f-')[1:]]


@pytest.mark.parametrize(
    ("days", "minutes", "field", "words"),
    [(-2400, 0, "day", OUTSIDE), (30, 0, "day", TO_COME), (0, 5, "begins", TO_COME)],
    ids=["years ago", "next month", "in five minutes"],
)
def test_a_conference(world: World, days: int, minutes: int, field: str, words: str) -> None:
    world.play(3)
    last = world.evaluation().steps["mid_year"].opened_at
    assert last is not None
    world.set_clock(last + timedelta(hours=1))
    when = last + timedelta(days=days, hours=1, minutes=minutes)
    typed = {"day": typed_day(when, ZONE), "begins": typed_time(when, ZONE), "note": "What we agreed"}
    for do in ("check", "send"):
        answer = send(world.client(RUTH), f"/evaluations/{world.evaluation_id}/conferences/mid_year", do=do, **typed)
        assert at_fault(answer) == [field]
        assert words in answer.text
        assert "What we agreed" in answer.text


@pytest.mark.parametrize("do", ["save", "check"])
def test_an_observation(desk: Desk, do: str) -> None:  # noqa: F811
    today = date.fromisoformat(desk.times()["day"])
    for day, words in ((today.replace(year=2020), OUTSIDE), (today + timedelta(days=1), TO_COME)):
        answer = desk.post("observation", do=do, **{**LINES, "day": day.isoformat()})
        assert at_fault(answer) == ["day"], "told once, though it has a beginning and an end"
        assert words in answer.text
    later = typed_time(desk.at + timedelta(minutes=45), ZONE)
    answer = desk.post("observation", do=do, **{**LINES, "ends": later})
    assert at_fault(answer) == ["ends"]
    assert TO_COME in answer.text


def test_announcing_and_moving(world: World) -> None:
    world.play(3)
    at = world.year()[2].at + timedelta(days=1)
    world.set_clock(at)
    ruth, base = world.client(RUTH), f"/evaluations/{world.evaluation_id}"
    new = f"{base}/occasions/new?type=announced"
    today, tomorrow = typed_day(at, ZONE), typed_day(at + timedelta(days=1), ZONE)
    begun = send(ruth, new, day=tomorrow, begins="10:00", ends="10:45")
    for path in (new, f"{begun.location.removeprefix('/teacher')}/reschedule"):
        for day, field, words in (
            ("2020-03-02", "day", OUTSIDE),
            ("2029-03-02", "day", OUTSIDE),
            (typed_day(at - timedelta(days=1), ZONE), "day", TOO_LATE),
            (today, "begins", TOO_LATE),
        ):
            answer = send(ruth, path, day=day, begins="00:05", ends="00:45")
            assert at_fault(answer) == [field], (path, day)
            assert words in answer.text
