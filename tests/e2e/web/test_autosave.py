"""A form that saves itself: nothing typed is lost, whatever happens to the network, the session, the window."""

import json
import re
import threading
import time
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from shared.clock import now

pytestmark = pytest.mark.browser

NEW = "/home/notes/new"
TEXT = "What you saw"


def stored(demo) -> dict[str, str]:
    """What the district has of Alice's draft."""
    rows = demo.rows("SELECT fields FROM web_draft WHERE key = 'note:new'")
    return {name: field["v"] for name, field in rows[0]["fields"].items()} if rows else {}


def comes_to(demo, fields: dict[str, object], seconds: float = 20) -> None:
    """Wait until the district has exactly this."""
    until = time.monotonic() + seconds
    while stored(demo) != fields and time.monotonic() < until:
        time.sleep(0.1)
    assert stored(demo) == fields


def on_device(page: Page) -> list[dict]:
    return [json.loads(copy) for copy in page.evaluate("Object.values(localStorage)")]


def says(page: Page, words: str) -> None:
    expect(page.locator("[data-saved]")).to_contain_text(re.compile(words), timeout=8000)


def saved(page: Page) -> None:
    says(page, r"^Saved \d\d:\d\d$")


def test_it_saves_as_one_types_and_stands_there_again(demo, open_as):
    page = open_as(demo.alice, NEW)
    expect(page.get_by_role("button", name="Keep as a draft")).to_be_hidden()
    page.get_by_label(TEXT).press_sequentially("They read in pairs.")
    page.get_by_label("Proficient").check()
    page.get_by_label("HR").check()
    saved(page)
    assert stored(demo) == {"body": "They read in pairs.", "level": "3", "shared_with": ["hr"]}
    assert on_device(page) == []
    page.reload()
    expect(page.get_by_label(TEXT)).to_have_value("They read in pairs.")
    expect(page.get_by_label("Proficient")).to_be_checked()
    expect(page.get_by_label("HR")).to_be_checked()
    expect(page.locator("[data-restored]")).to_contain_text("Your draft of")


def test_the_network_is_cut_in_the_middle_of_a_sentence(demo, open_as):
    page = open_as(demo.alice, NEW)
    text = page.get_by_label(TEXT)
    text.press_sequentially("They read ")
    saved(page)
    page.context.set_offline(True)
    text.press_sequentially("in pairs, ")
    says(page, r"Saved on this device \d\d:\d\d; the district has \d\d:\d\d")
    assert on_device(page)[0]["fields"] == {"body": "They read in pairs, "}
    text.press_sequentially("quietly.")
    page.context.set_offline(False)
    saved(page)
    assert stored(demo) == {"body": "They read in pairs, quietly."}
    assert on_device(page) == []


def test_what_a_crash_left_on_the_device_comes_back(demo, open_as):
    page = open_as(demo.alice, NEW)
    page.get_by_label("Title").fill("Before")
    saved(page)
    page.context.set_offline(True)
    page.get_by_label(TEXT).press_sequentially("Written without a network.")
    says(page, "Saved on this device")
    context = page.context
    page.close()  # as a crash: no handler runs that could reach anybody
    context.set_offline(False)
    again = open_as(demo.alice, NEW, context=context)
    expect(again.get_by_label(TEXT)).to_have_value("Written without a network.")
    expect(again.get_by_label("Title")).to_have_value("Before")
    saved(again)
    comes_to(demo, {"title": "Before", "body": "Written without a network."})


def test_a_window_closed_in_the_middle_of_a_word(demo, open_as):
    page = open_as(demo.alice, NEW)
    context = page.context
    page.get_by_label(TEXT).press_sequentially("Half a wo")
    page.close(run_before_unload=True)
    comes_to(demo, {"body": "Half a wo"})
    again = open_as(demo.alice, NEW, context=context)
    expect(again.get_by_label(TEXT)).to_have_value("Half a wo")


def test_the_district_is_down_for_a_while(demo, open_as):
    page = open_as(demo.alice, NEW)
    page.route(
        "**/drafts/**", lambda route: route.fulfill(status=503, content_type="application/problem+json", body="{}")
    )
    page.get_by_label(TEXT).press_sequentially("Typed meanwhile.")
    says(page, r"Saved on this device \d\d:\d\d; the district has nothing yet")
    page.unroute("**/drafts/**")
    saved(page)
    assert stored(demo) == {"body": "Typed meanwhile."}


def test_the_session_ends_and_another_window_signs_in(demo, open_as):
    page = open_as(demo.alice, NEW)
    page.get_by_label(TEXT).press_sequentially("One. ")
    saved(page)
    open_as.sign_in(page.context, demo.alice, at=now() - timedelta(hours=2))
    page.get_by_label(TEXT).press_sequentially("Two. ")
    says(page, "Your session has ended")
    assert (
        page.get_by_role("link", name="Sign in again in another window")
        .get_attribute("href")
        .startswith("/directory/sign-in")
    )
    assert stored(demo) == {"body": "One. "}
    open_as.sign_in(page.context, demo.alice)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    saved(page)
    assert stored(demo) == {"body": "One. Two. "}
    page.get_by_label("Title").fill("After it")
    page.get_by_role("button", name="Send the note").click()
    page.wait_for_url(re.compile(r"/notes/[0-9a-f-]{36}$"))


def test_another_person_who_signs_in_gets_nothing_of_it(demo, open_as):
    page = open_as(demo.alice, NEW)
    open_as.sign_in(page.context, demo.bob)
    page.get_by_label(TEXT).press_sequentially("Alice's words")
    says(page, "Somebody else has signed in in this browser")
    assert demo.rows("SELECT * FROM web_draft") == []
    theirs = open_as(demo.bob, NEW, context=page.context)
    expect(theirs.get_by_label(TEXT)).to_have_value("")


def test_two_windows_write_one_field_and_the_author_chooses(demo, open_as):
    desk = open_as(demo.alice, NEW)
    phone = open_as(demo.alice, NEW)
    desk.get_by_label(TEXT).press_sequentially("From the desk")
    saved(desk)
    phone.get_by_label(TEXT).press_sequentially("From the phone")
    box = phone.locator(".other")
    box.wait_for()
    expect(box.locator("textarea")).to_have_value("From the desk")
    phone.get_by_label(TEXT).press_sequentially(", later")
    phone.wait_for_function("() => !Object.keys(localStorage).length")
    assert stored(demo) == {"body": "From the desk"}, "nothing is overwritten before the author has chosen"
    others = demo.rows("SELECT others->'body' AS kept FROM web_draft")[0]["kept"]
    assert [other["v"] for other in others.values()] == ["From the phone, later"]
    box.get_by_role("button", name="Put both in the field").click()
    both = "From the phone, later\n\nFrom the desk"
    expect(phone.get_by_label(TEXT)).to_have_value(both)
    expect(box).to_have_count(0)
    saved(phone)
    phone.wait_for_function("() => !Object.keys(localStorage).length")
    assert stored(demo) == {"body": both}
    assert demo.rows("SELECT others FROM web_draft") == [{"others": {}}]


def test_what_is_sent_leaves_nothing_behind(demo, open_as):
    page = open_as(demo.alice, NEW)
    page.get_by_label("Title").fill("Sent")
    saved(page)
    page.get_by_label(TEXT).fill("Sent at once, before it was saved.")
    page.get_by_role("button", name="Send the note").click()
    page.wait_for_url(re.compile(r"/notes/[0-9a-f-]{36}$"))
    page.wait_for_function("() => !document.cookie.includes('accord_sent')")
    assert on_device(page) == []
    assert demo.rows("SELECT body FROM demo_note") == [{"body": "Sent at once, before it was saved."}]
    fresh = open_as(demo.alice, NEW, context=page.context)
    expect(fresh.get_by_label(TEXT)).to_have_value("")
    fresh.wait_for_timeout(1000)
    assert demo.rows("SELECT * FROM web_draft") == []


def test_a_form_sent_from_another_window_is_told(demo, open_as):
    page = open_as(demo.alice, NEW)
    page.get_by_label("Title").fill("Twice open")
    saved(page)
    other = open_as(demo.alice, NEW, context=page.context)
    other.get_by_label(TEXT).fill("Sent here.")
    other.get_by_role("button", name="Send the note").click()
    other.wait_for_url(re.compile(r"/notes/[0-9a-f-]{36}$"))
    page.get_by_label(TEXT).press_sequentially("Written on here.")
    says(page, "was sent or let go elsewhere")
    assert demo.rows("SELECT * FROM web_draft") == []
    page.get_by_role("button", name="Keep this text as a new draft").click()
    saved(page)
    assert stored(demo)["body"] == "Written on here."


def test_a_sending_that_fails_keeps_the_text(demo, open_as):
    page = open_as(demo.alice, NEW)
    page.get_by_label("Title").fill("Long")
    page.get_by_label(TEXT).fill("A page of thought.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Send the note").click()
    says(page, "Nothing was sent: there is no connection.")
    expect(page.get_by_label(TEXT)).to_have_value("A page of thought.")
    page.context.set_offline(False)
    page.close()
    again = open_as(demo.alice, NEW, context=page.context)
    expect(again.get_by_label(TEXT)).to_have_value("A page of thought.")
    comes_to(demo, {"title": "Long", "body": "A page of thought."})


class Slow:
    """The server keeps its answers back: the part of the page that saves, and what it says to a sent form."""

    def __init__(self, app) -> None:
        self.answer, self.part, self.form = app.wsgi_app, threading.Event(), threading.Event()
        app.wsgi_app = self

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"].endswith("/js/draft.js"):
            self.part.wait(20)
        if environ["REQUEST_METHOD"] == "POST":
            self.form.wait(20)
        return self.answer(environ, start_response)


def test_a_form_sent_before_its_saving_part_has_come_goes_through(demo, open_as):
    """What the part then saved would stand beside the form as a text written elsewhere, and refuse it."""
    page = open_as(demo.alice, "/home/notes/")
    slow = Slow(demo.app)
    page.goto(page.url.replace("/home/notes/", NEW), wait_until="domcontentloaded")
    page.get_by_label("Title").fill("Quick")
    page.get_by_label(TEXT).fill("They read.")
    page.get_by_label("HR").check()
    page.get_by_role("button", name="Send the note").click(no_wait_after=True)
    slow.part.set()
    page.wait_for_timeout(2000)
    assert stored(demo) == {}
    beside = open_as(demo.alice, "/home/notes/", context=page.context)
    typed = {"title": "Quick", "body": "They read.", "shared_with": ["hr"]}
    assert [copy["fields"] for copy in on_device(beside)] == [typed], "it is on the device until it is answered"
    slow.form.set()
    page.wait_for_url(re.compile(r"/notes/[0-9a-f-]{36}$"))
    assert on_device(page) == []


def test_a_refused_form_is_kept_although_its_saving_part_came_late(demo, open_as):
    page = open_as(demo.alice, "/home/notes/")
    slow = Slow(demo.app)
    slow.form.set()
    page.goto(page.url.replace("/home/notes/", NEW), wait_until="domcontentloaded")
    page.get_by_label("Title").fill("x" * 81)
    page.get_by_label("HR").check()
    page.get_by_role("button", name="Send the note").click(no_wait_after=True)
    page.locator(".error-summary").wait_for()
    slow.part.set()
    saved(page)
    assert stored(demo)["title"] == "x" * 81
    assert stored(demo)["shared_with"] == ["hr"]
