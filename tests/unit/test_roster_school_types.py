"""A school stays the school it is whatever the roster calls it meanwhile, and no other school is ever taken for it."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.directory.planning.plan import Plan, Present
from services.directory.planning.summary import Note, summarise
from tests.support.rosters import Rows, delta, org, role, roster, small
from tests.unit.test_roster_new_schools import moved, schools, settled
from tests.unit.test_roster_planning import DISTRICT, FIRST, TODAY, person, plan, read

PIER, QUAY = schools(FIRST)["S1"], schools(FIRST)["S2"]
S8 = settled(plan(roster(moved("S1")), FIRST), FIRST)
"""Pier School goes on under N-S1."""


def typed(kind: str, *names: str, **more: str) -> dict[str, list[dict[str, str]]]:
    tables = moved("S1")
    for row in tables["orgs"]:
        row.update({"type": kind, **more} if row["sourcedId"] in names else {})
    return tables


def notes(made: Plan, content: bytes, present: Present) -> dict[str, tuple[Note, ...]]:
    return {line.name: line.notes for line in summarise(made, read(content, present), {}).lines}


def said(made: Plan, code: str) -> list[str]:
    return [one.template % one.values for one in made.report.findings if one.code == code]


def test_a_school_of_another_type_is_closed_and_told_in_words() -> None:
    content = roster(typed("department", "N-S1"))
    made = plan(content, S8)
    assert made.counts()["schools"] == {"ended": 1, "untouched": 1}
    assert notes(made, content, S8)["Pier School"] == (Note("school_no_more", {"kind": "department"}),)
    assert said(made, "OR081") == ["Pier School is a department now; it is closed as a school."]
    (told,) = (one for one in made.report.findings if one.code == "OR081")
    assert (told.file, told.column, told.line, told.severity) == ("orgs.csv", "type", 3, "warning")
    away = settled(made, S8)
    assert plan(content, away).empty, "told once"
    assert schools(away) == {"S2": QUAY}


def test_it_is_the_same_school_once_it_is_one_again() -> None:
    away = settled(plan(roster(typed("department", "N-S1")), S8), S8)
    content = roster(moved("S1"))
    made = plan(content, away)
    assert made.counts()["schools"] == {"returned": 1, "untouched": 1}
    assert notes(made, content, away)["Pier School"] == (Note("school_again", {"kind": "department"}),)
    now = settled(made, away)
    assert schools(now) == {"N-S1": PIER, "S2": QUAY}
    assert {held.school_id for held in person(now, "T1").appointments if not held.over(TODAY)} == {PIER}


def test_a_school_that_was_none_for_a_while_may_come_under_another_key_too() -> None:
    away = settled(plan(roster(typed("department", "N-S1")), S8), S8)
    made = plan(roster(small()), away)
    assert made.report.counts["OR073"] == 1
    assert schools(settled(made, away)) == schools(FIRST)


def test_the_id_of_a_school_is_never_given_to_another() -> None:
    away = settled(plan(roster(typed("department", "N-S1", parentSourcedId="S2")), S8), S8)
    tables = typed("department", "N-S1", parentSourcedId="S2")
    tables["orgs"].append(org("S1", "Brand New Academy", parent="D1"))
    made = plan(roster(tables), away)
    new = schools(settled(made, away))["S1"]
    assert new not in (None, PIER)
    back = moved("S1")
    back["orgs"].append(org("S1", "Brand New Academy", parent="D1"))
    both = settled(made, away)
    assert schools(settled(plan(roster(back), both), both)) == {"N-S1": PIER, "S1": new, "S2": QUAY}


def test_nor_is_one_that_no_organisation_tells_of_any_more() -> None:
    assert PIER is not None
    made = plan(roster(small()), Present(DISTRICT, TODAY, schools=[PIER]))
    assert PIER not in {change.after.school_id for change in made.schools}


@pytest.mark.parametrize("standing", [True, False])
def test_a_key_known_as_a_department_may_be_a_school_s_new_one(standing: bool) -> None:
    tables = small()
    tables["orgs"].append(org("N-S1", "Pier Annex", "department", "S2"))
    known = settled(plan(roster(tables), FIRST), FIRST)
    if not standing:
        known = settled(plan(roster(small()), known), known)
    made = plan(roster(moved("S1")), known)
    assert made.report.counts == {"OR073": 1}
    now = settled_by_row(made, known)
    assert schools(now) == {"N-S1": PIER, "S2": QUAY}
    left = next(one for one in now.organisations if one.source_id == "S1")
    assert (left.name, left.school_id, left.on_roster) == ("Pier Annex", None, False)
    assert plan(roster(moved("S1")), now).empty
    back = plan(roster(small()), now)
    assert back.report.counts == {"OR073": 1}
    assert schools(settled_by_row(back, now)) == schools(FIRST), "and back again"


def settled_by_row(made: Plan, present: Present) -> Present:
    """The directory once the plan was applied, where sourcedIds were exchanged."""
    orgs = {one.source_id: one for one in present.organisations}
    orgs |= {change.after.source_id: change.after for change in made.organisations}
    return replace(settled(made, present), organisations=tuple(orgs.values()))


def test_a_department_that_becomes_a_school_is_told_in_words() -> None:
    tables = small()
    tables["orgs"].append(org("M1", "Mathematics", "department", "S1"))
    known = settled(plan(roster(tables), FIRST), FIRST)
    tables["orgs"][-1]["type"] = "school"
    made = plan(roster(tables), known)
    assert notes(made, roster(tables), known)["Mathematics"] == (Note("school_now", {"kind": "department"}),)


def names(**by_key: str) -> dict[str, list[dict[str, str]]]:
    tables = small()
    for row in tables["orgs"]:
        row["name"] = by_key.get(row["sourcedId"], row["name"])
    return tables


def test_names_exchanged_between_two_schools_are_asked_about() -> None:
    made = plan(roster(names(S1="Quay School", S2="PIER school")), FIRST)
    assert made.report.counts == {"OR073": 2}
    assert said(made, "OR073") == [
        "S1 was Pier School until now, and Quay School is the name of S2 here: it would go to the staff, the calendars and "
        "the evaluations of Pier School.",
        "S2 was Quay School until now, and PIER school is the name of S1 here: it would go to the staff, the calendars and "
        "the evaluations of Quay School.",
    ]
    assert schools(settled(made, FIRST)) == schools(FIRST), "after a yes the sourcedIds count"


def test_so_is_one_that_takes_another_s_name_in_a_delta() -> None:
    rows: dict[str, Rows] = {"orgs": [org("S2", "Pier School", parent="D1")]}
    assert plan(delta(rows), FIRST).report.counts == {"OR073": 1}


def test_a_name_of_its_own_is_no_question() -> None:
    assert plan(roster(names(S1="Jetty School")), FIRST).report.counts == {}
    twins = settled(plan(roster(names(S2="Pier School")), FIRST), FIRST)
    assert plan(roster(names(S2="Pier School")), twins).report.counts == {}, "as it was"


def test_roles_stay_where_they_were_while_a_school_is_none() -> None:
    rows: dict[str, Rows] = {"orgs": [org("S1", "Pier School", "department", "D1")]}
    made = plan(delta(rows), FIRST)
    assert made.report.counts == {"OR076": 1, "OR081": 1}
    now = settled(made, FIRST)
    assert {held.school_id for held in person(now, "P1").appointments} == {PIER}
    later: dict[str, Rows] = {"roles": [role("T2", "counselor", "S1", beginDate=date(2026, 9, 1).isoformat())]}
    held = person(settled(plan(delta(later), now), now), "T2").appointments
    assert {one.school_id for one in held if one.role == "counselor"} == {None}, "a department is no school"


def test_it_keeps_its_id_under_any_type() -> None:
    kept: set[UUID | None] = set()
    now = S8
    for kind in ("department", "local", "school", "district"):
        now = settled(plan(roster(typed(kind, "N-S1")), now), now)
        kept |= {one.school_id for one in now.organisations if one.source_id == "N-S1"}
    assert kept == {PIER}


def divided() -> dict[str, list[dict[str, str]]]:
    """Pier School under a sourcedId of its own, where what it had is a department in it now."""
    tables = moved("S1")
    tables["orgs"].append(org("S1", "Pier Annex", "department", "N-S1"))
    tables["roles"].append(role("T2", "counselor", "S1"))
    return tables


def test_a_school_whose_key_is_a_department_s_from_now_on_is_the_same_school_after_a_yes() -> None:
    made = plan(roster(divided()), FIRST)
    assert made.report.counts == {"OR073": 1}
    now = settled_by_row(made, FIRST)
    assert schools(now) == {"N-S1": PIER, "S2": QUAY}
    annex = next(one for one in now.organisations if one.source_id == "S1")
    assert (annex.kind, annex.parent, annex.school_id) == ("department", "N-S1", None)
    assert {held.school_id for held in person(now, "T2").appointments} == {QUAY, PIER}, "the annex lies in the school"
    assert plan(roster(divided()), now).empty
    back = plan(roster(small()), now)
    assert back.report.counts == {"OR073": 1}
    assert schools(settled_by_row(back, now)) == schools(FIRST), "and back again"
