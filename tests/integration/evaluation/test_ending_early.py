"""The district office ends an evaluation early: the page, the API, and what every page says of it afterwards."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from services.evaluation.core.domain import commands as c
from services.evaluation.core.handlers import open_cycle, open_evaluations
from services.evaluation.core.store.candidates import Earlier, last_results
from services.evaluation.core.store.lists import cycles
from services.evaluation.core.store.repository import Repository
from shared.db import transaction
from shared.ids import derived_id
from tests.support.annual_cycle import DISTRICT, MARIA, OMAR, RUTH, SECRET, START, SVEN, cycle, opening
from tests.support.forms import hidden
from tests.support.teacher_world import TOM, World

REASON = "moved away in the quince season"


def ended_at(world: World, kind: type[c.Command]) -> str:
    """End Maria's evaluation before the first command of a kind; answers its address."""
    world.play_until(kind)
    at = next(one.at for one in world.year() if isinstance(one.command, kind))
    world.set_clock(at + timedelta(hours=1))
    world.do(c.EndEarly(evaluation_id=world.evaluation_id, actor_id=OMAR, office=True, reason=REASON), at)
    return f"/evaluations/{world.evaluation_id}"


def test_the_office_ends_it_on_a_page_that_says_what_will_happen(world: World) -> None:
    world.play(5)
    world.set_clock(world.year()[4].at)
    base, omar = f"/evaluations/{world.evaluation_id}", world.client(OMAR)
    assert f"{base}/end-early" in omar.get(base).text
    page = omar.get(f"{base}/end-early")
    assert "It can't be undone" in page.text
    assert "María José Núñez-Ó Briain, Ruth Alvarez, and the district office" in page.text, "who will read the reason"
    fields = hidden(page)
    empty = omar.post(f"{base}/end-early", data={**fields, "reason": "  "})
    assert empty.status_code == 422
    assert world.evaluation().is_open
    typed = {**fields, "reason": f" {REASON} "}
    done = omar.post(f"{base}/end-early", data=typed)
    assert (done.status_code, done.location) == (303, f"/teacher{base}")
    assert omar.post(f"{base}/end-early", data=typed).status_code == 303, "once, though sent twice"
    ended = world.evaluation().ended_early
    assert ended is not None
    assert ended.reason == REASON
    again = omar.get(f"{base}/end-early").text
    assert REASON in again
    assert "<textarea" not in again


def test_what_was_done_meanwhile_is_looked_at_before_it_ends(world: World) -> None:
    world.play_until(c.Sign)
    moment = next(one for one in world.year() if isinstance(one.command, c.Sign))
    world.set_clock(moment.at)
    base, omar = f"/evaluations/{world.evaluation_id}", world.client(OMAR)
    looked_at = hidden(omar.get(f"{base}/end-early"))
    world.do(moment.command, moment.at)
    late = omar.post(f"{base}/end-early", data={**looked_at, "reason": "will not sign"})
    assert late.status_code == 412
    assert late.text.count("María José Núñez-Ó Briain: signed") == 1, "the act, not the step it brought about as well"
    assert "will not sign</textarea>" in late.text
    assert world.evaluation().is_open
    assert omar.post(f"{base}/end-early", data={**hidden(late), "reason": "Begun by mistake"}).status_code == 303


def test_every_page_says_that_it_ended_when_by_whom_and_why(world: World) -> None:
    base = ended_at(world, c.RecordObservation)
    for person in (MARIA, RUTH, OMAR):
        client = world.client(person)
        page = client.get(base).text
        assert "This evaluation was ended early on" in page
        assert "by the district office (Omar Haddad)" in page
        assert REASON in page
        assert "Late since" not in page and "Your turn" not in page and "Waiting for" not in page
        assert "end-early" not in page, "there is nothing left to end"
        assert REASON in client.get(f"{base}/record").text
        assert REASON in client.get(f"{base}/copy.html").text
        assert REASON in client.get(f"{base}/copy.json").text
        for path in ("/forms/goals", "/conferences/mid_year", "/summative", "/sign", "/respond", "/close"):
            shown = client.get(f"{base}{path}")
            assert shown.status_code == 200
            assert "It is for" not in shown.text and "First:" not in shown.text
    assert world.client(TOM).get(base).status_code == 404


def test_lists_call_it_ended_early_and_ask_nothing(world: World) -> None:
    ended_at(world, c.RecordObservation)
    board, omar, ruth = f"/cycles/{world.cycle.id}", world.client(OMAR), world.client(RUTH)
    page = omar.get(f"{board}?state=ended_early").text
    assert "ended early" in page
    assert 'name="evaluation_ids"' not in page, "nobody gives it to another evaluator"
    for state in ("open", "late", "unassigned", "closed"):
        assert "Núñez" not in omar.get(f"{board}?state={state}").text, state
    with transaction(world.engine, DISTRICT) as connection:
        [counted] = cycles(connection, DISTRICT, world.app.config["CLOCK"]().date() + timedelta(days=300))
    assert (counted.total, counted.closed, counted.ended_early, counted.late, counted.unassigned) == (1, 0, 1, 0, 0)
    assert f"{board}?state=ended_early" in omar.get("/cycles").text
    assert "Núñez" not in ruth.get("/people").text
    closed = ruth.get("/people?show=closed").text
    assert "Núñez" in closed and "ended early" in closed
    assert "Ended early" in world.client(MARIA).get("/mine").text
    [row] = world.bearer(MARIA).get("/api/v1/evaluations").json
    assert (row["closed_at"], row["open_steps"]) == (None, [])
    assert row["ended_early_at"] is not None


def test_without_an_evaluator_it_waits_for_none(world: World) -> None:
    second = cycle(world.agreement, "another")
    with transaction(world.engine, DISTRICT) as connection:
        store = Repository(connection, DISTRICT, "teacher")
        open_cycle(store, second, START.date())
        left = derived_id("evaluation", "nobody's")
        open_evaluations(store, second, [opening(second.id, evaluation_id=left, evaluator_id=None)], START)

    def waiting() -> int:
        with transaction(world.engine, DISTRICT) as connection:
            return next(one.unassigned for one in cycles(connection, DISTRICT, START.date()) if one.id == second.id)

    assert waiting() == 1
    world.do(c.EndEarly(evaluation_id=left, actor_id=OMAR, office=True, reason=REASON), START)
    assert waiting() == 0
    page = world.client(OMAR).get(f"/cycles/{second.id}").text
    assert "nobody yet" not in page
    assert "Núñez" not in world.client(OMAR).get(f"/cycles/{second.id}?state=unassigned").text


@pytest.mark.parametrize(
    ("kind", "said"),
    [(c.OpenDocument, f"{SECRET} good"), (c.Sign, f"{SECRET} judgment"), (c.Close, f"{SECRET} response")],
)
def test_what_was_sent_stays_readable(world: World, kind: type[c.Command], said: str) -> None:
    base = ended_at(world, kind)
    evaluation = world.evaluation()
    page = "/summative" if kind is not c.OpenDocument else f"/occasions/{evaluation.occasions[0].id}"
    for person in (RUTH, OMAR, MARIA):
        client = world.client(person)
        assert said in client.get(base if kind is c.Close else f"{base}{page}").text
    if kind is c.OpenDocument:
        assert world.evaluation().steps["announced/1/feedback"].read_at is not None, "her opening is noted still"


def test_a_draft_can_be_written_on_and_never_sent(world: World) -> None:
    """What she had typed is refused with the reason, not lost: the draft stays hers."""
    world.play_until(c.FileResponse)
    moment = next(one for one in world.year() if isinstance(one.command, c.FileResponse))
    world.set_clock(moment.at)
    base, maria = f"/evaluations/{world.evaluation_id}", world.client(MARIA)
    fields = hidden(maria.get(f"{base}/respond"))
    world.do(
        c.EndEarly(evaluation_id=world.evaluation_id, actor_id=OMAR, office=True, reason=REASON), moment.at
    )  # fmt: skip
    refused = maria.post(f"{base}/respond", data={**fields, "do": "send", "text": "my words"})
    assert refused.status_code in (409, 412)
    fresh = {**fields, "version": str(world.evaluation().version)}
    refused = maria.post(f"{base}/respond", data={**fresh, "do": "send", "text": "my words"})
    assert refused.status_code == 409
    assert "ended this evaluation early" in refused.text
    assert world.evaluation().responses == ()


def test_over_json_with_version_key_and_reason(world: World) -> None:
    world.play(5)
    world.set_clock(world.year()[4].at)
    address, omar = f"/api/v1/evaluations/{world.evaluation_id}", world.bearer(OMAR)
    version = {"If-Match": omar.get(address).headers["ETag"]}
    path = f"{address}/end-early"
    assert omar.post(path, json={}, headers=version).status_code == 422
    assert omar.post(path, json={"reason": " "}, headers=version).status_code == 422
    assert omar.post(path, json={"reason": "x" * 2001}, headers=version).status_code == 422
    key = {**version, "Idempotency-Key": "end-it-once"}
    for _ in range(2):
        answer = omar.post(path, json={"reason": REASON}, headers=key)
        assert answer.status_code == 200, answer.text
        assert answer.json["state"]["ended_early"]["reason"] == REASON
        assert answer.json["open_steps"] == []
    late = omar.post(path, json={"reason": REASON}, headers={"If-Match": omar.get(address).headers["ETag"]})
    assert (late.status_code, late.json["type"]) == (409, "/problems/ended_early")
    stale = omar.post(path, json={"reason": REASON}, headers=version)
    assert stale.status_code == 412
    assert "Omar Haddad: evaluation ended early" in stale.json["detail"]


def test_given_in_bulk_it_is_passed_over_with_the_reason_told(world: World) -> None:
    ended_at(world, c.RecordObservation)
    path = f"/cycles/{world.cycle.id}/assign?evaluation_ids={world.evaluation_id}"
    omar = world.client(OMAR)
    page = omar.get(path)
    assert "ended early" in page.text
    chosen = f"{world.evaluation_id}@{world.evaluation().version}"
    typed = {"evaluations": chosen, "evaluator_id": str(SVEN), "reason": "Leave"}
    answer = omar.post(path, data={**hidden(page), **typed})
    assert answer.status_code == 303
    assert (
        "One evaluation was passed over: it has been ended early."
        in omar.get(answer.location.removeprefix("/teacher")).text
    )
    evaluations = {str(world.evaluation_id): world.evaluation().version}
    body = {"evaluations": evaluations, "evaluator_id": str(SVEN), "reason": "Leave"}
    told = world.bearer(OMAR).post(f"/api/v1/cycles/{world.cycle.id}/assignments", json=body)
    passed_over = [{"evaluation_id": str(world.evaluation_id), "reason": "ended_early"}]
    assert told.json == {"assigned": 0, "passed_over": passed_over}
    assert world.evaluation().evaluator_id == RUTH


def test_no_other_evaluation_of_the_person_begins_in_the_cycle_and_no_level_is_carried(world: World) -> None:
    ended_at(world, c.Sign)
    body = {"track": "comprehensive", "person_ids": [str(MARIA)]}
    begun = world.bearer(OMAR).post(f"/api/v1/cycles/{world.cycle.id}/evaluations", json=body)
    assert begun.json == {"begun": 0, "carried": []}
    assert _carried(world) == {}, "what nobody brought to its end is no earlier result"


def _carried(world: World) -> dict[UUID, Earlier]:
    with transaction(world.engine, DISTRICT) as connection:
        return last_results(connection, DISTRICT, [MARIA], ["comprehensive"], date.max)
