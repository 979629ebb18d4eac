"""What several people of the office do in the same moment ends as if they had done it in turn."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from werkzeug.test import TestResponse

from tests.support.annual_cycle import MARIA, OMAR
from tests.support.teacher_world import TOM, World

MANY = 6


def at_once(send: Callable[[], TestResponse]) -> list[TestResponse]:
    """The answers to the same request, sent by MANY in the same moment."""
    ready = Barrier(MANY)

    def go(_number: int) -> TestResponse:
        ready.wait(10)
        return send()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(go, range(MANY)))


def a_cycle(world: World, title: str) -> dict[str, str | bool]:
    days = {"first_day": "2026-09-01", "last_day": "2027-06-20"}
    return {"title": title, "agreement_hash": world.agreement.content_hash, "second": True, **days}


def test_of_many_cycles_with_one_title_one_is_opened(world: World) -> None:
    for title in ("One", "Two", "Three"):
        answers = at_once(lambda title=title: world.bearer(OMAR).post("/api/v1/cycles", json=a_cycle(world, title)))  # type: ignore[misc]
        assert sorted(one.status_code for one in answers) == [201] + [422] * (MANY - 1)
        refused = next(one for one in answers if one.status_code == 422)
        assert refused.json["errors"][0]["pointer"] == "#/title"
    titles = [one["title"] for one in world.bearer(OMAR).get("/api/v1/cycles").json]
    assert sorted(titles) == sorted({*titles, "One", "Two", "Three"})


def test_evaluations_of_the_same_people_begin_once(world: World) -> None:
    for title in ("One", "Two", "Three"):
        cycle = world.bearer(OMAR).post("/api/v1/cycles", json=a_cycle(world, title)).json["id"]
        path = f"/api/v1/cycles/{cycle}/evaluations"
        body = {"track": "comprehensive", "propose": True, "person_ids": [str(MARIA), str(TOM)]}
        answers = at_once(lambda path=path, body=body: world.bearer(OMAR).post(path, json=body))  # type: ignore[misc]
        assert {one.status_code for one in answers} == {201}, [one.text for one in answers]
        assert sorted(one.json["begun"] for one in answers) == [0] * (MANY - 1) + [2]
        assert len(world.bearer(OMAR).get(path).json["evaluations"]) == 2
