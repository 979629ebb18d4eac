"""A form that was open while its person signed out and in again: kept for another press, never carried out, nobody else's."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from shared.clock import now
from shared.db import set_district
from tests.support.forms import hidden

NEW = "/home/notes/new"
TYPED = {"title": "Long thought", "body": "A page of text"}
SENT_NOTHING = "Nothing was sent yet: you have signed in again since you opened this page."


@pytest.fixture
def form(demo) -> dict[str, str]:
    """The hidden fields of Alice's form, opened under a sign-in that is over."""
    return hidden(demo.client(demo.alice).get(NEW))


@pytest.fixture
def alice(demo):
    """Alice, signed in again."""
    return demo.client(demo.alice)


class TestTheSamePerson:
    def test_what_was_typed_is_kept_and_goes_with_one_more_press(self, demo, form, alice):
        answer = alice.post(NEW, data={**form, **TYPED})
        assert (answer.status_code, answer.location) == (303, f"{NEW}?kept=note%3Anew&seen=0&again=1")
        assert demo.rows("SELECT * FROM demo_note") == [], "nothing is carried out under a token of another session"
        page = alice.get(answer.location)
        assert SENT_NOTHING in page.text and "What you typed was kept." in page.text
        assert 'value="Long thought"' in page.text and "\nA page of text</textarea>" in page.text
        assert alice.post(NEW, data={**hidden(page), **TYPED}).status_code == 303
        assert demo.rows("SELECT title FROM demo_note") == [{"title": "Long thought"}]
        assert demo.rows("SELECT * FROM web_draft") == []

    def test_what_their_draft_has_is_not_written_over(self, demo, form, alice):
        fresh = hidden(alice.get(NEW))
        alice.post(NEW, data={**fresh, "title": "Written since", "keep_draft": "1"})
        page = alice.get(alice.post(NEW, data={**form, **TYPED}).location).text
        assert 'value="Written since"' in page and "Another text for this field" in page and "Long thought" in page

    def test_a_form_without_a_draft_is_kept_by_its_address(self, demo, alice):
        plain = {**hidden(demo.client(demo.alice).get("/home/notes/plain")), "once": "key"}
        answer = alice.post(NEW, data={**plain, **TYPED})
        assert answer.location == "/home/notes/plain?kept=form%3A%2Fhome%2Fnotes%2Fnew%3Akey&seen=7&again=1"
        page = alice.get(answer.location)
        assert 'value="Long thought"' in page.text and hidden(page)["version"] == "7"

    @pytest.mark.parametrize("typed", [{"do": "close"}, {"draft_touched": "", "title": "Stored"}])
    def test_where_nothing_was_typed_the_page_asks_to_press_again(self, demo, alice, typed):
        plain = hidden(demo.client(demo.alice).get("/home/notes/plain?kept=form:a"))
        answer = alice.post(NEW, data={**plain, **typed})
        assert answer.location == "/home/notes/plain?kept=form:a&again=1"
        assert SENT_NOTHING in alice.get(answer.location).text
        assert demo.rows("SELECT * FROM web_draft") == []

    def test_a_button_with_nothing_but_a_token_is_shown_again_where_it_stands(self, demo, form, alice):
        """Such as those of a list, which are made without ui.form_open."""
        referrer = {"Referer": "http://localhost/home/notes/?page=2"}
        for path in ("/home/notes/locked", "/home/notes/hello"):
            answer = alice.post(path, data={"csrf": form["csrf"], "id": "7"}, headers=referrer)
            assert (answer.status_code, answer.location) == (303, "/home/notes/?page=2&again=1"), path
        assert SENT_NOTHING in alice.get("/home/notes/?page=2&again=1").text
        assert SENT_NOTHING not in alice.post("/home/notes/new?again=1", data=hidden(alice.get(NEW))).text
        assert demo.rows("SELECT * FROM web_draft") == []

    def test_where_no_draft_can_be_kept_the_answer_shows_what_was_typed(self, demo, form, alice):
        answer = alice.post(NEW, data={**form, **TYPED, **{f"f{number}": "x" for number in range(2000)}})
        assert answer.status_code == 409 and "A page of text" in answer.text
        assert demo.rows("SELECT * FROM web_draft") == []

    def test_signed_out_after_that_or_expired_it_is_kept_behind_the_sign_in(self, demo, form):
        late = demo.client(demo.alice, at=now() - timedelta(hours=3))
        assert "kept%3Dnote%253Anew" in late.post(NEW, data={**form, **TYPED}).location
        assert demo.rows("SELECT key FROM web_draft") == [{"key": "note:new"}]

    def test_an_ended_session_carries_nothing_out_either(self, demo, form):
        session_id = uuid4()
        client = demo.client(demo.alice, session_id=session_id)
        with demo.owner.begin() as connection:
            set_district(connection, demo.alice.district_id)
            connection.execute(
                text("INSERT INTO people_ended_session VALUES (:district, :session, now() + interval '1 hour')"),
                {"district": demo.alice.district_id, "session": session_id},
            )
        answer = client.post(NEW, data={**form, **TYPED})
        assert answer.location.startswith("/directory/sign-in?") and demo.rows("SELECT * FROM demo_note") == []

    def test_a_password_is_never_kept(self, demo, form, alice):
        alice.post(NEW, data={**form, **TYPED, "new_password": "geheim"})
        assert "geheim" not in str(demo.rows("SELECT * FROM web_draft"))


class TestAnother:
    @pytest.mark.parametrize("who", ["bob", "charlie"])
    def test_form_is_refused_in_words_for_people(self, demo, form, who):
        answer = demo.client(getattr(demo, who)).post(NEW, data={**form, **TYPED})
        assert answer.status_code == 403 and "This form was opened under another sign-in" in answer.text
        assert "sign in as yourself first" in answer.text and "A page of text" in answer.text
        assert "X-CSRF-Token" not in answer.text and "API" not in answer.text
        assert demo.rows("SELECT * FROM web_draft") == demo.rows("SELECT * FROM demo_note") == []

    def test_the_typist_alone_proves_nothing(self, demo, form, alice):
        """A page of Bob's with Alice's typist in it, and the other way round."""
        theirs = hidden(demo.client(demo.bob).get(NEW))
        for mixed in ({**theirs, "typist": form["typist"]}, {**form, "csrf": theirs["csrf"]}, {**form, "csrf": ""}):
            assert alice.post(NEW, data={**mixed, **TYPED}).status_code == 403
        assert demo.rows("SELECT * FROM web_draft") == []

    @pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
    def test_site_keeps_nothing_with_an_old_token(self, demo, form, alice, headers):
        assert alice.post(NEW, data={**form, **TYPED}, headers=headers).status_code == 403
        assert demo.rows("SELECT * FROM web_draft") == []

    def test_person_whose_session_ran_out_does_not_stand_in_the_way(self, demo, form):
        """The browser still has Bob's cookie; the form is Alice's."""
        late = demo.client(demo.bob, at=now() - timedelta(hours=3))
        assert "kept%3Dnote%253Anew" in late.post(NEW, data={**form, **TYPED}).location
        assert demo.rows("SELECT person_id FROM web_draft") == [{"person_id": demo.alice.person_id}]

    def test_page_that_nobody_can_tell_is_refused(self, demo, form, alice):
        answer = alice.post("/home/unsent", data={"csrf": form["csrf"], "key": "note:new"})
        assert answer.status_code == 403, "it names no page, and the browser none that sent it"
        assert "send it from there" in answer.text


class TestCallers:
    def test_the_api_is_told_of_the_header_and_nothing_is_kept(self, demo, form, alice):
        headers = {"X-CSRF-Token": form["csrf"]}
        answer = alice.post("/api/v1/notes/", json=TYPED, headers=headers)
        assert (answer.status_code, answer.get_json()["type"]) == (403, "/problems/form_out_of_date")
        assert "X-CSRF-Token" in answer.get_json()["remedy"]
        assert alice.post("/api/v1/notes/", data=TYPED, headers=headers).status_code == 403
        assert alice.put("/home/drafts/note:7", json={"base": 0, "fields": TYPED}, headers=headers).status_code == 403
        assert demo.rows("SELECT * FROM web_draft") == []

    def test_the_reference_says_what_is_so(self, demo):
        page = demo.app.test_client().get("/problems/form_out_of_date").text
        assert "what you typed is kept" not in page and "Nothing was changed" in page
