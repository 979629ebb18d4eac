"""The check before an observation is sent says what the day typed would put on the record as late."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.evaluation.core.domain import commands as c
from services.evaluation.core.web.local_time import typed_day
from shared.ids import new_id
from tests.integration.evaluation.test_observing import LINES
from tests.support.annual_cycle import RUTH, ZONE
from tests.support.forms import hidden, send
from tests.support.teacher_world import World

OBSERVATION = "“Observe the lesson” will be recorded as late: the last day was Fri 15 Jan 2027."
REPORT = "“Send the observation report” will be recorded as late: the last day was"
MISTYPED = "If the day is mistyped, go back: what was once recorded as late stays so."


def announced(world: World, at: datetime) -> UUID:
    """Ruth has announced a lesson for that moment, and held the conference before it."""
    world.play(3)
    begun = at - timedelta(days=40)
    who = {"evaluation_id": world.evaluation_id, "actor_id": RUTH}
    occasion = new_id()
    world.do(
        c.BeginOccasion(
            **who, occasion_id=occasion, type="announced", scheduled_from=at, scheduled_to=at + timedelta(minutes=40)
        ),
        begun,
    )  # fmt: skip
    world.do(c.HoldConference(**who, step="announced/1/pre_conference", held_from=begun, note=""), begun)
    return occasion


def checked(ruth: FlaskClient, home: str, day: datetime) -> TestResponse:
    times = {"day": typed_day(day, ZONE), "begins": "08:00", "ends": "08:40"}
    typed = {**LINES, **times, "strengths": "Clear aims"}
    return send(ruth, f"{home}/observation", page=home, do="check", **typed)


def test_an_observation_after_its_day_and_a_report_after_its_own(world: World) -> None:
    now = datetime(2027, 1, 20, 20, tzinfo=UTC)
    occasion = announced(world, now)
    world.set_clock(now)
    ruth, home = world.client(RUTH), f"/evaluations/{world.evaluation_id}/occasions/{occasion}"
    today = checked(ruth, home, now).text
    assert OBSERVATION in today and MISTYPED in today
    assert REPORT not in today
    in_time = checked(ruth, home, datetime(2027, 1, 15, 20, tzinfo=UTC))
    assert OBSERVATION not in in_time.text
    assert f"{REPORT} Mon 18 Jan 2027." in in_time.text and MISTYPED in in_time.text
    assert world.evaluation().steps["announced/1/observation"].status == "open", "checking records nothing"
    ruth.post(f"{home}/feedback", data=hidden(in_time))
    steps = world.evaluation().steps
    assert not steps["announced/1/observation"].late and steps["announced/1/feedback"].late


def test_what_is_in_time_says_nothing_of_it(world: World) -> None:
    now = datetime(2026, 12, 1, 20, tzinfo=UTC)
    occasion = announced(world, now)
    world.set_clock(now)
    page = checked(world.client(RUTH), f"/evaluations/{world.evaluation_id}/occasions/{occasion}", now)
    assert page.status_code == 200
    assert "will be recorded as late" not in page.text


def saving(ruth: FlaskClient, home: str, day: datetime) -> TestResponse:
    times = {"day": typed_day(day, ZONE), "begins": "08:00", "ends": "08:40"}
    return send(ruth, f"{home}/observation", page=home, do="save", **{**LINES, **times, "strengths": "Clear aims"})


def test_saving_asks_first_where_it_would_be_late(world: World) -> None:
    now = datetime(2027, 1, 20, 20, tzinfo=UTC)
    occasion = announced(world, now)
    world.set_clock(now)
    ruth, home = world.client(RUTH), f"/evaluations/{world.evaluation_id}/occasions/{occasion}"
    asked = saving(ruth, home, now)
    assert asked.status_code == 200 and "Save this as late?" in asked.text
    assert OBSERVATION in asked.text and MISTYPED in asked.text and "What will happen" in asked.text
    step = "announced/1/observation"
    assert world.evaluation().steps[step].status == "open", "asking records nothing"
    back = ruth.post(f"{home}/observation", data={**hidden(asked), "do": "back"})
    assert 'value="2027-01-20"' in back.text and "\nClear aims</textarea>" in back.text
    assert world.evaluation().steps[step].status == "open"
    assert ruth.post(f"{home}/observation", data={**hidden(asked), "do": "record"}).status_code == 303
    assert world.evaluation().steps[step].late
    assert "\nClear aims</textarea>" in ruth.get(home).text, "the feedback is still to be sent"
    assert saving(ruth, home, now).status_code == 303, "what is late already is not asked about again"


def test_saving_in_time_asks_nothing(world: World) -> None:
    now = datetime(2027, 1, 20, 20, tzinfo=UTC)
    occasion = announced(world, now)
    world.set_clock(now)
    ruth, home = world.client(RUTH), f"/evaluations/{world.evaluation_id}/occasions/{occasion}"
    assert saving(ruth, home, datetime(2027, 1, 15, 20, tzinfo=UTC)).status_code == 303
    assert not world.evaluation().steps["announced/1/observation"].late
