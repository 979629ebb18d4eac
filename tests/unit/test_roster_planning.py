"""What a roster would change: added, changed, ended, returned, untouched; what it does not own; when it asks first."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.directory.oneroster.reader import read_roster
from services.directory.oneroster.staged import StagedRoster
from services.directory.people import Appointment, Person
from services.directory.planning.make import known_to, make_plan, unanswered
from services.directory.planning.plan import Plan, Present
from shared.contracts.directory import CalendarDay
from tests.support.rosters import delta, manifest_text, org, role, roster, small, small_11, user, zip_of

DISTRICT = UUID("0190aaaa-0000-7000-8000-000000000001")
TODAY = date(2026, 11, 23)
EMPTY = Present(DISTRICT, TODAY)


def read(content: bytes, present: Present = EMPTY) -> StagedRoster:
    reading = read_roster(content, known_to(present))
    assert reading.report.errors == 0, reading.report.findings
    assert reading.roster is not None
    return reading.roster


def plan(content: bytes, present: Present = EMPTY) -> Plan:
    return make_plan(present, read(content, present))


def after(made: Plan, present: Present = EMPTY, **changed: Any) -> Present:
    """The directory once the plan was applied."""
    people = {person.person_id: person for person in present.people}
    people |= {change.after.person_id: change.after for change in made.people}
    orgs = {one.source_id: one for one in present.organisations}
    orgs |= {change.after.source_id: change.after for change in made.organisations}
    terms = {one.calendar_id: one for one in present.calendars}
    terms |= {change.after.calendar_id: change.after for change in made.calendars}
    whole = replace(
        present, people=tuple(people.values()), organisations=tuple(orgs.values()), calendars=tuple(terms.values())
    )
    return replace(whole, **changed)


FIRST = after(plan(roster(small())))


def person(present: Present, source_id: str) -> Person:
    return next(one for one in present.people if one.source_id == source_id)


def without(source_id: str) -> dict[str, list[dict[str, str]]]:
    tables = small()
    tables["users"] = [row for row in tables["users"] if row["sourcedId"] != source_id]
    tables["roles"] = [row for row in tables["roles"] if row["userSourcedId"] != source_id]
    return tables


def by_hand(word: str, ends: date | None = None) -> Appointment:
    return Appointment(uuid4(), None, word, None, date(2026, 9, 1), ends)


def changed(present: Present, source_id: str, **values: Any) -> Present:
    people = tuple(replace(one, **values) if one.source_id == source_id else one for one in present.people)
    return replace(present, people=people)


def test_a_first_import_adds_everything() -> None:
    made = plan(roster(small()))
    assert made.counts() == {
        "schools": {"added": 2, "untouched": 0},
        "calendars": {"added": 2, "untouched": 0},
        "people": {"added": 3, "untouched": 0},
    }
    tran = person(FIRST, "T1")
    assert tran.evaluators == (person(FIRST, "P1").person_id,)
    assert [(held.role, held.begins) for held in tran.appointments] == [("teacher", date(2024, 8, 1))]
    assert tran.appointments[0].school_id == next(one.school_id for one in FIRST.organisations if one.source_id == "S1")


def test_the_same_roster_again_changes_nothing() -> None:
    again = plan(roster(small()), FIRST)
    assert again.empty
    assert again.counts()["people"] == {"untouched": 3}
    assert plan(zip_of({"manifest.csv": manifest_text({})}), FIRST).empty


def test_identifiers_are_the_same_wherever_the_roster_is_imported() -> None:
    assert plan(roster(small())).fingerprint() == plan(roster(small())).fingerprint()
    other = make_plan(replace(EMPTY, district_id=uuid4()), read(roster(small())))
    assert other.fingerprint() != plan(roster(small())).fingerprint()


def test_a_missing_person_is_ended_and_never_removed() -> None:
    made = plan(roster(without("T2")), FIRST)
    assert [(one.action, one.after.source_id) for one in made.people] == [("ended", "T2")]
    left = made.people[0].after
    assert not left.active(TODAY)
    assert [held.ends for held in left.appointments] == [TODAY]
    assert (made.ending, made.staff_before) == (1, 3)


def test_a_person_who_comes_back_is_the_same_person() -> None:
    gone = after(plan(roster(without("T2")), FIRST), FIRST)
    made = plan(roster(small()), replace(gone, today=date(2027, 1, 11)))
    assert [(one.action, one.after.source_id) for one in made.people] == [("returned", "T2")]
    assert made.people[0].after == person(FIRST, "T2")


def test_appointments_by_hand_survive_and_keep_the_person_active() -> None:
    union = by_hand("union_representative")
    teacher = person(FIRST, "T2").appointments
    present = changed(FIRST, "T2", appointments=(*teacher, union))
    assert plan(roster(small()), present).empty
    left = plan(roster(without("T2")), present).people[0].after
    assert left.appointments[1] == union
    assert left.active(TODAY)
    over = changed(FIRST, "T2", appointments=(*teacher, by_hand("hr", date(2026, 11, 23))))
    assert not plan(roster(without("T2")), over).people[0].after.active(TODAY)


def test_an_import_does_not_let_in_whom_somebody_shut_out() -> None:
    present = changed(FIRST, "T1", deactivated=True)
    assert plan(roster(small()), present).empty
    returned = after(plan(roster(without("T1")), present), present)
    assert not plan(roster(small()), returned).people[0].after.active(TODAY)


def test_the_roster_may_shut_out() -> None:
    tables = small()
    tables["users"][1]["enabledUser"] = "false"
    made = plan(roster(tables), FIRST)
    assert [(one.action, one.after.active(TODAY)) for one in made.people] == [("changed", False)]


def test_evaluators_named_here_come_first_and_stay() -> None:
    chosen = uuid4()
    present = changed(FIRST, "T1", hand_evaluators=(chosen,))
    tables = small()
    tables["users"][1]["agentSourcedIds"] = ""
    assert plan(roster(tables), present).people[0].after.evaluators == (chosen,)
    assert person(present, "T1").evaluators == (chosen, person(FIRST, "P1").person_id)


def test_a_role_left_out_of_a_whole_file_ends_and_a_new_one_begins() -> None:
    tables = small()
    tables["roles"][1] = role("T1", "teacher", "S2")
    held = plan(roster(tables), FIRST).people[0].after.appointments
    assert [(one.school_id, one.ends) for one in held] == [
        (FIRST.organisations[1].school_id, TODAY),
        (FIRST.organisations[2].school_id, None),
    ]


def test_a_role_that_had_not_begun_is_never_held() -> None:
    tables = small()
    tables["roles"].append(role("T1", "counselor", "S1", beginDate="2027-01-04", roleType="secondary"))
    present = after(plan(roster(tables)))
    held = plan(roster(small()), present).people[0].after.appointments[1]
    assert held.never_held()
    assert held.ends == held.begins


def test_delta_touches_only_what_it_names() -> None:
    made = plan(delta({"users": [user("T1", "Tomas", "Tran", agentSourcedIds="P1")]}), FIRST)
    assert [(one.action, one.after.given_name) for one in made.people] == [("changed", "Tomas")]
    assert made.people[0].after.appointments == person(FIRST, "T1").appointments


def test_delta_ends_and_adds() -> None:
    rows = {
        "users": [user("T2", "Ulla", "Ude") | {"status": "tobedeleted"}, user("T3", "Vi", "Vo")],
        "roles": [role("T3", "teacher", "S2"), role("T1", "teacher", "S1") | {"status": "tobedeleted"}],
    }
    made = plan(delta(rows), FIRST)
    assert {(one.action, one.after.source_id) for one in made.people} == {
        ("added", "T3"), ("changed", "T1"), ("ended", "T2"),
    }  # fmt: skip
    assert made.ending == 2


def test_who_is_gone_holds_no_role_though_the_roles_file_says_nothing() -> None:
    made = plan(delta({"users": [user("T2", "Ulla", "Ude") | {"status": "tobedeleted"}]}), FIRST)
    assert [held.ends for held in made.people[0].after.appointments] == [TODAY]


def test_the_guard_asks_and_takes_the_number_only() -> None:
    staged = read(roster(without("T2")), FIRST)
    made = make_plan(FIRST, staged)
    assert made.report.counts == {"OR070": 1}
    answers = {"losing": None, "roles": False, "same_people": False}
    assert unanswered(made, staged, ending=None, **answers) == ["OR070"]
    assert unanswered(made, staged, ending=2, **answers) == ["OR070"]
    assert unanswered(made, staged, ending=1, **answers) == []


@pytest.mark.parametrize(("percent", "asks"), [(32, True), (33, True), (34, False)])
def test_the_guard_is_a_share_of_the_staff(percent: int, *, asks: bool) -> None:
    made = plan(roster(without("T2")), replace(FIRST, guard_percent=percent))
    assert ("OR070" in made.report.counts) is asks


def test_losing_every_role_counts_for_the_guard() -> None:
    tables = small()
    made = plan(roster({"roles": [tables["roles"][0], *tables["roles"][3:]]}), FIRST)
    assert made.ending == 2
    assert "OR070" in made.report.counts


def every(file: str, **values: str) -> dict[str, list[dict[str, str]]]:
    """The small roster with these values in every row of a file."""
    return small() | {file: [row | values for row in small()[file]]}


@pytest.mark.parametrize(
    "spoiled",
    [
        every("users", enabledUser="false"),
        every("roles", beginDate="2099-01-01"),
        every("roles", beginDate="2026-11-24"),
        every("roles", endDate="2026-11-23"),
        every("roles", endDate="2026-11-24"),
        every("roles", endDate="2026-12-23"),
    ],
    ids=["shut out", "begins in 2099", "begins tomorrow", "ends today", "ends tomorrow", "ends within a month"],
)
def test_whoever_could_not_work_any_more_counts_for_the_guard(spoiled: dict[str, list[dict[str, str]]]) -> None:
    made = plan(roster(spoiled), FIRST)
    assert (made.ending, made.staff_before) == (3, 3)
    assert made.report.counts == {"OR070": 2}, "of the staff, and of those who evaluate"
    assert made.report.findings[0].values == {"ending": 3, "staff": 3, "days": 30, "percent": 20}


def test_a_gap_between_two_roles_counts_for_the_guard() -> None:
    tables = every("roles", endDate="2026-11-30")
    tables["roles"] += [role(one, "counselor", "S1", beginDate="2026-12-07") for one in ("P1", "T1", "T2")]
    assert plan(roster(tables), FIRST).ending == 3
    for row in tables["roles"][5:]:
        row["beginDate"] = "2026-11-30"
    assert plan(roster(tables), FIRST).ending == 0


def test_what_the_import_does_not_take_away_does_not_count() -> None:
    later = plan(roster(every("roles", endDate="2027-06-30")), FIRST)
    assert (later.ending, later.report.counts) == (0, {})
    soon = every("roles", endDate="2026-12-01")
    already = after(plan(roster(soon), FIRST), FIRST)
    assert plan(roster(every("users", identifier="7")), already).ending == 0, "the roles are given back for longer"
    renamed = soon | {"users": [row | {"identifier": "7"} for row in soon["users"]]}
    assert plan(roster(renamed), already).ending == 0, "they ended as soon before"
    by_us = changed(FIRST, "T1", deactivated=True)
    assert plan(roster(without("T1")), by_us).staff_before == 2
    union = changed(FIRST, "T2", appointments=(*person(FIRST, "T2").appointments, by_hand("union_representative")))
    assert plan(roster(without("T2")), union).ending == 0, "a role given here stands"


def test_a_plan_that_asks_for_another_number_on_another_day_is_another_plan() -> None:
    staged = read(roster(every("roles", endDate="2027-01-15")), FIRST)
    before, then = make_plan(FIRST, staged), make_plan(replace(FIRST, today=date(2027, 1, 4)), staged)
    assert (before.ending, then.ending) == (0, 3)
    assert before.fingerprint() != then.fingerprint()


def test_proposed_roles_wait_for_a_yes() -> None:
    staged = read(roster(small_11(), version="1.1"))
    made = make_plan(EMPTY, staged)
    assert unanswered(made, staged, ending=None, losing=None, roles=False, same_people=False) == ["OR071"]
    assert unanswered(made, staged, ending=None, losing=None, roles=True, same_people=False) == []


def test_eleven_delta_states_a_persons_roles_whole() -> None:
    present = after(make_plan(EMPTY, read(roster(small_11(), version="1.1"))))
    row = user("T1", "Tom", "Tran", role="teacher", orgSourcedIds="S2", agentSourcedIds="P1")
    made = plan(delta({"users": [row]}, version="1.1"), present)
    assert [(one.source_id, one.ends) for one in made.people[0].after.appointments] == [
        ("T1:S1", TODAY), ("T1:S2", None),
    ]  # fmt: skip


def entered(**values: Any) -> Person:
    base = Person(
        uuid4(), None, "ana", "Ana", "Prieto", "p1@EXAMPLE.org", None, on_roster=False, enabled=True, deactivated=False
    )
    return replace(base, appointments=(by_hand("system_administrator"),), **values)


def test_someone_entered_by_hand_is_joined_by_address_after_a_yes() -> None:
    ana = entered()
    present = replace(EMPTY, people=(ana,))
    staged = read(roster(small()), present)
    made = make_plan(present, staged)
    joined = next(change for change in made.people if change.after.source_id == "P1")
    assert (joined.action, joined.after.person_id) == ("changed", ana.person_id)
    assert [held.role for held in joined.after.appointments] == ["system_administrator", "principal"]
    assert person(after(made, present), "T1").evaluators == (ana.person_id,)
    assert unanswered(made, staged, ending=None, losing=None, roles=False, same_people=False) == ["OR073"]


def test_a_username_that_belongs_to_someone_here_is_refused() -> None:
    made = plan(roster(small()), replace(EMPTY, people=(entered(username="TOM.tran", email=None),)))
    assert made.report.counts == {"OR054": 1}
    assert made.report.errors == 1
    twin = plan(delta({"users": [user("T9", "Tom", "Tran")], "roles": [role("T9", "teacher", "S1")]}), FIRST)
    assert twin.report.counts == {"OR054": 1}


def test_a_username_that_is_someone_s_address_is_told() -> None:
    ana = entered(username="ana", email="TOM.tran")
    here = replace(EMPTY, people=(ana,))
    made = plan(roster(small()), here)
    assert made.report.counts == {"OR055": 1}
    assert made.report.errors == 0
    told = made.report.findings[0]
    assert (told.column, told.values["username"], told.values["name"]) == ("username", "tom.tran", ana.name)
    assert told.line is not None
    own = small()
    for each in own["users"]:
        each["username"] = each["email"] = f"{each['username']}@example.org"
    assert not plan(roster(own)).report.counts, "one's own address may be one's username"
    one, other = own["users"][1:3]
    one["email"], other["email"] = other["email"], one["email"]
    assert plan(roster(own)).report.counts == {"OR055": 2}, "of two in one roster too"


def test_who_left_gives_the_username_free() -> None:
    gone = after(plan(roster(without("T2")), FIRST), FIRST)
    newcomer = delta({"users": [user("T9", "Ulla", "Ude")], "roles": [role("T9", "teacher", "S1")]})
    assert plan(newcomer, gone).report.errors == 0


def test_departments_lead_to_their_school() -> None:
    tables = small()
    tables["orgs"].append(org("M1", "Mathematics", "department", "S2"))
    tables["roles"][1] = role("T1", "teacher", "M1")
    present = after(plan(roster(tables)))
    school = next(one.school_id for one in present.organisations if one.source_id == "S2")
    assert person(present, "T1").appointments[0].school_id == school


def test_a_school_left_out_is_ended() -> None:
    tables = small()
    tables["orgs"] = tables["orgs"][:2]
    tables["roles"][2] = role("T2", "teacher", "S1")
    made = plan(roster(tables), FIRST)
    assert [(one.action, one.after.on_roster) for one in made.schools] == [("ended", False)]


def test_calendars_share_the_years_days_and_what_is_over_stays() -> None:
    year = next(one for one in FIRST.calendars if one.kind == "schoolYear")
    closed = replace(year, days=(CalendarDay(day=date(2026, 9, 7), kind="holiday"),))
    with_days = replace(FIRST, calendars=tuple(closed if one is year else one for one in FIRST.calendars))
    made = plan(roster(small()), with_days)
    fall = next(change.after for change in made.calendars)
    assert fall.title == "Fall"
    assert [day.day for day in fall.days] == [date(2026, 9, 7)]
    tables = small()
    tables["academicSessions"] = [row for row in tables["academicSessions"] if row["sourcedId"] == "Y27"]
    spring = replace(FIRST, today=date(2027, 3, 1))
    assert plan(roster(tables), spring).calendars == ()
    assert [one.action for one in plan(roster(tables), FIRST).calendars] == ["ended"]


def test_a_school_that_ends_while_people_work_there_is_told() -> None:
    ended = delta({"orgs": [org("S2", "Quay School", parent="D1") | {"status": "tobedeleted"}]})
    made = plan(ended, FIRST)
    assert [(one.action, one.after.on_roster) for one in made.schools] == [("ended", False)]
    assert made.report.counts == {"OR076": 1}
    assert made.report.findings[0].values == {"name": "Quay School", "count": 1}
    assert not plan(ended, after(plan(roster(without("T2")), FIRST), FIRST)).report.counts, (
        "nobody works there any more"
    )
    tables = small()
    tables["orgs"] = tables["orgs"][:2]
    tables["roles"][2] = role("T2", "teacher", "S1")
    by_hand_there = replace(by_hand("union_representative"), school_id=person(FIRST, "T2").appointments[0].school_id)
    both = changed(FIRST, "T2", appointments=(*person(FIRST, "T2").appointments, by_hand_there))
    assert plan(roster(tables), both).report.counts == {"OR076": 1}, "a role given by hand stays there too"


def test_who_is_left_without_a_named_evaluator_is_counted() -> None:
    tables = small()
    tables["users"][1] = user("T1", "Tom", "Tran")
    made = plan(roster(tables), FIRST)
    assert made.report.counts == {"OR077": 1}
    assert made.report.findings[0].values == {"count": 1}
    assert made.report.errors == 0
    kept = changed(FIRST, "T1", hand_evaluators=(person(FIRST, "T2").person_id,))
    assert not plan(roster(tables), kept).report.counts, "one named by hand is enough"
    assert not plan(roster(without("T1")), FIRST).report.counts.get("OR077"), "nor whoever leaves"
