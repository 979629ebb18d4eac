"""Every refusal has the right status and words, as a page or as problem+json; nothing typed is lost, no secret told."""

from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest
from flask import request_finished
from sqlalchemy import event
from structlog.testing import capture_logs

from shared.db import connect
from tests.support.demo_service import create_demo
from tests.support.forms import hidden, send
from tests.support.web import Demo, sign_in

TYPED = {"title": "Reading", "body": "They read <b>aloud</b> & well."}


def bearer(demo: Demo, someone=None):
    return {"Authorization": f"Bearer {demo.token(someone or demo.alice)}"}


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (("POST", {"data": "{", "content_type": "application/json"}), 400, "bad_request"),
        (("POST", {"data": "[1]", "content_type": "application/json"}), 422, "invalid"),
        (("POST", {"data": "a=b", "content_type": "text/plain"}), 415, "unsupported_media_type"),
        (("POST", {"json": {"title": "x" * 81, "body": "y"}}), 422, "invalid"),
        (("POST", {"json": {"title": "\u202e\u200b", "body": "y"}}), 422, "invalid"),
        (("POST", {"json": {"title": "x", "body": "y", "level": "9"}}), 422, "invalid"),
        (("POST", {"json": {"title": "x", "body": "y", "owner": "me"}}), 422, "invalid"),
        (("POST", {"json": {"title": "x", "body": "y", "met_on": "12 May"}}), 422, "invalid"),
        (("POST", {"data": b"x" * 2_100_000, "content_type": "application/json"}), 413, "too_large"),
        (("DELETE", {}), 405, "method_not_allowed"),
    ],
)
def test_the_api_refuses_bad_input_with_a_problem(demo, request_, status, code):
    method, sent = request_
    answer = demo.app.test_client().open("/api/v1/notes/", method=method, headers=bearer(demo), **sent)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert problem["type"] == f"/problems/{code}"
    assert problem["status"] == status and problem["title"] and problem["detail"] and problem["remedy"]
    assert demo.rows("SELECT * FROM demo_note") == []
    if status == 405:
        assert "POST" in answer.headers["Allow"]


def test_each_wrong_field_is_pointed_at(demo):
    answer = demo.app.test_client().post(
        "/api/v1/notes/", headers=bearer(demo), json={"title": "x" * 99, "shared_with": ["a", 3], "nobody": 1}
    )
    pointers = {error["pointer"]: error["detail"] for error in answer.get_json()["errors"]}
    assert pointers["#/title"] == "Shorten the title to 80 characters."
    assert pointers["#/body"] == "Fill this in."
    assert set(pointers) == {"#/title", "#/body", "#/nobody", "#/shared_with/1"}


def test_an_unknown_address_is_404_in_both_languages(demo):
    page = demo.client(demo.alice).get("/nowhere")
    assert page.status_code == 404 and "We can&#39;t find this page" in page.text
    assert demo.client(demo.alice).get("/api/v1/nowhere").get_json()["type"] == "/problems/not_found"


def test_a_form_comes_back_with_everything_typed_and_each_error_at_its_field(demo):
    client = demo.client(demo.alice)
    page = send(client, "/home/notes/new", **{**TYPED, "title": "x" * 81, "level": "3", "shared_with": ["hr", "union"]})
    assert page.status_code == 422
    assert "One thing needs mending" in page.text
    assert '<a href="#f-title">Shorten the title to 80 characters.</a>' in page.text
    assert "They read &lt;b&gt;aloud&lt;/b&gt; &amp; well." in page.text
    assert page.text.count(" checked") == 3
    assert 'aria-invalid="true"' in page.text
    assert hidden(page)["page"] == "/home/notes/new"


def test_an_error_that_the_view_finds_reads_the_same(demo):
    page = send(demo.client(demo.alice), "/home/notes/new", **{**TYPED, "title": "Forbidden"})
    assert page.status_code == 422 and "Choose another title." in page.text
    assert demo.rows("SELECT * FROM web_once") == []


def test_a_field_that_no_form_has_is_refused(demo):
    page = send(demo.client(demo.alice), "/home/notes/new", **TYPED, author_id="me")
    assert page.status_code == 422
    assert demo.rows("SELECT * FROM demo_note") == []


def test_a_step_that_cannot_be_taken_says_why_and_leads_on(demo):
    client = demo.client(demo.alice)
    chosen = {"person_ids": [str(uuid4()), str(uuid4())], "propose": "true", "text-1": "Line one", "at-1": "10:05"}
    page = client.post("/notes/locked", data={**hidden(client.get("/notes/new")), **TYPED, **chosen})
    assert page.status_code == 409
    for name in ("body", "title", "text-1", "at-1", "person_ids", "propose"):
        assert f">{name}<" not in page.text, "the program's name for a field says nothing to whoever filled it"
    assert chosen["person_ids"][0] not in page.text and ">\nLine one</textarea>" in page.text
    assert "Nobody changes a signed note." in page.text and '<a href="/home/notes/new">Write one</a>' in page.text
    assert "is kept as your draft" in page.text and "They read &lt;b&gt;aloud" in page.text
    assert demo.rows("SELECT fields->'body'->>'v' AS body FROM web_draft") == [{"body": TYPED["body"]}]


def test_a_stale_version_keeps_the_text_and_names_who_changed_it(demo):
    client = demo.client(demo.alice)
    note = send(client, "/home/notes/new", **TYPED).location
    first, second = hidden(client.get(note)), hidden(client.get(note))
    assert client.post(note, data={**first, **TYPED, "body": "One"}).status_code == 303
    page = client.post(note, data={**second, **TYPED, "body": "Two"})
    assert page.status_code == 412
    assert "Hanna Kim changed the title." in page.text and ">\nTwo</textarea>" in page.text
    assert demo.rows("SELECT body, version FROM demo_note") == [{"body": "One", "version": 2}]
    without = {name: value for name, value in first.items() if name != "version"}
    assert client.post(note, data={**without, **TYPED}).status_code == 428


def test_what_nobody_foresaw_tells_no_secret_and_offers_the_same_again(demo):
    demo.app.testing = False
    with capture_logs() as lines:
        page = send(demo.client(demo.alice), "/home/notes/new", **{**TYPED, "title": "Break"})
    assert page.status_code == 500
    assert "Something went wrong on our side" in page.text and "a secret that somebody typed" not in page.text
    again = hidden(page)
    assert again["body"] == TYPED["body"] and again["once"]
    logged = str(lines)
    assert "ZeroDivisionError" in logged and "demo_service.py" in logged
    assert "a secret that somebody typed" not in logged and "They read" not in logged
    assert demo.rows("SELECT * FROM demo_note") == []


class TestDatabaseAway:
    @pytest.fixture
    def away(self, demo):
        """The same service, its database at a port where nothing listens."""
        urls = dict.fromkeys(("owner", "web", "worker"), "postgresql://accord_web@127.0.0.1:9/none")
        settings = replace(demo.settings, database_urls=urls)
        return replace(demo, app=create_demo(settings, connect(settings, "web")))

    def test_a_page_says_that_nothing_is_lost(self, demo, away):
        fields = hidden(demo.client(demo.alice).get("/home/notes/new"))
        client = sign_in(away.app, person_id=demo.alice.person_id, district_id=demo.alice.district_id)
        page = client.get("/home/notes/new")
        assert page.status_code == 503 and page.headers["Retry-After"] == "5"
        assert "Nothing was changed." in page.text and "stands below" not in page.text
        token = demo.token(demo.alice)
        client = away.app.test_client()
        page = client.post("/home/notes/new", data={**fields, **TYPED}, headers={"Authorization": f"Bearer {token}"})
        assert page.status_code == 503 and "Nothing you typed is lost" in page.text
        assert hidden(page)["once"] == fields["once"], "the same form can be sent again without counting twice"
        assert hidden(page)["body"] == TYPED["body"]

    def test_the_api_says_when_to_come_back(self, demo, away):
        answer = away.app.test_client().get("/api/v1/notes/", headers=bearer(demo))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.get_json()["type"] == "/problems/unavailable"
        assert answer.get_json()["detail"] == "Nothing was written."

    def test_it_lives_but_is_not_ready(self, away):
        client = away.app.test_client()
        assert client.get("/livez").status_code == 200
        ready = client.get("/readyz")
        assert ready.status_code == 503 and "does not answer" in ready.get_json()["checks"]["database"]
        assert client.get("/notes/hello").text == "hello stranger"


def test_a_restarted_database_is_found_again_without_an_error(demo, postgres):
    """Every pooled connection is cut, as by a restart; the next page is answered all the same."""
    client = demo.client(demo.alice)
    assert client.get("/notes/").status_code == 200
    database = demo.rows("SELECT current_database() AS name")[0]["name"]
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        cut = connection.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s AND usename = 'accord_web'",
            [database],
        ).fetchone()
    assert cut == (1,)
    assert client.get("/notes/").status_code == 200


def test_an_answer_that_stands_is_sent_although_the_database_is_lost_behind_it(demo, postgres):
    client = demo.client(demo.alice)
    database = demo.rows("SELECT current_database() AS name")[0]["name"]

    def cut(*_, **__):
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            ended = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = 'accord_web'"
            )
            assert connection.execute(ended, [database]).fetchall() == [(True,)]

    with request_finished.connected_to(cut, demo.app):
        assert client.get("/notes/").status_code == 200
    assert client.get("/notes/").status_code == 200


@pytest.mark.parametrize("at", ["", "demo_note"], ids=["the first statement", "in the middle"])
def test_a_database_that_goes_away_under_a_page_is_a_503_page(demo, postgres, at):
    """Its connection is cut and no other is given, as when the server is killed; then it is back."""
    client = demo.client(demo.alice)
    database = demo.rows("SELECT current_database() AS name")[0]["name"]
    ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND usename = 'accord_web'"

    def gone(_connection, _cursor, statement, *_):
        if at in statement:
            with psycopg.connect(postgres.url(), autocommit=True) as connection:
                connection.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
                assert connection.execute(ended, [database]).fetchall() == [(True,)]

    event.listen(demo.engine, "before_cursor_execute", gone)
    page = client.get("/notes/")
    event.remove(demo.engine, "before_cursor_execute", gone)
    assert page.status_code == 503 and page.headers["Retry-After"] == "5"
    assert "Nothing was changed." in page.text
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')
    assert client.get("/notes/").status_code == 200


def test_health_and_version_for_those_who_run_it(demo):
    client = demo.app.test_client()
    assert client.get("/home/livez").text == "alive\n"
    assert client.get("/readyz").get_json() == {"status": "ready", "checks": {"database": "ok"}}
    assert client.get("/version").get_json()["service"] == "notifications"
    client.get("/notes/hello")
    assert "accord_http_request_duration_seconds_count{" in client.get("/metrics").text


def test_the_log_holds_ids_and_no_names_or_text(demo):
    with capture_logs() as lines:
        send(demo.client(demo.alice), "/home/notes/new", **TYPED)
    logged = str(lines)
    assert str(demo.alice.person_id) in logged and "notes.send" in logged
    for word in ("Alice", "Alvarez", "Reading", "They read", "Demo Unified", demo.token(demo.alice)[:40]):
        assert word not in logged


def test_every_code_of_a_refusal_leads_to_a_page(demo):
    client = demo.app.test_client()
    assert "Someone changed it after you opened it." in client.get("/problems/changed_meanwhile").text
    assert "A rule of the procedure" in client.get("/problems/evaluates_self").text
    assert client.get("/problems/No-such%20code").status_code == 404
