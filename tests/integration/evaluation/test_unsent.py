"""What somebody typed and did not send: in one place, theirs alone, and there too where its page is no longer theirs."""

import re
from typing import Any

from services.evaluation.core.domain import commands as c
from shared.ids import new_id
from tests.integration.evaluation.test_forms_and_ending import before
from tests.support.annual_cycle import MARIA, OMAR, RUTH, SVEN
from tests.support.forms import hidden
from tests.support.teacher_world import TOM, World


def test_what_a_former_evaluator_typed_is_theirs_to_read_and_delete(world: World) -> None:
    path = f"{before(world, c.SendSummative)}/summative"
    ruth = world.client(RUTH)
    typing = hidden(ruth.get(path))
    given = c.AssignEvaluator(
        evaluation_id=world.evaluation_id, actor_id=OMAR, office=True, evaluator_id=SVEN, reason="On leave"
    )
    world.do(given, world.app.config["CLOCK"]())
    saved = ruth.put(
        f"/drafts/{typing['draft']}",
        json={"base": 0, "fields": {"comment": "A year of <growth>"}, "once": typing["once"]},
        headers={"X-CSRF-Token": typing["csrf"]},
    )
    assert saved.status_code == 200
    refused = ruth.get(path)
    assert refused.status_code == 404 and 'href="/teacher/unsent"' in refused.text
    page = ruth.get("/unsent")
    assert "A year of &lt;growth&gt;" in page.text
    assert "Summative evaluation: María José Núñez-Ó Briain" in page.text
    assert "You no longer evaluate this person" in page.text
    assert f'href="/teacher{path}"' not in page.text
    for other in (MARIA, OMAR):
        assert "growth" not in world.client(other).get("/unsent").text
    theirs = world.client(MARIA)
    token = hidden(theirs.get(f"/evaluations/{world.evaluation_id}/context"))["csrf"]
    assert theirs.post("/unsent", data={"csrf": token, "key": typing["draft"]}).status_code == 303
    assert "growth" in ruth.get("/unsent").text, "nobody deletes another's"
    asked = {"csrf": typing["csrf"], "key": typing["draft"]}
    assert ruth.post("/unsent", data={**asked, "revision": "0"}).status_code == 412, "more was written since"
    assert "growth" in ruth.get("/unsent").text
    assert ruth.post("/unsent", data={**asked, "revision": "1"}).status_code == 303
    assert "Nothing is left unsent." in ruth.get("/unsent").text


def test_a_draft_leads_back_to_its_form(world: World) -> None:
    world.set_clock(world.year()[0].at)
    maria, path = world.client(MARIA), f"/evaluations/{world.evaluation_id}/forms/goals"
    maria.post(path, data={**hidden(maria.get(path)), "answer-practice": "Begun", "keep_draft": "1"})
    page = maria.get("/unsent").text
    assert f'<a href="/teacher{path}">Goals: yours</a>' in page and "Begun" in page


def keep(client: Any, path: str, **fields: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    client.post(path, data={**hidden(page), **fields, "keep_draft": "1"})


def test_every_draft_leads_back_to_its_form(world: World) -> None:
    base = before(world, c.RecordObservation)
    occasion = f"{base}/occasions/{world.evaluation().occasions[0].id}"
    ruth, maria = world.client(RUTH), world.client(MARIA)
    theirs = [f"{occasion}/observation", f"{occasion}/reschedule", f"{occasion}/withdraw"]
    for path in theirs:
        keep(ruth, path, reason="x")
    keep(maria, f"{base}/context", text="The class had moved.")
    page = ruth.get("/unsent").text
    assert [path for path in theirs if f'href="/teacher{path}"' in page] == theirs
    assert f'href="/teacher{base}/context"' in maria.get("/unsent").text


def test_nobody_learns_of_an_evaluation_they_have_no_part_in(world: World) -> None:
    """A draft of one's own may be kept under any key; what its evaluation is about is told to nobody by that."""
    before(world, c.SendSummative)
    for stranger in (SVEN, TOM):
        client = world.client(stranger)
        csrf = client.get("/drafts/any").headers["X-CSRF-Token"]
        for key in (f"sign:{world.evaluation_id}", f"summative:{world.evaluation_id}", f"sign:{new_id()}"):
            kept = client.put(f"/drafts/{key}", json={"base": 0, "fields": {"n": "x"}}, headers={"X-CSRF-Token": csrf})
            assert kept.status_code == 200
        page = client.get("/unsent").text
        assert page.count(">A form</h2>") == 3
        assert "María" not in page and "no longer" not in page and str(world.evaluation_id) + '"' in page


def test_an_announcement_and_a_new_cycle_are_known(world: World) -> None:
    base = before(world, c.BeginOccasion)
    keep(world.client(RUTH), f"{base}/occasions/new?type=announced", focus="Groups")
    keep(world.client(OMAR), "/cycles/new", title="Next year")
    assert f'href="/teacher{base}/occasions/new?type=announced"' in world.client(RUTH).get("/unsent").text
    assert 'href="/teacher/cycles/new">A new cycle</a>' in world.client(OMAR).get("/unsent").text
    assert "/teacher/unsent" in world.client(OMAR).get("/cycles").text


def test_what_is_no_key_of_this_service_is_shown_by_its_text(world: World) -> None:
    maria = world.client(MARIA)
    base = f"/evaluations/{world.evaluation_id}"
    token = hidden(maria.get(f"{base}/forms/goals"))
    for key in ("form:/teacher/elsewhere", "nothing:at:all", "form:", f"observation:{world.evaluation_id}:x"):
        body = {"base": 0, "fields": {"text": f"of {key}"}}
        assert maria.put(f"/drafts/{key}", json=body, headers={"X-CSRF-Token": token["csrf"]}).status_code == 200
        assert f"of {key}" in maria.get("/unsent").text


def test_what_was_typed_stands_in_the_forms_order_under_its_labels(world: World) -> None:
    base = before(world, c.RecordObservation)
    occasion = f"{base}/occasions/{world.evaluation().occasions[0].id}"
    lines = {
        f"{part}-{n}": value for n in (10, 9) for part, value in (("text", f"Seen {n}"), ("at", "22:20"), ("for", "C1"))
    }
    keep(world.client(RUTH), f"{occasion}/observation", next_steps="Next", strengths="Well", **lines)
    page = world.client(RUTH).get("/unsent").text
    told = re.findall(r'<p class="(?:quiet|said)">(.*?)</p>', page)
    assert told[-8:] == [
        "Line 9", "Seen 9", "Line 10", "Seen 10", "What was done well", "Well", "What comes next", "Next",
    ]  # fmt: skip
    assert "22:20" not in page and ">C1<" not in page


def test_what_was_chosen_stands_under_the_name_it_has_in_the_agreement(world: World) -> None:
    base = before(world, c.SendSummative)
    keep(world.client(RUTH), f"{base}/summative", **{"rating-C1": "proficient", "rating-C2": "not_applicable"})
    page = world.client(RUTH).get("/unsent").text
    told = re.findall(r'<p class="(?:quiet|said)">(.*?)</p>', page)
    assert told[-4:] == ["C1 High expectations", "Proficient", "C2 Effective teaching practice", "Not applicable"]
