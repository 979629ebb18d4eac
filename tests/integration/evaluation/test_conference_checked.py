"""A conference is checked before it stands for good: whose, when, what will happen, and what looks odd about its day."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.evaluation.core.web.local_time import typed_day
from tests.support.annual_cycle import MARIA, RUTH, ZONE
from tests.support.forms import hidden, send
from tests.support.teacher_world import World

NOTE = "We spoke of questions, and of time to think."
LATE = "will be recorded as late"
MISTYPED = "If the day is mistyped, go back: what was once recorded as late stays so."


def at_the_desk(world: World, now: datetime) -> tuple[FlaskClient, str]:
    """Ruth where she notes the conference in the middle of the year; the address of the page."""
    world.play(3)
    world.set_clock(now)
    return world.client(RUTH), f"/evaluations/{world.evaluation_id}/conferences/mid_year"


def checked(client: FlaskClient, path: str, day: datetime, **typed: Any) -> TestResponse:
    return send(client, path, **{"day": typed_day(day, ZONE), "begins": "08:05", "note": NOTE, "do": "check", **typed})


def test_the_check_says_what_will_happen_and_writes_nothing(world: World) -> None:
    now = datetime(2026, 12, 1, 20, tzinfo=UTC)
    ruth, path = at_the_desk(world, now)
    assert "Check, then record" in ruth.get(path).text
    before = world.evaluation()
    page = checked(ruth, path, now)
    assert page.status_code == 200
    for words in (
        "Record this conference?", "Mid-year conference", "María José Núñez-Ó Briain", "Tuesday 1 December 2026, 08:05",
        "What will happen", "for good", "María José Núñez-Ó Briain and the district office can read", NOTE,
    ):  # fmt: skip
        assert words in page.text, words
    assert "days ago" not in page.text and "yesterday" not in page.text and LATE not in page.text
    assert world.evaluation() == before
    recorded = ruth.post(path, data={**hidden(page), "do": "send"})
    assert recorded.status_code == 303
    assert world.evaluation().conferences == {"mid_year": NOTE}
    assert ruth.post(path, data={**hidden(page), "do": "send"}).status_code == 303, "pressed twice it is recorded once"
    assert world.evaluation().version == before.version + 2 + len(world.evaluation().steps) - len(before.steps)
    assert NOTE in world.client(MARIA).get(path).text


def test_one_press_on_a_page_of_before_records_nothing(world: World) -> None:
    now = datetime(2026, 12, 1, 20, tzinfo=UTC)
    ruth, path = at_the_desk(world, now)
    page = checked(ruth, path, now, do="")
    assert page.status_code == 200 and "Record this conference?" in page.text
    assert world.evaluation().conferences == {}


def test_going_back_keeps_everything_typed(world: World) -> None:
    now = datetime(2026, 12, 1, 20, tzinfo=UTC)
    ruth, path = at_the_desk(world, now)
    page = checked(ruth, path, now - timedelta(days=3))
    back = ruth.post(path, data={**hidden(page), "do": "back"})
    assert back.status_code == 200
    assert 'value="2026-11-28"' in back.text and 'value="08:05"' in back.text and f">\n{NOTE}</textarea>" in back.text
    assert "Check, then record" in back.text
    assert world.evaluation().conferences == {}
    assert NOTE in ruth.get(path).text, "what was checked is kept as a draft for whoever leaves there"


def test_a_day_that_is_not_today_is_said(world: World) -> None:
    now = datetime(2026, 12, 1, 20, tzinfo=UTC)
    ruth, path = at_the_desk(world, now)
    assert "That was yesterday." in checked(ruth, path, now - timedelta(days=1)).text
    assert "That was 58 days ago." in checked(ruth, path, now - timedelta(days=58)).text


def test_that_it_will_be_late_is_said_as_it_is_recorded(world: World) -> None:
    """WA: the mid-year conference is due by 15 February."""
    now = datetime(2027, 2, 18, 20, tzinfo=UTC)
    ruth, path = at_the_desk(world, now)
    in_time = checked(ruth, path, datetime(2027, 2, 15, 20, tzinfo=UTC)).text
    assert LATE not in in_time and "That was 3 days ago." in in_time, "the day it was held counts"
    late = checked(ruth, path, now)
    assert "“Mid-year conference” will be recorded as late: the last day was Mon 15 Feb 2027." in late.text
    assert MISTYPED in late.text
    ruth.post(path, data={**hidden(late), "do": "send"})
    assert world.evaluation().steps["mid_year"].late


def test_without_script_what_was_typed_last_is_recorded_and_the_other_text_told(world: World) -> None:
    now = datetime(2026, 12, 1, 20, tzinfo=UTC)
    ruth, path = at_the_desk(world, now)
    typed = {"day": "2026-12-01", "begins": "08:05"}
    one, two = hidden(ruth.get(path)), hidden(ruth.get(path))
    ruth.post(path, data={**one, **typed, "note": "Tab one", "keep_draft": "1"})
    kept = ruth.post(path, data={**two, **typed, "note": "Tab two", "keep_draft": "1"})
    page = ruth.get(kept.location.partition("/teacher")[2])
    assert "\nTab two</textarea>" in page.text and page.text.index("Tab two</") < page.text.index("Tab one</")
    check = ruth.post(path, data={**hidden(page), **typed, "note": "Tab two", "do": "check"})
    assert "What will not be sent" in check.text and "Tab one</textarea>" in check.text
    assert '<p class="said">Tab two</p>' in check.text
    assert ruth.post(path, data={**hidden(check), "do": "send"}).status_code == 303
    assert world.evaluation().conferences == {"mid_year": "Tab two"}


def test_texts_of_another_device_are_shown_beside(world: World) -> None:
    now = datetime(2026, 12, 1, 20, tzinfo=UTC)
    ruth, path = at_the_desk(world, now)
    desk, typed = ruth.get(path), {"day": "2026-12-01", "begins": "08:05"}
    phone = ruth.get(path)
    ruth.post(path, data={**hidden(phone), "draft_tab": "phone", **typed, "note": "From the phone", "do": "check"})
    check = ruth.post(path, data={**hidden(desk), "draft_tab": "desk", **typed, "note": "From the desk", "do": "check"})
    assert "What will not be sent" in check.text and "From the phone</textarea>" in check.text
    assert ruth.post(path, data={**hidden(check), "do": "send"}).status_code == 303
    assert world.evaluation().conferences == {"mid_year": "From the desk"}
