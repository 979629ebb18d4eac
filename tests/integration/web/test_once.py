"""The same request twice has one effect and one answer; a refused one leaves its key free."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.support.forms import hidden, send

TYPED = {"title": "Reading", "body": "They read."}


def notes(demo) -> int:
    return len(demo.rows("SELECT 1 FROM demo_note"))


def post(demo, key: str, body=None, someone=None):
    headers = {"Authorization": f"Bearer {demo.token(someone or demo.alice)}", "Idempotency-Key": key}
    return demo.app.test_client().post("/api/v1/notes/", json=body or TYPED, headers=headers)


def test_twenty_at_once_have_one_effect(demo):
    ready = Barrier(20)

    def one(_: int):
        ready.wait()
        return post(demo, "same")

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(one, range(20)))
    served = [answer for answer in answers if answer.status_code == 201]
    assert notes(demo) == 1
    assert len({answer.get_data() for answer in served}) == 1
    assert sum("Idempotent-Replay" not in answer.headers for answer in served) == 1
    assert {answer.status_code for answer in answers} <= {201, 503}, "who found no free connection is told to try again"
    assert post(demo, "same").get_json() == served[0].get_json()


def test_a_form_pressed_twice_is_sent_once(demo):
    client = demo.client(demo.alice)
    form = {**hidden(client.get("/notes/new")), **TYPED}
    first, second = client.post("/notes/new", data=form), client.post("/notes/new", data=form)
    assert (first.status_code, first.location) == (303, second.location)
    assert notes(demo) == 1


def test_a_form_sent_back_edited_and_sent_again_is_another_one(demo):
    client = demo.client(demo.alice)
    form = {**hidden(client.get("/notes/new")), **TYPED}
    client.post("/notes/new", data=form)
    assert client.post("/notes/new", data={**form, "body": "They wrote."}).status_code == 303
    assert notes(demo) == 2


def test_one_key_for_two_requests_is_refused_over_the_api(demo):
    assert post(demo, "k").status_code == 201
    other = post(demo, "k", {"title": "Other", "body": "Other"})
    assert other.status_code == 422
    assert other.get_json()["type"] == "/problems/key_used_for_another_request"
    for part in ("address", "If-Match", "body"):
        assert part in other.get_json()["detail"]
    assert notes(demo) == 1


def test_keys_belong_to_their_person(demo):
    assert post(demo, "k").status_code == post(demo, "k", someone=demo.bob).status_code == 201
    assert notes(demo) == 2


def test_a_quoted_key_is_the_same_key(demo):
    post(demo, "k")
    assert post(demo, '"k"').headers["Idempotent-Replay"] == "true"


def test_a_refusal_undoes_everything_and_leaves_the_key_free(demo):
    assert post(demo, "k", {"title": "x" * 99, "body": "y"}).status_code == 422
    assert demo.rows("SELECT * FROM web_once") == []
    assert post(demo, "k").status_code == 201
    assert "Idempotent-Replay" not in post(demo, "other").headers


@pytest.mark.parametrize("title", ["Break", "Half"])
def test_a_failure_in_the_middle_writes_nothing(demo, title):
    demo.app.testing = False
    page = send(demo.client(demo.alice), "/notes/new", **{**TYPED, "title": title})
    assert page.status_code == 500
    assert notes(demo) == 0 and demo.rows("SELECT * FROM web_once") == []


def test_the_draft_goes_with_what_was_sent(demo):
    client = demo.client(demo.alice)
    send(client, "/notes/new", **TYPED, keep_draft="1")
    assert len(demo.rows("SELECT * FROM web_draft")) == 1
    sent = send(client, "/notes/new", **TYPED)
    assert demo.rows("SELECT * FROM web_draft") == [] and notes(demo) == 1
    assert "accord_sent=" in sent.headers["Set-Cookie"]


def test_a_refused_form_keeps_its_draft(demo):
    client = demo.client(demo.alice)
    send(client, "/notes/new", **TYPED, keep_draft="1")
    assert send(client, "/notes/new", **{**TYPED, "title": "Forbidden"}).status_code == 422
    assert len(demo.rows("SELECT * FROM web_draft")) == 1


def test_two_long_keys_that_begin_alike_are_two(demo):
    assert post(demo, "z" * 200).status_code == 201
    refused = post(demo, "z" * 201)
    assert (refused.status_code, refused.get_json()["type"]) == (422, "/problems/key_too_long")
    assert notes(demo) == 1
