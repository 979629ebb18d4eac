"""A district of sixty schools and some hundred people: no page grows with it, and everything is still found."""

import re

import pytest

from services.directory.commands import AddPerson, AddSchool
from services.directory.handlers.district import add_school
from services.directory.handlers.people import add_person
from tests.support.directory_web import Browser, Site
from tests.support.statements import counted

NAMES = re.compile(r'<tr><th scope="row">(?:<a [^>]+>)?([^<]+)')
PEOPLE = re.compile(r'<th scope="row"><a [^>]+>([^<]+)</a>')


@pytest.fixture
def many(site: Site) -> Browser:
    """Sixty schools and 210 people more, read by the administrator."""
    with site.directory.writing() as writing:
        schools = [add_school(writing, AddSchool(f"School {number:02}")) for number in range(60)]
        for number in range(210):
            person = AddPerson(
                f"G{number:03}", f"F{number:03}", f"user{number:03}", None, None, "teacher", schools[number % 60]
            )
            add_person(writing, person)
    return site.admin()


def next_page(text: str) -> str | None:
    found = re.search(r'<a rel="next" href="([^"]+)"', text)
    return found[1].replace("&amp;", "&").removeprefix("/directory") if found else None


def test_schools_come_in_pages_and_are_found_by_name(site: Site, many: Browser) -> None:
    seen: list[str] = []
    path: str | None = "/schools"
    while path:
        with counted(site.app) as statements:
            text = many.get(path).text
        assert len(statements) <= 5, statements
        page = [name.strip() for name in NAMES.findall(text)]
        assert 0 < len(page) <= 10
        seen += page
        path = next_page(text)
    assert seen == sorted([*(f"School {number:02}" for number in range(60)), "Pier School", "Quay School"])
    found = many.get("/schools?q=school+1").text
    assert [name.strip() for name in NAMES.findall(found)] == [f"School {number}" for number in range(10, 20)]
    assert next_page(found) is None
    assert "No school is called like that." in many.get("/schools?q=none").text


def test_the_filter_by_school_asks_for_a_name_and_is_kept_from_page_to_page(site: Site, many: Browser) -> None:
    with counted(site.app) as statements:
        text = many.get("/people").text
    assert len(statements) <= 5, statements
    assert "More than 200 people" in text
    assert text.count("<option") < 30
    assert '<select id="filter-school"' not in text
    assert len(PEOPLE.findall(text)) == 50
    with counted(site.app) as statements:
        first = many.get("/people?school=school+1").text
    assert len(statements) <= 5, statements
    assert 'name="school" type="search" value="school 1"' in first
    assert "40 people" in first
    only = many.get("/people?school=SCHOOL+07").text
    assert len(PEOPLE.findall(only)) == 4, "a whole name means just this school"
    following = next_page(many.get("/people?school=school&role=teacher").text)
    assert following is not None
    assert "school=school" in following and "role=teacher" in following
    assert len(PEOPLE.findall(many.get(following).text)) == 50
    assert "Nobody fits." in many.get("/people?school=nowhere").text


def test_a_link_to_one_school_shows_its_name(site: Site, many: Browser) -> None:
    link = re.search(r'href="[^"]*/people\?school=([0-9a-f-]+)">4<', many.get("/schools?q=School+07").text)
    assert link is not None
    text = many.get(f"/people?school={link[1]}").text
    assert 'name="school" type="search" value="School 07"' in text
    assert len(PEOPLE.findall(text)) == 4


def test_few_schools_are_a_list_to_choose_from(admin: Browser) -> None:
    text = admin.get("/people").text
    assert '<select id="filter-school"' in text
    assert re.findall(r"<option[^>]*>(\w+ School)</option>", text) == ["Pier School", "Quay School"]
    assert "4 people" in text
