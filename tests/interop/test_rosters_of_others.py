"""Rosters that other teams made, through the directory's import: read whole, and what was found is what is in them."""

import csv
import io
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from services.directory.calendar_csv import read_calendar
from services.directory.handlers.roster import Answers, Checked, apply_roster, check_roster
from services.directory.store.present import load_people
from tests.support.directories import Directory
from tests.support.rosters import csv_text, zip_of

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FIXTURES = DATA / "oneroster-catalyst-fixtures"
GRAND_BEND = DATA / "grand-bend" / "grand-bend-oneroster-1.2.zip"
CALENDARS = DATA / "school-calendars"


def needs(path: Path) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not path.exists(), reason=f"{path.name} is not beside the project")


def check(directory: Directory, path: Path) -> Checked:
    with directory.writing() as writing:
        return check_roster(writing, BytesIO(path.read_bytes()), path.name)


def counts(checked: Checked) -> dict[str, int]:
    return dict(checked.report.counts)


@needs(GRAND_BEND)
def test_a_whole_small_district(directory: Directory) -> None:
    """68 staff in 3 schools; its own word ext:Other is told three times."""
    checked = check(directory, GRAND_BEND)
    assert counts(checked) == {"OR072": 3}
    assert checked.summary is not None
    assert {sort: each.get("added", 0) for sort, each in checked.summary.counts.items()} == {
        "schools": 3, "calendars": 3, "people": 68,
    }  # fmt: skip
    with directory.writing() as writing:
        apply_roster(writing, checked.batch_id, Answers())
    with directory.reading() as connection:
        people = [one for one in load_people(connection, directory.district_id) if one.source_id]
    held = [one.role for person in people for one in person.appointments]
    assert {role: held.count(role) for role in sorted(set(held))} == {
        "counselor": 2, "district_administrator": 3, "other": 3, "principal": 3, "site_administrator": 3, "teacher": 55,
    }  # fmt: skip
    again = check(directory, GRAND_BEND)
    assert again.summary is not None
    assert again.summary.counts["people"] == {"untouched": 68}


@needs(GRAND_BEND)
def test_a_whole_small_district_under_other_keys(directory: Directory) -> None:
    """As after a change of the student information system: everyone's sourcedId is another, and nobody is somebody else."""
    first = check(directory, GRAND_BEND)
    with directory.writing() as writing:
        apply_roster(writing, first.batch_id, Answers())
    with directory.reading() as connection:
        before = {one.person_id: one for one in load_people(connection, directory.district_id)}
    with directory.writing() as writing:
        moved = check_roster(writing, BytesIO(under_other_keys(GRAND_BEND)), "moved.zip")
    assert counts(moved) == {"OR072": 3, "OR073": 68}
    assert moved.summary is not None
    assert moved.summary.counts["people"] == {"changed": 68, "untouched": 0}
    assert (moved.summary.ending, moved.summary.losing) == (0, 0)
    with directory.writing() as writing:
        apply_roster(writing, moved.batch_id, Answers(same_people=True))
    with directory.reading() as connection:
        after = {one.person_id: one for one in load_people(connection, directory.district_id)}
    assert after == {
        person_id: replace(
            one,
            source_id=one.source_id and f"NEW-{one.source_id}",
            appointments=tuple(
                replace(held, source_id=held.source_id and f"NEW-{held.source_id}") for held in one.appointments
            ),
        )
        for person_id, one in before.items()
    }


def under_other_keys(path: Path) -> bytes:
    """The package with another sourcedId for each user and role, wherever it is named."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    columns = {"users.csv": ("sourcedId", "agentSourcedIds"), "roles.csv": ("sourcedId", "userSourcedId")}
    for name, keys in columns.items():
        rows = list(csv.DictReader(io.StringIO(files[name])))
        for row in rows:
            for key in keys:
                row[key] = ",".join(f"NEW-{one.strip()}" for one in row[key].split(",") if one.strip())
        files[name] = csv_text(list(rows[0]), rows)
    return zip_of(files)


@needs(FIXTURES)
def test_version_11_with_students_families_and_a_password(directory: Directory) -> None:
    checked = check(directory, FIXTURES / "Test_minimal_data_set.zip")
    assert counts(checked) == {"OR040": 2, "OR046": 1, "OR057": 2}
    assert checked.report.errors == 0
    assert checked.summary is not None
    assert checked.summary.dropped == {
        "classes": 2, "enrollments": 6, "gradingPeriod": 1, "parent": 1, "password": 1, "student": 3,
    }  # fmt: skip
    with directory.writing() as writing:
        apply_roster(writing, checked.batch_id, Answers())
    with directory.reading() as connection:
        people = [one for one in load_people(connection, directory.district_id) if one.source_id]
    assert sorted(person.name for person in people) == ["Jim Smith", "John Doe"]
    assert {one.school_id for person in people for one in person.appointments} == {None}


@needs(FIXTURES)
def test_a_delta_of_version_12_that_lacks_a_column_nobody_reads(directory: Directory) -> None:
    checked = check(directory, FIXTURES / "oneroster_test_data.zip")
    assert counts(checked) == {"OR010": 1, "OR046": 1}
    assert {finding.column for finding in checked.report.findings} == {"resourceSourcedIds", "schoolYear"}
    assert checked.summary is not None
    assert checked.summary.counts["people"] == {"untouched": 0}
    with directory.writing() as writing:
        apply_roster(writing, checked.batch_id, Answers())
    assert directory.count("people_school") == 1
    assert directory.count("people_person") == 1


@needs(CALENDARS)
@pytest.mark.parametrize(
    ("name", "year", "days", "tentative"),
    [
        ("hamilton-city-2016-17.csv", ("2016-08-10", "2017-05-17"), 36, 5),
        ("kairos-academies-2025-26.csv", ("2025-08-18", "2026-06-30"), 75, 3),
    ],
)
def test_real_school_years(name: str, year: tuple[str, str], days: int, tentative: int) -> None:
    read = read_calendar((CALENDARS / name).read_bytes())
    assert read.problems == ()
    assert ((str(read.first_day), str(read.last_day)), len(read.days), read.tentative) == (year, days, tentative)
    assert all(day.day.weekday() < 5 for day in read.days)
