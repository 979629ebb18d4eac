"""An observation nobody announced shows in no number that the person evaluated sees, until it has been held."""

import re
from typing import Any

import msgspec
import pytest

from services.evaluation.core.domain import commands as c
from services.evaluation.core.web.api import reading
from shared.contracts.directory import PersonChanged, RoleHeld
from tests.support.annual_cycle import MARIA, OMAR, RUTH
from tests.support.teacher_world import World, people_events


def numbers(world: World, person: Any = MARIA) -> dict[str, Any]:
    """Every number that tells how far the record has come."""
    client, api = world.client(person), world.bearer(person)
    path = f"/evaluations/{world.evaluation_id}"
    one = api.get(f"/api/v1{path}")
    listed = api.get("/api/v1/evaluations" + ("" if person == MARIA else "?as=evaluator")).json
    record = api.get(f"/api/v1{path}/record").json
    page = client.get(f"{path}/record").get_data(as_text=True)
    return {
        "etag": one.headers["ETag"],
        "version": one.json["version"],
        "state": one.json["state"]["version"],
        "list": listed[0]["version"] if listed else None,
        "record": [entry["sequence"] for entry in record["entries"]],
        "page": re.findall(r'id="n(\d+)"', page),
        "copy": client.get(f"{path}/copy.json").json["evaluation"]["version"],
    }


@pytest.fixture
def begun(world: World) -> tuple[World, dict[str, Any]]:
    """A walkthrough is begun, nobody was told; and Maria's numbers from before."""
    moments = world.year()
    at = [number for number, one in enumerate(moments) if isinstance(one.command, c.BeginOccasion)][1]
    world.play(at)
    numbers(world)  # her copy opens what was delivered, once
    before = numbers(world)
    world.do(moments[at].command, moments[at].at)
    return world, before


def test_no_number_moves_when_it_is_begun(begun: tuple[World, dict[str, Any]]) -> None:
    world, before = begun
    assert world.evaluation().version > before["version"]
    assert numbers(world) == before
    assert numbers(world, RUTH)["version"] == world.evaluation().version


def test_the_record_counts_what_it_shows(begun: tuple[World, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    world, before = begun
    monkeypatch.setattr("services.evaluation.core.web.record_pages.SIZE", 10)
    monkeypatch.setattr(reading, "RECORD_PAGE", 10)
    client, path = world.client(MARIA), f"/evaluations/{world.evaluation_id}/record"
    total = len(before["record"])
    seen: list[str] = []
    for number in range(1, -(-total // 10) + 1):
        page = client.get(f"{path}?page={number}").get_data(as_text=True)
        assert re.search(rf"\bof {total}\b", page)
        here = re.findall(r'id="n(\d+)"', page)
        assert len(here) == min(10, total - len(seen))
        assert all(f"page={number}#n{one}" in client.get(f"{path}?entry={one}").location for one in here)
        seen += here
    assert [int(one) for one in seen] == before["record"]
    hidden = world.evaluation().version
    assert client.get(f"{path}?entry={hidden}").status_code == 200, "there is no such entry to lead to"
    after, found = 0, list[int]()
    while after is not None:
        answer = world.bearer(MARIA).get(f"/api/v1{path}?after={after}").json
        found += [entry["sequence"] for entry in answer["entries"]]
        after = answer["next_after"]
        assert after is None or len(answer["entries"]) == 10
    assert found == before["record"]


def test_a_refusal_does_not_tell_it_either(begun: tuple[World, dict[str, Any]]) -> None:
    world, before = begun
    maria = world.bearer(MARIA)
    path = f"/api/v1/evaluations/{world.evaluation_id}/signature"
    for guessed in (before["version"] + 1, world.evaluation().version, world.evaluation().version + 1):
        refused = maria.post(path, json={}, headers={"If-Match": f'"{guessed}"'})
        assert (refused.status_code, refused.json["type"]) == (412, "/problems/unknown_version")
        assert refused.headers["ETag"] == before["etag"]
    assert maria.post(path, json={}).json["version"] == str(before["version"])


def test_what_was_seen_can_be_built_on(begun: tuple[World, dict[str, Any]]) -> None:
    world, before = begun
    path = f"/api/v1/evaluations/{world.evaluation_id}/contexts"
    answer = world.bearer(MARIA).post(path, json={"text": "New pupils."}, headers={"If-Match": before["etag"]})
    assert answer.status_code == 200, answer.text
    assert answer.json["version"] == world.evaluation().version, "the last entry is her own"


def test_once_it_is_held_everything_is_counted(begun: tuple[World, dict[str, Any]]) -> None:
    world, _before = begun
    moments = world.year()
    held = [number for number, one in enumerate(moments) if isinstance(one.command, c.RecordObservation)][1]
    begins = [number for number, one in enumerate(moments) if isinstance(one.command, c.BeginOccasion)][1]
    for moment in moments[begins + 1 : held + 1]:
        world.do(moment.command, moment.at)
    now = world.evaluation().version
    found = numbers(world)
    assert (found["version"], found["list"], found["copy"]) == (now, now, now)
    assert found["record"] == list(range(1, now + 1))
    assert numbers(world, RUTH)["record"] == found["record"]
    assert world.bearer(OMAR).get(f"/api/v1/evaluations/{world.evaluation_id}").json["version"] == now


def test_to_say_that_it_was_opened_tells_nothing(begun: tuple[World, dict[str, Any]]) -> None:
    """Whoever asks about a step of an observation that is there and not told of hears what they hear of one that is not."""
    world, _before = begun
    maria, told = world.bearer(MARIA), set()
    hidden = world.evaluation().occasions[-1]
    for number in (hidden.number, hidden.number + 1):
        path = f"/api/v1/evaluations/{world.evaluation_id}/steps/{hidden.type}/{number}/feedback/opened"
        answer = maria.post(path, json={})
        told.add((answer.status_code, answer.json["type"], answer.json["detail"]))
    assert len(told) == 1 and {one[0] for one in told} == {409}


def test_of_her_own_evaluation_the_office_sees_no_more(begun: tuple[World, dict[str, Any]]) -> None:
    """Maria works for human resources as well: the board's numbers of herself, and what she may do there."""
    world, before = begun
    maria = next(one for one in people_events() if isinstance(one, PersonChanged) and one.person_id == MARIA)
    both = (RoleHeld(role="teacher", school_id=maria.roles[0].school_id), RoleHeld(role="hr"))
    world.tell(msgspec.structs.replace(maria, roles=both))
    cycle, api = f"/cycles/{world.cycle.id}", world.bearer(MARIA)
    listed = {one["id"]: one["version"] for one in api.get(f"/api/v1{cycle}/evaluations").json["evaluations"]}
    assert listed[str(world.evaluation_id)] == before["version"]
    board = world.client(MARIA).get(cycle).text
    assign = world.client(MARIA).get(f"{cycle}/assign?evaluation_ids={world.evaluation_id}").text
    assert f'value="{world.evaluation_id}' not in board + assign and "your own" in assign
    assert str(MARIA) not in {one["person_id"] for one in api.get(f"/api/v1{cycle}/subjects").json}
    days = {"first_day": "2026-09-01", "last_day": "2027-06-20", "agreement_hash": world.agreement.content_hash}
    second = api.post("/api/v1/cycles", json={"title": "Another", "second": True, **days}).json["id"]
    body = {"track": "comprehensive", "person_ids": [str(MARIA)], "propose": True}
    own = api.post(f"/api/v1/cycles/{second}/evaluations", json=body)
    assert own.status_code == 422
    assert own.json["errors"] == [
        {
            "pointer": "#/person_ids",
            "detail": "Nobody begins their own evaluation. Somebody else of the district office can.",
        }
    ]
    assert world.bearer(OMAR).post(f"/api/v1/cycles/{second}/evaluations", json=body).json == {
        "begun": 1,
        "carried": [],
    }


def test_whoever_withdraws_it_reads_who_is_told(begun: tuple[World, dict[str, Any]]) -> None:
    world, before = begun
    occasion = world.evaluation().occasions[-1]
    ruth = world.client(RUTH)
    page = ruth.get(f"/evaluations/{world.evaluation_id}/occasions/{occasion.id}/withdraw").text
    assert (
        "was not told of it, and isn't told now" in page.replace("&#39;", "'")
        and "for everyone in this evaluation" not in page
    )
    assert "Then the district office as well." in page
    world.do(
        c.WithdrawOccasion(
            evaluation_id=world.evaluation_id, actor_id=RUTH, occasion_id=occasion.id, reason="Fire drill"
        ),
        world.app.config["CLOCK"](),
    )
    assert numbers(world) == before
