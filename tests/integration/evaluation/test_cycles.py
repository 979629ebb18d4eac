"""A cycle is opened by page and API under one rule, and one that was opened by mistake can be taken back."""

import dataclasses
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, func, select, text

from services.evaluation.core.handlers import open_evaluations
from services.evaluation.core.store.repository import Repository
from services.evaluation.core.store.tables import OUTBOX
from shared.db import transaction
from shared.ids import derived_id
from tests.integration.test_office import form_of
from tests.support.annual_cycle import DISTRICT, OMAR, START, cycle, opening
from tests.support.teacher_world import OTTO, TOM, World

DAYS = {"first_day": "2026-09-01", "last_day": "2027-06-20"}
NEXT = {"first_day": "2027-09-01", "last_day": "2028-06-20"}


def by_api(world: World, title: str, **changes: Any) -> Any:
    body = {"title": title, "agreement_hash": world.agreement.content_hash, **NEXT, **changes}
    return world.bearer(OMAR).post("/api/v1/cycles", json=body)


def by_page(world: World, title: str, **changes: Any) -> Any:
    omar = world.client(OMAR)
    typed = {"title": title, "agreement_hash": world.agreement.content_hash, **NEXT, **changes}
    return omar.post("/cycles/new", data={**form_of(omar, "/cycles/new"), **typed})


WAYS = [by_api, by_page]


def titles(world: World) -> list[str]:
    return [one["title"] for one in world.bearer(OMAR).get("/api/v1/cycles").json]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "title",
    [
        pytest.param("   ", id="blank"),
        pytest.param("\u200b", id="zero width"),
        pytest.param("\u3164", id="a filler"),
        pytest.param("x\ny", id="two lines"),
        pytest.param("2027-28\u202e", id="turned round"),
        pytest.param("2026-27 ", id="a space after"),
        pytest.param(" 2026-27", id="a space before"),
        pytest.param("2026 -27", id="a space within"),
        pytest.param("２０２６-27", id="full width"),
        pytest.param("2026-27\ufe0f", id="a selector"),
        pytest.param("n" * 121, id="too long"),
    ],
)
def test_a_title_is_seen_is_one_line_and_is_nobody_elses(world: World, way: Any, title: str) -> None:
    answer = way(world, title)
    assert answer.status_code == 422, answer.text
    assert "title" in answer.text
    assert titles(world) == ["2026-27"]


@pytest.mark.parametrize("way", WAYS)
def test_a_title_is_kept_trimmed_and_composed(world: World, way: Any) -> None:
    assert way(world, "  Año nuevo ").status_code in (201, 303)
    assert titles(world) == ["Año nuevo", "2026-27"]
    assert way(world, "AÑO  NUEVO").status_code == 422


def test_the_api_asks_about_a_second_cycle_over_the_same_days(world: World) -> None:
    asked = by_api(world, "Again", **DAYS)
    assert asked.status_code == 422, asked.text
    (error,) = asked.json["errors"]
    assert error["pointer"] == "#/second"
    assert "“2026-27” runs under the same agreement" in error["detail"]
    assert "Send “second” as true" in error["detail"]
    assert titles(world) == ["2026-27"]
    assert by_api(world, "Again", **DAYS, second=True).status_code == 201
    document = world.app.test_client().get("/api/openapi.json").json
    told = document["paths"]["/api/v1/cycles"]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schema = document["components"]["schemas"][told.rsplit("/", 1)[1]]
    assert schema["properties"]["second"]["type"] == "boolean"
    assert "second" not in schema["required"]


def days_of(given: dict[str, str]) -> dict[str, Any]:
    return {name: date.fromisoformat(value) for name, value in given.items()}


def wait_for_a_lock(connection: Connection) -> None:
    """Until somebody waits for what this transaction holds; five seconds at most."""
    waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    until = time.monotonic() + 5
    while not connection.execute(waits).scalar_one() and time.monotonic() < until:
        time.sleep(0.05)


def outbox(world: World) -> int:
    with transaction(world.engine, DISTRICT) as connection:
        return int(connection.execute(select(func.count()).select_from(OUTBOX.stream)).scalar_one())


def test_a_cycle_in_which_nothing_began_is_taken_back_and_nobody_was_told_of_it(world: World) -> None:
    before = outbox(world)
    omar = world.client(OMAR)
    for way in ("page", "api"):
        made = by_api(world, "Opened by mistake").json["id"]
        if way == "page":
            path = f"/cycles/{made}/take-back"
            assert path in omar.get(f"/cycles/{made}").text, "the empty board leads there"
            assert "Take back “Opened by mistake”" in omar.get(path).text
            done = omar.post(path, data=form_of(omar, path))
            assert done.status_code == 303
            assert "The cycle has been taken back." in omar.get(done.location.removeprefix("/teacher")).text
        else:
            assert world.bearer(OTTO).post(f"/api/v1/cycles/{made}/take-back", json={}).status_code == 404
            assert world.bearer(OMAR).post(f"/api/v1/cycles/{made}/take-back", json={}).status_code == 204
        assert titles(world) == ["2026-27"]
        assert world.bearer(OMAR).post(f"/api/v1/cycles/{made}/take-back", json={}).status_code == 404
    assert outbox(world) == before


def test_one_in_which_somebody_is_evaluated_stays(world: World) -> None:
    refused = world.bearer(OMAR).post(f"/api/v1/cycles/{world.cycle.id}/take-back", json={})
    assert refused.status_code == 409, refused.text
    assert refused.json["type"].endswith("cycle_in_use")
    omar, path = world.client(OMAR), f"/cycles/{world.cycle.id}/take-back"
    page = omar.get(path).text
    assert "It can't be taken back any more." in page
    assert not re.search(r"<button[^>]*>Take the cycle back", page)
    assert "/take-back" not in omar.get(f"/cycles/{world.cycle.id}").text
    assert "/take-back" not in omar.get(f"/cycles/{world.cycle.id}?q=nobody").text, "it only looks empty"
    csrf = form_of(omar, "/cycles/new")
    assert omar.post(path, data=csrf).status_code == 409
    assert titles(world) == ["2026-27"]


@pytest.mark.parametrize("first", ["begin", "take back"])
def test_who_begins_and_who_takes_it_back_in_the_same_moment_wait_for_each_other(world: World, first: str) -> None:
    made = by_api(world, "Opened by mistake").json["id"]
    path = f"/api/v1/cycles/{made}"
    body = {"track": "comprehensive", "propose": True, "person_ids": [str(TOM)]}
    with ThreadPoolExecutor(1) as pool:
        with transaction(world.engine, DISTRICT) as connection:
            store = Repository(connection, DISTRICT, "teacher")
            if first == "begin":
                found = store.cycle(UUID(made))
                assert found is not None
                command = opening(found.id, evaluation_id=derived_id("evaluation", "second"), subject_id=TOM)
                open_evaluations(store, found, [command], START)
                answer = pool.submit(lambda: world.bearer(OMAR).post(f"{path}/take-back", json={}))
            else:
                assert store.drop_cycle(UUID(made))
                answer = pool.submit(lambda: world.bearer(OMAR).post(f"{path}/evaluations", json=body))
            wait_for_a_lock(connection)
        refused = answer.result(20)
    assert refused.status_code == {"begin": 409, "take back": 404}[first], refused.text


def test_of_two_cycles_over_the_same_days_that_are_opened_at_once_one_asks(world: World) -> None:
    """The first is not kept yet when the second, with another title, is opened by somebody who means no second one."""
    with ThreadPoolExecutor(1) as pool:
        with transaction(world.engine, DISTRICT) as connection:
            store = Repository(connection, DISTRICT, "teacher")
            assert store.keep_cycle(dataclasses.replace(cycle(world.agreement, "One"), **days_of(NEXT)))
            answer = pool.submit(by_api, world, "Two")
            wait_for_a_lock(connection)
        asked = answer.result(20)
    assert asked.status_code == 422, asked.text
    assert "“One” runs under the same agreement" in asked.text
