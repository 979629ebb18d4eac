"""Beside a time that is typed stands what the district's clocks are called on any day: the day may be another than today."""

import re
from datetime import timedelta

from services.evaluation.core.domain import commands as c
from tests.integration.evaluation.test_observing import Desk, desk  # noqa: F401 - a fixture
from tests.support.annual_cycle import RUTH
from tests.support.teacher_world import World

NAMED = re.compile(r'type="time".*?<span class="echo">([^<]+)</span>')


def test_an_observation_of_summer_time_says_the_same_in_winter(desk: Desk) -> None:  # noqa: F811
    desk.post("observation", do="save", **{"text-1": "Asks for reasons"})
    for days in (0, 90):
        desk.world.set_clock(desk.at + timedelta(days=days, minutes=30))
        page = desk.world.client(RUTH).get(desk.home).text
        assert NAMED.findall(page) == ["Pacific Time"] * 2, days
        assert re.search(r"On the record since [^<]+ PDT", page), "the moment is told as it was"


def test_every_form_with_a_day_to_choose_says_it_so(world: World) -> None:
    world.play_until(c.HoldConference)
    moment = next(one for one in world.year() if isinstance(one.command, c.HoldConference))
    world.set_clock(moment.at)
    ruth, base = world.client(RUTH), f"/evaluations/{world.evaluation_id}"
    occasion = world.evaluation().occasions[0].id
    forms = {
        "occasions/new?type=announced": 2,
        f"occasions/{occasion}/reschedule": 2,
        f"occasions/{occasion}": 2,
        "conferences/announced/1/pre_conference": 1,
    }
    for path, times in forms.items():
        assert NAMED.findall(ruth.get(f"{base}/{path}").text) == ["Pacific Time"] * times, path
