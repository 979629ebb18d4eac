"""The JSON API: the same as the pages, in pages of rows, with problems that say what to do."""

from datetime import date
from typing import Any

import pytest
from flask import Flask

from services.notifications.bootstrap import create_app
from services.notifications.store import tables
from tests.support.documented import DocumentedClient
from tests.support.notifications import HANA, PAULA, TESS, Person, Story
from tests.support.web import token_for


@pytest.fixture
def app(story: Story) -> Flask:
    made = create_app(story.settings)
    made.test_client_class = DocumentedClient
    made.config["CLOCK"] = story.clock
    return made


def call(app: Flask, person: Person, path: str, method: str = "GET", **headers: str) -> Any:
    token = token_for(
        app.config["ACCORD"], person_id=person.id, district_id=person.district_id, at=app.config["CLOCK"]()
    )
    return app.test_client().open(
        f"/api/v1/{path}", method=method, headers={"Authorization": f"Bearer {token}", **headers}
    )


def test_due_in_groups_and_pages(story: Story, app: Flask) -> None:
    story.open(TESS).assign(TESS, PAULA)
    for number in range(3):
        story.step(TESS, f"report {number}", "feedback", "evaluator", PAULA, due_on=date(2026, 8, 1 + number))
    found = call(app, PAULA, "due?group=late&page=2&page_size=2").json
    assert found["total"] == 3
    assert found["items"] == [
        {
            "evaluation_id": str(TESS.evaluation),
            "step_id": "report 2",
            "kind": "feedback",
            "phrase": "Send feedback to Tess Kim",
            "title": "report 2",
            "due_on": "2026-08-03",
            "clause": None,
            "href": f"/teacher/evaluations/{TESS.evaluation}/report 2",
        }
    ]
    assert call(app, PAULA, "due?group=week").json == {"total": 0, "items": []}


def test_handing_back_is_called_as_on_its_page(story: Story, app: Flask) -> None:
    story.open(TESS).assign(TESS, PAULA)
    story.step(TESS, "goals_agreed", "agreement", "evaluator", PAULA, due_on=date(2026, 8, 1))
    (item,) = call(app, PAULA, "due?group=late").json["items"]
    assert item["phrase"] == "Agree with Tess Kim, or hand it back"


def test_inbox_and_marking(story: Story, app: Flask) -> None:
    story.open(TESS).assign(TESS, PAULA)
    entry = call(app, TESS, "inbox?unread=true").json["entries"][0]
    assert entry["sentence"] == "Paula Alvarez evaluates you in 2026–27."
    assert entry["href"] == f"/teacher/evaluations/{TESS.evaluation}"
    assert entry["happened_at"].startswith("2026-09-01T15:00:00")
    assert entry["read_at"] is None
    key = {"Idempotency-Key": "once"}
    assert call(app, TESS, f"inbox/{entry['id']}/read", "POST", **key).status_code == 204
    assert call(app, TESS, f"inbox/{entry['id']}/read", "POST", **key).status_code == 204
    assert call(app, TESS, "inbox?unread=true").json == {"total": 0, "entries": []}
    assert call(app, TESS, "inbox").json["entries"][0]["read_at"] is not None


def test_deliveries_and_another_try(story: Story, app: Flask) -> None:
    story.open(TESS).done(TESS, "report", "feedback", PAULA)
    with story.engine.begin() as connection:
        connection.execute(tables.delivery.update().values(state="failed", reason="no_address"))
    letter = call(app, HANA, "deliveries").json["letters"][0]
    assert (letter["to_name"], letter["state"], letter["reason"]) == ("Tess Kim", "failed", "no_address")
    assert call(app, HANA, f"deliveries/{letter['id']}/retry", "POST").status_code == 204
    problem = call(app, HANA, f"deliveries/{letter['id']}/retry", "POST")
    assert (problem.status_code, problem.mimetype) == (409, "application/problem+json")
    assert problem.json["remedy"]


@pytest.mark.parametrize(
    "path",
    ["due?group=soon", "due?page=0", "due?page_size=1000", "due?page=one", "inbox?unread=perhaps", "inbox?pages=1",
     "deliveries?show=all", "inbox?page=99999999999999999999"],
)  # fmt: skip
def test_what_cant_be_read_is_a_problem_that_names_the_field(app: Flask, path: str) -> None:
    problem = call(app, HANA, path)
    assert (problem.status_code, problem.mimetype) == (422, "application/problem+json")
    assert problem.json["errors"][0]["pointer"]


def test_an_entry_that_is_none_is_not_found(app: Flask) -> None:
    assert call(app, TESS, f"inbox/{TESS.id}/read", "POST").status_code == 404
    assert call(app, TESS, "inbox/7/read", "POST").status_code == 404


def test_the_document_describes_every_route(app: Flask) -> None:
    document = app.test_client().get("/api/openapi.json").json
    assert set(document["paths"]) == {
        "/api/v1/due",
        "/api/v1/inbox",
        "/api/v1/inbox/{message_id}/read",
        "/api/v1/inbox/{message_id}/unread",
        "/api/v1/deliveries",
        "/api/v1/deliveries/{delivery_id}/retry",
    }
