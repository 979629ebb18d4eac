"""A school that a roster calls something else for a while is the same school afterwards, in the database and on the page."""

from io import BytesIO
from uuid import UUID

from sqlalchemy import select, text

from accord.services import BY_NAME
from services.directory.store.tables import organisation
from shared.contracts.directory import SchoolChanged
from tests.integration.directory.test_import_new_schools import schools
from tests.support.directories import Directory
from tests.support.directory_web import Browser, Site, plain
from tests.support.migrating import apply_again
from tests.support.rosters import org, roster, small
from tests.unit.test_roster_new_schools import moved
from tests.unit.test_roster_school_types import divided

Tables = dict[str, list[dict[str, str]]]


def named(directory: Directory) -> dict[str, UUID]:
    return {name: school_id for school_id, (name, _active) in schools(directory).items()}


def rows(directory: Directory) -> dict[str, tuple[str, str, UUID | None, bool]]:
    with directory.reading() as connection:
        return {
            row.source_id: (row.name, row.kind, row.school_id, row.on_roster)
            for row in connection.execute(select(organisation))
        }


def departed(tables: Tables, key: str, **more: str) -> Tables:
    for row in tables["orgs"]:
        row.update({"type": "department", **more} if row["sourcedId"] == key else {})
    return tables


def test_a_school_that_was_a_department_meanwhile_is_the_same_school(directory: Directory) -> None:
    directory.load(roster(small()))
    before = schools(directory)
    pier = named(directory)["Pier School"]
    directory.load(roster(moved("S1")), same_people=True)
    directory.load(roster(departed(moved("S1"), "N-S1", name="Pier Annex")))
    assert schools(directory) == before | {pier: ("Pier School", False)}, "closed, under the name it had"
    told = [event for event in directory.events() if isinstance(event, SchoolChanged)][-1]
    assert (told.school_id, told.name, told.active) == (pier, "Pier School", False)
    directory.load(roster(departed(moved("S1"), "N-S1", name="Pier Rooms")))
    assert [event for event in directory.events() if isinstance(event, SchoolChanged)][-1] == told, (
        "no news of a school"
    )
    directory.load(roster(moved("S1")))
    assert schools(directory) == before


def test_a_school_with_the_key_of_another_is_not_that_one(directory: Directory) -> None:
    directory.load(roster(small()))
    quay = named(directory)["Quay School"]
    directory.load(roster(moved("S2")), same_people=True)
    directory.load(roster(departed(moved("S2"), "N-S2", parentSourcedId="S1")))
    tables = departed(moved("S2"), "N-S2", parentSourcedId="S1")
    tables["orgs"].append(org("S2", "Brand New Academy", parent="D1"))
    directory.load(roster(tables))
    assert schools(directory)[quay] == ("Quay School", False)
    assert named(directory)["Brand New Academy"] != quay


def test_a_school_may_come_under_the_key_of_a_department(directory: Directory) -> None:
    first = small()
    first["orgs"].append(org("N-S2", "Quay Annex", "department", "S1"))
    directory.load(roster(first))
    directory.load(roster(small()))
    quay, before = named(directory)["Quay School"], schools(directory)
    directory.load(roster(moved("S2")), same_people=True)
    assert schools(directory) == before
    assert {name: rows(directory)[name] for name in ("N-S2", "S2")} == {
        "N-S2": ("Quay School", "school", quay, True),
        "S2": ("Quay Annex", "department", None, False),
    }
    directory.load(roster(small()), same_people=True)
    assert schools(directory) == before
    assert rows(directory)["S2"] == ("Quay School", "school", quay, True)


def test_the_migration_finds_the_school_that_a_department_was(directory: Directory) -> None:
    directory.load(roster(small()))
    before = schools(directory)
    directory.load(roster(departed(small(), "S2")))
    with directory.writing() as writing:
        writing.connection.execute(text("UPDATE organisation SET school_id = NULL WHERE source_id = 'S2'"))
    apply_again(directory.settings.database_urls["owner"], BY_NAME["directory"].versions, "0004")
    assert rows(directory)["S2"][2] == named(directory)["Quay School"]
    assert rows(directory)["D1"][2] is None
    directory.load(roster(small()))
    assert schools(directory) == before


def test_the_page_says_what_becomes_of_the_school(site: Site, admin: Browser) -> None:
    site.directory.load(roster(small()))
    content = roster(departed(small(), "S1"))
    upload = admin.post("/imports", {"file": (BytesIO(content), "other.zip")})
    words = plain(admin.get(str(upload.headers["Location"]).removeprefix("/directory")))
    assert "School becomes something else · To know · 1 place" in words
    assert "Pier School is a department now; it is closed as a school." in words
    assert "Schools Pier School Is a department now; it is closed as a school" in words


def test_a_school_may_leave_its_key_to_a_department(directory: Directory) -> None:
    directory.load(roster(small()))
    before = schools(directory)
    directory.load(roster(divided()), same_people=True)
    assert schools(directory) == before
    assert {name: rows(directory)[name][:3] for name in ("N-S1", "S1")} == {
        "N-S1": ("Pier School", "school", named(directory)["Pier School"]),
        "S1": ("Pier Annex", "department", None),
    }
    directory.load(roster(small()), same_people=True)
    assert schools(directory) == before
