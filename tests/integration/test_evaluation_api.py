"""The whole year over JSON; versions, refusals and shapes as API callers meet them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain.decisions import DECISIONS
from services.evaluation.core.web.api.commands import ACTS, Act
from shared.ids import new_id
from tests.support.annual_cycle import MARIA, OMAR, RUTH, SECRET, SVEN, Moment
from tests.support.teacher_world import OTTO, TOM, UNA, World

BY_COMMAND = {act.makes: act for act in ACTS}
_IN_ADDRESS = {"evaluation_id", "actor_id", "office", "seen", "step"}


def test_every_command_of_the_domain_has_an_address() -> None:
    assert set(BY_COMMAND) | {c.AssignEvaluator} == set(DECISIONS), "assigning has one of its own, in test_office_api"


def body_of(command: c.Command, act: Act) -> dict[str, Any]:
    names = {field.name for field in fields(command)} - _IN_ADDRESS
    if "<uuid:occasion_id>" in act.path or act.names == "occasion_id":
        names.discard("occasion_id")
    names -= {act.names} if act.names else set()
    return {name: msgspec.to_builtins(getattr(command, name)) for name in names}


def path_of(world: World, command: c.Command, act: Act, occasions: dict[str, str]) -> str:
    path = act.path
    if "<path:step>" in path:
        path = path.replace("<path:step>", command.step)  # type: ignore[attr-defined]
    if "<uuid:occasion_id>" in path:
        path = path.replace("<uuid:occasion_id>", occasions[str(command.occasion_id)])  # type: ignore[attr-defined]
    return f"/api/v1/evaluations/{world.evaluation_id}{path}"


class Caller:
    """Plays the year over the API; occasions get ids of the service's own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.occasions: dict[str, str] = {}

    def send(self, moment: Moment, *, version: str | None = None, client: FlaskClient | None = None) -> TestResponse:
        self.world.set_clock(moment.at)
        command = moment.command
        caller = client or self.world.bearer(command.actor_id)
        act = BY_COMMAND[type(command)]
        token = caller.get(f"/api/v1/evaluations/{self.world.evaluation_id}")
        headers = {"If-Match": version or token.headers.get("ETag", '"1"')}
        path = path_of(self.world, command, act, self.occasions)
        answer = caller.post(path, json=body_of(command, act), headers=headers)
        if isinstance(command, c.BeginOccasion) and answer.status_code == 200:
            self.occasions[str(command.occasion_id)] = answer.json["state"]["occasions"][-1]["id"]
        return answer

    def year(self) -> Iterator[tuple[Moment, TestResponse]]:
        for moment in self.world.year():
            yield moment, self.send(moment)


def test_the_whole_year_over_json(world: World) -> None:
    last: Any = None
    for moment, answer in Caller(world).year():
        assert answer.status_code == 200, (moment.command, answer.text)
        last = answer.json
    assert last["state"]["closed_at"] is not None
    assert last["open_steps"] == []
    record = world.bearer(MARIA).get(f"/api/v1/evaluations/{world.evaluation_id}/record").json
    sequences = [entry["sequence"] for entry in record["entries"]]
    assert sequences == list(range(1, len(sequences) + 1))
    assert last["version"] == sequences[-1]


def test_a_change_without_a_version_and_one_on_a_stale_version(world: World) -> None:
    world.play_until(c.SendFeedback)
    caller = Caller(world)
    caller.occasions = {str(one.id): str(one.id) for one in world.evaluation().occasions}
    moment = next(one for one in world.year() if isinstance(one.command, c.SendFeedback))
    world.set_clock(moment.at)
    ruth = world.bearer(RUTH)
    path = path_of(world, moment.command, BY_COMMAND[c.SendFeedback], caller.occasions)
    body = body_of(moment.command, BY_COMMAND[c.SendFeedback])
    assert ruth.post(path, json=body).status_code == 428
    first = caller.send(moment)
    assert first.status_code == 200
    stale = caller.send(moment, version='"5"')
    assert stale.status_code == 412
    assert stale.mimetype == "application/problem+json"
    assert "Ruth Alvarez: feedback sent" in stale.json["detail"]
    assert stale.json["changes"][0]["by"] == "Ruth Alvarez"
    assert stale.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("act", [act for act in ACTS if act.makes.needs_version], ids=lambda act: act.name)
def test_no_change_goes_without_a_version(world: World, act: Act) -> None:
    moment = next((one for one in world.year() if type(one.command) is act.makes), None)
    world.play_until(act.makes if moment else c.SendFeedback)
    occasions = world.evaluation().occasions
    place = {"<path:step>": getattr(moment and moment.command, "step", "goals_agreed")}
    place["<uuid:occasion_id>"] = str(occasions[0].id) if occasions else ""
    path = f"/api/v1/evaluations/{world.evaluation_id}{act.path}"
    for name, value in place.items():
        path = path.replace(name, value)
    body = body_of(moment.command, act) if moment else _BODIES[act.name]
    actor = _ACTORS[act.action]
    version = world.evaluation().version
    refused = world.bearer(actor).post(path, json=body)
    assert (refused.status_code, refused.json["type"]) == (428, "/problems/version_missing")
    assert refused.json["version"] == str(version)
    assert "If-Match" in refused.json["remedy"]
    assert world.evaluation().version == version
    assert world.bearer(TOM).post(path, json=body).status_code == 404, "to a stranger it does not exist"


def test_a_refusal_names_what_is_missing_and_whose_turn_it_is(world: World) -> None:
    moment = next(one for one in world.year() if isinstance(one.command, c.SendSummative))
    world.play(4)
    refused = Caller(world).send(moment)
    assert refused.status_code == 409
    assert {one["step"] for one in refused.json["missing"]} == {"observations", "mid_year"}
    assert refused.json["remedy"].startswith("Still missing:")
    assert any(link["href"].startswith("/teacher/evaluations/") for link in refused.json["links"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"strengths": "x" * 20_001, "next_steps": ""}, 422),
        ({"strengths": "x", "next_steps": "", "final": "4"}, 422),
        ({"strengths": ["x"]}, 422),
        ("not json at all", 400),
    ],
)
def test_bad_bodies_change_nothing(world: World, body: Any, status: int) -> None:
    world.play_until(c.SendFeedback)
    occasion = world.evaluation().occasions[0]
    ruth = world.bearer(RUTH)
    version = world.evaluation().version
    path = f"/api/v1/evaluations/{world.evaluation_id}/occasions/{occasion.id}/feedback"
    sent: dict[str, Any] = (
        {"json": body} if isinstance(body, dict) else {"data": body, "content_type": "application/json"}
    )
    answer = ruth.post(path, headers={"If-Match": f'"{version}"'}, **sent)
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert world.evaluation().version == version


@pytest.mark.parametrize("written", ["abc", "*", '"52", "51"', "1.5", "9" * 30])
def test_what_names_no_version_is_said_to_be_none(world: World, written: str) -> None:
    path = f"/api/v1/evaluations/{world.evaluation_id}/contexts"
    refused = world.bearer(MARIA).post(path, json={"text": "x"}, headers={"If-Match": written})
    assert (refused.status_code, refused.json["type"]) == (400, "/problems/version_unreadable")
    assert "If-Match" in refused.json["detail"]


def test_errors_are_pointed_at_by_json_pointers(world: World) -> None:
    path, ruth = f"/api/v1/evaluations/{world.evaluation_id}", world.bearer(RUTH)
    unknown = ruth.post(f"{path}/occasions", json={"type": "zzz"})
    assert (unknown.status_code, unknown.json["errors"][0]["pointer"]) == (422, "#/type")
    asked = ruth.get("/api/v1/evaluations?as=nobody")
    assert [one["pointer"] for one in asked.json["errors"]] == ["#/query/as"]
    listed = ruth.post(f"{path}/occasions", json=["zzz"])
    assert {one["pointer"] for one in listed.json["errors"]} == {"#"}


def test_a_component_that_does_not_exist_is_pointed_at(world: World) -> None:
    world.play_until(c.RecordObservation)
    moment = next(one for one in world.year() if isinstance(one.command, c.RecordObservation))
    world.set_clock(moment.at)
    path, ruth = f"/api/v1/evaluations/{world.evaluation_id}", world.bearer(RUTH)
    body = body_of(moment.command, BY_COMMAND[c.RecordObservation])
    body["notes"] = [{"text": "x", "components": ["C1"]}, {"text": "y", "components": ["C1", "C99"]}]
    occasion = f"{path}/occasions/{world.evaluation().occasions[0].id}"
    seen = {"If-Match": f'"{world.evaluation().version}"'}
    tagged = ruth.post(f"{occasion}/observation", json=body, headers=seen)
    added = world.bearer(MARIA).post(f"{path}/contexts", json={"text": "x", "components": ["C99"]}, headers=seen)
    for answer, pointer in ((tagged, "#/notes/1/components"), (added, "#/components")):
        assert (answer.status_code, answer.json["type"]) == (422, "/problems/no_such_component"), answer.text
        assert [one["pointer"] for one in answer.json["errors"]] == [pointer]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_who_may_call_what(world: World, act: Act) -> None:
    """Nobody without a part in it learns that the evaluation exists; a part that is not theirs is refused."""
    caller = Caller(world)
    moments = [one for one in world.year() if type(one.command) is act.makes]
    if not moments:  # commands the year does without: their relation is checked before their sense
        path = act.path.replace("<path:step>", "goals_agreed").replace("<uuid:occasion_id>", str(world.evaluation_id))
    else:
        known = {
            str(one.command.occasion_id): str(one.command.occasion_id)
            for one in world.year()
            if hasattr(one.command, "occasion_id")
        }
        path = path_of(world, moments[0].command, act, known).split(str(world.evaluation_id), 1)[1]
    address = f"/api/v1/evaluations/{world.evaluation_id}{path}"
    allowed = _ACTORS[act.action]
    body = body_of(moments[0].command, act) if moments else _BODIES[act.name]
    for person in sorted((MARIA, RUTH, OMAR, SVEN, UNA, TOM, OTTO), key=lambda one: one == allowed):
        client = world.bearer(person)
        answer = client.post(address, json=body, headers={"If-Match": f'"{world.evaluation().version}"'})
        if person == allowed:
            assert answer.status_code in (200, 409, 422), answer.text
        elif person in (MARIA, RUTH, OMAR):
            assert answer.status_code == 403, (person, answer.text)
        else:
            assert answer.status_code == 404, (person, answer.text)
    assert world.app.test_client().post(address, json=body).status_code in (401, 403)
    assert caller.occasions == {}


_ACTORS = {"write_as_subject": MARIA, "write_as_evaluator": RUTH, "end_early": OMAR}
_BODIES = {
    "return_form": {"reason": "x"},
    "reschedule": {"scheduled_from": "2026-10-01T10:00:00Z", "scheduled_to": "2026-10-01T11:00:00Z"},
    "withdraw": {"reason": "x"},
    "refuse_to_sign": {"note": "x"},
    "note_unsigned": {"note": "x"},
    "waive_response": {},
    "end_early": {"reason": "x"},
}


def test_unsent_notes_and_unannounced_visits_are_their_authors_alone(world: World) -> None:
    year = world.year()
    walk = next(number for number, one in enumerate(year) if isinstance(one.command, c.BeginOccasion) and number > 6)
    world.play(walk + 1)
    seen = world.bearer(MARIA).get(f"/api/v1/evaluations/{world.evaluation_id}").json
    assert [one["type"] for one in seen["state"]["occasions"]] == ["announced"]
    assert not any(step["step"].startswith("walkthrough") for step in seen["open_steps"])
    assert "Walkthrough" not in world.client(MARIA).get("/mine").text
    record = world.bearer(MARIA).get(f"/api/v1/evaluations/{world.evaluation_id}/record").json
    told = [entry["event"] for entry in record["entries"]]
    assert told.count("OccasionBegun") == 1, "the walkthrough that nobody told her of is not on her record yet"
    own = world.bearer(RUTH).get(f"/api/v1/evaluations/{world.evaluation_id}").json
    assert [one["type"] for one in own["state"]["occasions"]] == ["announced", "walkthrough"]


def test_what_was_delivered_is_there_once_it_is_opened(world: World) -> None:
    world.play_until(c.OpenDocument)
    path = f"/api/v1/evaluations/{world.evaluation_id}"
    maria = world.bearer(MARIA)
    unopened = maria.get(path)
    assert f"{SECRET} good" not in unopened.text
    assert unopened.json["state"]["occasions"][0]["feedback"] is None
    opened = maria.post(f"{path}/steps/announced/1/feedback/opened", json={})
    assert opened.json["state"]["occasions"][0]["feedback"]["strengths"] == f"{SECRET} good"
    assert world.evaluation().steps["announced/1/feedback"].read_at is not None


def test_html_in_text_comes_back_as_text(world: World) -> None:
    world.play_until(c.AddContext)
    maria = world.bearer(MARIA)
    nasty = "<script>alert(1)</script>{{7*7}}"
    path = f"/api/v1/evaluations/{world.evaluation_id}/contexts"
    answer = maria.post(path, json={"text": nasty})
    assert answer.json["state"]["contexts"][0]["text"] == nasty
    assert SECRET not in nasty


def test_the_document_of_the_api_names_every_address(world: World) -> None:
    document = world.app.test_client().get("/api/openapi.json").json
    assert document["openapi"].startswith("3.1")
    addresses = {path for path, operations in document["paths"].items() if "post" in operations}
    assert len([path for path in addresses if "/evaluations/{evaluation_id}" in path]) == len(ACTS)
    page = world.app.test_client().get("/api/docs")
    assert page.status_code == 200
    assert "Send the feedback" in page.text


def test_a_version_that_has_never_been_is_refused(world: World) -> None:
    world.play_until(c.SendFeedback)
    caller = Caller(world)
    caller.occasions = {str(one.id): str(one.id) for one in world.evaluation().occasions}
    moment = next(one for one in world.year() if isinstance(one.command, c.SendFeedback))
    version = world.evaluation().version
    for invented in (version + 1, 999_999):
        refused = caller.send(moment, version=f'"{invented}"')
        assert (refused.status_code, refused.json["type"]) == (412, "/problems/unknown_version")
        assert refused.json["version"] == str(version)
        assert refused.headers["ETag"] == f'"{version}"'
    assert world.evaluation().version == version
    assert caller.send(moment, version=f'"{version}"').status_code == 200


def test_an_observation_begun_on_a_version_is_begun_once(world: World) -> None:
    """Many requests at once with the version that was seen: one begins it. Without a version each stands for itself."""
    world.play_until(c.SendSummative)
    ruth = world.bearer(RUTH)
    path = f"/api/v1/evaluations/{world.evaluation_id}/occasions"
    before = len(world.evaluation().occasions)
    seen = f'"{world.evaluation().version}"'

    def begin(headers: dict[str, str]) -> TestResponse:
        return world.bearer(RUTH).post(path, json={"type": "walkthrough"}, headers=headers)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(begin, [{"If-Match": seen}] * 8))
    assert sorted(one.status_code for one in answers) == [200] + [412] * 7
    assert all("observation begun" in one.json["detail"] for one in answers if one.status_code == 412)
    assert len(world.evaluation().occasions) == before + 1
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(begin, [{"Idempotency-Key": "the walk of Tuesday"}] * 8))
    assert {one.status_code for one in answers} == {200} and len({one.json["version"] for one in answers}) == 1
    assert len(world.evaluation().occasions) == before + 2
    assert ruth.post(path, json={"type": "walkthrough"}).status_code == 200
    assert len(world.evaluation().occasions) == before + 3


def test_who_has_lost_the_evaluation_gets_no_answer_of_earlier_again(world: World) -> None:
    world.play_until(c.BeginOccasion)
    path = f"/api/v1/evaluations/{world.evaluation_id}/occasions"
    key = {"Idempotency-Key": "the walk of Tuesday"}
    for _ in range(2):
        assert world.bearer(RUTH).post(path, json={"type": "walkthrough"}, headers=key).status_code == 200
    assign = c.AssignEvaluator(
        evaluation_id=world.evaluation_id, actor_id=OMAR, office=True, evaluator_id=SVEN, reason="She left."
    )
    world.do(assign, world.app.config["CLOCK"]())
    again = world.bearer(RUTH).post(path, json={"type": "walkthrough"}, headers=key)
    assert again.status_code == 404 and again.json["type"].endswith("given_to_another")


@pytest.mark.parametrize(("answer_to", "about"), [(c.AgreeToForm, c.SubmitForm), (c.Sign, c.SendSummative)])
def test_nobody_agrees_to_what_they_have_not_seen(
    world: World, answer_to: type[c.Command], about: type[c.Command]
) -> None:
    """The form was sent, the summative evaluation was sent, after the version that the answer builds on."""
    year = world.year()
    place = next(number for number, one in enumerate(year) if isinstance(one.command, answer_to))
    sent = max(number for number, one in enumerate(year[:place]) if isinstance(one.command, about))
    world.play(sent)
    earlier = world.evaluation().version
    for moment in year[sent:place]:
        world.do(moment.command, moment.at)
    caller = Caller(world)
    unseen = caller.send(year[place], version=f'"{earlier}"')
    assert unseen.status_code == 412, unseen.text
    assert caller.send(year[place]).status_code == 200


def test_nobody_rates_without_the_context_that_was_added_meanwhile(world: World) -> None:
    year = world.year()
    place = next(number for number, one in enumerate(year) if isinstance(one.command, c.SendSummative))
    world.play(place)
    earlier = world.evaluation().version
    context = c.AddContext(
        evaluation_id=world.evaluation_id, actor_id=MARIA, context_id=new_id(), text="My class", components=("C2",)
    )
    world.do(context, year[place].at)
    caller = Caller(world)
    unseen = caller.send(year[place], version=f'"{earlier}"')
    assert unseen.status_code == 412, unseen.text
    assert "María José Núñez-Ó Briain: context added" in unseen.json["detail"]
    assert caller.send(year[place]).status_code == 200


def test_the_document_tells_of_versions_and_keys(world: World) -> None:
    document = world.app.test_client().get("/api/openapi.json").json
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            headers = {one["name"]: one for one in operation.get("parameters", []) if one.get("in") == "header"}
            assert ("Idempotency-Key" in headers) == (method == "post"), (method, path)
            if path.startswith("/api/v1/evaluations/{evaluation_id}/") and method == "post":
                assert "has changed the same part" in headers["If-Match"]["description"]
