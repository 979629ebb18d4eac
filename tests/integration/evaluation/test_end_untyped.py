"""An end that nobody typed: shown before it stands on the record, and never put into the field."""

import re

from werkzeug.test import TestResponse

from services.evaluation.core.web.local_time import typed_time
from tests.integration.evaluation.test_observing import LINES, Desk, desk  # noqa: F401 - a fixture
from tests.support.annual_cycle import ZONE
from tests.support.forms import hidden

END = re.compile(r'<input class="time" id="f-ends" name="ends" type="time" value="([^"]*)"')


def sent(desk: Desk, do: str, **typed: str) -> TestResponse:  # noqa: F811
    """As the page sends it that has taken the end from the last line, and leaves the field as it is."""
    return desk.post("observation", do=do, **{**LINES, "ends": "", "end_untyped": "08:05", **typed})


def told(page: TestResponse) -> bool:
    return "Nobody gave the time it ended, so it is taken to have ended at 08:05." in page.text


def test_a_refused_check_leaves_no_end_in_the_field(desk: Desk) -> None:  # noqa: F811
    refused = sent(desk, "check")
    assert refused.status_code == 422
    assert "Write something first." in refused.text and END.findall(refused.text) == [""]


def test_the_check_shows_the_end_and_going_back_leaves_the_field_empty(desk: Desk) -> None:  # noqa: F811
    page = sent(desk, "check", strengths="Clear aims")
    assert page.status_code == 200 and told(page)
    assert "08:00 to 08:05 PDT (5 min)" in page.text
    back = desk.ruth.post(f"{desk.home}/observation", data={**hidden(page), "do": "back"})
    assert back.status_code == 200 and END.findall(back.text) == [""]
    assert desk.ruth.post(f"{desk.home}/feedback", data=hidden(page)).status_code == 303
    assert desk.occasion().feedback is not None


def test_saving_asks_before_it_puts_such_an_end_on_the_record(desk: Desk) -> None:  # noqa: F811
    page = sent(desk, "save")
    assert page.status_code == 200 and told(page)
    assert "Save this with its end at 08:05?" in page.text and "as late" not in page.text
    assert desk.occasion().notes == (), "asking records nothing"
    assert desk.ruth.post(f"{desk.home}/observation", data={**hidden(page), "do": "record"}).status_code == 303
    assert len(desk.occasion().notes) == 2
    held_to = desk.world.evaluation().steps[f"walkthrough/{desk.occasion().number}/observation"].held_to
    assert held_to is not None and typed_time(held_to, ZONE) == "08:05"


def test_an_end_that_was_typed_stands_and_is_asked_about_no_more(desk: Desk) -> None:  # noqa: F811
    page = sent(desk, "check", ends="08:20", strengths="Clear aims")
    assert "08:00 to 08:20 PDT (20 min)" in page.text and not told(page)
    assert "Nobody gave the time it ended" not in page.text
    assert sent(desk, "save", ends="08:20").status_code == 303
