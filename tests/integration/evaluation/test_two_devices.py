"""One form open on two devices: what was typed on either is kept until its author has seen both and chosen."""

from services.evaluation.core.domain import commands as c
from tests.integration.evaluation.test_forms_and_ending import GOALS, before
from tests.support.annual_cycle import MARIA, RUTH
from tests.support.forms import hidden, send
from tests.support.teacher_world import World


def put(client, world, page, base, tab, **fields) -> int:
    """Save as draft.js does; the draft's revision."""
    form = hidden(page)
    body = {"base": base, "fields": fields, "tab": tab, "once": form["once"]}
    answer = client.put(f"/drafts/{form['draft']}", json=body, headers={"X-CSRF-Token": form["csrf"]})
    assert answer.status_code == 200, answer.text
    return int(answer.get_json()["revision"])


def test_the_page_that_asks_shows_the_other_text_and_sending_waits_for_it(world: World) -> None:
    world.set_clock(world.year()[0].at)
    path = f"/evaluations/{world.evaluation_id}/forms/goals"
    client = world.client(MARIA)
    desk, phone = client.get(path), client.get(path)
    put(client, world, desk, 0, "desk", **{"answer-practice": "From the desk"})
    typed = {**GOALS, "answer-practice": "From the desk"}
    early = client.post(path, data={**hidden(desk), "draft_tab": "desk", "draft_revision": "1", **typed, "do": "check"})
    assert "What will not be sent" not in early.text
    put(client, world, phone, 0, "phone", **{"answer-practice": "From the phone"})
    refused = client.post(path, data={**hidden(early), "do": "send"})
    assert refused.status_code == 409, "it came after the page that asked"
    assert world.evaluation().forms == {}
    check = client.post(path, data={**hidden(early), "do": "check"})
    assert "What will not be sent" in check.text and "From the phone</textarea>" in check.text
    back = client.post(path, data={**hidden(check), "do": "back"})
    assert "From the phone</textarea>" in back.text and "\nFrom the desk</textarea>" in back.text
    assert client.post(path, data={**hidden(check), "do": "send"}).status_code == 303
    assert world.evaluation().forms["goals"].answers["practice"] == "From the desk"


def test_without_script_what_was_stored_first_is_not_lost_to_the_check(world: World) -> None:
    world.set_clock(world.year()[0].at)
    path = f"/evaluations/{world.evaluation_id}/forms/goals"
    client = world.client(MARIA)
    one, two = client.get(path), client.get(path)
    client.post(path, data={**hidden(one), "answer-practice": "First window", "keep_draft": "1"})
    check = client.post(path, data={**hidden(two), **GOALS, "do": "check"})
    for _time in range(2):
        assert "What will not be sent" in check.text and "First window</textarea>" in check.text
        back = client.post(path, data={**hidden(check), "do": "back"})
        assert "First window</textarea>" in back.text
        check = client.post(path, data={**hidden(back), **GOALS, "answer-team": "Mended", "do": "check"})
    assert client.post(path, data={**hidden(check), "do": "send"}).status_code == 303


def test_a_rating_chosen_elsewhere_is_shown_by_its_name(world: World) -> None:
    path = f"{before(world, c.SendSummative)}/summative"
    client = world.client(RUTH)
    desk, phone = client.get(path), client.get(path)
    put(client, world, phone, 0, "phone", **{"rating-C1": "basic", "comment": "From the phone"})
    every = {f"rating-{one}": "distinguished" for one in world.agreement.instrument.component_ids}
    check = client.post(path, data={**hidden(desk), **every, "comment": "From the desk", "do": "check"})
    assert "From the phone</textarea>" in check.text and "What will not be sent" in check.text
    back = client.post(path, data={**hidden(check), "do": "back"})
    assert '<p class="said">Basic</p>' in back.text
    assert client.post(path, data={**hidden(desk), **every, "comment": "x", "do": "send"}).status_code == 409
    assert world.evaluation().summative is None


def test_after_a_hand_back_a_draft_does_not_hide_what_was_sent(world: World) -> None:
    world.set_clock(world.year()[0].at)
    base = f"/evaluations/{world.evaluation_id}"
    maria, ruth = world.client(MARIA), world.client(RUTH)
    path = f"{base}/forms/goals"
    left_open = maria.get(path)
    assert send(maria, path, **GOALS).status_code == 303
    maria.post(path, data={**hidden(left_open), "answer-practice": "Typed in an old window", "keep_draft": "1"})
    assert send(ruth, f"{base}/agree/goals_agreed", do="return", reason="Name a measure").status_code == 303
    page = maria.get(path).text
    assert "\nTyped in an old window</textarea>" in page
    assert "The fields hold your draft. Read what you sent on" in page
    assert '<p class="said">goal: practice</p>' in page
    maria.delete(f"/drafts/{hidden(left_open)['draft']}", headers={"X-CSRF-Token": hidden(left_open)["csrf"]})
    assert "The fields hold your draft" not in maria.get(path).text, "they hold what was sent"


def test_who_answers_a_form_that_was_handed_back_meanwhile_is_told_what_became_of_it(world: World) -> None:
    world.set_clock(world.year()[0].at)
    base = f"/evaluations/{world.evaluation_id}"
    ruth, agree = world.client(RUTH), f"{base}/agree/goals_agreed"
    assert send(world.client(MARIA), f"{base}/forms/goals", **GOALS).status_code == 303
    looked_at = hidden(ruth.get(agree))
    assert send(ruth, agree, do="return", reason="Name a measure").status_code == 303
    late = ruth.post(agree, data={**looked_at, "do": "agree"})
    assert late.status_code == 412
    assert "Ruth Alvarez: form handed back for change (" in late.text
    assert f'href="/teacher{base}"' in late.text, "a way to what changed"
