"""A roster whose schools have other sourcedIds is imported after a yes: no school is there twice, and everyone stays."""

from io import BytesIO
from uuid import UUID

import pytest
from sqlalchemy import select

from services.directory.handlers.roster import Answers, apply_roster, check_roster
from services.directory.refusals import Refused
from services.directory.store.tables import PEOPLE, organisation
from shared.contracts.directory import SchoolChanged
from tests.integration.directory.test_import_new_keys import people
from tests.support.directories import Directory
from tests.support.directory_web import Browser, Site, plain
from tests.support.rosters import roster, small
from tests.unit.test_roster_new_schools import moved

MOVED = roster(moved("D1", "S1", "S2"))


def schools(directory: Directory) -> dict[UUID, tuple[str, bool]]:
    school = PEOPLE.school
    with directory.reading() as connection:
        return {row.school_id: (row.name, row.active) for row in connection.execute(select(school))}


def keys(directory: Directory) -> dict[str, UUID | None]:
    query = select(organisation).where(organisation.c.kind == "school")
    with directory.reading() as connection:
        return {row.source_id: row.school_id for row in connection.execute(query)}


def test_schools_under_other_keys_are_the_same_schools(directory: Directory) -> None:
    directory.load(roster(small()))
    before = schools(directory), people(directory)
    had, told = keys(directory), len(directory.events())
    with directory.writing() as writing:
        checked = check_roster(writing, BytesIO(MOVED), "moved.zip")
    assert checked.report.counts == {"OR073": 2}
    with directory.writing() as writing, pytest.raises(Refused) as refusal:
        apply_roster(writing, checked.batch_id, Answers())
    assert refusal.value.fields == {"confirm_same_people": "OR073"}
    with directory.writing() as writing:
        apply_roster(writing, checked.batch_id, Answers(same_people=True))
    assert (schools(directory), people(directory)) == before
    assert keys(directory) == {f"N-{name}": school_id for name, school_id in had.items()}
    news = [event for event in directory.events()[told:] if isinstance(event, SchoolChanged)]
    assert {(one.school_id, one.active) for one in news} == {(school_id, True) for school_id in before[0]}
    directory.load(MOVED)
    directory.load(roster(small()), same_people=True)
    assert (schools(directory), people(directory), keys(directory)) == (*before, had), "and back again"


def test_on_the_page_one_yes_answers_it(site: Site, admin: Browser) -> None:
    site.directory.load(roster(small()))
    upload = admin.post("/imports", {"file": (BytesIO(MOVED), "moved.zip")})
    path = str(upload.headers["Location"]).removeprefix("/directory")
    words = plain(admin.get(path))
    assert "Perhaps the same person or school · Asks you · 2 places" in words
    assert "N-S1 has the name of Pier School, which was S1 in the roster until now." in words
    assert "The roster&#39;s record S1 becomes N-S1" in words
    assert admin.post(f"{path}/apply", page=path).status_code == 422
    assert admin.post(f"{path}/apply", {"confirm_same_people": "1"}, page=path).status_code == 303
    assert len(schools(site.directory)) == 2
