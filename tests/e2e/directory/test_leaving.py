"""Signing out on a computer that others use: nothing typed stays in the browser that the district has or can be given."""

from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from tests.e2e.directory.test_pages_seen import seen, sign_in  # noqa: F401 - a fixture
from tests.support.directory_web import Site

pytestmark = pytest.mark.browser
LEFT = "Object.entries(localStorage).join()"


def drafts(site: Site) -> list[dict[str, str]]:
    with site.directory.reading() as connection:
        found = connection.execute(text("SELECT fields FROM web_draft")).scalars().all()
    return [{name: field["v"] for name, field in fields.items()} for fields in found]


def new_person(page: Any, base: str) -> None:
    page.goto(f"{base}/people/new")
    page.locator("form.saves-itself").wait_for()


def signed_out(page: Any) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in**")


def test_what_was_typed_a_moment_ago_goes_to_the_district_first(seen: Any, new_page: Any) -> None:  # noqa: F811
    site, base = seen
    page = new_page()
    sign_in(page, base)
    new_person(page, base)
    page.get_by_label("Given name").fill("Written in the last second")
    signed_out(page)
    assert page.evaluate(LEFT) == ""
    assert drafts(site) == [{"given_name": "Written in the last second"}]


def test_what_another_page_left_goes_too(seen: Any, new_page: Any) -> None:  # noqa: F811
    site, base = seen
    page = new_page()
    sign_in(page, base)
    new_person(page, base)
    page.route("**/drafts/**", lambda route: route.abort())
    page.get_by_label("Given name").fill("Left by a page that is closed")
    page.goto(f"{base}/me")
    assert "Left by a page" in page.evaluate(LEFT)
    page.unroute("**/drafts/**")
    signed_out(page)
    assert page.evaluate(LEFT) == ""
    assert drafts(site) == [{"given_name": "Left by a page that is closed"}]


def test_what_can_not_be_saved_is_not_thrown_away_and_that_is_said_first(seen: Any, new_page: Any) -> None:  # noqa: F811
    site, base = seen
    page = new_page()
    sign_in(page, base)
    new_person(page, base)
    page.route("**/drafts/**", lambda route: route.abort())
    page.get_by_label("Given name").fill("Nowhere yet")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("alert")).to_contain_text("You are still signed in")
    assert page.url.endswith("/people/new")
    signed_out(page)
    assert "Nowhere yet" in page.evaluate(LEFT), "it is the only place that has it"
    assert drafts(site) == []
    page.unroute("**/drafts/**")
    sign_in(page, base)
    new_person(page, base)
    expect(page.get_by_label("Given name")).to_have_value("Nowhere yet")
