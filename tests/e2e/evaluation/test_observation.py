"""A whole observation in a real browser: by mouse, by keyboard alone, without JavaScript, on a phone, through a failure."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from shared.clock import now
from tests.e2e.evaluation.conftest import clicks
from tests.support.annual_cycle import MARIA, RUTH, ZONE
from tests.support.browser import PHONE, audit, picture
from tests.support.teacher_world import World

pytestmark = pytest.mark.browser

SEEN = (
    ("Aim of the lesson stands on the board and is read out", "C1"),
    ("Asks what they remember; four answer, each asked why", "C2"),
    ("Waits until most hands are up", "C2"),
    ("Second sheet for the group at the window", "C3"),
    ("Names the link to last week’s fractions", "C4"),
    ("Two latecomers settle without a word", "C5"),
    ("Looks at six exercise books, changes the next task", "C6"),
    ("Pairs explain to one another", "C2"),
    ("“Who sees it differently?”", "C1"),
    ("Praises the mistake that helped", "C5"),
    ("Exit slip: one thing learnt, one question", "C6"),
    ("Tidies up in two minutes", "C5"),
)
Open = Callable[..., Any]


def begin(page: Any) -> None:
    page.goto(page.home)
    page.get_by_role("button", name="Begin now: Unannounced walkthrough").click()
    page.locator("form.scripted").wait_for()


def tag(page: Any, component: str) -> None:
    page.get_by_role("button", name=f"Tag the line you are in with {component} ").click()


def saved(page: Any) -> None:
    page.locator("[data-saved]", has_text="Saved").wait_for()


def test_twelve_items_from_the_evaluation_to_sent_by_mouse(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    page.goto(page.home)
    page.get_by_role("button", name="Begin now: Unannounced walkthrough").click()
    page.locator("form.scripted").wait_for()
    assert clicks(page) == 1
    assert page.evaluate("document.activeElement.name") == "text-1", "one can type at once"
    at_work.app.config["CLOCK"] = now
    for words, component in SEEN:
        page.keyboard.type(words)
        tag(page, component)
        page.keyboard.press("Enter")
    assert page.locator("[data-lines]").inner_text() == "12 lines"
    assert page.locator('[data-component="C5"] [data-count]').inner_text() == "3"
    assert "so far" in page.locator("[data-duration]").inner_text()
    saved(page)
    picture(page, "observation-desk-light")
    page.get_by_label("What was done well").click()
    page.keyboard.type("Everyone was asked to think, and had the time to.")
    page.get_by_label("What comes next").click()
    page.keyboard.type("Let pairs report what the other said.")
    assert "Nothing is owed any more" in page.locator("[data-owed]").inner_text()
    page.get_by_role("button", name="Check, then send").click()
    page.get_by_role("heading", name="Send this to María José Núñez-Ó Briain?").wait_for()
    assert audit(page) == []
    picture(page, "observation-check-desk-light")
    page.get_by_role("button", name="Send to María José Núñez-Ó Briain").click()
    page.get_by_text("Sent to María José Núñez-Ó Briain").wait_for()
    used = clicks(page)
    print(f"clicks from the evaluation to sent: {used}; from home one more")
    assert used + 1 <= 30
    occasion = at_work.evaluation().occasions[0]
    assert [(note.text, note.components) for note in occasion.notes] == [(words, (one,)) for words, one in SEEN]
    assert all(note.at for note in occasion.notes)
    assert occasion.feedback is not None


def test_by_keyboard_alone(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    page.goto(page.home)
    tab_to(page, "Begin now: Unannounced walkthrough")
    page.keyboard.press("Enter")
    page.locator("form.scripted").wait_for()
    at_work.app.config["CLOCK"] = now
    for words, component in SEEN[:3]:
        page.keyboard.type(f"{words} /{component[1:]} ")
        page.keyboard.press("Enter")
    page.keyboard.type("Chosen from the list /sg")
    expect(page.locator(".suggest li")).to_have_count(5)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('[name=for-4]').value") == "SG3.2"
    page.keyboard.press("Control+z")
    assert page.evaluate("document.querySelector('[name=for-4]').value") == "", "one step back"
    page.keyboard.type("/sg3.2 ")
    page.keyboard.press("Enter")
    page.keyboard.type("A mistake")
    for _ in range(len("A mistake") + 1):
        page.keyboard.press("Backspace")
    expect(page.locator("[data-lines]")).to_have_text("4 lines")
    tab_to(page, "What was done well", typed=True)
    page.keyboard.type("Good questions.")
    tab_to(page, "Check, then send to María José Núñez-Ó Briain")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Send this to").wait_for()
    tab_to(page, "Send to María José Núñez-Ó Briain")
    page.keyboard.press("Enter")
    page.get_by_text("Sent to María José Núñez-Ó Briain").wait_for()
    assert clicks(page) == 0
    notes = at_work.evaluation().occasions[0].notes
    assert [note.components for note in notes] == [("C1",), ("C2",), ("C2",), ("SG3.2",)]
    assert notes[3].text == "Chosen from the list"


def tab_to(page: Any, label: str, *, typed: bool = False) -> None:
    """Press Tab until the thing with that label has the focus."""
    find = """() => { const one = document.activeElement;
      return (one.labels?.[0]?.innerText ?? one.getAttribute('aria-label') ?? one.innerText ?? '').trim(); }"""
    for _ in range(200):
        found = page.evaluate(find)
        if found == label or (typed and found.startswith(label)):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{label} can't be reached with Tab")


def test_without_javascript(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH, java_script_enabled=False)
    page.goto(page.home)
    page.get_by_role("button", name="Begin now: Unannounced walkthrough").click()
    at_work.app.config["CLOCK"] = now
    for number, (words, component) in enumerate(SEEN[:8], 1):
        page.get_by_role("textbox", name=f"Line {number}", exact=True).fill(words)
        page.get_by_role("textbox", name=f"Components of line {number}", exact=True).fill(component)
    picture(page, "observation-without-javascript-desk-light")
    page.get_by_role("button", name="Add more lines").click()
    for number, (words, component) in enumerate(SEEN[8:], 9):
        page.get_by_role("textbox", name=f"Line {number}", exact=True).fill(f"{words} /{component}")
    page.get_by_role("button", name="Keep as a draft").click()
    assert "Your draft of" in page.content()
    page.get_by_label("What was done well").fill("Good questions.")
    page.get_by_role("button", name="Check, then send").click()
    expect(page.locator(".error-summary"), "the end was forgotten").to_be_visible()
    page.get_by_label("Ended").fill(now().astimezone(_zone(at_work)).strftime("%H:%M"))
    page.get_by_role("button", name="Check, then send").click()
    page.get_by_role("button", name="Send to María José Núñez-Ó Briain").click()
    assert "Sent to María José Núñez-Ó Briain" in page.content()
    notes = at_work.evaluation().occasions[0].notes
    assert [(note.text, note.components) for note in notes] == [(words, (one,)) for words, one in SEEN]


def _zone(world: World) -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(world.evaluation().zone)


def test_the_connection_goes_in_the_middle_of_a_sentence(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    address = page.url
    page.keyboard.type("Kept at the district /C1 ")
    page.keyboard.press("Enter")
    saved(page)
    page.context.set_offline(True)
    for number in range(2, 14):
        page.keyboard.type(f"Typed without a connection, line {number} /C2 ")
        page.keyboard.press("Enter")
    page.keyboard.type("in the middle of a sen")
    page.locator("[data-saved].away").wait_for()
    page.close(run_before_unload=False)
    again = page.context.new_page()
    page.context.set_offline(False)
    again.goto(address)
    again.locator("[name=text-14]").wait_for()
    again.wait_for_function("document.querySelector('[name=text-14]').value === 'in the middle of a sen'")
    expect(again.locator("[name=text-13]")).to_have_value("Typed without a connection, line 13")
    expect(again.locator("[name=for-13]")).to_have_value("C2")
    assert again.locator('[data-component="C2"] [data-count]').inner_text() == "12"
    saved(again)
    again.close()
    fresh = open_as(RUTH)
    fresh.goto(address)
    expect(fresh.locator("[name=text-14]"), "it has reached the district").to_have_value("in the middle of a sen")


def test_every_gesture_on_a_line(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    page.keyboard.type("First second")
    page.locator("[name=text-1]").evaluate("text => text.setSelectionRange(5, 5)")
    page.keyboard.press("Enter")
    expect(page.locator("[name=text-1]")).to_have_value("First")
    expect(page.locator("[name=text-2]")).to_have_value("second")
    tag(page, "C3")
    expect(page.locator("[name=for-2]")).to_have_value("C3")
    tag(page, "C3")
    expect(page.locator("[name=for-2]"), "a second click takes it off").to_have_value("")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[name=for-2]")).to_have_value("C3")
    page.locator("[name=text-1]").focus()
    paste(page, "[name=text-1]", "one\ntwo\nthree")
    assert [page.locator(f"[name=text-{n}]").input_value() for n in (1, 2, 3, 4)] == [
        "Firstone",
        "two",
        "three",
        "second",
    ]
    expect(page.locator("[name=for-4]"), "tags go with their line").to_have_value("C3")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[name=text-2]")).to_have_value("second")
    drop(page, "[name=text-1]", "C2")
    expect(page.locator("[name=for-1]")).to_have_value("C2")
    page.get_by_role("button", name="Take C2 off line 1").click()
    expect(page.locator("[name=for-1]")).to_have_value("")
    page.locator('[data-component="C7"] summary').click()
    expect(page.get_by_text("Families are told in time and heard.")).to_be_visible()
    assert audit(page) == []


def paste(page: Any, selector: str, text: str) -> None:
    page.locator(selector).evaluate(
        """(field, text) => { const data = new DataTransfer(); data.setData('text', text);
        field.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }""",
        text,
    )


def drop(page: Any, selector: str, component: str) -> None:
    """Drag the selected words of a line onto a component with the mouse."""
    field = page.locator(selector)
    field.evaluate("field => { field.focus(); field.select(); }")
    box, target = field.bounding_box(), page.locator(f'[data-component="{component}"]').bounding_box()
    page.mouse.move(box["x"] + 14, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + box["height"] / 2, steps=4)
    page.mouse.move(target["x"] + 40, target["y"] + target["height"] / 2, steps=8)
    page.mouse.move(target["x"] + 44, target["y"] + target["height"] / 2)
    page.mouse.up()


def test_two_tabs_on_a_phone(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH, viewport=PHONE, has_touch=True)
    begin(page)
    page.keyboard.type("Seen on a phone")
    expect(page.locator("#pane-rubric")).to_be_hidden()
    picture(page, "observation-phone-light")
    page.get_by_role("link", name="Rubric").click()
    expect(page.locator("#pane-script")).to_be_hidden()
    tag(page, "C4")
    picture(page, "observation-rubric-phone-light")
    page.get_by_role("link", name="Script").click()
    expect(page.get_by_role("button", name="Take C4 off line 1")).to_be_visible()
    page.get_by_role("button", name="Tag line 1 with a component").click()
    page.get_by_role("option", name="C5 Safe and positive place to learn").click()
    expect(page.locator("[name=for-1]")).to_have_value("C4 C5")
    assert audit(page) == []


def test_four_hundred_lines_are_no_burden(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    paste(page, "[name=text-1]", "\n".join(f"line {number}" for number in range(1, 400)))
    saved(page)
    assert page.locator("[data-lines]").inner_text().startswith("399 lines")
    milliseconds = page.evaluate(
        """() => { const field = document.querySelector('[name=text-200]'); field.focus(); const spent = [];
        for (let key = 0; key < 15; key += 1) { const start = performance.now();
          document.execCommand('insertText', false, 'x'); spent.push(performance.now() - start); }
        return spent.sort((one, other) => one - other)[7]; }"""
    )
    print(f"a key in a script of 399 lines: {milliseconds:.1f} ms")
    assert milliseconds < 50
    page.keyboard.press("Enter")
    expect(page.locator("[data-line]")).to_have_count(400)
    page.locator("[name=text-400]").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator("[data-line]")).to_have_count(400)
    assert "400 is the most" in page.locator("[data-said]").inner_text()


def test_what_the_subject_sees_of_it(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    address = page.url
    page.keyboard.type("Only mine")
    saved(page)
    other = open_as(MARIA)
    assert other.goto(address).status == 404
    assert "Only mine" not in other.content()


def test_enter_after_a_tag_starts_a_line_and_an_unknown_tag_is_told(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    for words in ("Agenda on board /c1", "Asks why /c2", "Group works /sg3.1"):
        page.keyboard.type(words)
        page.keyboard.press("Enter")
    page.keyboard.type("Noise outside /zz9")
    page.keyboard.press("Enter")
    values = page.evaluate(
        "[1, 2, 3, 4].map((n) => [`text-${n}`, `for-${n}`].map((one) => document.getElementsByName(one)[0].value))"
    )
    assert values == [
        ["Agenda on board", "C1"], ["Asks why", "C2"], ["Group works", "SG3.1"], ["Noise outside /zz9", ""],
    ]  # fmt: skip
    assert page.locator("[data-said]").inner_text() == "Line 4: no component is called /zz9, so it stays in the words"


def test_nothing_is_said_to_be_owed_no_more_before_it_can_end(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    page.keyboard.type("Seen at once")
    page.get_by_label("What was done well").fill("Quick")
    owed, done = page.locator("[data-owed]"), "Nothing is owed any more: check it, then send it."
    page.get_by_label("Began").fill("23:59")
    owed.filter(has_text="an end that comes after the beginning").wait_for()
    today = datetime.now(ZoneInfo(ZONE))
    page.clock.set_fixed_time(today.replace(hour=15, minute=46))
    page.get_by_label("Began").fill("15:00")
    owed.filter(has_text=done).wait_for()
    page.get_by_label("Began").fill("09:00")
    owed.filter(has_text="the time it ended").wait_for()
    page.get_by_label("Began").fill("00:00")
    page.get_by_label("Ended").fill("00:00")
    owed.filter(has_text="an end that comes after the beginning").wait_for()
    page.get_by_label("Ended").fill("23:59")
    owed.filter(has_text=done).wait_for()


def test_a_form_that_was_refused_is_not_said_to_have_been_out_of_reach(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    page.goto(f"{page.home}/occasions/new?type=announced")
    page.get_by_label("Day", exact=True).fill("2099-01-01")
    page.get_by_label("Begins").fill("10:00")
    page.get_by_label("Ends").fill("09:00")
    page.get_by_role("textbox", name="Place").fill("Zimmer 12")
    page.get_by_role("button", name="Announce it to").click()
    page.locator(".error-summary").wait_for()
    saved(page)
    expect(page.get_by_role("textbox", name="Place")).to_have_value("Zimmer 12")
    assert "had not reached" not in page.locator("[data-saved]").inner_text()
    assert "Ends: The end must come after the beginning." in page.locator(".error-summary").inner_text()
