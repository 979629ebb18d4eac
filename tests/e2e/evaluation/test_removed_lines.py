"""Lines that are taken out of a script: they stay out, at the district, on the device and on another open page."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.evaluation.test_observation import begin, saved
from tests.e2e.evaluation.test_pasting import numbered, paste, words
from tests.support.annual_cycle import RUTH
from tests.support.teacher_world import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]

AT_THE_DISTRICT = """async () => {
  const { fields } = await (await fetch(document.querySelector('form[data-draft]').dataset.draft)).json();
  const lines = Object.entries(fields).filter(([name, text]) => name.startsWith('text-') && text);
  return lines.sort(([one], [other]) => one.localeCompare(other)).map(([, text]) => text);
}"""
NOTHING_ON_THE_DEVICE = "() => !Object.keys(localStorage).length"


def kept(page: Any) -> None:
    """What was typed is at the district, all of it."""
    page.wait_for_function(NOTHING_ON_THE_DEVICE)
    saved(page)


def write_lines(page: Any, count: int) -> None:
    for number in range(1, count + 1):
        page.keyboard.type(f"Line {number}")
        page.keyboard.press("Enter")
    kept(page)


def remove_three(page: Any) -> None:
    """The last three, at an ordinary speed: faster than they are saved one by one."""
    page.keyboard.press("Backspace")
    for key in ("Shift+Home", "Delete", "Backspace") * 3:
        page.keyboard.press(key)
        page.wait_for_timeout(90)


def test_removed_lines_stay_removed_at_the_district(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    write_lines(page, 5)
    remove_three(page)
    kept(page)
    assert [one for one in words(page) if one] == ["Line 1", "Line 2"]
    assert page.evaluate(AT_THE_DISTRICT) == ["Line 1", "Line 2"]
    page.reload()
    page.locator("form.scripted.saves-itself").wait_for()
    assert [one for one in words(page) if one] == ["Line 1", "Line 2"]


def test_removed_lines_are_not_sent_where_nothing_was_saved_in_between(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    page.get_by_label("Began").fill("00:00")
    page.get_by_label("Ended").fill("00:01")
    page.locator("[name=text-1]").focus()
    write_lines(page, 5)
    page.route("**/drafts/**", lambda route: route.abort())
    remove_three(page)
    page.get_by_role("button", name="Save what was seen").click()
    page.unroute("**/drafts/**")
    page.wait_for_load_state()
    page.locator("form.scripted.saves-itself").wait_for()
    assert [one for one in words(page) if one] == ["Line 1", "Line 2"]
    assert [note.text for note in at_work.evaluation().occasions[0].notes] == ["Line 1", "Line 2"]


def test_an_undone_paste_is_undone_at_the_district_and_on_the_device(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    page.keyboard.type("Alone")
    paste(page, "[name=text-1]", numbered(8))
    kept(page)
    page.context.set_offline(True)
    page.keyboard.press("Control+z")
    page.locator("[data-saved]", has_text="Saved on this device").wait_for()
    context = page.context
    page.close()  # as a crash
    context.set_offline(False)
    again = context.new_page()
    again.goto(page.url)
    again.locator("form.scripted.saves-itself").wait_for()
    kept(again)
    assert [one for one in words(again) if one] == ["Alone"]
    assert again.evaluate(AT_THE_DISTRICT) == ["Alone"]


def two_devices(open_as: Open) -> tuple[Any, Any]:
    page = open_as(RUTH)
    begin(page)
    write_lines(page, 4)
    other = open_as(RUTH)
    other.goto(page.url)
    other.locator("form.scripted.saves-itself").wait_for()
    page.locator("[name=text-2]").fill("")
    page.locator("[name=text-2]").press("Backspace")
    kept(page)
    assert page.locator("[name=text-5]").count() == 0
    other.get_by_label("What was done well").fill("Seen at the desk")
    kept(other)
    other.locator("[name=text-5]").fill("Written at the desk")
    kept(other)
    return page, other


def test_a_line_written_on_another_device_comes_back_into_a_shorter_script(at_work: World, open_as: Open) -> None:
    page, other = two_devices(open_as)
    page.get_by_label("What comes next").fill("Typed on the phone")
    kept(page)
    expect(page.locator("[name=text-5]")).to_have_value("Written at the desk")
    expect(page.get_by_label("What was done well")).to_have_value("Seen at the desk")
    other.get_by_label("What was done well").press_sequentially(", and more")
    kept(other)
    expect(other.get_by_label("What comes next")).to_have_value("Typed on the phone")
    assert [one for one in words(other) if one] == ["Line 1", "Line 3", "Line 4", "Written at the desk"]


def test_a_line_removed_here_and_written_on_there_is_asked_about(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    write_lines(page, 4)
    other = open_as(RUTH)
    other.goto(page.url)
    other.locator("form.scripted.saves-itself").wait_for()
    other.locator("[name=text-4]").fill("Line 4, and more")
    kept(other)
    page.locator("[name=text-3]").fill("")
    page.locator("[name=text-4]").fill("")
    page.locator("[name=text-4]").press("Backspace")
    box = page.locator(".line .other")
    expect(box.get_by_label("Line 4", exact=True)).to_have_value("Line 4, and more")
    box.get_by_role("button", name="Take this one").click()
    expect(page.locator("[name=text-4]")).to_have_value("Line 4, and more")


def test_one_signs_out_of_a_shorter_script(at_work: World, open_as: Open) -> None:
    page, _other = two_devices(open_as)
    page.get_by_label("What comes next").fill("Typed, and signed out at once")
    sign_out(page)


def test_signing_out_is_answered_where_a_part_of_the_page_fails(at_work: World, open_as: Open) -> None:
    page = open_as(RUTH)
    begin(page)
    page.evaluate("""() => document.addEventListener(
      'accord:leaving', ({ detail }) => detail.push(Promise.reject(new Error('Not saved'))), { once: true })""")
    sign_out(page)


def sign_out(page: Any) -> None:
    page.route("**/sign-out", lambda route: route.fulfill(status=200, body="You have signed out"))
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("You have signed out").wait_for()


def three_and_another(open_as: Open) -> tuple[Any, Any]:
    """Two devices on a script of Alpha, Beta and Zeta; the first takes Beta out, the second tags it meanwhile, offline."""
    page = open_as(RUTH)
    begin(page)
    for line in ("Alpha", "Beta", "Zeta"):
        page.keyboard.type(line)
        page.keyboard.press("Enter")
    kept(page)
    other = open_as(RUTH)
    other.goto(page.url)
    other.locator("form.scripted.saves-itself").wait_for()
    other.context.set_offline(True)
    page.locator("[name=text-2]").fill("")
    page.locator("[name=text-2]").press("Backspace")
    kept(page)
    other.locator("[name=text-2]").focus()
    other.get_by_role("button", name="Tag the line you are in with C5 ").click()
    other.locator("[data-saved]", has_text="Saved on this device").wait_for()
    return page, other


def test_a_tag_does_not_slide_to_the_line_that_took_its_place(at_work: World, open_as: Open) -> None:
    page, other = three_and_another(open_as)
    other.context.set_offline(False)
    box = other.locator(".line .other")
    expect(box).to_have_count(1)
    expect(box.get_by_label("Line 2", exact=True)).to_have_value("Zeta")
    expect(box.get_by_label("Components of line 2")).to_have_value("")
    assert words(other)[1] == "Beta" and other.locator("[name=for-2]").input_value() == "C5"
    expect(page.locator("[name=text-2]")).to_have_value("Zeta")
    assert page.locator("[name=for-2]").input_value() == ""
    box.get_by_role("button", name="Take this one").click()
    kept(other)
    assert [one for one in words(other) if one] == ["Alpha", "Zeta"]
    assert other.locator("[name=for-2]").input_value() == ""


def test_nor_on_a_page_that_was_opened_again(at_work: World, open_as: Open) -> None:
    _page, other = three_and_another(open_as)
    context, address = other.context, other.url
    other.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(address)
    again.locator("form.scripted.saves-itself").wait_for()
    box = again.locator(".line .other")
    expect(box).to_have_count(1)
    assert again.locator("[name=text-2]").input_value() == "Beta"
    assert again.locator("[name=for-2]").input_value() == "C5"
    kept_beside = context.new_page()
    kept_beside.goto(address)
    kept_beside.locator("form.scripted.saves-itself").wait_for()
    assert kept_beside.locator("[name=text-2]").input_value() == "Zeta"
    assert kept_beside.locator("[name=for-2]").input_value() == ""
    beside = kept_beside.locator(".line .other")
    beside.get_by_role("button", name="Take this one").click()
    assert kept_beside.locator("[name=text-2]").input_value() == "Beta"
    assert kept_beside.locator("[name=for-2]").input_value() == "C5"


def test_the_check_names_what_differs_of_a_line(at_work: World, open_as: Open) -> None:
    page, other = three_and_another(open_as)
    other.context.set_offline(False)
    other.locator(".line .other").wait_for()
    page.get_by_label("What was done well").fill("Aims")
    page.get_by_label("Began").fill("00:00")
    page.get_by_label("Ended").fill("00:01")
    kept(page)
    page.get_by_role("button", name="Check, then send").click()
    page.get_by_role("heading", name="What will not be sent").wait_for()
    page.get_by_text("Line 2: its words").wait_for()
    page.get_by_text("Line 2: its components").wait_for()
