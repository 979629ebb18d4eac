"""A delta of a real directory: role records that change hands or become a guardian's, staff who are guardians too."""

from datetime import timedelta
from io import BytesIO

from services.directory.handlers.roster import Answers, apply_roster, check_roster
from services.directory.people import Person
from services.directory.planning.summary import Note
from services.directory.store.present import load_people
from shared.contracts.directory import PersonChanged
from tests.support.directories import Directory
from tests.support.directory_web import Site
from tests.support.rosters import delta, org, role, roster, small, user


def people(directory: Directory) -> dict[str, Person]:
    with directory.reading() as connection:
        found = load_people(connection, directory.district_id)
    return {person.source_id: person for person in found if person.source_id}


def test_a_delta_of_records_that_change_hands_is_applied_and_told(directory: Directory) -> None:
    tables = small()
    tables["orgs"].append(org("M1", "Mathematics", "department", "S1"))
    directory.load(roster(tables))
    directory.at += timedelta(days=7)
    rows = {
        "orgs": [org("M1", "Mathematics", "department", "S2")],
        "users": [user("T1", "Tomas", "Tran", username="tom.tran", agentSourcedIds="P1")],
        "roles": [
            role("P1", "principal", "S1") | {"userSourcedId": "T1"},
            role("T1", "guardian", "S1", roleType="secondary"),
            role("T2", "teacher", "S2") | {"role": "parent"},
            role("G1", "aide", "S1"),
        ],
    }
    with directory.writing() as writing:
        checked = check_roster(writing, BytesIO(delta(rows)), "delta.zip")
    assert checked.report.counts == {"OR050": 1, "OR070": 2, "OR079": 1}
    assert checked.report.errors == 0
    assert checked.summary is not None
    notes = {line.name: line.notes for line in checked.summary.lines if line.sort == "people"}
    place = {"role": "principal", "school": "Pier School"}
    assert notes["Ana Prieto"] == (Note("role_ended", place),)
    assert notes["Tomas Tran"][-1:] == (Note("role_added", place),)
    with directory.writing() as writing:
        apply_roster(writing, checked.batch_id, Answers(ending=2))
    today = directory.at.date()
    held = {
        name: sorted(one.role for one in who.appointments if not one.over(today))
        for name, who in people(directory).items()
    }
    assert held == {"P1": [], "T1": ["principal", "teacher"], "T2": []}
    latest = {each.person_id: each for each in directory.events() if isinstance(each, PersonChanged)}
    assert [one.role for one in latest[directory.person("Prieto")].roles if one.ends is None] == []
    with directory.writing() as writing:
        again = check_roster(writing, BytesIO(delta(rows)), "delta.zip")
    assert again.summary is not None
    assert again.summary.counts["people"] == {"untouched": 3}


def test_who_left_does_not_sign_in_again_by_a_delta_that_deletes_their_role(site: Site) -> None:
    here = site.directory
    here.load(roster(small()))
    site.signed_in("ulla.ude", here.person("Ude"))
    row = user("T2", "Ulla", "Ude")
    gone = {"status": "tobedeleted"}
    here.load(delta({"users": [row | gone]}), ending=1)
    left, told = people(here)["T2"], len(here.events())
    assert site.sign_in("ulla.ude").status_code == 422
    pupil = user("K9", "Kim", "Young")
    rows = [role("T2", "guardian", "S1"), role("T2", "teacher", "S2") | gone]
    rows += [
        role("K9", "student", "S1"),
        role("K9", "aide", "S1") | gone,
        role("K9", "proctor", "S1", endDate="2025-09-01"),
    ]
    here.load(delta({"users": [row, pupil], "roles": rows}))
    assert (people(here).get("T2"), "K9" in people(here), len(here.events())) == (left, False, told)
    assert site.sign_in("ulla.ude").status_code == 422
