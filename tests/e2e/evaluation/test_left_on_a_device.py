"""What one device holds of a form that was sent from another: it is shown again, to whoever typed it and nobody else."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.evaluation.test_two_tabs import field
from tests.integration.evaluation.test_forms_and_ending import GOALS
from tests.support.annual_cycle import MARIA, RUTH
from tests.support.browser import PHONE
from tests.support.forms import send
from tests.support.teacher_world import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
TYPED = "Typed on the way, without a line"
LEFT = "Object.entries(localStorage).join()"


def left_on_the_phone(world: World, open_as: Open) -> Any:
    """The phone, its page closed: what was typed there without a line is on it, and its form was sent at the desk."""
    world.set_clock(world.year()[0].at)
    phone = open_as(MARIA, viewport=PHONE)
    phone.goto(f"{phone.home}/forms/goals")
    phone.locator("form.saves-itself").wait_for()
    phone.context.set_offline(True)
    field(phone, "practice").fill(TYPED)
    phone.locator("[data-saved]", has_text="Saved on this device").wait_for()
    path = f"/evaluations/{world.evaluation_id}/forms/goals"
    assert send(world.client(MARIA), path, **GOALS).status_code == 303
    fresh = phone.context.new_page()
    fresh.home = phone.home
    phone.close()
    fresh.context.set_offline(False)
    return fresh


def test_the_page_of_the_form_takes_it_up_and_leads_to_it(world: World, open_as: Open) -> None:
    phone = left_on_the_phone(world, open_as)
    phone.goto(f"{phone.home}/forms/goals")
    notice = phone.locator(".notice", has_text="You typed something here on this device that was never sent.")
    notice.get_by_role("link", name="What you typed and did not send").click()
    phone.get_by_text("Read or delete it").click()
    expect(phone.get_by_text(TYPED)).to_be_visible()
    assert phone.evaluate(LEFT) == ""
    phone.get_by_role("button", name="Delete it").click()
    expect(phone.get_by_text("Nothing is left unsent.")).to_be_visible()
    assert world.evaluation().forms["goals"].answers["practice"] == GOALS["answer-practice"]


def test_the_page_of_what_was_not_sent_shows_it(world: World, open_as: Open) -> None:
    phone = left_on_the_phone(world, open_as)
    phone.goto(phone.home.partition("/evaluations")[0] + "/unsent")
    phone.get_by_text("Read or delete it").click()
    expect(phone.get_by_text(TYPED)).to_be_visible()
    assert phone.evaluate(LEFT) == ""


def test_it_is_nobody_elses(world: World, open_as: Open) -> None:
    phone = left_on_the_phone(world, open_as)
    cookies = open_as(RUTH).context.cookies()
    phone.context.add_cookies(cookies)
    for page in (f"{phone.home}/forms/goals", phone.home.partition("/evaluations")[0] + "/unsent"):
        phone.goto(page)
        phone.wait_for_load_state("networkidle")
        assert TYPED in phone.evaluate(LEFT)
        expect(phone.get_by_text("that was never sent")).to_have_count(0)
    assert TYPED not in world.client(RUTH).get("/unsent").text
