"""A real district's roster whose sourcedIds got mixed up or became others: asked about, and nobody is taken for another."""

import csv
import io
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from sqlalchemy import select

from services.directory.handlers.roster import Answers, Checked, apply_roster, check_roster
from services.directory.store.present import load_people
from services.directory.store.tables import PEOPLE
from tests.interop.test_rosters_of_others import GRAND_BEND, counts, needs
from tests.support.directories import Directory
from tests.support.rosters import csv_text, zip_of

Rows = list[dict[str, str]]
OWN_WORD = {"OR072": 3}
"""The district's own role word, which is told each time."""


def changed(name: str, change: Callable[[Rows], object], content: bytes | None = None) -> bytes:
    """The package, or this one, with one file as `change` leaves its rows."""
    with zipfile.ZipFile(BytesIO(content or GRAND_BEND.read_bytes())) as archive:
        files = {each: archive.read(each).decode("utf-8-sig") for each in archive.namelist()}
    rows = list(csv.DictReader(io.StringIO(files[name])))
    change(rows)
    files[name] = csv_text(list(rows[0]), rows)
    return zip_of(files)


def exchanged(one: str, other: str) -> bytes:
    """The package in which these two have each other's sourcedId."""

    def change(rows: Rows) -> None:
        first, second = (next(row for row in rows if row["username"] == name) for name in (one, other))
        first["sourcedId"], second["sourcedId"] = second["sourcedId"], first["sourcedId"]

    return changed("users.csv", change)


def check(directory: Directory, content: bytes) -> Checked:
    with directory.writing() as writing:
        return check_roster(writing, BytesIO(content), "roster.zip")


@pytest.fixture
def grand_bend(directory: Directory) -> Directory:
    """The district with its roster imported."""
    checked = check(directory, GRAND_BEND.read_bytes())
    with directory.writing() as writing:
        apply_roster(writing, checked.batch_id, Answers())
    return directory


@needs(GRAND_BEND)
def test_two_who_share_a_name_and_exchange_keys_are_asked_about(grand_bend: Directory) -> None:
    for one, other in [
        ("mhinton243", "mmontoya264"),
        ("dyoung277", "dwilson285"),
        ("bgomez233", "rgomez272"),
        ("dtanner248", "btanner288"),
        ("ebuck219", "gmacias220"),
    ]:
        assert counts(check(grand_bend, exchanged(one, other))) == OWN_WORD | {"OR073": 2}, (one, other)


@needs(GRAND_BEND)
def test_a_key_given_to_somebody_who_is_new_is_asked_about(grand_bend: Directory) -> None:
    fields = {
        "familyName": "Fields",
        "username": "efields",
        "email": "fields@grandbend.example",
        "identifier": "300000",
    }
    assert counts(check(grand_bend, changed("users.csv", lambda rows: rows[0].update(fields)))) == OWN_WORD | {
        "OR073": 1
    }
    for kept in ("username", "email", "identifier"):
        married = {column: value for column, value in fields.items() if column != kept}
        made = check(grand_bend, changed("users.csv", lambda rows, values=married: rows[0].update(values)))  # type: ignore[misc]
        assert counts(made) == OWN_WORD, kept


@needs(GRAND_BEND)
def test_every_organisation_under_another_key_is_the_one_it_was(grand_bend: Directory) -> None:
    """As after a change of the student information system that keeps people's keys: no school is there twice."""
    before = everything(grand_bend)
    content = GRAND_BEND.read_bytes()
    for file, columns in {
        "orgs.csv": ("sourcedId", "parentSourcedId"),
        "users.csv": ("primaryOrgSourcedId",),
        "roles.csv": ("orgSourcedId",),
    }.items():

        def change(rows: Rows, columns: tuple[str, ...] = columns) -> None:
            for row in rows:
                row.update({each: f"NEW-{row[each]}" for each in columns if row[each]})

        content = changed(file, change, content)
    moved = check(grand_bend, content)
    assert counts(moved) == OWN_WORD | {"OR073": 3}
    assert moved.summary is not None
    assert moved.summary.counts["schools"] == {"changed": 3, "untouched": 0}
    assert moved.summary.counts["people"] == {"untouched": 68}
    with grand_bend.writing() as writing:
        apply_roster(writing, moved.batch_id, Answers(same_people=True))
    assert everything(grand_bend) == before
    again = check(grand_bend, content)
    assert (counts(again), again.summary and again.summary.counts["schools"]) == (OWN_WORD, {"untouched": 3})


def everything(directory: Directory) -> tuple[object, ...]:
    """Everyone with their places, and every school as others know it."""
    school = PEOPLE.school
    with directory.reading() as connection:
        schools = sorted((row.name, row.school_id, row.active) for row in connection.execute(select(school)))
        return load_people(connection, directory.district_id), schools
