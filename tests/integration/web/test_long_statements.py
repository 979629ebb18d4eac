"""No statement of a page holds the database after nobody waits for it any more."""

import pytest
from sqlalchemy import text

from shared.db import LONGEST_STATEMENT, connect, take_time
from tests.support.demo_service import create_demo
from tests.support.web import Demo


@pytest.fixture
def hurried(demo, monkeypatch) -> Demo:
    """The demo, whose statements may take a second only."""
    monkeypatch.setattr("shared.db.LONGEST_STATEMENT", 1)
    engine = connect(demo.settings, "web")
    return Demo(create_demo(demo.settings, engine), demo.settings, engine, demo.owner)


def _limit(engine, minutes: int | None = None) -> str:
    with engine.connect() as connection:
        if minutes:
            take_time(connection, minutes=minutes)
        return connection.execute(text("SHOW statement_timeout")).scalar_one()


def test_pages_have_a_limit_workers_and_migrations_have_none(demo):
    assert _limit(demo.engine) == f"{LONGEST_STATEMENT}s"
    assert _limit(demo.engine, minutes=5) == "5min"
    assert _limit(demo.engine) == f"{LONGEST_STATEMENT}s", "the next transaction has the usual limit again"
    assert _limit(demo.owner) == _limit(connect(demo.settings, "worker")) == "0"


def test_what_took_too_long_is_told_as_such(hurried):
    client = hurried.client(hurried.alice)
    headers = {"X-CSRF-Token": client.get("/home/drafts/note:7").headers["X-CSRF-Token"]}
    with hurried.owner.begin() as connection:
        connection.execute(text("LOCK TABLE demo_note, web_draft IN ACCESS EXCLUSIVE MODE"))
        page = client.get("/notes/")
        over_api = hurried.app.test_client().get(
            "/api/v1/notes/", headers={"Authorization": f"Bearer {hurried.token(hurried.alice)}"}
        )
        draft = client.put("/home/drafts/note:7", json={"base": 0, "fields": {"title": "x"}}, headers=headers)
    assert page.status_code == 503 and "This takes too long just now" in page.text
    for answer in (over_api, draft):
        assert (answer.status_code, answer.get_json()["type"]) == (503, "/problems/took_too_long")
        assert answer.headers["Retry-After"] == "30"
    assert client.get("/notes/").status_code == 200
