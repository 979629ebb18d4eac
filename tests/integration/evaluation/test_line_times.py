"""Lines that were written at another time than the lesson was held: said before they are sent, and told with their day."""

import dataclasses
from datetime import timedelta
from zoneinfo import ZoneInfo

from services.evaluation.core.domain import commands as c
from tests.integration.evaluation.test_observing import Desk, desk  # noqa: F401 - a fixture
from tests.support.annual_cycle import MARIA, ZONE
from tests.support.teacher_world import World


def test_the_check_warns_of_lines_outside_the_lesson(desk: Desk) -> None:  # noqa: F811
    lines = {"text-1": "Within", "at-1": "08:10", "text-2": "Long after", "at-2": "22:31", "text-3": "Without"}
    page = desk.post("observation", do="check", strengths="Clear", **{**lines, "day": "2026-09-10"})
    assert "1 line stands at another time than the lesson was held." in page.text
    assert "08:00 to 08:20 PDT (20 min); written 22:31." in page.text
    inside = desk.post("observation", do="check", strengths="Clear", **{**lines, "at-2": "08:20"})
    assert "another time than the lesson" not in inside.text


def test_a_line_of_another_day_shows_its_day_wherever_it_is_read(world: World) -> None:
    for moment in world.year():
        command = moment.command
        if isinstance(command, c.RecordObservation):
            first, *rest = command.notes
            early = dataclasses.replace(first, at=command.held_from - timedelta(days=1, minutes=7))
            command = dataclasses.replace(command, notes=(early, *rest))
        world.do(command, moment.at)
        if isinstance(command, c.SendFeedback):
            break
    world.set_clock(moment.at)
    occasion = world.evaluation().occasions[0]
    day = occasion.notes[0].at.astimezone(ZoneInfo(ZONE)).strftime("%a %-d %b %Y, %H:%M")
    maria, base = world.client(MARIA), f"/evaluations/{world.evaluation_id}"
    for path in (f"{base}/occasions/{occasion.id}", f"{base}/copy.html"):
        page = maria.get(path)
        assert page.status_code == 200, path
        assert page.text.count(day) == 2, "in the notes and by component, and on no other line"
