"""Drafts at the district: field by field, nothing overwritten, nobody else's."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text

from shared.clock import now
from shared.db import set_district
from tests.support.forms import hidden, send

KEY = "/home/drafts/note:7"


class Tab:
    """One open page of somebody's, saving as draft.js does."""

    def __init__(self, demo, someone, name: str, **session) -> None:
        self.client = demo.client(someone, **session)
        self.headers = {"X-CSRF-Token": hidden(self.client.get("/notes/new"))["csrf"]}
        self.name, self.base = name, 0

    def save(self, *, base: int | None = None, key: str = KEY, resolved=(), **fields):
        body = {
            "base": self.base if base is None else base,
            "fields": fields,
            "tab": self.name,
            "resolved": list(resolved),
        }
        answer = self.client.put(key, json=body, headers=self.headers)
        if answer.status_code == 200:
            self.base = answer.get_json()["revision"]
        return answer

    def see(self, key: str = KEY) -> dict:
        return self.client.get(key).get_json()


@pytest.fixture
def desk(demo) -> Tab:
    return Tab(demo, demo.alice, "desk")


@pytest.fixture
def phone(demo) -> Tab:
    return Tab(demo, demo.alice, "phone")


def test_it_is_saved_and_says_when_by_the_districts_clock(demo):
    moment = datetime(2026, 5, 12, 19, 2, tzinfo=UTC)
    demo.app.config["CLOCK"] = lambda: moment
    desk = Tab(demo, demo.alice, "desk", at=moment)
    answer = desk.save(title="Reading", levels=["1", "2"])
    assert answer.get_json() == {"revision": 1, "saved_at": "14:02", "conflicts": []}
    assert desk.see()["fields"] == {"title": "Reading", "levels": ["1", "2"]}
    assert desk.see()["saved_at"] == "14:02"


def test_two_windows_on_different_fields_are_merged(desk, phone):
    desk.save(title="Reading")
    phone.save(body="They read.", base=0)
    assert desk.see()["fields"] == {"title": "Reading", "body": "They read."}
    assert desk.see()["conflicts"] == []


def test_two_windows_on_one_field_keep_both_texts(desk, phone):
    desk.save(body="From the desk")
    answer = phone.save(body="From the phone", base=0).get_json()
    assert answer["conflicts"] == [{"field": "body", "yours": "From the phone", "theirs": "From the desk"}]
    seen = desk.see()
    assert seen["fields"]["body"] == "From the desk"
    assert [(clash["field"], clash["yours"]) for clash in seen["conflicts"]] == [("body", "From the phone")]


def test_a_writer_who_has_seen_the_field_may_change_it(desk, phone):
    desk.save(body="One")
    phone.base = desk.base
    assert phone.save(body="Two").get_json()["conflicts"] == []
    assert desk.see()["fields"]["body"] == "Two"


def test_the_same_text_is_no_conflict(desk, phone):
    desk.save(body="Same")
    assert phone.save(body="Same", base=0).get_json()["conflicts"] == []


def test_a_lost_answer_and_a_retry_are_no_conflict_with_oneself(desk):
    desk.save(body="They re", base=0)
    assert desk.save(body="They read.", base=0).get_json()["conflicts"] == []
    assert desk.see()["fields"]["body"] == "They read."


def test_the_author_chooses_and_the_other_text_goes(desk, phone):
    desk.save(body="From the desk")
    phone.save(body="From the phone", base=0)
    assert phone.save(body="Both", resolved=["body"]).get_json()["conflicts"] == []
    assert desk.see() == {**desk.see(), "fields": {"body": "Both"}, "conflicts": []}


def test_a_choice_made_without_having_seen_the_latest_removes_nothing(desk, phone):
    desk.save(body="From the desk")
    phone.save(body="From the phone", base=0)
    third = Tab.__new__(Tab)
    third.client, third.headers, third.name, third.base = desk.client, desk.headers, "third", 1
    third.save(body="Mine", base=1, resolved=["body"])
    assert "From the phone" in [clash["yours"] for clash in desk.see()["conflicts"]]


def test_many_windows_at_once_lose_no_field(demo, desk):
    desk.save(start="yes")
    tabs = [Tab(demo, demo.alice, f"tab{number}") for number in range(8)]

    def type_(tab: Tab) -> None:
        for step in range(10):
            assert (
                tab.save(base=1 if tab.base == 0 else None, **{f"{tab.name}-{step}": f"text {step}"}).status_code == 200
            )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(type_, tabs))
    seen = desk.see()
    assert len(seen["fields"]) == 81 and seen["revision"] == 81 and seen["conflicts"] == []


def test_a_form_sent_meanwhile_is_not_drafted_again(demo, desk):
    desk.save(title="Reading", key="/home/drafts/note:new")
    form = hidden(desk.client.get("/notes/new"))
    assert desk.client.post("/notes/new", data={**form, "title": "Reading", "body": "b"}).status_code == 303
    gone = desk.save(title="Readin", key="/home/drafts/note:new")
    assert gone.status_code == 409 and gone.get_json()["type"] == "/problems/draft_gone"
    late = {"base": 0, "fields": {"title": "Rea"}, "tab": "x", "once": form["once"]}
    assert desk.client.put("/home/drafts/note:new", json=late, headers=desk.headers).status_code == 409
    assert demo.rows("SELECT * FROM web_draft") == []


def test_one_choice_of_several_is_the_same_told_as_a_list_or_as_a_text(demo, desk):
    desk.save(key="/home/drafts/note:new", shared_with=["hr"])
    typed = {"title": "Shared", "body": "They read.", "shared_with": "hr", "draft_revision": "0"}
    answer = send(demo.client(demo.alice), "/home/notes/new", **typed)
    assert answer.status_code == 303, "nothing was written elsewhere that this form does not say"


def test_nobody_reaches_another_persons_draft(demo, desk):
    desk.save(title="Mine")
    for other in (demo.bob, demo.charlie):
        tab = Tab(demo, other, "desk")
        assert tab.see()["fields"] == {}
        assert tab.client.delete(KEY, headers=tab.headers).status_code == 204
        tab.save(title="Theirs")
    assert desk.see()["fields"] == {"title": "Mine"}
    assert len(demo.rows("SELECT * FROM web_draft")) == 3


def test_a_page_of_another_person_is_not_kept_as_ones_own(demo, desk):
    body = {"base": 0, "fields": {"title": "x"}, "person": str(demo.bob.person_id)}
    answer = desk.client.put(KEY, json=body, headers=desk.headers)
    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/someone_else")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[]", 422),
        ('{"base": "1", "fields": {}}', 422),
        ('{"base": 0, "fields": {"a": 1}}', 422),
        ('{"base": 0, "fields": {"a": {"b": "c"}}}', 422),
        ('{"base": 0, "fields": {}, "person_id": "x"}', 422),
        ('{"base": 0, "fields": {"a": "\\u0000"}}', 400),
        ('{"base": 0, "fields": {"a": "' + "x" * 1_000_001 + '"}}', 413),
        ('{"base": 0, "fields": {}, "person": "nobody"}', 409),
    ],
)
def test_what_is_no_draft_is_refused(demo, desk, body, status):
    answer = desk.client.put(KEY, data=body, headers=desk.headers, content_type="application/json")
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert demo.rows("SELECT * FROM web_draft") == []


def test_text_of_any_script_and_of_any_quote_is_kept(desk):
    words = 'O\'Brien "said" \\ %s {0} \n\t 日本語 🎓 <script>alert(1)</script>; DROP TABLE web_draft'
    desk.save(body=words)
    assert desk.see()["fields"]["body"] == words


def test_an_ended_session_saves_nothing(demo):
    session_id = uuid4()
    tab = Tab(demo, demo.alice, "desk", session_id=session_id)
    with demo.owner.begin() as connection:
        set_district(connection, demo.alice.district_id)
        connection.execute(
            text("INSERT INTO people_ended_session VALUES (:district, :session, now() + interval '1 hour')"),
            {"district": demo.alice.district_id, "session": session_id},
        )
    assert tab.save(title="x").status_code == 401
    assert demo.rows("SELECT * FROM web_draft") == []


def test_a_draft_needs_its_token(desk):
    assert desk.client.put(KEY, json={"base": 0, "fields": {}}).status_code == 403


def test_an_ageing_session_is_asked_to_renew(demo):
    young, old = (
        Tab.__new__(Tab),
        Tab.__new__(Tab),
    )
    for tab, minutes in ((young, 1), (old, 30)):
        tab.client = demo.client(demo.alice, at=now() - timedelta(minutes=minutes))
        tab.headers = {"X-CSRF-Token": tab.client.get(KEY).headers["X-CSRF-Token"]}
        tab.name, tab.base = "t", 0
    assert "X-Session-Renew" not in young.save(a="1").headers
    assert old.save(a="1").headers["X-Session-Renew"] == "1"


def test_at_most_five_hundred(demo, desk):
    desk.save(a="1")
    with demo.owner.begin() as connection:
        set_district(connection, demo.alice.district_id)
        connection.execute(
            text(
                "INSERT INTO web_draft (district_id, person_id, key, revision, fields, saved_at) "
                "SELECT district_id, person_id, 'k' || n, 1, '{}', now() FROM web_draft, generate_series(1, 499) n"
            )
        )
    assert desk.save(a="2").status_code == 200
    full = desk.save(a="1", key="/home/drafts/another", base=0)
    assert (full.status_code, full.get_json()["type"]) == (409, "/problems/drafts_full")


class TestWithoutScript:
    def test_the_button_keeps_it_and_the_page_shows_it_again(self, demo):
        client = demo.client(demo.alice)
        kept = send(
            client, "/home/notes/new?about=9", page="/home/notes/new?about=9", title="Half a title", keep_draft="1"
        )
        assert kept.status_code == 303
        assert kept.location == "/home/notes/new?about=9&kept=note%3A9"
        page = client.get(kept.location)
        assert 'value="Half a title"' in page.text and "Your draft of" in page.text
        assert 'value="Half a title"' in client.get("/home/notes/new?about=9").text
        assert 'value="Half a title"' not in client.get("/home/notes/new?about=8").text
        assert demo.rows("SELECT * FROM demo_note") == []

    def test_two_windows_show_both_texts(self, demo):
        client = demo.client(demo.alice)
        one, two = hidden(client.get("/home/notes/new")), hidden(client.get("/home/notes/new"))
        for form, words in ((one, "First window"), (two, "Second window")):
            client.post("/home/notes/new", data={**form, "body": words, "keep_draft": "1"})
        page = client.get("/home/notes/new").text
        assert "\nFirst window</textarea>" in page
        assert "Another text for this field" in page and "Second window</textarea>" in page


class TestExpiredSession:
    def test_what_was_typed_waits_behind_the_sign_in(self, demo):
        session_id = uuid4()
        early = now() - timedelta(minutes=55)
        client = demo.client(demo.alice, session_id=session_id, at=early)
        form = hidden(client.get("/home/notes/new", headers={"Sec-Fetch-Mode": "cors"}))
        late = demo.client(demo.alice, session_id=session_id, at=now() - timedelta(hours=3))
        answer = late.post("/home/notes/new", data={**form, "title": "Long thought", "body": "A page of text"})
        assert answer.status_code == 303
        assert answer.location.startswith("/directory/sign-in?next=/home/notes/new%3Fkept%3Dnote%253Anew%26ended%3D1")
        assert demo.rows("SELECT * FROM demo_note") == []
        again = demo.client(demo.alice).get("/home/notes/new?kept=note%3Anew&ended=1").text
        assert "Your session had ended. What you typed was kept." in again
        assert 'value="Long thought"' in again and "\nA page of text</textarea>" in again

    def test_a_form_without_a_draft_is_kept_by_its_address(self, demo):
        client = demo.client(demo.alice)
        form = {
            name: value for name, value in hidden(client.get("/home/notes/new")).items() if not name.startswith("draft")
        }
        old = self._aged(demo, form, timedelta(hours=30))
        assert "kept%3Dform%253A%252Fhome%252Fnotes%252Fnew" in old.location
        assert demo.rows("SELECT key FROM web_draft") == [{"key": f"form:/home/notes/new:{form['once']}"}]

    def test_each_page_without_a_draft_is_kept_by_itself_and_goes_when_it_is_sent(self, demo):
        backs = []
        for words in ("First", "Second"):
            form = {"page": "/home/notes/plain", "once": f"key of {words}"}
            backs.append(self._aged(demo, form, timedelta(hours=3), body=words).location.split("next=")[1])
        client = demo.client(demo.alice)
        page = client.get(unquote(backs[1]))
        assert "\nSecond</textarea>" in page.text and "First" not in page.text, "nothing of another page is in it"
        typed = {**hidden(page), "title": "Second", "body": "Second"}
        assert client.post("/home/notes/new", data=typed).status_code == 303
        assert [row["key"] for row in demo.rows("SELECT key FROM web_draft")] == ["form:/home/notes/new:key of First"]
        assert "\nFirst</textarea>" in client.get(unquote(backs[0])).text

    def test_it_builds_on_what_its_author_had_seen(self, demo):
        form = {"page": "/home/notes/plain", "version": "3"}
        back = unquote(self._aged(demo, form, timedelta(hours=3)).location.split("next=")[1])
        assert back.endswith("&seen=3")
        client = demo.client(demo.alice)
        assert hidden(client.get(back))["version"] == "3", "not the present one, which they have not seen"
        assert hidden(client.get("/home/notes/plain"))["version"] == "7"

    def test_it_is_laid_over_its_own_kind_of_form_only(self, demo):
        form = {"page": "/home/notes/plain"}
        back = self._aged(demo, form, timedelta(hours=3)).location
        client = demo.client(demo.alice)
        assert 'value="Long thought"' in client.get(unquote(back.split("next=")[1])).text
        send(client, "/home/notes/new", title="Private draft", keep_draft="1")
        assert 'value="Stored"' in client.get("/home/notes/plain?kept=note%3Anew").text

    def _aged(self, demo, form, age, **more):
        """The form as Alice's session of `age` ago would post it."""
        session_id = uuid4()
        fresh = demo.client(demo.alice, session_id=session_id)
        token = hidden(fresh.get("/home/notes/new"))["csrf"]
        client = demo.client(demo.alice, session_id=session_id, at=now() - age)
        return client.post("/home/notes/new", data={**form, "csrf": token, "title": "Long thought", **more})

    def test_a_session_ended_elsewhere_keeps_it_too(self, demo):
        session_id = uuid4()
        client = demo.client(demo.alice, session_id=session_id)
        form = hidden(client.get("/home/notes/new"))
        with demo.owner.begin() as connection:
            set_district(connection, demo.alice.district_id)
            connection.execute(
                text("INSERT INTO people_ended_session VALUES (:district, :session, now() + interval '1 hour')"),
                {"district": demo.alice.district_id, "session": session_id},
            )
        answer = client.post("/home/notes/new", data={**form, "title": "Long thought", "body": "A page of text"})
        assert answer.location.startswith("/directory/sign-in?next=/home/notes/new%3Fkept%3Dnote%253Anew%26ended%3D1")
        assert demo.rows("SELECT * FROM demo_note") == []
        again = demo.client(demo.alice).get("/home/notes/new?kept=note%3Anew&ended=1").text
        assert 'value="Long thought"' in again and "Your session had ended." in again

    def test_where_the_cookie_is_gone_the_form_says_whose_words_it_carries(self, demo):
        form = hidden(demo.client(demo.alice).get("/home/notes/new"))
        typed = {"title": "Long thought", "body": "A page of text"}
        nobody = demo.app.test_client()
        other = "1" if form["typist"].endswith("0") else "0"
        for broken in ({"typist": form["typist"][:-1] + other}, {"typist": ""}, {"csrf": "forged"}):
            assert nobody.post("/home/notes/new", data={**form, **typed, **broken}).status_code == 303
            assert demo.rows("SELECT * FROM web_draft") == []
        answer = nobody.post("/home/notes/new", data={**form, **typed})
        assert "kept%3Dnote%253Anew" in answer.location
        assert demo.rows("SELECT * FROM demo_note") == [], "nothing is sent in anybody's name"
        assert 'value="Long thought"' in demo.client(demo.alice).get("/home/notes/new").text
        assert 'value="Long thought"' not in demo.client(demo.bob).get("/home/notes/new").text

    def test_after_a_week_or_without_the_token_nothing_is_written(self, demo):
        assert self._aged(demo, {}, timedelta(days=8)).status_code == 303
        assert self._aged(demo, {}, timedelta(hours=3), csrf="forged").status_code == 303
        assert demo.rows("SELECT * FROM web_draft") == []

    def test_a_password_is_never_kept(self, demo):
        self._aged(demo, {}, timedelta(hours=3), password="geheim", new_password="geheim")
        assert "geheim" not in str(demo.rows("SELECT * FROM web_draft"))
        assert len(demo.rows("SELECT * FROM web_draft")) == 1

    def test_nothing_else_is_open_to_it(self, demo):
        old = demo.client(demo.alice, at=now() - timedelta(hours=3))
        assert old.get("/notes/").status_code == 303
        assert old.get(KEY).status_code == 401
        assert old.put(KEY, json={"base": 0, "fields": {}}).status_code == 401


class TestConnection:
    """Drafts go past SQLAlchemy to the driver: what goes back into the pool must be as it was."""

    def test_the_next_request_has_a_transaction_again(self, demo, desk):
        for number in range(5):
            desk.save(body=str(number))
        with demo.engine.connect() as connection:
            assert connection.connection.driver_connection.autocommit is False

    def test_a_restarted_database_is_found_again(self, demo, desk, postgres):
        desk.save(body="before")
        database = demo.rows("SELECT current_database() AS name")[0]["name"]
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = 'accord_web'",
                [database],
            )
        assert desk.save(body="after").status_code == 200

    def test_a_read_only_database_is_told_as_such(self, demo, desk):
        database = demo.rows("SELECT current_database() AS name")[0]["name"]
        with demo.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f'ALTER DATABASE "{database}" SET default_transaction_read_only = on')
        demo.engine.dispose()
        answer = desk.save(body="x")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        page = send(desk.client, "/notes/new", title="t", body="b")
        assert page.status_code == 503 and "Nothing you typed is lost" in page.text
