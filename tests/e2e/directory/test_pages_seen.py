"""The directory's pages in a browser: pictures kept as build output, axe without findings, the main way without script."""

from typing import Any

import pytest
from playwright.sync_api import expect

from shared.clock import now
from shared.contracts.directory import CalendarChanged
from tests.support.browser import LOOKS, audit, picture
from tests.support.directories import PASSWORD
from tests.support.directory_web import Site
from tests.support.rosters import org, role, roster, small, user

pytestmark = pytest.mark.browser

NAMES = (
    ("Mei", "Tanaka"), ("Łukasz", "Wiśniewski"), ("Siobhán", "Ó Briain"), ("Thị Ánh", "Nguyễn"), ("José Luis", "García Ibáñez"),
    ("Oluwaseun", "Bankole"), ("Birutė", "Kazlauskaitė"), ("Patrick", "O’Leary"), ("Zoë", "van der Meer"),
    ("Ravi", "Shankarappa"),
)  # fmt: skip


def lively() -> dict[str, list[dict[str, str]]]:
    """The small roster with more people, for pages that look like a district's."""
    tables = small()
    tables["orgs"].append(org("S3", "Larkspur Elementary School", parent="D1"))
    for number, (given, family) in enumerate(NAMES):
        school = ("S1", "S2", "S3")[number % 3]
        tables["users"].append(user(f"N{number}", given, family, username=f"n{number}", agentSourcedIds="P1"))
        tables["roles"].append(role(f"N{number}", "teacher", school, beginDate="2022-08-15"))
    return tables


@pytest.fixture
def seen(site: Site, serve: Any) -> Any:
    """The site on the browser's own clock, its administrator with a password."""
    site.directory.load(roster(lively()))
    site.directory.give_password(site.directory.admin_id)
    site.app.config["CLOCK"] = now
    site.directory.at = now()
    return site, serve(site.app) + "/directory"


def sign_in(page: Any, base: str, login: str = "ada") -> None:
    page.goto(f"{base}/sign-in?next=/directory/me")
    page.get_by_label("Username or e-mail address").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/directory/me")


def upload(page: Any, base: str, content: bytes) -> None:
    page.goto(f"{base}/imports")
    page.get_by_label("Roster (zip)").set_input_files(
        {"name": "staff.zip", "mimeType": "application/zip", "buffer": content}
    )
    page.get_by_role("button", name="Check the roster").click()
    page.wait_for_url("**/imports/*")


def paths(site: Site) -> dict[str, str]:
    told = site.directory.events()
    calendar = next(
        each.calendar_id for each in told if isinstance(each, CalendarChanged) and each.title == "2026-2027"
    )
    person = site.directory.person("Prieto")
    return {
        "me": "/me", "sessions": "/me/sessions", "password": "/me/password", "people": "/people", "nobody": "/people?q=xyz",
        "person": f"/people/{person}", "evaluators": f"/people/{site.directory.person('Tran')}/evaluators",
        "person-new": "/people/new",
        "schools": "/schools", "calendars": "/calendars", "calendar": f"/calendars/{calendar}", "calendar-new": "/calendars/new",
        "calendar-file": f"/calendars/{calendar}/file", "imports": "/imports", "settings": "/settings",
    }  # fmt: skip


@pytest.mark.parametrize(("size", "scheme"), LOOKS, ids=["desk", "phone"])
def test_every_page_is_drawn_and_axe_finds_nothing(seen: Any, new_page: Any, size: dict[str, int], scheme: str) -> None:
    site, base = seen
    page = new_page(viewport=size, color_scheme=scheme)
    label = f"{size['width']}-{scheme}"
    page.goto(f"{base}/sign-in")
    found = {"sign-in": audit(page)}
    picture(page, f"directory-sign-in-{label}")
    sign_in(page, base)
    fill_calendar(page, base, site)
    for name, path in paths(site).items():
        page.goto(base + path)
        picture(page, f"directory-{name}-{label}")
        found[name] = audit(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            f"{name} is wider than the screen"
        )
    for name, content in {"refused": wrong_roster(), "ending": ending_roster()}.items():
        upload(page, base, content)
        picture(page, f"directory-import-{name}-{label}")
        found[f"import-{name}"] = audit(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            f"import {name} is wider than the screen"
        )
    page.goto(f"{base}/people/{site.directory.person('Tran')}")
    page.get_by_role("button", name="Make a link to set a password").click()
    link = page.get_by_label("The link").input_value()
    picture(page, f"directory-link-{label}")
    found["link"] = audit(page)
    page.goto(base + link.split("/directory", 1)[1])
    picture(page, f"directory-set-password-{label}")
    found["set-password"] = audit(page)
    assert {name: each for name, each in found.items() if each} == {}


def wrong_roster() -> bytes:
    tables = lively()
    tables["roles"][1]["role"] = "Teecher"
    tables["roles"][2]["beginDate"] = "8/15/22"
    tables["users"][6]["email"] = "tanaka"
    return roster(tables)


def ending_roster() -> bytes:
    tables = lively()
    gone = {"N0", "N1", "N2", "N3"}
    tables["users"] = [row for row in tables["users"] if row["sourcedId"] not in gone]
    tables["roles"] = [row for row in tables["roles"] if row["userSourcedId"] not in gone]
    tables["users"][1]["preferredGivenName"] = "Tommy"
    tables["roles"][2]["role"] = "ext:InstructionalCoach"
    return roster(tables)


def fill_calendar(page: Any, base: str, site: Site) -> None:
    page.goto(base + paths(site)["calendar"])
    for first, last, kind, title in (
        ("2026-09-07", "", "holiday", "Labor Day"),
        ("2026-11-25", "2026-11-27", "break", "Thanksgiving"),
    ):
        page.get_by_label("Day, or first day of a range").fill(first)
        page.get_by_label("Last day of a range").fill(last)
        page.get_by_label("Sort").select_option(kind)
        page.get_by_label("What").fill(title)
        page.get_by_role("button", name="Write them in").click()


def test_an_import_without_script(seen: Any, new_page: Any) -> None:
    """Upload, answer the guard, import, see it in the history: plain forms."""
    _site, base = seen
    page = new_page(java_script_enabled=False)
    sign_in(page, base)
    upload(page, base, ending_roster())
    page.get_by_role("button", name="Import all of it").click()
    expect(page.get_by_text("Write the number of people who will lose").first).to_be_visible()
    page.get_by_label("How many members of staff will lose their access or role?").fill("4")
    page.get_by_label("How many members of staff will lose the role by which they are evaluated or evaluate?").fill("1")
    page.get_by_role("button", name="Import all of it").click()
    expect(page.get_by_text("Imported on")).to_be_visible()
    page.goto(f"{base}/people?state=inactive")
    expect(page.get_by_text("Nguyễn, Thị Ánh")).to_be_visible()


def test_a_role_is_given_by_keyboard_alone(seen: Any, new_page: Any) -> None:
    site, base = seen
    page = new_page()
    sign_in(page, base)
    page.goto(f"{base}/people/{site.directory.person('Tran')}")
    page.get_by_text("Give a role", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Union")
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "BUTTON":
            break
    while page.evaluate("document.activeElement.tagName") != "BUTTON":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("The role is given.").wait_for()
    expect(page.get_by_role("rowheader", name="Union representative")).to_be_visible()


def test_signing_out_ends_it_and_the_page_says_so(seen: Any, new_page: Any) -> None:
    _, base = seen
    page = new_page()
    sign_in(page, base)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.goto(f"{base}/me")
    assert "/sign-in" in page.url


def test_a_form_saves_itself_comes_back_and_goes_when_it_is_sent(seen: Any, new_page: Any) -> None:
    _, base = seen
    page = new_page()
    sign_in(page, base)
    page.goto(f"{base}/settings")
    page.get_by_label("Name of the district").fill("Łódź Valley")
    page.get_by_text("Saved").wait_for()
    page.reload()
    expect(page.get_by_label("Name of the district")).to_have_value("Łódź Valley")
    expect(page.get_by_text("stands below. Nobody else sees it.")).to_be_visible()
    picture(page, "settings-restored")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**said=kept")
    page.goto(f"{base}/unsent")
    expect(page.get_by_text("Nothing is left unsent.")).to_be_visible()
