"""Two windows of one browser: in the second one somebody signs out and in, the first one stays open meanwhile."""

from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from tests.e2e.directory.test_pages_seen import seen, sign_in  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser
AGAIN = "Nothing was sent yet: you have signed in again since you opened this page."


def sign_out_and_in(page: Any, base: str) -> None:
    other = page.context.new_page()
    other.goto(f"{base}/me")
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/sign-in**")
    sign_in(other, base)
    other.close()


def test_without_scripts_a_form_goes_with_one_more_press(seen: Any, new_page: Any) -> None:  # noqa: F811
    site, base = seen
    page = new_page(java_script_enabled=False)
    sign_in(page, base)
    page.goto(f"{base}/people/new")
    page.get_by_label("Given name").fill("Wilhelmina")
    page.get_by_label("Family name").fill("Never-Lost")
    page.get_by_label("Username").fill("wilhelmina")
    page.get_by_label("First role").select_option(label="Union representative")
    sign_out_and_in(page, base)
    page.get_by_role("button", name="Enter the person").click()
    expect(page.locator("main")).to_contain_text(AGAIN)
    expect(page.get_by_label("Given name")).to_have_value("Wilhelmina")
    page.get_by_role("button", name="Enter the person").click()
    expect(page.locator("h1")).to_contain_text("Wilhelmina Never-Lost")
    with site.directory.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM web_draft")).scalar_one() == 0


@pytest.mark.parametrize("scripts", [True, False])
def test_the_button_to_sign_out_asks_to_be_pressed_again(seen: Any, new_page: Any, scripts: bool) -> None:  # noqa: F811
    _site, base = seen
    page = new_page(java_script_enabled=scripts)
    sign_in(page, base)
    sign_out_and_in(page, base)
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("main")).to_contain_text(AGAIN)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in**")
