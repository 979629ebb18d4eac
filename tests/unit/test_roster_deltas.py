"""Deltas of records that change hands, become something else or come back: what they take away, and what they leave."""

from collections.abc import Mapping

from services.directory.oneroster.findings import Report
from services.directory.oneroster.reader import read_roster
from services.directory.people import Person
from services.directory.planning.make import known_to, make_plan
from services.directory.planning.plan import Plan, Present
from tests.support.rosters import delta, org, role, roster, small, small_11, user, with_roles
from tests.unit.test_roster_planning import EMPTY, FIRST, TODAY, after, person, plan, read, without

GONE = {"status": "tobedeleted"}


def held(who: Person) -> list[str]:
    """The roles that are not over."""
    return [one.role for one in who.appointments if not one.over(TODAY)]


def by_id(made: Plan) -> dict[str, Person]:
    return {change.after.source_id or "": change.after for change in made.people}


def told(content: bytes, present: Present = FIRST) -> Report:
    return read_roster(content, known_to(present)).report


def test_a_role_record_that_goes_to_somebody_else_ends_with_the_first() -> None:
    moved = role("P1", "principal", "S1") | {"userSourcedId": "T2"}
    made = plan(delta({"roles": [moved]}), FIRST)
    assert {name: held(one) for name, one in by_id(made).items()} == {"P1": [], "T2": ["teacher", "principal"]}
    assert (made.ending, made.report.counts) == (1, {"OR070": 2})
    back = plan(delta({"roles": [moved | {"userSourcedId": "P1"}]}), after(made, FIRST))
    assert {name: held(one) for name, one in by_id(back).items()} == {"P1": ["principal"], "T2": ["teacher"]}


def test_staff_who_are_guardians_too_are_staff_in_a_delta() -> None:
    guardian = role("T2", "guardian", "S1", roleType="secondary")
    row = user("T2", "Ursula", "Ude", enabledUser="false")
    made = plan(delta({"users": [row], "roles": [guardian]}), FIRST)
    changed = by_id(made)["T2"]
    assert (changed.given_name, changed.active(TODAY), held(changed)) == ("Ursula", False, ["teacher"])
    made = plan(delta({"users": [row | GONE], "roles": [guardian]}), FIRST)
    assert [(one.action, one.after.source_id) for one in made.people] == [("ended", "T2")]


def test_nobody_ends_by_a_guardians_role_beside_a_whole_users_file() -> None:
    stamp = {"status": "active", "dateLastModified": "2026-11-02T06:00:00.000Z"}
    tables = {"users": small()["users"][:3], "roles": [role("P1", "guardian", "S1") | stamp]}
    content = roster(tables, modes={"roles": "delta"})
    assert told(content).counts == {}
    assert plan(content, FIRST).empty


def test_who_is_a_guardian_only_by_a_whole_roles_file_ends_still() -> None:
    made = plan(roster(with_roles(T2="guardian")), FIRST)
    assert [(one.action, one.after.source_id) for one in made.people] == [("ended", "T2")]


def test_a_role_record_that_becomes_a_students_ends() -> None:
    for word in ("student", "Guardian", "parent"):
        row = role("T2", "teacher", "S2") | {"role": word}
        for status in ({}, GONE):
            made = plan(delta({"roles": [row | status]}), FIRST)
            assert {name: held(one) for name, one in by_id(made).items()} == {"T2": []}
            assert made.ending == 1


def test_records_of_students_are_not_kept_in_a_delta() -> None:
    staged = read(delta({"roles": [role("K1", "student", "S2"), role("G1", "guardian", "S1") | GONE]}), FIRST)
    assert (staged.gone, staged.roles) == ({}, ())


def test_an_eleven_users_row_that_becomes_a_students_ends_who_it_was() -> None:
    present = after(make_plan(EMPTY, read(roster(small_11(), version="1.1"))))
    row = user("T1", "Tom", "Tran", role="student", orgSourcedIds="S1")
    pupil = user("K1", "Kid", "Kay", role="student", orgSourcedIds="S2")
    content = delta({"users": [row, pupil]}, version="1.1")
    made = plan(content, present)
    assert [(one.action, one.after.source_id, held(one.after)) for one in made.people] == [("ended", "T1", [])]
    assert read(content, present).gone == {"users": ("T1",)}


def in_a_department() -> Present:
    tables = small()
    tables["orgs"].append(org("M1", "Mathematics", "department", "S1"))
    tables["roles"][1] = role("T1", "teacher", "M1")
    return after(plan(roster(tables)))


def test_a_department_that_moves_to_another_school_is_told() -> None:
    present = in_a_department()
    moved = org("M1", "Mathematics", "department", "S2")
    made = plan(delta({"orgs": [moved]}), present)
    assert made.report.counts == {"OR079": 1}
    assert made.report.findings[0].values == {
        "name": "Mathematics", "was": "Pier School", "now": "Quay School", "count": 2,
    }  # fmt: skip
    outside = plan(delta({"orgs": [moved | {"parentSourcedId": "D1"}]}), present)
    assert outside.report.findings[0].values == {"name": "Mathematics", "was": "Pier School", "count": 2}
    again = [role("P1", "principal", "S1"), role("T1", "teacher", "M1")]
    both = plan(delta({"orgs": [moved], "roles": again}), present)
    assert both.report.counts == {}, "whose rows come again go with it"
    assert by_id(both)["T1"].appointments[0].school_id == person(present, "T2").appointments[0].school_id
    named_anew = plan(delta({"orgs": [moved | {"parentSourcedId": "S1", "name": "Maths"}]}), present)
    assert named_anew.report.counts == {}


def test_a_role_of_somebody_not_known_here_is_left_out_of_a_delta() -> None:
    rows = [role("G1", "aide", "S1"), role("T2", "counselor", "S2", roleType="secondary")]
    content = delta({"roles": rows})
    (finding,) = told(content).findings
    assert (finding.code, finding.severity, finding.line, finding.column) == ("OR050", "warning", 2, "userSourcedId")
    assert finding.template % finding.values == "G1 is nobody known here, so this role is left out."
    assert {name: held(one) for name, one in by_id(plan(content, FIRST)).items()} == {"T2": ["teacher", "counselor"]}
    assert [one.person for one in read(content, FIRST).roles] == ["T2"]
    with_her = delta({"roles": rows, "users": [user("G1", "Gran", "Kay")]})
    assert {name: held(one) for name, one in by_id(plan(with_her, FIRST)).items()} == {
        "G1": ["aide"], "T2": ["teacher", "counselor"],
    }  # fmt: skip


def test_a_role_record_that_goes_to_nobody_known_ends_with_the_first_all_the_same() -> None:
    moved = role("P1", "principal", "S1") | {"userSourcedId": "G1"}
    made = plan(delta({"roles": [moved]}), FIRST)
    assert {name: held(one) for name, one in by_id(made).items()} == {"P1": []}
    assert told(delta({"roles": [moved]})).counts == {"OR050": 1}


def test_where_either_file_is_whole_such_a_role_is_wrong_still() -> None:
    tables: Mapping[str, list[dict[str, str]]] = {"roles": [*small()["roles"], role("X9", "aide", "S1")]}
    assert [one.severity for one in told(roster(tables)).findings] == ["error"]
    stamp = {"status": "active", "dateLastModified": "2026-11-02T06:00:00.000Z"}
    rows = [role("X9", "aide", "S1") | stamp]
    content = roster({"users": small()["users"], "roles": rows}, modes={"roles": "delta"})
    assert "error" in [one.severity for one in told(content).findings]


def test_pupils_in_a_delta_without_roles_are_counted_and_not_told_one_by_one() -> None:
    pupils = [user(f"K{at}", f"Kid{at}", "Kay") for at in range(300)]
    content = delta({"users": [*pupils, user("T2", "Ursula", "Ude")]})
    (finding,) = told(content).findings
    assert (finding.code, finding.line, finding.values) == ("OR056", None, {"count": 300})
    assert by_id(plan(content, FIRST)).keys() == {"T2"}
    deleted = [row | GONE for row in pupils]
    assert told(delta({"users": deleted})).counts == {}


def test_who_is_active_again_without_a_role_is_told() -> None:
    ended = after(plan(roster(without("T2")), FIRST), FIRST)
    row = user("T2", "Ulla", "Ude")
    report = told(delta({"users": [row, user("K1", "Kid", "Kay")]}), ended)
    named = next(one for one in report.findings if one.line is not None)
    assert (report.counts, named.line, named.values) == ({"OR056": 2}, 2, {"id": "T2"})
    assert named.template % named.values == (
        "T2 left with an earlier roster and is stated again without a role: nothing is brought back until roles.csv states "
        "one."
    )
    assert told(delta({"users": [row | GONE]}), ended).counts == {}
    back = plan(delta({"users": [row], "roles": [role("T2", "teacher", "S2")]}), ended)
    assert [(one.action, held(one.after)) for one in back.people] == [("returned", ["teacher"])]
