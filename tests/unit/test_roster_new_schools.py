"""A school that comes under another sourcedId stays the school it is, after a yes; none is taken for another."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.directory.planning.make import make_plan, unanswered
from services.directory.planning.plan import Plan, Present
from services.directory.planning.summary import Note, summarise
from tests.support.rosters import Rows, delta, org, role, roster, small
from tests.unit.test_roster_planning import FIRST, after, person, plan, read

Tables = dict[str, list[dict[str, str]]]
_COLUMNS = {"orgs": ("sourcedId", "parentSourcedId"), "roles": ("orgSourcedId",)}


def moved(*names: str, tables: Tables | None = None, **values: str) -> Tables:
    """The small roster, or these tables, in which these organisations have other sourcedIds, wherever they are named."""
    tables = tables or small()
    for row in tables["orgs"]:
        row.update(values if row["sourcedId"] in names else {})
    for file, columns in _COLUMNS.items():
        for row in tables[file]:
            row.update({each: f"N-{row[each]}" for each in columns if row[each] in names})
    return tables


def schools(present: Present) -> dict[str, UUID | None]:
    return {one.source_id: one.school_id for one in present.organisations if one.kind == "school" and one.on_roster}


def settled(made: Plan, present: Present) -> Present:
    """The directory once the plan was applied: nothing is left under a sourcedId that was given up."""
    given_up = {change.before.source_id for change in made.organisations if change.before} - {
        change.after.source_id for change in made.organisations
    }
    whole = after(made, present)
    return replace(whole, organisations=tuple(one for one in whole.organisations if one.source_id not in given_up))


def test_every_school_under_another_key_is_the_same_school_after_a_yes() -> None:
    staged = read(roster(moved("D1", "S1", "S2")), FIRST)
    made = make_plan(FIRST, staged)
    assert (made.report.counts, made.people) == ({"OR073": 2}, ()), "everyone stays where they are"
    assert made.counts()["schools"] == {"changed": 2, "untouched": 0}
    now = settled(made, FIRST)
    assert schools(now) == {f"N-{name}": school_id for name, school_id in schools(FIRST).items()}
    answers: dict[str, Any] = {"ending": None, "losing": None, "roles": False}
    assert unanswered(made, staged, **answers, same_people=False) == ["OR073"]
    assert unanswered(made, staged, **answers, same_people=True) == []
    told = made.report.findings[0]
    assert (told.file, told.column, told.line) == ("orgs.csv", "name", 3)
    assert told.template % told.values == ("N-S1 has the name of Pier School, which was S1 in the roster until now.")
    notes = {line.name: line.notes for line in summarise(made, staged, {}).lines if line.sort == "schools"}
    assert notes["Pier School"] == (Note("other_key", {"before": "S1", "after": "N-S1"}),)
    assert plan(roster(moved("D1", "S1", "S2")), now).empty
    assert schools(settled(plan(roster(small()), now), now)) == schools(FIRST), "and back again"


@pytest.mark.parametrize("name", ["PIER  school", "Piér School"])
def test_a_name_is_compared_as_people_read_it(name: str) -> None:
    made = plan(roster(moved("S1", name=name)), FIRST)
    assert made.report.counts == {"OR073": 1}
    assert schools(settled(made, FIRST))["N-S1"] == schools(FIRST)["S1"]


def test_another_name_is_another_school() -> None:
    made = plan(roster(moved("S1", name="Jetty School")), FIRST)
    assert "OR073" not in made.report.counts
    assert made.counts()["schools"] == {"added": 1, "ended": 1, "untouched": 1}


def twice(tables: Tables, name: str) -> Tables:
    """With one school more, of the same name as S1, where nobody works."""
    return tables | {"orgs": [*tables["orgs"], org(name, "Pier School", parent="D1")]}


def test_a_name_that_two_have_joins_nobody() -> None:
    two_here = after(plan(roster(twice(small(), "S3"))))
    assert "OR073" not in plan(roster(moved("S1")), two_here).report.counts, "two of it would end"
    assert plan(roster(moved("S1", tables=twice(small(), "S3"))), two_here).report.counts == {"OR073": 1}, "one stays"
    assert "OR073" not in plan(roster(twice(moved("S1"), "N3")), FIRST).report.counts, "two of it come"


def test_a_school_that_stays_or_has_ended_before_is_nobody_s_new_key() -> None:
    made = plan(roster(twice(small(), "N3")), FIRST)
    assert (made.report.counts, made.counts()["schools"]) == ({}, {"added": 1, "untouched": 2})
    rows = {"orgs": [org("S1", "Pier School", parent="D1") | {"status": "tobedeleted"}]}
    gone = after(plan(delta(rows), FIRST), FIRST)
    assert "OR073" not in plan(roster(moved("S1")), gone).report.counts


def test_a_delta_may_name_either_key() -> None:
    first = after(plan(roster(small() | {"orgs": [*small()["orgs"], org("M1", "Mathematics", "department", "S1")]})))
    rows: dict[str, Rows] = {
        "orgs": [
            org("S1", "Pier School", parent="D1") | {"status": "tobedeleted"},
            org("N1", "Pier School", parent="D1"),
            org("M2", "Music", "department", "S1"),
        ],
        "roles": [role("T1", "counselor", "M1"), role("T1", "aide", "M2"), role("T2", "teacher", "N1"),
                  role("P1", "counselor", "S1")],
    }  # fmt: skip
    made = plan(delta(rows), first)
    now = settled(made, first)
    pier = schools(first)["S1"]
    assert schools(now)["N1"] == pier
    places = {name: {held.school_id for held in person(now, name).appointments} for name in ("P1", "T1", "T2")}
    assert places == {"P1": {pier}, "T1": {pier}, "T2": {pier, schools(first)["S2"]}}
    parents = {one.source_id: one.parent for one in now.organisations}
    assert (parents["M1"], parents["M2"]) == ("N1", "N1")


def test_a_key_that_was_given_up_leads_to_no_school_when_it_is_given_anew() -> None:
    now = settled(plan(roster(moved("S1")), FIRST), FIRST)
    tables = moved("S1")
    tables["orgs"].append(org("S1", "Jetty School", parent="D1"))
    made = plan(roster(tables), now)
    assert (made.report.counts, made.counts()["schools"]) == ({}, {"added": 1, "untouched": 2})
    both = schools(after(made, now))
    assert both["S1"] not in (None, both["N-S1"])


def test_a_school_that_becomes_something_else_and_comes_back_is_the_same_school() -> None:
    other = small()
    other["orgs"][2]["type"] = "department"
    was = next(one for one in FIRST.organisations if one.source_id == "S2")
    away = after(plan(roster(other), FIRST), FIRST)
    back = after(plan(roster(small()), away), away)
    assert next(one for one in back.organisations if one.source_id == "S2") == was


def test_people_and_schools_may_come_under_other_keys_at_once() -> None:
    tables = moved("S1", "S2")
    for file, columns in {"users": ("sourcedId", "agentSourcedIds"), "roles": ("sourcedId", "userSourcedId")}.items():
        for row in tables[file]:
            row.update({each: f"N-{row[each]}" for each in columns if row.get(each)})
    made = plan(roster(tables), FIRST)
    assert (made.report.counts, made.ending, made.losing) == ({"OR073": 5}, 0, 0)
    held = {change.after.person_id: change.after.appointments for change in made.people}
    for one in FIRST.people:
        before = [(each.appointment_id, each.school_id, each.ends) for each in one.appointments]
        assert [(each.appointment_id, each.school_id, each.ends) for each in held[one.person_id]] == before
