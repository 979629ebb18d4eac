"""The shell in a real browser: accessible, light, by keyboard alone, and a form that saves itself and loses nothing."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.support.browser import LOOKS, PHONE, audit, picture

pytestmark = pytest.mark.browser

_TOUCHED = "button, .button, select, input:not([type=hidden]), summary, .places a, .tabs a, .pager a"
_LOWER_THAN_44 = f"""() => [...document.querySelectorAll('{_TOUCHED}')]
    .filter((one) => one.offsetParent)
    .map((one) => (['radio', 'checkbox'].includes(one.type) ? one.parentElement : one))
    .filter((one) => one.getBoundingClientRect().height < 44)
    .map((one) => one.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize(("size", "scheme"), LOOKS, ids=["desk", "phone"])
@pytest.mark.parametrize(
    "path",
    ["/home/components", "/home/notes/new", "/home/api/docs", "/home/problems/", "/home/nowhere", "/home/notes/"],
)
def test_axe_finds_nothing(demo, open_as, scheme, size, path):
    page = open_as(demo.alice, path, viewport=size, color_scheme=scheme, has_touch=size is PHONE)
    picture(page, f"{path.strip('/').replace('/', '-')}-{size['width']}-{scheme}")
    assert audit(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], "the page scrolls sideways"


def test_what_a_finger_touches_is_44_pixels_high(demo, open_as):
    page = open_as(demo.alice, "/home/components", viewport=PHONE, has_touch=True, is_mobile=True)
    small = page.evaluate(_LOWER_THAN_44)
    assert small == []


def test_forced_colours_and_print_are_drawn(demo, open_as):
    page = open_as(demo.alice, "/home/components", forced_colors="active")
    picture(page, "components-forced-colours")
    assert audit(page) == []
    page = open_as(demo.alice, "/home/components")
    page.emulate_media(media="print")
    picture(page, "components-print")
    page.set_viewport_size({"width": 700, "height": 900})  # a letter's width between its margins
    assert page.evaluate("document.documentElement.scrollWidth") <= 700, "a table runs off the paper"
    expect(page.locator(".head")).to_be_hidden()
    expect(page.locator(".foot .print-only")).to_be_visible()


def test_the_first_load_is_light_and_asks_nobody_else(demo, open_as, serve, new_page):
    base = serve(demo.app)
    page = new_page()
    page.context.add_cookies([{"name": "accord_session", "value": demo.token(demo.alice), "url": base}])
    asked, weight = [], []

    def count(response):
        asked.append(response.url)
        weight.append(response.request.sizes()["responseBodySize"])

    page.on("response", count)
    page.goto(base + "/home/notes/new", wait_until="networkidle")
    assert all(url.startswith(base) for url in asked), asked
    assert 5 < len(asked) < 15, asked
    assert sum(weight) < 40_000, dict(zip(asked, weight, strict=True))
    first = sum(weight)
    page.goto(base + "/home/notes/", wait_until="networkidle")
    assert sum(weight) - first < 5_000, "the second page fetches its own words only"


def test_the_whole_form_by_keyboard_alone(demo, open_as):
    page = open_as(demo.alice, "/home/notes/new")
    keys = page.keyboard
    keys.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    keys.press("Enter")
    keys.press("Tab")
    assert page.evaluate("document.activeElement.name") == "title"
    keys.type("By keyboard")
    keys.press("Tab")
    keys.type("No mouse was moved.")
    keys.press("Tab")
    keys.type("05122026")
    for _ in range(8):
        if page.evaluate("document.activeElement.name") == "level":
            break
        keys.press("Tab")
    keys.press("Space")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Tab")
    keys.press("Space")
    assert page.locator("output[data-weekday]").inner_text() == "Tuesday 12 May 2026"
    keys.press("Tab")
    keys.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Send the note"
    keys.press("Enter")
    page.wait_for_url(re.compile(r"/notes/[0-9a-f-]{36}$"))
    assert demo.rows("SELECT title, body FROM demo_note") == [{"title": "By keyboard", "body": "No mouse was moved."}]


def test_an_error_takes_the_focus_and_leads_to_its_field(demo, open_as):
    page = open_as(demo.alice, "/home/notes/new")
    page.get_by_label("Title").fill("x" * 81)
    page.get_by_role("button", name="Send the note").click()
    summary = page.locator(".error-summary")
    summary.wait_for()
    assert summary.evaluate("one => one === document.activeElement")
    assert audit(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "f-title"


def test_without_a_line_nothing_goes_off_and_the_page_stays(demo, open_as):
    """Of a form that keeps no draft as well."""
    page = open_as(demo.alice, "/home/components")
    page.evaluate("""document.body.insertAdjacentHTML('beforeend',
        '<form id="plain" method="post" action="/home/nowhere" data-once><input name="reason"><button>Go</button></form>')""")
    page.locator("#plain input").fill("Typed for long.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.locator("#plain [role=alert]")).to_contain_text("Nothing was sent: there is no connection.")
    expect(page.locator("#plain input")).to_have_value("Typed for long.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Go", exact=True).click()
    page.wait_for_url("**/home/nowhere")


def test_a_second_press_sends_nothing(demo, open_as):
    page = open_as(demo.alice, "/home/notes/new")
    page.get_by_label("Title").fill("Once")
    page.get_by_label("What you saw").fill("Twice pressed.")
    sent = []

    def slowly(route):
        if route.request.method == "POST":
            sent.append(route.request.url)
            time.sleep(0.5)
        route.continue_()

    page.route("**/notes/new", slowly)
    page.evaluate("""const send = document.querySelector('form.form button');
        send.click(); setTimeout(() => send.click(), 150)""")
    page.wait_for_url(re.compile(r"/notes/[0-9a-f-]{36}$"))
    assert len(sent) == 1 and len(demo.rows("SELECT 1 FROM demo_note")) == 1


def test_without_script_everything_works(demo, open_as):
    page = open_as(demo.alice, "/home/notes/new", java_script_enabled=False)
    page.get_by_label("Title").fill("No script")
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_label("Title")).to_have_value("No script")
    page.get_by_label("What you saw").fill("None was needed.")
    page.get_by_role("button", name="Send the note").click()
    expect(page.get_by_role("heading", name="No script")).to_be_visible()
    assert len(demo.rows("SELECT 1 FROM demo_note")) == 1 and demo.rows("SELECT 1 FROM web_draft") == []
