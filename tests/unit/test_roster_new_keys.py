"""A person who comes under another sourcedId stays who they are, after a yes; nobody is taken for somebody else."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.directory.people import Person
from services.directory.planning.make import make_plan, unanswered
from services.directory.planning.plan import Plan
from services.directory.planning.summary import Note, summarise
from tests.support.rosters import delta, role, roster, small, small_11, user
from tests.unit.test_roster_planning import (
    DISTRICT,
    EMPTY,
    FIRST,
    TODAY,
    after,
    by_hand,
    changed,
    entered,
    person,
    plan,
    read,
    without,
)  # fmt: skip

STAFF = ("P1", "T1", "T2")


def rekeyed(*names: str, to: str = "N-{}", **values: str) -> dict[str, list[dict[str, str]]]:
    """The small roster, in which these people have other sourcedIds, and their roles too."""
    tables = small()

    def key(name: str) -> str:
        return to.format(name) if name in names else name

    for row in tables["users"]:
        row.update(values if row["sourcedId"] in names else {})
        row.update(sourcedId=key(row["sourcedId"]), agentSourcedIds=key(row.get("agentSourcedIds", "")))
    for row in tables["roles"]:
        who, rest = row["sourcedId"].split("-", 1)
        row.update(sourcedId=f"{key(who)}-{rest}", userSourcedId=key(row["userSourcedId"]))
    return tables


def changes(made: Plan) -> dict[str, tuple[str, Person | None, Person]]:
    """By the sourcedId they have afterwards."""
    found = {change.after.source_id or "": (change.action, change.before, change.after) for change in made.people}
    assert len({after.person_id for _, _, after in found.values()}) == len(made.people), "one person under two keys"
    return found


def test_a_whole_roster_under_other_keys_is_the_same_people_after_a_yes() -> None:
    staged = read(roster(rekeyed(*STAFF)), FIRST)
    made = make_plan(FIRST, staged)
    assert made.report.counts == {"OR073": 3}, "nobody is lost: OR070 and OR077 have nothing to say"
    assert made.counts()["people"] == {"changed": 3, "untouched": 0}
    assert (made.ending, made.losing, made.staff_before) == (0, 0, 3)
    for old in STAFF:
        was = person(FIRST, old)
        _, before, now = changes(made)[f"N-{old}"]
        assert before == was
        held = tuple(replace(one, source_id=f"N-{one.source_id}") for one in was.appointments)
        assert now == replace(was, source_id=f"N-{old}", appointments=held)
    assert unanswered(made, staged, ending=None, losing=None, roles=False, same_people=False) == ["OR073"]
    assert unanswered(made, staged, ending=None, losing=None, roles=False, same_people=True) == []
    told = made.report.findings[1]
    assert (told.line, told.column) == (3, "username")
    assert told.template % told.values == (
        "N-T1 has the username tom.tran of Tom Tran, who was T1 in the roster until now."
    )
    notes = {line.name: line.notes for line in summarise(made, staged, {}).lines if line.sort == "people"}
    assert notes["Tom Tran"] == (Note("other_key", {"before": "T1", "after": "N-T1"}),)
    present = after(made, FIRST)
    assert plan(roster(rekeyed(*STAFF)), present).empty
    assert plan(roster(rekeyed(*STAFF)), FIRST).fingerprint() == made.fingerprint()


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"email": "new@example.org"}, "username"),
        ({"username": "ttran"}, "email"),
        ({"username": "TTran", "email": "t1@EXAMPLE.org"}, "email"),
        ({"username": "ttran", "email": "new@example.org", "identifier": "4711"}, "identifier"),
        ({"familyName": "Löwe", "email": "loewe@example.org"}, "username"),
        ({"givenName": "Thomas", "familyName": "Tran-Löwe"}, "username"),
    ],
)
def test_each_of_username_address_and_staff_number_tells_who_it_is(values: dict[str, str], column: str) -> None:
    present = changed(FIRST, "T1", identifier="4711")
    made = plan(roster(rekeyed("T1", **values)), present)
    assert made.report.counts == {"OR073": 1}
    assert made.report.findings[0].column == column
    action, _, now = changes(made)["N-T1"]
    assert (action, now.person_id) == ("changed", person(FIRST, "T1").person_id)


@pytest.mark.parametrize(
    "values",
    [
        {"username": "t.t", "email": "new@example.org"},
        {"givenName": "Hanna", "familyName": "Löwe", "email": "new@example.org"},
        {"givenName": "Hanna", "familyName": "Löwe", "username": "h.lowe", "email": "T1@example.org"},
    ],
    ids=["nothing the same", "a username given anew", "an address given anew"],
)
def test_somebody_else_is_not_asked_about(values: dict[str, str]) -> None:
    made = plan(roster(rekeyed("T1", **values)), FIRST)
    assert "OR073" not in made.report.counts
    found = changes(made)
    assert (found["T1"][0], found["N-T1"][0]) == ("ended", "added")


def test_whoever_stays_or_has_left_before_is_nobody_s_new_key() -> None:
    """Whoever stays keeps their username; the ended return under the key that they had."""
    twin = [user("N1", "Tom", "Tran", username="tt", email="T1@example.org")]
    made = plan(delta({"users": twin, "roles": [role("N1", "teacher", "S1")]}), FIRST)
    assert (made.report.counts, changes(made)["N1"][0]) == ({}, "added")
    gone = after(plan(roster(without("T1")), FIRST), FIRST)
    made = plan(roster(rekeyed("T1")), gone)
    assert (made.report.counts, changes(made)["N-T1"][0]) == ({}, "added")
    assert plan(roster(small()), gone).people[0].action == "returned"


def test_where_two_could_be_meant_nobody_is_joined() -> None:
    one_of_two = rekeyed("T1", email="T2@example.org")
    one_of_two["users"] = [row for row in one_of_two["users"] if row["sourcedId"] != "T2"]
    one_of_two["roles"] = [row for row in one_of_two["roles"] if row["userSourcedId"] != "T2"]
    family = changed(FIRST, "T2", family_name="Tran")
    assert "OR073" not in plan(roster(one_of_two), family).report.counts, "the username of one, the address of another"
    assert plan(roster(one_of_two), FIRST).report.counts["OR073"] == 1, "whose names it has tells them apart"
    twice = rekeyed("T1", email="new@example.org")
    twice["users"].append(user("N2", "Tim", "Tran", email="T1@example.org"))
    twice["roles"].append(role("N2", "teacher", "S1"))
    assert "OR073" not in plan(roster(twice), FIRST).report.counts, "two come for one"
    numbered = replace(FIRST, people=tuple(replace(one, identifier="0") for one in FIRST.people))
    other = {"username": "t.t", "email": "new@example.org", "identifier": "0"}
    left = rekeyed("T1", **other)
    left["users"] = [row for row in left["users"] if row["sourcedId"] != "T2"]
    left["roles"] = [row for row in left["roles"] if row["userSourcedId"] != "T2"]
    assert "OR073" not in plan(roster(left), numbered).report.counts, "a number that everybody has is nobody's own"
    ana = entered(email="T1@example.org", username="tt")
    by_email = rekeyed("T1", username="tommy")
    assert "OR073" not in plan(roster(by_email), replace(FIRST, people=(*FIRST.people, ana))).report.counts


def test_what_two_share_hides_nobody_who_has_something_of_their_own() -> None:
    office = {"email": "office@example.org"}
    here = replace(FIRST, people=tuple(replace(one, **office) for one in FIRST.people))
    made = plan(roster(rekeyed(*STAFF, **office)), here)
    assert (made.report.counts, made.counts()["people"]) == ({"OR073": 3}, {"changed": 3, "untouched": 0})
    both = [user(name, "Ana", "Prieto", username=name, email="p1@example.org") for name in ("N1", "N2")]
    roles = [role(name, "teacher", "S1") for name in ("N1", "N2")]
    made = plan(delta({"users": both, "roles": roles}), replace(FIRST, people=(entered(),)))
    assert [one[0] for one in changes(made).values()] == ["added", "added"], "one entered by hand is not two either"


def test_what_was_given_here_is_kept_and_what_the_roster_no_longer_states_ends() -> None:
    mentor, union = person(FIRST, "T2").person_id, by_hand("union_representative")
    tom = person(FIRST, "T1")
    present = changed(FIRST, "T1", appointments=(*tom.appointments, union), hand_evaluators=(mentor,), deactivated=True)
    tables = rekeyed("T1", "P1")
    tables["roles"][1] = role("N-T1", "counselor", "S1")
    now = changes(plan(roster(tables), present))["N-T1"][2]
    assert (now.person_id, now.deactivated, now.hand_evaluators) == (tom.person_id, True, (mentor,))
    assert now.roster_evaluators == (person(FIRST, "P1").person_id,)
    assert [(one.role, one.ends) for one in now.appointments] == [
        ("teacher", TODAY), ("union_representative", None), ("counselor", None),
    ]  # fmt: skip


def test_a_delta_that_says_one_gone_and_brings_the_other_is_one_person() -> None:
    rows: dict[str, Any] = {
        "users": [
            user("P1", "Ana", "Prieto") | {"status": "tobedeleted"},
            user("N1", "Ana", "Prieto", email="ana@example.org", agentSourcedIds="P1"),
            user("T2", "Ulla", "Ude", preferredGivenName="Ulli", agentSourcedIds="N1,P1"),
        ],
        "roles": [role("N1", "siteAdministrator", "S2")],
    }
    made = plan(delta(rows), FIRST)
    ana = person(FIRST, "P1")
    found = changes(made)
    assert made.report.counts == {"OR073": 1}
    assert set(found) == {"N1", "T2"}
    now = found["N1"][2]
    assert (now.person_id, now.email, now.evaluators) == (ana.person_id, "ana@example.org", ())
    assert [(one.role, one.ends) for one in now.appointments] == [("principal", TODAY), ("site_administrator", None)]
    assert found["T2"][2].evaluators == (ana.person_id,), "both of the keys lead to her"
    assert person(after(made, FIRST), "T1").evaluators == (ana.person_id,)


def test_eleven_is_read_so_too() -> None:
    first = after(make_plan(EMPTY, read(roster(small_11(), version="1.1"))))
    tables = small_11()
    tables["users"][2] |= {"sourcedId": "N1", "orgSourcedIds": "S2"}
    now = changes(plan(roster(tables, version="1.1"), first))["N1"][2]
    assert now.person_id == person(first, "T1").person_id
    assert [(one.source_id, one.ends) for one in now.appointments] == [("T1:S1", TODAY), ("N1:S2", None)]


def test_a_key_that_was_given_up_leads_to_nobody_s_account_when_it_is_given_anew() -> None:
    """Identifiers of what is new are made from the roster's; those whose keys have changed have kept theirs."""
    moved = after(plan(roster(rekeyed("T1")), FIRST), FIRST)
    tables = rekeyed("T1")
    tables["users"].append(user("T1", "Hanna", "Löwe", email="h@example.org"))
    tables["roles"].append(role("T1", "teacher", "S1"))
    made = plan(roster(tables), moved)
    action, _, hanna = changes(made)["T1"]
    tom = person(moved, "N-T1")
    assert (made.report.counts, action, len(made.people)) == ({}, "added", 1)
    assert hanna.person_id != tom.person_id
    assert hanna.appointments[0].appointment_id != tom.appointments[0].appointment_id
    assert hanna.person_id == changes(plan(roster(tables), moved))["T1"][2].person_id
    back = changes(plan(roster(small()), moved))["T1"]
    assert (back[0], back[2]) == ("changed", person(FIRST, "T1")), "and back again"


def test_a_role_that_waits_to_begin_goes_on_too() -> None:
    tables = small()
    tables["roles"][1] |= {"beginDate": "2027-01-04"}
    first = after(make_plan(replace(EMPTY, district_id=DISTRICT), read(roster(tables))))
    later = rekeyed("T1")
    later["roles"][1] |= {"beginDate": "2027-02-01"}
    (held,) = changes(plan(roster(later), first))["N-T1"][2].appointments
    assert held.appointment_id == person(first, "T1").appointments[0].appointment_id
    assert (held.source_id, held.begins) == ("N-T1-teacher-S1", date(2027, 2, 1))
