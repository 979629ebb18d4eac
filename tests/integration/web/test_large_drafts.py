"""A draft of any size that a form really has stays fast; one that grows without end is refused, and loses nothing."""

from time import perf_counter
from uuid import uuid4

import pytest

from shared.web.sizes import DRAFT_BYTES, DRAFT_FIELDS
from tests.support.forms import hidden

KEY = "/home/drafts/note:7"


class Writer:
    """Saves as draft.js does, each time as a page of the name `tab`."""

    def __init__(self, demo) -> None:
        self.client = demo.client(demo.alice)
        self.headers = {"X-CSRF-Token": hidden(self.client.get("/notes/new"))["csrf"]}

    def save(self, fields, *, base=0, tab="desk", resolved=(), key=KEY):
        body = {"base": base, "fields": fields, "tab": tab, "resolved": list(resolved)}
        return self.client.put(key, json=body, headers=self.headers)


@pytest.fixture
def writer(demo) -> Writer:
    return Writer(demo)


def _lines(count: int, words: str = "x") -> dict[str, str]:
    return {f"text-{number}": words for number in range(count)}


def test_a_whole_form_is_merged_at_once(writer):
    took = []
    for words in ("one", "two", "three"):
        started = perf_counter()
        answer = writer.save(_lines(DRAFT_FIELDS, words))
        took.append(perf_counter() - started)
        assert answer.status_code == 200 and answer.get_json()["conflicts"] == []
    assert min(took) < 0.2, "two seconds, where each field copies all the others"
    assert set(writer.client.get(KEY).get_json()["fields"].values()) == {"three"}


def test_every_field_may_clash_at_once(writer):
    writer.save(_lines(DRAFT_FIELDS, "from the desk"))
    started = perf_counter()
    answer = writer.save(_lines(DRAFT_FIELDS, "from the phone"), tab="phone").get_json()
    assert perf_counter() - started < 1
    assert len(answer["conflicts"]) == DRAFT_FIELDS
    assert {(one["yours"], one["theirs"]) for one in answer["conflicts"]} == {("from the phone", "from the desk")}
    assert len(writer.client.get(KEY).get_json()["conflicts"]) == DRAFT_FIELDS


@pytest.mark.parametrize("many", [{"fields": _lines(DRAFT_FIELDS + 1)}, {"fields": {}, "resolved": ["x"] * 2001}])
def test_more_fields_than_a_form_has_are_refused_before_the_database_is_asked(demo, writer, many):
    answer = writer.save(many["fields"], resolved=many.get("resolved", ()))
    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/draft_too_large")
    assert "more than 2000 fields" in answer.get_json()["detail"]
    assert demo.rows("SELECT * FROM web_draft") == []


def test_nor_do_they_come_together_little_by_little(writer):
    assert writer.save(_lines(DRAFT_FIELDS)).status_code == 200
    assert writer.save({"one-more": "x"}, base=1).status_code == 409
    seen = writer.client.get(KEY).get_json()
    assert seen["revision"] == 1 and "one-more" not in seen["fields"]
    assert writer.save({"text-7": "changed"}, base=1).status_code == 200


def test_texts_beside_one_another_have_an_end_and_a_way_out(demo, writer):
    """Many windows write another large text for the same field: all are kept as far as there is room, then none is taken."""
    large = 900_000
    writer.save({"body": "desk" + "x" * large})
    kept = ["phone"]
    assert writer.save({"body": "phone" + "x" * large}, tab="phone").status_code == 200
    while (answer := writer.save({"body": str(len(kept)) + "x" * large}, tab=uuid4().hex)).status_code == 200:
        kept.append(answer)
        assert len(kept) < 10
    assert answer.get_json()["type"] == "/problems/draft_too_large"
    seen = writer.client.get(KEY)
    assert len(seen.data) < DRAFT_BYTES + 10_000
    assert len(seen.get_json()["conflicts"]) == len(kept) == 3
    assert seen.get_json()["fields"]["body"].startswith("desk"), "what was kept before stays as it was"
    chosen = writer.save({"body": "the one I mean"}, base=seen.get_json()["revision"], resolved=["body"])
    assert chosen.status_code == 200
    assert writer.client.get(KEY).get_json()["conflicts"] == []


def test_many_small_texts_beside_a_large_one_do_not_repeat_it(writer):
    writer.save({"body": "x" * 500_000})
    for number in range(20):
        writer.save({"body": "y"}, tab=f"tab{number}")
    assert len(writer.client.get(KEY).data) < 510_000


def test_without_script_the_page_says_that_it_is_not_kept_and_shows_it(demo, writer):
    form = hidden(writer.client.get("/home/notes/new"))
    typed = {**_lines(DRAFT_FIELDS), "body": "Every word of it"}
    answer = writer.client.post("/home/notes/new", data={**form, **typed, "keep_draft": "1"})
    assert answer.status_code == 409
    assert "This draft is as large as one may be" in answer.text and "Every word of it" in answer.text
    assert demo.rows("SELECT * FROM web_draft") == []
