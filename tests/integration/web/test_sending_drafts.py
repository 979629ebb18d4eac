"""A text from another device is not let go of before the page that sends has shown it."""

import re

from tests.integration.web.test_drafts import Tab
from tests.support.forms import hidden, send


def test_a_text_the_page_has_not_shown_holds_the_sending_up(demo):
    desk, phone = Tab(demo, demo.alice, "desk"), Tab(demo, demo.alice, "phone")
    form = hidden(desk.client.get("/home/notes/new"))
    key = "/home/drafts/note:new"
    desk.save(key=key, body="From the desk")
    phone.save(key=key, base=0, body="From the phone")
    form |= {"draft_revision": "2", "draft_tab": "desk", "title": "T", "body": "From the desk, done"}
    refused = desk.client.post("/home/notes/new", data=form)
    assert refused.status_code == 409 and "You wrote another text for this elsewhere" in refused.text
    assert demo.rows("SELECT * FROM demo_note") == []
    page = desk.client.get("/home/notes/new")
    assert "From the phone</textarea>" in page.text and "\nFrom the desk, done</textarea>" in page.text
    sent = desk.client.post("/home/notes/new", data={**hidden(page), "title": "T", "body": "Both"})
    assert sent.status_code == 303
    assert demo.rows("SELECT * FROM web_draft") == []


def test_what_was_stored_since_the_page_was_opened_counts_too(demo):
    phone = Tab(demo, demo.alice, "phone")
    client = demo.client(demo.alice)
    form = hidden(client.get("/home/notes/new"))
    phone.save(key="/home/drafts/note:new", body="From the phone")
    refused = client.post("/home/notes/new", data={**form, "title": "T", "body": "From the desk"})
    assert refused.status_code == 409
    page = client.get("/home/notes/new").text
    assert "From the phone</textarea>" in page and "From the desk</textarea>" in page


def test_what_was_written_on_after_it_was_shown_is_another_text(demo):
    phone = Tab(demo, demo.alice, "phone")
    client = demo.client(demo.alice)
    key = "/home/drafts/note:new"
    send(client, "/home/notes/new", body="From the desk", keep_draft="1")
    phone.save(key=key, base=0, body="From the ph")
    page = hidden(client.get("/home/notes/new"))
    phone.save(key=key, base=0, body="From the phone")
    assert client.post("/home/notes/new", data={**page, "title": "T", "body": "From the desk"}).status_code == 409


def test_a_page_shown_again_shows_it(demo):
    phone = Tab(demo, demo.alice, "phone")
    client = demo.client(demo.alice)
    form = hidden(client.get("/home/notes/new"))
    phone.save(key="/home/drafts/note:new", body="From the phone", level="3")
    again = client.post("/home/notes/new", data={**form, "title": "", "body": "From the desk"})
    assert again.status_code == 422 and "From the phone</textarea>" in again.text
    assert '<p class="said">Proficient</p>' in again.text
    marks = re.findall(r'name="others_seen" value="([^"]+)"', again.text)
    sent = {**hidden(again), "others_seen": marks, "title": "T", "body": "x"}
    assert client.post("/home/notes/new", data=sent).status_code == 303


def test_ones_own_page_never_stands_in_its_own_way(demo):
    desk = Tab(demo, demo.alice, "desk")
    form = hidden(desk.client.get("/home/notes/new"))
    desk.save(key="/home/drafts/note:new", body="From the de")
    form |= {"draft_tab": "desk", "title": "T", "body": "From the desk"}
    assert desk.client.post("/home/notes/new", data=form).status_code == 303


def test_without_script_what_a_window_typed_last_stands_in_its_field(demo):
    client = demo.client(demo.alice)
    one, two = hidden(client.get("/home/notes/new")), hidden(client.get("/home/notes/new"))
    typed = {"title": "T", "keep_draft": "1"}
    client.post("/home/notes/new", data={**one, **typed, "body": "First window"})
    kept = client.post("/home/notes/new", data={**two, **typed, "body": "Second window"})
    for words in ("Second window", "Second window, written on"):
        page = client.get(kept.location)
        mine = r'name="body"[^>]*>\s*' + words + "</textarea>"
        assert re.search(mine, page.text)
        assert "Another text for this field" in page.text and "First window</textarea>" in page.text
        kept = client.post("/home/notes/new", data={**hidden(page), **typed, "body": "Second window, written on"})
    assert demo.rows("SELECT fields -> 'body' ->> 'v' AS body FROM web_draft")[0]["body"] == "First window"
    other = client.get("/home/notes/new").text
    assert "\nFirst window</textarea>" in other and "Second window, written on</textarea>" in other
