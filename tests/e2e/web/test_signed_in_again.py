"""A form that stays open while its person, or somebody else, signs in again in the same browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.web.test_autosave import NEW, TEXT, on_device, saved, says, stored

pytestmark = pytest.mark.browser

SENT = re.compile(r"/notes/[0-9a-f-]{36}$")


def test_without_scripts_it_goes_with_one_more_press(demo, open_as):
    page = open_as(demo.alice, NEW, java_script_enabled=False)
    page.get_by_label("Title").fill("Long thought")
    page.get_by_label(TEXT).fill("A page of text")
    page.get_by_label("HR").check()
    open_as.sign_in(page.context, demo.alice)
    page.get_by_role("button", name="Send the note").click()
    expect(page.get_by_role("status").first).to_contain_text("you have signed in again")
    expect(page.get_by_label(TEXT)).to_have_value("A page of text")
    expect(page.get_by_label("HR")).to_be_checked()
    assert demo.rows("SELECT * FROM demo_note") == []
    page.get_by_role("button", name="Send the note").click()
    page.wait_for_url(SENT)
    assert demo.rows("SELECT title FROM demo_note") == [{"title": "Long thought"}]


def test_with_scripts_it_goes_with_one_more_press_and_leaves_nothing(demo, open_as):
    page = open_as(demo.alice, NEW)
    page.get_by_label("Title").fill("Long thought")
    saved(page)
    open_as.sign_in(page.context, demo.alice)
    page.get_by_label(TEXT).fill("Typed in the last moment")
    page.get_by_role("button", name="Send the note").click()
    expect(page.get_by_role("status").first).to_contain_text("you have signed in again")
    expect(page.get_by_label("Title")).to_have_value("Long thought")
    expect(page.get_by_label(TEXT)).to_have_value("Typed in the last moment")
    expect(page.locator(".other")).to_have_count(0)
    page.get_by_role("button", name="Send the note").click()
    page.wait_for_url(SENT)
    page.wait_for_function("() => !document.cookie.includes('accord_sent')")
    assert on_device(page) == []
    assert demo.rows("SELECT * FROM web_draft") == []


def test_saving_goes_on_once_the_same_person_is_back(demo, open_as):
    page = open_as(demo.alice, NEW)
    page.get_by_label("Title").fill("Before")
    saved(page)
    open_as.sign_in(page.context, demo.bob)
    page.get_by_label(TEXT).press_sequentially("Typed meanwhile.")
    says(page, r"Somebody else has signed in in this browser\. What you typed is kept on this device \(\d\d:\d\d\)")
    expect(page.locator("[data-saved]")).not_to_contain_text("API")
    assert stored(demo) == {"title": "Before"}
    assert [copy["fields"] for copy in on_device(page)] == [{"body": "Typed meanwhile."}]
    open_as.sign_in(page.context, demo.alice)
    saved(page)
    assert stored(demo) == {"title": "Before", "body": "Typed meanwhile."}
    assert on_device(page) == []
    page.get_by_role("button", name="Send the note").click()
    page.wait_for_url(SENT)
    assert demo.rows("SELECT body FROM demo_note") == [{"body": "Typed meanwhile."}]


def test_opened_again_by_its_person_it_stands_there(demo, open_as):
    page = open_as(demo.alice, NEW)
    open_as.sign_in(page.context, demo.bob)
    page.get_by_label(TEXT).press_sequentially("Typed meanwhile.")
    says(page, "Somebody else has signed in")
    context = page.context
    page.close()
    theirs = open_as(demo.bob, NEW, context=context)
    expect(theirs.get_by_label(TEXT)).to_have_value("")
    open_as.sign_in(context, demo.alice)
    again = open_as(demo.alice, NEW, context=context)
    expect(again.get_by_label(TEXT)).to_have_value("Typed meanwhile.")
    saved(again)
    assert stored(demo) == {"body": "Typed meanwhile."}
