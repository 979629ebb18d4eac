"""A username is one however it is written; what can't be seen is in no name; what no store takes is answered with words."""

import time
from io import BytesIO
from uuid import UUID

import pytest

from tests.integration.directory.test_api import Caller
from tests.support.directory_web import Browser, Site
from tests.support.rosters import roster, small

COMPOSED, APART = "josé.x", "jose\u0301.x"
JOSE = {"given_name": "Jose\u0301", "family_name": "Ximenes", "role": "hr", "school_id": None}


@pytest.fixture
def office(site: Site) -> Caller:
    site.directory.give_password(site.directory.admin_id)
    return Caller(site, "ada")


def test_a_username_is_one_composed_or_apart_wide_or_narrow(site: Site, office: Caller) -> None:
    made = office.ask("POST", "/people", json={**JOSE, "username": APART})
    assert made.status_code == 201
    person = made.get_json()
    assert (person["username"], person["given_name"]) == (COMPOSED, "José")
    for same in (COMPOSED, APART, "JOSÉ.X", "ｊosé.x"):
        again = office.ask("POST", "/people", json={**JOSE, "username": same})
        assert again.status_code == 422 and "username" in again.text, same
    site.directory.give_password(UUID(person["person_id"]))
    for typed in (COMPOSED, APART, "ｊosé.x"):
        assert site.sign_in(typed).status_code == 303, typed


@pytest.mark.parametrize("sign", ["\u200b", "\u202e", "\u2066", "\ufeff", "\u200d", "\x1b"])
def test_what_cannot_be_seen_is_in_no_name(office: Caller, sign: str) -> None:
    for field in ("username", "given_name", "family_name"):
        sent = {**JOSE, "username": "x.y", field: f"a{sign}b"}
        answer = office.ask("POST", "/people", json=sent)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.get_json()["errors"]] == [f"#/{field}"]


def test_a_name_may_have_the_joiner_it_is_written_with(office: Caller) -> None:
    answer = office.ask("POST", "/people", json={**JOSE, "username": "x.y", "given_name": "علی\u200cرضا"})
    assert answer.status_code == 201 and answer.get_json()["given_name"] == "علی\u200cرضا"


def test_nul_in_a_roster_is_a_finding_and_in_its_files_name_a_refusal(office: Caller) -> None:
    for column in ("sourcedId", "username", "givenName"):
        tables = small()
        tables["users"][1] |= {column: "T\x001"}
        body = office.ask("POST", "/imports", data={"file": (BytesIO(roster(tables)), "x.zip")}).get_json()
        (found,) = [each for each in body["findings"] if each["code"] == "OR017"]
        assert (found["file"], found["line"], found["column"]) == ("users.csv", 3, column) and found["remedy"]
    named = office.ask("POST", "/imports", data={"file": (BytesIO(roster(small())), "a\x00b.zip")})
    assert named.status_code == 400 and "NUL" in named.get_json()["detail"]


def test_a_key_stands_for_the_content_of_a_file_too(office: Caller) -> None:
    first = office.ask("POST", "/imports", key="k", data={"file": (BytesIO(b"no zip"), "roster.zip")})
    assert (first.status_code, first.get_json()["state"]) == (201, "refused")
    right = roster(small())
    other = office.ask("POST", "/imports", key="k", data={"file": (BytesIO(right), "roster.zip")})
    assert (other.status_code, other.get_json()["type"]) == (422, "/problems/key_used_for_another_request")
    for replayed in (None, "true"):
        answer = office.ask("POST", "/imports", key="k2", data={"file": (BytesIO(right), "roster.zip")})
        assert answer.get_json()["state"] == "checked", "the content was read after it was counted"
        assert answer.headers.get("Idempotent-Replay") == replayed


def test_the_sign_in_takes_little_and_names_little(site: Site) -> None:
    browser: Browser = site.visitor()
    many = {f"a{number}": "1" for number in range(80_000)}
    began = time.process_time()
    assert browser.post("/sign-in", many).status_code == 413
    sessions = browser.client.post("/api/v1/sessions", json=many)
    assert (sessions.status_code, sessions.mimetype) == (413, "application/problem+json")
    assert time.process_time() - began < 5
    page = browser.post("/sign-in", {f"a{number}": "1" for number in range(1000)})
    assert page.status_code == 422 and len(page.data) < 100_000


@pytest.mark.parametrize("bad", ["\\u0000", "\\ud800"])
def test_who_is_not_signed_in_is_told_what_is_wrong(site: Site, bad: str) -> None:
    body = f'{{"district": "{site.directory.district_id}", "login": "{bad}", "password": "x"}}'
    answer = site.app.test_client().post("/api/v1/sessions", data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()["type"]) == (400, "/problems/bad_request")
