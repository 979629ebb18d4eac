"""What a posted page says it touched: only that is kept, and only a page that can't say so is kept whole."""

from tests.integration.evaluation.test_forms_and_ending import GOALS
from tests.integration.evaluation.test_two_devices import put
from tests.support.annual_cycle import MARIA
from tests.support.forms import hidden
from tests.support.teacher_world import World


def test_an_untouched_field_gives_way_on_the_page_that_asks_and_keeps_nothing(world: World) -> None:
    world.set_clock(world.year()[0].at)
    path = f"/evaluations/{world.evaluation_id}/forms/goals"
    client = world.client(MARIA)
    desk, phone = client.get(path), client.get(path)
    put(client, world, phone, 0, "phone", **{"answer-team": "From the phone"})
    typed = {**GOALS, "answer-practice": "From the desk", "answer-team": "Old", "draft_touched": "answer-practice"}
    check = client.post(path, data={**hidden(desk), **typed, "do": "check"})
    assert "From the phone" in check.text and "What will not be sent" not in check.text
    kept = client.get(f"/drafts/{hidden(desk)['draft']}").get_json()
    assert kept["conflicts"] == []
    assert kept["fields"] == {"answer-team": "From the phone", "answer-practice": "From the desk"}
    put(client, world, phone, 1, "phone", **{"answer-team": "From the phone, later"})
    late = client.post(path, data={**hidden(check), "do": "send"})
    assert late.status_code == 409, "nothing is sent that was not shown"
    assert world.evaluation().forms == {}
    again = client.post(path, data={**hidden(check), "do": "check"})
    assert client.post(path, data={**hidden(again), "do": "send"}).status_code == 303
    answers = world.evaluation().forms["goals"].answers
    assert (answers["practice"], answers["team"]) == ("From the desk", "From the phone, later")


def test_a_page_that_can_not_say_what_it_touched_is_taken_as_it_is(world: World) -> None:
    world.set_clock(world.year()[0].at)
    path = f"/evaluations/{world.evaluation_id}/forms/goals"
    client = world.client(MARIA)
    desk, phone = client.get(path), client.get(path)
    put(client, world, phone, 0, "phone", **{"answer-team": "From the phone"})
    check = client.post(path, data={**hidden(desk), **GOALS, "answer-team": "Old", "do": "check"})
    assert "What will not be sent" in check.text and "From the phone</textarea>" in check.text
