"""Importing into a real directory: all or nothing, idempotent, quick, and told to everyone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import event, select

from services.directory.handlers.roster import Answers, apply_roster, check_roster, discard_roster, recheck_roster
from services.directory.people import Person
from services.directory.refusals import NotFound, Refused
from services.directory.store.batches import find_batch, list_batches
from services.directory.store.present import load_people
from services.directory.store.tables import PEOPLE, import_batch
from shared.contracts.directory import CalendarChanged, PersonChanged, SchoolChanged
from tests.support.directories import Directory
from tests.support.rosters import delta, role, roster, small, small_11, user


def people(directory: Directory) -> dict[str, Person]:
    with directory.reading() as connection:
        found = load_people(connection, directory.district_id)
    return {person.source_id: person for person in found if person.source_id}


def without(source_id: str) -> bytes:
    tables = small()
    tables["users"] = [row for row in tables["users"] if row["sourcedId"] != source_id]
    tables["roles"] = [row for row in tables["roles"] if row["userSourcedId"] != source_id]
    return roster(tables)


def test_an_import_writes_people_and_tells_everyone(directory: Directory) -> None:
    directory.load(roster(small()))
    told = directory.events()
    latest = {each.person_id: each for each in told if isinstance(each, PersonChanged)}
    tran = latest[directory.person("Tran")]
    assert (tran.given_name, tran.email, tran.active) == ("Tom", "T1@example.org", True)
    assert tran.evaluator_ids == (directory.person("Prieto"),)
    assert [held.role for held in tran.roles] == ["teacher"]
    assert sorted(each.name for each in told if isinstance(each, SchoolChanged)) == ["Pier School", "Quay School"]
    assert {str(each.last_day) for each in told if isinstance(each, CalendarChanged)} == {"2027-06-11", "2027-01-15"}
    with directory.reading() as connection:
        person, held = PEOPLE.person, PEOPLE.role
        row = connection.execute(select(person).where(person.c.person_id == tran.person_id)).one()
        roles = connection.execute(select(held).where(held.c.person_id == tran.person_id)).all()
    assert (row.given_name, row.active, row.evaluator_ids) == ("Tom", True, list(tran.evaluator_ids))
    assert [(one.role, str(one.begins)) for one in roles] == [("teacher", "2024-08-01")]


def test_the_same_roster_again_tells_nothing(directory: Directory) -> None:
    directory.load(roster(small()))
    before = len(directory.events())
    directory.load(roster(small()))
    assert len(directory.events()) == before
    with directory.reading() as connection:
        batches, total = list_batches(connection, directory.district_id, 10, 0)
    assert total == 2
    assert batches[0].summary is not None
    assert batches[0].summary.counts["people"] == {"untouched": 3}
    assert batches[0].state == "applied"


def test_a_missing_person_is_ended_and_comes_back(directory: Directory) -> None:
    directory.load(roster(small()))
    directory.at += timedelta(days=7)
    directory.load(without("T2"), ending=1)
    gone = people(directory)["T2"]
    assert not gone.on_roster
    assert [str(held.ends) for held in gone.appointments] == ["2025-12-01"]
    told = [each for each in directory.events() if isinstance(each, PersonChanged) and each.person_id == gone.person_id]
    assert [each.active for each in told] == [True, False]
    directory.at += timedelta(days=60)
    directory.load(roster(small()))
    back = people(directory)["T2"]
    assert back.person_id == gone.person_id
    assert back.on_roster
    assert [held.ends for held in back.appointments] == [None]


def test_delta_changes_only_what_it_names(directory: Directory) -> None:
    directory.load(roster(small()))
    before = people(directory)
    directory.load(delta({"users": [user("T9", "Vi", "Vo")], "roles": [role("T9", "teacher", "S2")]}))
    after = people(directory)
    assert after.pop("T9").given_name == "Vi"
    assert after == before


def test_names_of_many_alphabets_come_back_as_written(directory: Directory) -> None:
    tables = small()
    tables["users"][1] |= {"givenName": "Thị Ánh", "familyName": "Nguyễn", "username": "ánh.nguyễn"}
    tables["users"][2] |= {"preferredGivenName": "Łukasz", "familyName": "Ó Briain 🐟"}
    directory.load(roster(tables))
    assert people(directory)["T1"].name == "Thị Ánh Nguyễn"
    assert people(directory)["T2"].name == "Łukasz Ó Briain 🐟"


def test_html_in_a_name_is_only_text(directory: Directory) -> None:
    tables = small()
    tables["users"][1] |= {"familyName": "<script>alert(1)</script>"}
    directory.load(roster(tables))
    assert people(directory)["T1"].family_name == "<script>alert(1)</script>"


def test_a_roster_with_an_error_is_kept_refused_and_holds_nobody(directory: Directory) -> None:
    tables = small()
    tables["roles"][1]["role"] = "Teecher"
    with directory.writing() as writing:
        checked = check_roster(writing, BytesIO(roster(tables)), "roster.zip")
    assert checked.report.errors == 1
    with directory.reading() as connection:
        batch = find_batch(connection, directory.district_id, checked.batch_id)
        staged = connection.execute(select(import_batch.c.staged)).scalar_one()
    assert batch is not None
    assert (batch.state, staged) == ("refused", None)
    assert [finding.code for finding in batch.report.findings] == ["OR040"]
    with directory.writing() as writing, pytest.raises(Refused, match="import_refused"):
        apply_roster(writing, checked.batch_id, Answers())
    assert people(directory) == {}


def test_nothing_of_students_is_stored(directory: Directory) -> None:
    directory.load(roster(small() | {"demographics": [{"sourcedId": "K1", "sex": "female"}]}))
    with directory.reading() as connection:
        stored = str(connection.execute(select(import_batch)).all())
    for word in ("Kay", "K1", "secret", "female", "G1"):
        assert word not in stored


def test_questions_must_be_answered(directory: Directory) -> None:
    with directory.writing() as writing:
        checked = check_roster(writing, BytesIO(roster(small_11(), version="1.1")), "old.zip")
    with directory.writing() as writing, pytest.raises(Refused) as refusal:
        apply_roster(writing, checked.batch_id, Answers())
    assert refusal.value.fields == {"confirm_roles": "OR071"}
    with directory.writing() as writing:
        apply_roster(writing, checked.batch_id, Answers(roles=True))
    assert people(directory)["P1"].appointments[0].role == "principal"


def test_a_plan_that_was_not_seen_is_not_applied(directory: Directory) -> None:
    directory.load(roster(small()))
    with directory.writing() as writing:
        first = check_roster(writing, BytesIO(delta({"users": [user("T1", "Thomas", "Tran")]})), "one.zip")
    directory.load(delta({"users": [user("T1", "Tommy", "Tran", agentSourcedIds="P1")]}))
    with directory.writing() as writing, pytest.raises(Refused, match="plan_changed"):
        apply_roster(writing, first.batch_id, Answers())  # the same end, from a state that was not shown: it would undo
    with directory.writing() as writing:
        recheck_roster(writing, first.batch_id)
    with directory.writing() as writing:
        apply_roster(writing, first.batch_id, Answers())
    with directory.writing() as writing:
        second = check_roster(writing, BytesIO(without("T2")), "two.zip")
    directory.load(delta({"users": [user("T2", "Ulla", "Ude", email="new@example.org")]}))
    with directory.writing() as writing, pytest.raises(Refused, match="plan_changed"):
        apply_roster(writing, second.batch_id, Answers(ending=1))
    with directory.writing() as writing:
        recheck_roster(writing, second.batch_id)
    with directory.writing() as writing:
        apply_roster(writing, second.batch_id, Answers(ending=1))


def test_what_is_found_of_a_plan_is_told_once_however_often_it_is_checked(directory: Directory) -> None:
    directory.load(roster(small()))
    tables = small()
    tables["orgs"] = tables["orgs"][:2]
    tables["roles"] = [row | {"orgSourcedId": "S1"} for row in tables["roles"]]
    tom, ulla = tables["users"][1:3]
    tom["username"], ulla["username"], tom["agentSourcedIds"] = ulla["username"], tom["username"], ""
    with directory.writing() as writing:
        checked = check_roster(writing, BytesIO(roster(tables)), "mixed.zip")
    assert checked.report.counts == {"OR077": 1, "OR078": 2}
    with directory.writing() as writing:
        assert recheck_roster(writing, checked.batch_id).report == checked.report


def test_an_import_is_applied_once_and_by_its_own_district(
    directory: Directory, make_directory: Callable[..., Directory]
) -> None:
    with directory.writing() as writing:
        checked = check_roster(writing, BytesIO(roster(small())), "roster.zip")
    other = make_directory("Other District")
    with other.writing() as writing, pytest.raises(NotFound):
        apply_roster(writing, checked.batch_id, Answers())
    with directory.writing() as writing:
        apply_roster(writing, checked.batch_id, Answers())
    with directory.writing() as writing, pytest.raises(Refused, match="import_applied"):
        apply_roster(writing, checked.batch_id, Answers())
    with directory.writing() as writing:
        again = check_roster(writing, BytesIO(roster(small())), "roster.zip")
    with directory.writing() as writing:
        discard_roster(writing, again.batch_id)
    with directory.writing() as writing, pytest.raises(Refused, match="import_discarded"):
        apply_roster(writing, again.batch_id, Answers())
    with directory.reading() as connection:
        assert connection.execute(select(import_batch.c.staged).where(import_batch.c.staged.is_not(None))).all() == []


def test_two_districts_may_have_the_same_people(directory: Directory, make_directory: Callable[..., Directory]) -> None:
    other = make_directory("Other District")
    directory.load(roster(small()))
    other.load(roster(small()))
    assert people(directory).keys() == people(other).keys()
    assert not {one.person_id for one in people(directory).values()} & {one.person_id for one in people(other).values()}
    assert directory.count("people_person") == 4


def test_a_failure_at_the_end_leaves_nothing(directory: Directory) -> None:
    with directory.writing() as writing:
        checked = check_roster(writing, BytesIO(roster(small())), "roster.zip")
    told = len(directory.events())
    with pytest.raises(RuntimeError, match="at the last moment"), directory.writing() as writing:
        apply_roster(writing, checked.batch_id, Answers())
        raise RuntimeError("at the last moment")
    assert people(directory) == {}
    assert len(directory.events()) == told
    with directory.writing() as writing:
        apply_roster(writing, checked.batch_id, Answers())
    assert len(people(directory)) == 3


_APPLY = """
import sys
from datetime import datetime
from uuid import UUID
from sqlalchemy import create_engine, event
from services.directory.handlers.roster import Answers, apply_roster
from services.directory.store.saving import Writing
from shared.db import sqlalchemy_url, transaction

url, district, batch, at = sys.argv[1:]
engine = create_engine(sqlalchemy_url(url))

@event.listens_for(engine, "commit")
def wait(connection):
    print("before commit", flush=True)
    sys.stdin.read()

moment = datetime.fromisoformat(at)
with transaction(engine, UUID(district)) as connection:
    apply_roster(Writing(connection, UUID(district), None, moment, moment.date()), UUID(batch), Answers())
"""


def test_a_kill_in_the_middle_leaves_nothing(directory: Directory) -> None:
    with directory.writing() as writing:
        checked = check_roster(writing, BytesIO(roster(small())), "roster.zip")
    told = len(directory.events())
    url = directory.settings.database_urls["web"]
    arguments = [url, str(directory.district_id), str(checked.batch_id), directory.at.isoformat()]
    process = subprocess.Popen(
        [sys.executable, "-c", _APPLY, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "before commit\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    process.communicate()
    assert people(directory) == {}
    assert len(directory.events()) == told
    with directory.writing() as writing:
        apply_roster(writing, checked.batch_id, Answers())
    assert len(people(directory)) == 3


def big(count: int) -> bytes:
    tables = small()
    tables["users"] += [user(f"B{n}", f"Given{n}", f"Family{n}", agentSourcedIds="P1") for n in range(count)]
    tables["roles"] += [role(f"B{n}", "teacher", "S2") for n in range(count)]
    return roster(tables)


def test_ten_thousand_people_in_a_handful_of_statements(
    directory: Directory, record_property: Callable[..., None]
) -> None:
    statements: list[str] = []
    seen = event.listens_for(directory.engine, "before_cursor_execute")
    seen(lambda _connection, _cursor, statement, *_: statements.append(statement))
    content = big(10_000)
    began = time.monotonic()
    with directory.writing() as writing:
        checked = check_roster(writing, BytesIO(content), "big.zip")
    read = time.monotonic()
    with directory.writing() as writing:
        apply_roster(writing, checked.batch_id, Answers())
    applied = time.monotonic()
    record_property("seconds_to_check", round(read - began, 2))
    record_property("seconds_to_apply", round(applied - read, 2))
    print(
        f"\n10,000 people: checked in {read - began:.2f} s, applied in {applied - read:.2f} s, {len(statements)} statements"
    )
    assert directory.count("people_person") == 10_004
    assert len(statements) < 150
    assert applied - began < 60  # 4 s on an idle machine of two cores
    statements.clear()
    with directory.writing() as writing:
        again = check_roster(writing, BytesIO(content), "big.zip")
    assert again.summary is not None
    assert again.summary.counts["people"] == {"untouched": 10_003}
    assert len(statements) < 15
