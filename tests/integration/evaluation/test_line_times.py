"""Lines that were written at another time than the lesson was held: said before they are sent, and told with their day."""

import dataclasses
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from werkzeug.test import TestResponse

from services.evaluation.core.domain import commands as c
from tests.integration.evaluation.test_observing import Desk, desk  # noqa: F401 - a fixture
from tests.integration.test_office import form_of
from tests.support.annual_cycle import MARIA, RUTH, ZONE
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
            early = dataclasses.replace(first, at=command.held_from - timedelta(hours=23, minutes=7))
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


def test_a_line_far_from_its_lesson_is_refused_by_its_number(world: World) -> None:
    moment = next(one for one in world.year() if isinstance(one.command, c.RecordObservation))
    world.play_until(c.RecordObservation)
    world.set_clock(moment.at)
    command = moment.command
    assert isinstance(command, c.RecordObservation)
    occasion = world.evaluation().occasions[0].id
    path = f"/api/v1/evaluations/{world.evaluation_id}/occasions/{occasion}/observation"
    ruth = world.bearer(RUTH)

    def sent(*at: datetime) -> TestResponse:
        lines = [{"text": f"Line {number}", "at": one.isoformat()} for number, one in enumerate(at)]
        held = {"held_from": command.held_from.isoformat(), "held_to": command.held_to.isoformat()}
        etag = {"If-Match": str(world.evaluation().version)}
        return ruth.post(path, json={**held, "notes": lines}, headers=etag)

    begins, ends, day = command.held_from, command.held_to, timedelta(days=1)
    within = (begins, begins - day, ends + day)
    for far in (
        datetime(2020, 1, 1, tzinfo=UTC),
        begins - day - timedelta(minutes=1),
        ends + day + timedelta(minutes=1),
    ):
        refused = sent(*within, far)
        assert refused.status_code == 422, refused.text
        assert [one["pointer"] for one in refused.json["errors"]] == ["#/notes/3/at"]
        assert refused.json["detail"].startswith("Line 4 was written more than a day before")
    assert world.evaluation().occasions[0].notes == ()
    assert sent(*within).status_code == 200


def test_a_component_named_again_is_kept_once(world: World) -> None:
    moment = next(one for one in world.year() if isinstance(one.command, c.RecordObservation))
    world.play_until(c.RecordObservation)
    world.set_clock(moment.at)
    again = ["SG3.1", "C1"] * 2500
    base = f"/api/v1/evaluations/{world.evaluation_id}"
    added = world.bearer(MARIA).post(f"{base}/contexts", json={"text": "A plan", "components": again})
    assert added.status_code == 200, added.text
    assert world.evaluation().contexts[0].components == ("SG3.1", "C1")
    record = world.client(MARIA).get(f"/evaluations/{world.evaluation_id}/record").text
    assert "SG3.1, C1</p>" in record, "also on the record"
    command = moment.command
    assert isinstance(command, c.RecordObservation)
    held = {"held_from": command.held_from.isoformat(), "held_to": command.held_to.isoformat()}
    recorded = world.bearer(RUTH).post(
        f"{base}/occasions/{world.evaluation().occasions[0].id}/observation",
        json={**held, "notes": [{"text": "A line", "components": again}]},
        headers={"If-Match": str(world.evaluation().version)},
    )
    assert recorded.status_code == 200, recorded.text
    assert world.evaluation().occasions[0].notes[0].components == ("SG3.1", "C1")


def test_the_page_keeps_a_component_of_context_once_too(world: World) -> None:
    maria, path = world.client(MARIA), f"/evaluations/{world.evaluation_id}/context"
    typed = {**form_of(maria, path), "text": "A plan", "components": ["C2", "C1", "C2"]}
    assert maria.post(path, data=typed).status_code == 303
    assert world.evaluation().contexts[0].components == ("C2", "C1")
