"""The page of the written response says whether its day is to come or has passed."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.evaluation.core.domain import commands as c
from tests.support.annual_cycle import MARIA, ZONE
from tests.support.forms import hidden, send
from tests.support.teacher_world import World


def test_until_the_end_of_its_day_and_after_it(world: World) -> None:
    world.play_until(c.Sign)
    due = world.evaluation().steps["response"].due_on
    assert due is not None
    path = f"/evaluations/{world.evaluation_id}/respond"
    last_minute = datetime.combine(due, time(23, 59), ZoneInfo(ZONE)).astimezone(UTC)
    world.set_clock(last_minute)
    page = world.client(MARIA).get(path).text
    assert "You have until the end of" in page and "has passed" not in page
    assert "the evaluation can be closed before it" in page
    world.set_clock(last_minute + timedelta(minutes=1))
    maria = world.client(MARIA)
    page = maria.get(path).text
    assert "You have until" not in page and "before it" not in page
    assert f"Its last day, {due:%a} {due.day} {due:%b %Y}, has passed." in page
    assert "A response is still taken as long as the evaluation is open" in page
    assert "Nobody waits for one any more" in page
    check = send(maria, path, text="Late, and still mine", do="check")
    assert maria.post(path, data={**hidden(check), "do": "send"}).status_code == 303
    assert world.evaluation().steps["response"].late


def test_once_it_can_not_be_attached_the_check_says_so(world: World) -> None:
    """The evaluation was closed while the subject wrote."""
    *before, closing = [one for one in world.year() if not isinstance(one.command, c.FileResponse)]
    for moment in before:
        world.do(moment.command, moment.at)
    path = f"/evaluations/{world.evaluation_id}/respond"
    due = world.evaluation().steps["response"].due_on
    assert due is not None
    later = datetime.combine(due + timedelta(days=2), time(9), UTC)
    world.set_clock(later)
    maria = world.client(MARIA)
    form = {**hidden(maria.get(path)), "text": "Mine, and too late", "do": "check"}
    world.do(closing.command, later)
    refused = maria.post(path, data=form)
    assert refused.status_code in (409, 412)
    assert "Attach this response?" not in refused.text and "Mine, and too late" in refused.text
