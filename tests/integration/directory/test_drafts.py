"""Forms of the directory save themselves; a draft of a record is of the version it was typed on."""

import re
from html import unescape

import pytest

from tests.support.directory_web import Browser, Site, field, plain


def draft(browser: Browser, page: str, **typed: str) -> str:
    """Save as the page would while one types; answers the draft's key."""
    shown = browser.get(page)
    key = field(shown, "draft")
    body = {"base": 0, "fields": typed, "tab": "t"}
    answer = browser.client.put(f"/drafts/{key}", json=body, headers={"X-CSRF-Token": field(shown, "csrf")})
    assert answer.status_code == 200, answer.text
    return key


def send(browser: Browser, page: str, **typed: str):
    """Send the form on this very page, with what stands in its hidden fields."""
    shown = browser.get(page)
    names = re.findall(
        r'<input type="hidden" name="([a-z_]+)"', shown.text.partition(" data-draft=")[2].partition("</form>")[0]
    )
    hidden = {name: unescape(field(shown, name)) for name in dict.fromkeys(names)}
    return browser.client.post(page.partition("?")[0], data={**hidden, **typed})


def unsent(browser: Browser) -> dict[str, str]:
    """Title -> address of what the page of unsent texts leads to."""
    found = re.findall(r'<h2 id="draft-\d+"><a href="([^"]*)">([^<]*)</a>', browser.get("/unsent").text)
    return {unescape(title): unescape(href) for href, title in found}


@pytest.fixture
def tom(site: Site) -> str:
    return f"/people/{site.directory.person('Tran')}"


@pytest.fixture
def ada(site: Site) -> str:
    """Entered by hand, so that her name can be changed here."""
    return f"/people/{site.directory.admin_id}"


def test_every_form_one_types_into_saves_itself(site: Site, admin: Browser, tom: str, ada: str) -> None:
    admin.post("/schools", {"name": "Night School"})
    school = re.search(r"/schools/([0-9a-f-]{36})/edit", admin.get("/schools").text)
    assert school
    year = {"title": "By hand", "first_day": "2025-09-01", "last_day": "2026-06-10"}
    calendar = admin.post("/calendars/new", year).location.partition("/calendars/")[2]
    pages = {
        "/people/new": "A new person",
        f"{ada}/edit": "Name and address: Ada Admin",
        f"{tom}/evaluators": "Who is to evaluate: Tom Tran",
        "/schools": "A new school",
        f"/schools/{school[1]}/edit": "School: Night School",
        "/calendars/new": "A new school year",
        f"/calendars/{calendar}/edit": "School year: By hand",
        f"/calendars/{calendar}": "Days of a school year: By hand",
        "/settings": "Settings",
    }
    for page in pages:
        draft(admin, page, name="words", title="words", given_name="words")
    found = unsent(admin)
    assert set(found) == set(pages.values())
    for page, title in pages.items():
        path, _mark, query = found[title].removeprefix("/directory").partition("?")
        assert path == page
        shown = admin.get(f"{path}?{query}")
        assert "stands below. Nobody else sees it." in shown.text, page
        if page != f"{tom}/evaluators":
            assert 'value="words"' in shown.text, page


def test_what_was_typed_on_one_version_is_not_laid_over_the_next(site: Site, admin: Browser) -> None:
    page = f"/people/{site.directory.admin_id}/edit"
    rest = {"family_name": "Admin", "username": "ada", "email": "ada@example.org"}
    key = draft(admin, page, given_name="Adelaide")
    assert 'value="Adelaide"' in admin.get(page).text
    sent = admin.post(page, {"given_name": "Adele", **rest})
    assert sent.status_code == 303
    now = admin.get(page)
    assert 'value="Adele"' in now.text and "Adelaide" not in now.text
    assert (
        f'<a href="/directory{page}?kept={key.replace(":", "%3A").replace("@", "%40")}">Look at what you typed'
        in now.text
    )
    kept = unsent(admin)["Name and address: Adele Admin"].removeprefix("/directory")
    shown = admin.get(kept)
    assert 'value="Adelaide"' in shown.text and "This has been changed since you typed." in shown.text
    assert f'<a href="/directory{page}">the page as it is now</a>' in shown.text
    assert (field(shown, "version"), field(shown, "draft")) == (key.rpartition("@")[2], key)
    refused = send(admin, kept, given_name="Adelaide", **rest)
    assert refused.status_code == 412
    assert "Adele Admin changed it on" in plain(refused)
    back = re.search(r'<a class="button secondary" href="([^"]*)">Back to the page', refused.text)
    assert back and back[1] == f"/directory{page}", "where it stands as it is now"
    assert "Name and address: Adele Admin" in unsent(admin), "and what was typed can still be read"


def test_a_draft_that_was_asked_for_and_is_gone_leaves_the_page_as_it_is(admin: Browser, ada: str) -> None:
    page = f"{ada}/edit"
    version = field(admin.get(page), "version")
    for kept in (f"person:{ada.rpartition('/')[2]}@0", "person:new", "settings@1", "@"):
        shown = admin.get(f"{page}?kept={kept}")
        assert (shown.status_code, field(shown, "version")) == (200, version)
        assert field(shown, "draft") == f"person:{ada.rpartition('/')[2]}@{version}"


def test_what_is_sent_goes_from_what_was_not_sent(admin: Browser) -> None:
    draft(admin, "/schools", name="Half a na")
    assert "A new school" in unsent(admin)
    assert send(admin, "/schools", name="A whole name").status_code == 303
    assert unsent(admin) == {}


def test_what_was_not_sent_stands_under_the_names_of_its_fields(admin: Browser) -> None:
    draft(admin, "/people/new", family_name="Prieto", given_name="Ana", role="union_representative")
    told = re.findall(r'<p class="(?:quiet|said)">(.*?)</p>', admin.get("/unsent").text)
    assert told[-6:] == [
        "Given name", "Ana", "Family name", "Prieto", "First role", "Union representative",
    ]  # fmt: skip


def test_two_who_change_a_school_are_told_of_each_other(admin: Browser) -> None:
    admin.post("/schools", {"name": "Night School"})
    page = re.search(r"/schools/[0-9a-f-]{36}/edit", admin.get("/schools").text)
    assert page
    opened = field(admin.get(page[0]), "version")
    assert admin.post(page[0], {"name": "Evening School", "active": "yes"}).status_code == 303
    stale = admin.post(page[0], {"name": "Dawn School", "active": "yes", "version": opened})
    assert stale.status_code == 412
    assert "Ada Admin changed it on" in plain(stale) and "Dawn School" in stale.text
    assert admin.post(page[0], {"name": "Dawn School", "active": "yes", "version": ""}).status_code == 428
