"""The office over JSON: a cycle from nothing to assigned evaluations; who may; what a wrong body gets."""

from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id
from tests.support.annual_cycle import MARIA, OMAR, RUTH, SVEN
from tests.support.teacher_world import OTTO, TOM, UNA, World

DAYS = {"first_day": "2026-09-01", "last_day": "2027-06-20"}


def a_cycle(world: World, **changes: Any) -> dict[str, Any]:
    given = {"title": "Second round", "agreement_hash": world.agreement.content_hash, "second": True}
    return {**given, **DAYS, **changes}


def test_from_a_new_cycle_to_assigned_evaluations(world: World) -> None:
    omar = world.bearer(OMAR)
    (agreement,) = omar.get("/api/v1/agreements").json
    made = omar.post("/api/v1/cycles", json=a_cycle(world, agreement_hash=agreement["content_hash"]))
    assert made.status_code == 201, made.text
    cycle = f"/api/v1/cycles/{made.json['id']}"
    people = omar.get(f"{cycle}/subjects").json
    assert {UUID(one["person_id"]) for one in people} == {MARIA, TOM}
    assert {UUID(one["evaluator_id"]) for one in people} == {RUTH}, "the principal of their school"
    body = {"track": "comprehensive", "propose": True, "person_ids": [one["person_id"] for one in people]}
    assert omar.post(f"{cycle}/evaluations", json=body).json == {"begun": 2, "carried": []}
    assert omar.post(f"{cycle}/evaluations", json=body).json == {"begun": 0, "carried": []}, (
        "who has one is passed over"
    )
    board = omar.get(f"{cycle}/evaluations").json
    assert [one["subject"] for one in board["evaluations"]] == ["Tom Nguyễn", "María José Núñez-Ó Briain"]
    assert board["next_page"] is None
    assert str(SVEN) in {one["person_id"] for one in omar.get("/api/v1/evaluators").json}
    given = {
        "evaluations": {one["id"]: one["version"] for one in board["evaluations"]},
        "evaluator_id": str(SVEN),
        "reason": "Ruth is on leave",
    }
    assert omar.post(f"{cycle}/assignments", json=given).json == {"assigned": 2, "passed_over": []}
    again = omar.post(f"{cycle}/assignments", json={**given, "evaluator_id": str(RUTH)})
    assert again.status_code == 412
    assert "to Sven Åkesson meanwhile" in again.json["detail"]
    narrowed = omar.get(f"{cycle}/evaluations?evaluator={SVEN}&q=nguy").json["evaluations"]
    assert [one["subject"] for one in narrowed] == ["Tom Nguyễn"]
    counts = next(one for one in omar.get("/api/v1/cycles").json if one["id"] == made.json["id"])
    assert (counts["total"], counts["closed"], counts["unassigned"]) == (2, 0, 0)
    seen = world.bearer(SVEN).get("/api/v1/evaluations?as=evaluator").json
    assert {one["cycle"] for one in seen} == {"Second round"}


def test_an_assignment_names_the_version_of_each_evaluation(world: World) -> None:
    document = world.app.test_client().get("/api/openapi.json").json
    told = document["paths"]["/api/v1/cycles/{cycle_id}/assignments"]["post"]["requestBody"]["content"]
    schema = told["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
    assert set(document["components"]["schemas"][schema]["required"]) == {"evaluations", "evaluator_id"}
    path, one = f"/api/v1/cycles/{world.cycle.id}/assignments", str(world.evaluation_id)
    body = {"evaluator_id": str(SVEN), "reason": "Leave"}
    statuses = {
        version: world.bearer(OMAR).post(path, json={**body, "evaluations": {one: version}}).status_code
        for version in (None, "1", -1, 0, 10**12, world.evaluation().version + 1, 1)
    }
    assert statuses == {None: 422, "1": 422, -1: 422, 0: 422, 10**12: 422, world.evaluation().version + 1: 412, 1: 412}


def test_sent_twice_with_one_key_it_is_one_cycle(world: World) -> None:
    omar = world.bearer(OMAR)
    first, second = (
        omar.post("/api/v1/cycles", json=a_cycle(world), headers={"Idempotency-Key": "a"}) for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert omar.post("/api/v1/cycles", json=a_cycle(world)).status_code == 422, "the title is taken"


@pytest.mark.parametrize(
    ("address", "body", "pointer"),
    [
        ("/api/v1/cycles", {"title": ""}, "#/title"),
        ("/api/v1/cycles", {"last_day": "2026-08-01"}, "#/last_day"),
        ("/api/v1/cycles", {"agreement_hash": "0" * 64}, "#/agreement_hash"),
        ("/evaluations", {"track": "comprehensive", "person_ids": []}, "#/person_ids"),
        ("/evaluations", {"track": "comprehensive", "person_ids": [str(OMAR)]}, "#/person_ids"),
        ("/evaluations", {"track": "other", "person_ids": [str(TOM)]}, "#/track"),
        ("/assignments", {"evaluations": {}, "evaluator_id": str(SVEN)}, "#/evaluations"),
        ("/assignments", {"evaluations": {"maria": 1}, "evaluator_id": str(SVEN)}, "#/evaluations/maria/key"),
        ("/assignments", {"evaluations": [], "evaluator_id": str(SVEN)}, "#/evaluations"),
        ("/assignments", {"evaluations": "maria", "evaluator_id": str(TOM)}, "#/evaluator_id"),
        ("/assignments", {"evaluations": "maria", "evaluator_id": str(SVEN)}, "#/reason"),
    ],
)
def test_a_wrong_body_names_the_field_and_changes_nothing(
    world: World, address: str, body: dict[str, Any], pointer: str
) -> None:
    if address == "/api/v1/cycles":
        body = a_cycle(world, **body)
    else:
        address = f"/api/v1/cycles/{world.cycle.id}{address}"
    if body.get("evaluations") == "maria":
        body["evaluations"] = {str(world.evaluation_id): world.evaluation().version}
    answer = world.bearer(OMAR).post(address, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.mimetype == "application/problem+json"
    assert pointer in {one["pointer"] for one in answer.json["errors"]}, answer.text
    assert len(world.bearer(OMAR).get("/api/v1/cycles").json) == 1
    assert world.evaluation().evaluator_id == RUTH


def test_assigning_is_all_or_nothing(world: World) -> None:
    body = {
        "evaluations": {str(world.evaluation_id): world.evaluation().version, str(new_id()): 1},
        "evaluator_id": str(SVEN),
        "reason": "Ruth is on leave",
    }
    answer = world.bearer(OMAR).post(f"/api/v1/cycles/{world.cycle.id}/assignments", json=body)
    assert answer.status_code == 404
    assert world.evaluation().evaluator_id == RUTH


ADDRESSES = [
    ("GET", ""),
    ("POST", ""),
    ("POST", "/{cycle}/take-back"),
    ("GET", "/{cycle}/evaluations"),
    ("GET", "/{cycle}/subjects"),
    ("POST", "/{cycle}/evaluations"),
    ("POST", "/{cycle}/assignments"),
]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_the_office_alone_may(world: World, method: str, path: str) -> None:
    address = "/api/v1/cycles" + path.format(cycle=world.cycle.id)
    for person in (MARIA, RUTH, SVEN, UNA, TOM):
        assert world.bearer(person).open(address, method=method, json={}).status_code == 403, person
    assert world.app.test_client().open(address, method=method, json={}).status_code == 401
    body: dict[str, Any] = {
        "track": "comprehensive",
        "person_ids": [str(OTTO)],
        "evaluations": {str(world.evaluation_id): 1},
    }
    foreign = world.bearer(OTTO).open(address, method=method, json={**body, "evaluator_id": str(SVEN)})
    if path:
        assert foreign.status_code in (404, 422), foreign.text
    elif method == "GET":
        assert foreign.json == []
    assert str(world.evaluation_id) not in foreign.text
