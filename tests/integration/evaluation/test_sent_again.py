"""A request sent again over the API: the first answer with its ETag; what differs under the same key is said."""

from typing import Any

from werkzeug.test import TestResponse

from services.evaluation.core.domain import commands as c
from tests.support.annual_cycle import MARIA, RUTH
from tests.support.teacher_world import World


def feedback(world: World, version: int, person: Any = RUTH, **body: str) -> TestResponse:
    occasion = world.evaluation().occasions[0]
    path = f"/api/v1/evaluations/{world.evaluation_id}/occasions/{occasion.id}/feedback"
    sent = {"strengths": "Clear.", "next_steps": "Go on.", **body}
    headers = {"If-Match": f'"{version}"', "Idempotency-Key": "one"}
    return world.bearer(person).post(path, json=sent, headers=headers)


def test_the_first_answer_comes_again_with_its_etag(world: World) -> None:
    world.play_until(c.SendFeedback)
    moment = next(one for one in world.year() if isinstance(one.command, c.SendFeedback))
    world.set_clock(moment.at)
    version = world.evaluation().version
    first = feedback(world, version)
    assert first.status_code == 200, first.text
    again = feedback(world, version)
    assert again.headers["Idempotent-Replay"] == "true"
    assert (again.status_code, again.json) == (200, first.json)
    assert again.headers["ETag"] == first.headers["ETag"]


def test_another_version_under_the_same_key_is_not_called_another_body(world: World) -> None:
    world.play_until(c.SendFeedback)
    moment = next(one for one in world.year() if isinstance(one.command, c.SendFeedback))
    world.set_clock(moment.at)
    version = world.evaluation().version
    assert feedback(world, version).status_code == 200
    refused = feedback(world, world.evaluation().version)
    assert refused.status_code == 422
    assert "has another body" not in refused.json["detail"]
    assert "If-Match" in refused.json["detail"]
    assert "unchanged" in refused.json["remedy"]


def test_a_403_is_titled_for_what_was_asked(world: World) -> None:
    world.play_until(c.SendFeedback)
    refused = feedback(world, world.evaluation().version, MARIA)
    assert (refused.status_code, refused.json["title"]) == (403, "You can't do this")
    page = world.bearer(MARIA).get("/api/v1/cycles")
    assert (page.status_code, page.json["title"]) == (403, "You can't see this")
