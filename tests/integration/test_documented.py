"""What each service's OpenAPI document promises is what its API answers, to whoever asks, and what it refuses."""

import re
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.directory.bootstrap import create_app as directory
from services.evaluation.core.domain import commands as c
from services.evaluation.teacher.app import create_app as teacher
from services.notifications.bootstrap import create_app as notifications
from services.reporting.bootstrap import create_app as reporting
from shared.config import Settings
from tests.support.annual_cycle import MARIA, OMAR, RUTH, SVEN
from tests.support.directories import PASSWORD
from tests.support.directory_web import Caller, Site
from tests.support.documented import document_of, slips_of
from tests.support.reports import Reports, reports
from tests.support.teacher_world import OTTO, TOM, UNA, World

__all__ = ["reports"]
EVERYBODY = (MARIA, RUTH, OMAR, SVEN, UNA, TOM, OTTO)
MAKERS = {"directory": directory, "teacher": teacher, "notifications": notifications, "reporting": reporting}


def readings(app: Flask, known: dict[str, object]) -> Iterator[str]:
    """Every address that is read, with what is known in the place of its ids, and nobody's id in the place of the rest."""
    nobody = "00000000-0000-4000-8000-000000000000"
    for path, operations in document_of(app)["paths"].items():
        if "get" in operations:
            yield re.sub(r"\{(\w+)\}", lambda found: str(known.get(found[1], nobody)), path)


def read_all(client: FlaskClient, app: Flask, known: dict[str, object]) -> list[int]:
    """The status of every reading. The client holds each to the document."""
    return [client.get(path).status_code for path in readings(app, known)]


@pytest.mark.parametrize("service", MAKERS)
def test_every_keyword_says_something(service: str, service_settings: Callable[..., Settings]) -> None:
    app = MAKERS[service](service_settings(service))
    assert list(slips_of(document_of(app))) == []


@pytest.mark.parametrize("until", [c.SendFeedback, c.SendSummative, None])
def test_the_teacher_service_answers_as_it_says(world: World, until: type[c.Command] | None) -> None:
    world.play_until(until) if until else world.play()
    known = {
        "evaluation_id": world.evaluation_id,
        "content_hash": world.agreement.content_hash,
        "cycle_id": world.cycle.id,
    }
    answers = {person: read_all(world.bearer(person), world.app, known) for person in EVERYBODY}
    assert set(answers[OMAR]) == {200}
    assert 403 in answers[MARIA] and 404 in answers[OTTO]


def test_what_the_teacher_service_refuses_has_the_shape_it_tells(world: World) -> None:
    """403, 404, 409, 412, 422 and 428, each with the members of its own."""
    world.play_until(c.SendSummative)
    path, version = f"/api/v1/evaluations/{world.evaluation_id}", world.evaluation().version
    ruth, now, before = world.bearer(RUTH), {"If-Match": f'"{version}"'}, {"If-Match": '"5"'}
    occasion = f"{path}/occasions/{world.evaluation().occasions[0].id}"
    refused = [
        (ruth.post(f"{path}/summative", json={"ratings": {}}, headers=now), 422, set()),
        (ruth.post(f"{path}/close", json={}, headers=now), 409, {"missing"}),
        (ruth.post(f"{path}/signature", json={"note": ""}, headers=now), 403, {"why", "who_can"}),
        (ruth.post(f"{path}/close", json={}), 428, {"version"}),
        (ruth.post(f"{occasion}/feedback", json={"strengths": "x"}, headers=before), 412, {"version", "changes"}),
        (world.bearer(TOM).post(f"{path}/close", json={}, headers=now), 404, set()),
    ]
    for answer, status, members in refused:
        own = answer.json.keys() - {"type", "title", "status", "detail", "instance", "remedy", "errors", "links"}
        assert (answer.status_code, own) == (status, members), answer.text


def test_the_directory_answers_as_it_says(site: Site) -> None:
    tran: UUID = site.directory.person("Tran")
    for person in (site.directory.admin_id, tran):
        site.directory.give_password(person)
    for login, least in (("ada", {200}), ("tom.tran", {200, 403})):
        caller = Caller(site, login)
        client = site.app.test_client(use_cookies=False)
        client.environ_base["HTTP_AUTHORIZATION"] = caller.headers["Authorization"]
        assert least <= set(read_all(client, site.app, {"person_id": tran}))
        refused = client.post("/api/v1/people", json={"username": f"{PASSWORD} with spaces"})
        assert refused.status_code in (403, 422)


def test_the_reports_answer_as_they_say(reports: Reports) -> None:
    for role in ("hr", "union_representative", "superintendent", "principal", "teacher"):
        assert set(read_all(reports.client(role), reports.app, {})) <= {200, 403, 404, 422}
