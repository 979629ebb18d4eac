"""What no view could read or store is turned away at the door with words, whoever sends it, and does little work."""

import json
import time

import pytest

from shared.web.readable import DEEPEST, MOST_FIELDS
from shared.web.sizes import SMALL
from tests.support.forms import hidden
from tests.support.web import Demo

TYPED = {"title": "Reading", "body": "They read."}
HALF = '{"title": "a", "body": "\\ud83d\\ude00 \\ud800 b"}'
NUL = '{"title": "a\\u0000", "body": "b"}'


def post(demo: Demo, body: str | bytes, path: str = "/api/v1/notes/", method: str = "POST", **headers: str):
    told = {"Authorization": f"Bearer {demo.token(demo.alice)}", "Content-Type": "application/json", **headers}
    return demo.app.test_client().open(path, method=method, data=body, headers=told)


@pytest.mark.parametrize("path", ["/notes/?q=%00", "/notes/%00", "/api/v1/notes/?q=a%00b", "/drafts/a%00b"])
def test_nul_in_an_address_is_refused(demo, path):
    answer = demo.client(demo.alice).get(path)
    assert answer.status_code in (400, 404)
    assert "NUL" in answer.text or answer.status_code == 404
    if "?" in path or "drafts" in path:
        assert answer.status_code == 400


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (NUL, "NUL"),
        (HALF, "half a character"),
        ('{"title": "\\udc00\\ud800", "body": "b"}', "half a character"),
        ('{"title": "\\\\ud83d\\ude00", "body": "b"}', "half a character"),
        (b'{"title": "\xed\xa0\x80", "body": "b"}', "UTF-8"),
        (json.dumps(TYPED).encode("utf-16-le"), "NUL"),
        ("[" * 100_000, "deep"),
        ('{"a":' * 50_000 + "1" + "}" * 50_000, "deep"),
        ('{"title": ' + "9" * 5_000 + "}", "more than 400 digits"),
        ('{"title": "\\"", "level": [-' + "9" * 401 + "]}", "more than 400 digits"),
        ("9" * 5_000, "more than 400 digits"),
    ],
)
def test_a_body_that_no_view_could_read_is_400(demo, body, said):
    answer = post(demo, body)
    assert answer.status_code == 400, answer.text
    assert answer.mimetype == "application/problem+json"
    assert said in answer.get_json()["detail"] and answer.get_json()["remedy"]


def test_what_only_looks_like_it_is_taken(demo):
    body = "\\u0000 \\ud800 \U0001f600 " + "[{" * 100 + "9" * 5_000 + '"]'
    sent = json.dumps({"title": "Reading", "body": body})
    assert "\\\\ud800" in sent and "\\ud83d\\ude00" in sent
    assert post(demo, sent).status_code == 201
    assert demo.rows("SELECT body FROM demo_note") == [{"body": body}]


def test_lists_side_by_side_are_not_deep(demo):
    body = json.dumps({"title": "a", "body": "b", "shared_with": [[]] * (DEEPEST * 4)})
    assert post(demo, body).status_code == 422, "read, and refused for what is in it"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/drafts/x%00y", '{"base":0,"fields":{"a":"b"}}', 400),
        ("/drafts/x", '{"base":0,"fields":{"a\\u0000":"b"}}', 400),
        ("/drafts/x", '{"base":' + "9" * 5_000 + ',"fields":{}}', 400),
        ("/drafts/x", '{"base":0,"fields":{"a":"\\u0000"}}', 400),
        ("/drafts/x", '{"base":0,"fields":{"a":"b"},"tab":"\\u0000"}', 400),
        ("/drafts/x", '{"base":0,"fields":{"a":"b"},"once":"\\u0000"}', 400),
        ("/drafts/x", '{"base":0,"fields":{"a":"b"},"resolved":["\\u0000"]}', 400),
        ("/drafts/x", '{"base":0,"fields":{"a":"\\ud800"}}', 400),
        ("/drafts/x", '{"base":99999999999,"fields":{"a":"b"}}', 422),
        ("/drafts/x", '{"base":-1,"fields":{"a":"b"}}', 422),
        ("/drafts/x", '{"base":2147483647,"fields":{"a":"b"}}', 409),
        ("/drafts/x", '{"base":0,"fields":{"a":"b"}}', 200),
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_a_draft_is_refused_for_what_no_store_takes(demo, path, body, status, kind):
    answer = post(demo, body, path, "PUT", **{"Content-Type": kind})
    assert answer.status_code == status, answer.text


def test_a_draft_under_a_name_with_nul_is_neither_shown_nor_dropped(demo):
    for method in ("GET", "DELETE"):
        assert post(demo, b"", "/drafts/x%00y", method).status_code == 400


@pytest.mark.parametrize("name", ["draft", "once", "version", "page", "na\x00me"])
@pytest.mark.parametrize("more", [{}, {"keep_draft": "1"}])
def test_a_forms_own_fields_hold_no_nul_and_typed_text_is_cleaned_of_it(demo, name, more):
    client = demo.client(demo.alice)
    form = {**hidden(client.get("/notes/new")), **TYPED, **more}
    page = client.post("/notes/new", data={**form, name: "a\x00b"})
    assert page.status_code == 400 and "NUL" in page.text
    assert client.post("/notes/new", data={**form, "body": "a\x00b"}).status_code == 303


def test_a_form_of_countless_fields_is_refused_in_little_time(demo):
    client = demo.client(demo.alice)
    form = hidden(client.get("/notes/new"))
    began = time.process_time()
    page = client.post("/notes/new", data={**form, **{f"a{number}": "1" for number in range(100_000)}})
    assert page.status_code == 413 and len(page.data) < 50_000
    assert time.process_time() - began < 3
    few = {f"a{number}": "1" for number in range(MOST_FIELDS // 2)}
    assert client.post("/notes/new", data={**form, **few}).status_code == 422


def test_one_answer_names_fifty_wrong_fields_at_most(demo):
    unknown = {f"a{number}": 1 for number in range(2000)}
    assert len(post(demo, json.dumps(unknown)).get_json()["errors"]) == 50
    client = demo.client(demo.alice)
    page = client.post("/notes/new", data={**hidden(client.get("/notes/new")), **unknown})
    assert page.status_code == 422 and page.text.count("There is no such field") <= 2 * 50


def test_who_is_not_signed_in_sends_little(demo):
    client = demo.app.test_client()
    form = hidden(client.get("/notes/form-for-anyone"))
    assert client.post("/notes/hello", data={**form, "name": "x" * SMALL}).status_code == 413
    assert client.post("/notes/hello", data={**form, "name": "x" * (SMALL // 2)}).text == "greeted"


def test_a_malformed_origin_is_a_foreign_one(demo):
    client = demo.client(demo.alice)
    form = {**hidden(client.get("/notes/new")), **TYPED}
    assert client.post("/notes/new", data=form, headers={"Origin": "http://[::1"}).status_code == 403
    assert client.post("/notes/new", data=form, headers={"Origin": "http://localhost"}).status_code == 303
