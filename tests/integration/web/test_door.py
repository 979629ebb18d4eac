"""Who gets in: nobody signed in, the right role, the wrong one, another district, forged requests."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from shared.clock import now
from shared.db import set_district
from shared.web.session import cookie_name


def csrf(page) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', page.get_data(as_text=True))[1]


NOTE = {"title": "Reading", "body": "They read."}


def test_nobody_is_sent_to_sign_in_and_back(demo):
    page = demo.app.test_client().get("/home/notes/new?about=7")
    assert page.status_code == 303
    assert page.location == "/directory/sign-in?next=/home/notes/new%3Fabout%3D7"


def test_the_api_answers_401_with_a_problem(demo):
    answer = demo.app.test_client().get("/home/api/v1/notes/")
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["type"] == "/problems/sign_in_first"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_signed_in_person_is_known(demo):
    assert demo.client(demo.alice).get("/notes/hello").text == "hello Alice Alvarez"
    assert demo.app.test_client().get("/notes/hello").text == "hello stranger"


@pytest.mark.parametrize(
    "session", [{"at": now() - timedelta(hours=2)}, {"at": now() + timedelta(hours=2)}, {"lifetime": timedelta(0)}]
)
def test_an_expired_session_is_sent_to_sign_in(demo, session):
    assert demo.client(demo.alice, **session).get("/notes/").status_code == 303


def test_whom_the_service_has_not_heard_of_yet_is_asked_to_wait(demo):
    """The directory sends them back as signed in; without the mark they would go to and fro between the two."""
    new = replace(demo.alice, person_id=uuid4())
    client = demo.client(new)
    sign_in = "/directory/sign-in?next=/home/notes/%3Fpage%3D2"
    assert client.get("/home/notes/?page=2").location == sign_in
    page = client.get("/home/notes/?page=2&arrived=1")
    assert page.status_code == 503 and "your sign-in is on its way" in page.text
    assert page.headers["Refresh"] == f"3; url={sign_in}", "the directory says whether it is still so"
    assert demo.client(new, lifetime=timedelta(0)).get("/home/notes/?arrived=1").status_code == 303
    assert demo.app.test_client().get("/home/notes/?arrived=1").status_code == 303


def test_a_forged_cookie_is_nobody(demo):
    client = demo.app.test_client()
    client.set_cookie(cookie_name(demo.settings), "abc.def.ghi", domain="localhost")
    assert client.get("/notes/").status_code == 303


def test_an_ended_session_and_an_inactive_person_are_out_at_once(demo):
    session_id = uuid4()
    client = demo.client(demo.alice, session_id=session_id)
    assert client.get("/notes/").status_code == 200
    with demo.owner.begin() as connection:
        set_district(connection, demo.alice.district_id)
        connection.execute(
            text("INSERT INTO people_ended_session VALUES (:district, :session, now() + interval '1 hour')"),
            {"district": demo.alice.district_id, "session": session_id},
        )
    assert client.get("/notes/").status_code == 303
    other = demo.client(demo.bob)
    assert other.get("/notes/").status_code == 200
    with demo.owner.begin() as connection:
        set_district(connection, demo.bob.district_id)
        connection.execute(
            text("UPDATE people_person SET active = false WHERE person_id = :person"), {"person": demo.bob.person_id}
        )
    assert other.get("/notes/").status_code == 303


def test_a_role_opens_a_door_and_its_lack_says_who_can(demo):
    assert demo.client(demo.hanna).get("/notes/office").text == "for HR"
    refusal = demo.client(demo.bob).get("/notes/office")
    assert refusal.status_code == 403
    assert "You can&#39;t see this" in refusal.text and "Who can: the human resources office" in refusal.text
    assert "for HR" not in refusal.text


def test_another_district_sees_nothing(demo):
    headers = {"Authorization": f"Bearer {demo.token(demo.alice)}"}
    made = demo.app.test_client().post("/api/v1/notes/", json=NOTE, headers=headers)
    assert made.status_code == 201
    note = made.get_json()["note_id"]
    assert demo.client(demo.alice).get(f"/notes/{note}").status_code == 200
    assert demo.client(demo.charlie).get(f"/notes/{note}").status_code == 404
    assert demo.client(demo.charlie).get("/api/v1/notes/").get_json() == []
    assert demo.client(demo.bob).get(f"/notes/{note}").status_code == 403


class TestForgedRequests:
    def test_a_form_without_its_token_is_refused(self, demo):
        assert demo.client(demo.alice).post("/notes/new", data=NOTE).status_code == 403
        assert demo.rows("SELECT * FROM demo_note") == []

    def test_with_it_the_form_goes_through(self, demo):
        client = demo.client(demo.alice)
        assert client.post("/notes/new", data={**NOTE, "csrf": csrf(client.get("/notes/new"))}).status_code == 303

    def test_a_token_of_another_session_is_refused(self, demo):
        token = csrf(demo.client(demo.alice).get("/notes/new"))
        assert demo.client(demo.bob).post("/notes/new", data={**NOTE, "csrf": token}).status_code == 403
        assert demo.client(demo.alice).post("/notes/new", data={**NOTE, "csrf": token}).status_code == 403

    @pytest.mark.parametrize("token", ["", "AAAA", "x" * 88, "é", "=" * 10])
    def test_a_made_up_token_is_refused(self, demo, token):
        assert demo.client(demo.alice).post("/notes/new", data={**NOTE, "csrf": token}).status_code == 403

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
        ],
    )
    def test_a_right_token_from_a_foreign_page_is_refused(self, demo, headers):
        client = demo.client(demo.alice)
        data = {**NOTE, "csrf": csrf(client.get("/notes/new"))}
        assert client.post("/notes/new", data=data, headers=headers).status_code == 403
        assert client.post("/notes/new", data=data, headers={"Origin": "http://localhost"}).status_code == 303

    def test_the_token_differs_in_every_answer(self, demo):
        client = demo.client(demo.alice)
        assert csrf(client.get("/notes/new")) != csrf(client.get("/notes/new"))

    def test_a_bearer_token_needs_no_other(self, demo):
        headers = {"Authorization": f"Bearer {demo.token(demo.bob)}"}
        assert demo.app.test_client().post("/api/v1/notes/", json=NOTE, headers=headers).status_code == 201

    def test_a_page_for_anyone_is_guarded_as_well(self, demo):
        client = demo.app.test_client()
        assert client.post("/notes/hello").status_code == 403
        page = client.get("/notes/form-for-anyone")
        assert client.post("/notes/hello", data={"csrf": csrf(page)}).text == "greeted"
        assert demo.app.test_client().post("/notes/hello", data={"csrf": csrf(page)}).status_code == 403


def test_an_ageing_session_goes_through_renewal_on_a_page_only(demo):
    client = demo.client(demo.alice, at=now() - timedelta(minutes=30))
    page = client.get("/home/notes/new?a=1")
    assert page.location == "/directory/session/renew?next=/home/notes/new%3Fa%3D1"
    assert client.get("/api/v1/notes/").status_code == 200
    assert client.get("/notes/", headers={"Sec-Fetch-Mode": "cors"}).status_code == 200


class TestHeaders:
    def test_of_a_page(self, demo):
        page = demo.client(demo.alice).get("/notes/")
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in page.headers
        assert len(page.headers["X-Request-Id"]) == 32

    def test_no_page_names_another_host(self, demo):
        for path in ("/notes/new", "/components", "/api/docs", "/problems/"):
            text = demo.client(demo.alice).get(path).text
            assert not re.search(r'(?:src|href|action)="(?:https?:)?//', text), path
            assert "style=" not in text and "onclick" not in text and "<style" not in text, path
