"""Roles of staff that a roster deletes, or that are over by its own dates: they make nobody staff, and go on ending what was
held."""

from collections.abc import Mapping

import pytest

from services.directory.oneroster.reader import read_roster
from services.directory.oneroster.staged import StagedRoster
from services.directory.planning.make import known_to
from services.directory.planning.plan import Present
from tests.support.rosters import Rows, delta, role, roster, small, small_11, user
from tests.unit.test_roster_deltas import GONE, by_id, held, told
from tests.unit.test_roster_planning import EMPTY, FIRST, TODAY, after, plan, read, without

OVER = {"beginDate": "2025-08-01", "endDate": "2026-11-23"}
"""By TODAY it is over: endDate is the first day after it."""
PUPIL = user("K9", "Kim", "Young", grades="10", password="secret")
LEFT = after(plan(roster(without("T2")), FIRST), FIRST)
STAMP = {"status": "active", "dateLastModified": "2026-11-02T06:00:00.000Z"}


def staff_of(content: bytes, present: Present = FIRST) -> tuple[StagedRoster, Mapping[str, int]]:
    """What is kept of the roster, and how many findings of each code there are."""
    return read(content, present), told(content, present).counts


def former(person: str, status: Mapping[str, str], *, blank: bool = False) -> dict[str, str]:
    return role(person, "aide", "S1") | ({"role": ""} if blank else {}) | status


@pytest.mark.parametrize("word", ["student", "guardian"])
@pytest.mark.parametrize("row", [former("K9", GONE), former("K9", GONE, blank=True), former("K9", OVER)])
def test_a_former_role_lets_no_pupil_or_guardian_in(row: dict[str, str], word: str) -> None:
    for rows in ([row, role("K9", word, "S1")], [role("K9", word, "S1"), row]):
        staged, counts = staff_of(delta({"users": [PUPIL], "roles": rows}))
        assert (staged.people, staged.roles, staged.gone, counts) == ((), (), {}, {})
        assert staged.dropped == {word: 1, "password": 1}
        for secret in ("K9", "Young", "secret"):
            assert secret not in repr(staged)


def test_nor_does_a_role_that_is_over_in_a_whole_roster() -> None:
    tables = small()
    tables["users"].append(PUPIL)
    tables["roles"] += [former("K9", OVER), role("K9", "student", "S1")]
    for present in (EMPTY, FIRST):
        staged, counts = staff_of(roster(tables), present)
        assert counts == {}
        assert [one.source_id for one in staged.people] == ["P1", "T1", "T2"]
        assert (staged.dropped["student"], "Young" in repr(staged)) == (2, False)


@pytest.mark.parametrize("row", [former("K9", GONE), former("K9", GONE, blank=True), former("K9", OVER)])
def test_whoever_has_nothing_but_former_roles_is_told_and_not_imported(row: dict[str, str]) -> None:
    content = delta({"users": [PUPIL], "roles": [row]})
    (finding,) = told(content).findings
    assert (finding.code, finding.line, finding.severity) == ("OR056", 2, "warning")
    assert finding.template % finding.values == "Every role of K9 in roles.csv is over or deleted."
    assert plan(content, FIRST).empty
    assert told(delta({"users": [PUPIL | GONE], "roles": [row]})).counts == {}


def test_nor_is_whoever_is_so_in_a_whole_roster() -> None:
    tables = small()
    tables["users"].append(PUPIL)
    tables["users"][1] |= {"agentSourcedIds": "K9"}
    tables["roles"].append(former("K9", OVER))
    assert told(roster(tables), EMPTY).counts == {"OR056": 1, "OR058": 1}
    assert "K9" not in by_id(plan(roster(tables)))


@pytest.mark.parametrize("row", [role("T2", "teacher", "S2") | GONE, role("T2", "teacher", "S2", **OVER)])
def test_who_has_left_comes_back_by_no_former_role(row: dict[str, str]) -> None:
    back = user("T2", "Ulla", "Ude")
    guardian = delta({"users": [back], "roles": [row, role("T2", "guardian", "S1")]})
    assert plan(guardian, LEFT).empty
    assert read(guardian, LEFT).dropped == {"guardian": 1}
    alone = told(delta({"users": [back], "roles": [row]}), LEFT)
    assert alone.counts == {"OR056": 1}
    assert alone.findings[0].template.startswith("%(id)s left with an earlier roster")
    tables = small()
    tables["roles"][2] |= OVER
    assert plan(roster(tables), LEFT).empty
    working = delta({"users": [back], "roles": [row, role("T2", "aide", "S2")]})
    assert [(one.action, held(one.after)) for one in plan(working, LEFT).people] == [("returned", ["aide"])]


@pytest.mark.parametrize("blank", [False, True])
@pytest.mark.parametrize("tables", [{}, {"users": [user("T2", "Ulla", "Ude")]}])
def test_a_deleted_role_of_staff_ends_still(tables: dict[str, Rows], *, blank: bool) -> None:
    row = role("T2", "teacher", "S2") | GONE | ({"role": ""} if blank else {})
    made = plan(delta({**tables, "roles": [row, role("T2", "student", "S2")]}), FIRST)
    assert {name: held(one) for name, one in by_id(made).items()} == {"T2": []}
    assert by_id(made)["T2"].on_roster


def test_staff_whose_roles_are_over_stay_on_the_roster_and_are_not_counted_as_left_out() -> None:
    tables = small()
    tables["roles"][2] |= OVER
    tables["roles"].append(role("T2", "guardian", "S1", roleType="secondary"))
    rows = {"users": tables["users"][2:3], "roles": [tables["roles"][2], tables["roles"][-1]]}
    for content, dropped in ((roster(tables), {"guardian": 1, "student": 1}), (delta(rows), {})):
        made = plan(content, FIRST)
        assert [(one.action, held(one.after), one.after.on_roster) for one in made.people] == [("changed", [], True)]
        staged = read(content, FIRST)
        assert {sort: count for sort, count in staged.dropped.items() if sort in ("guardian", "student")} == dropped


def test_a_role_that_begins_later_or_ends_today_at_midnight_lets_in() -> None:
    for dates in ({"beginDate": "2027-01-04"}, {"endDate": "2026-11-24"}):
        content = delta({"users": [PUPIL], "roles": [role("K9", "aide", "S1", **dates)]})
        assert by_id(plan(content, FIRST)).keys() == {"K9"}
    assert str(TODAY) == OVER["endDate"]


def test_a_date_that_is_wrong_is_told_of_whoever_it_ends() -> None:
    for day, code in (("1900-01-01", "OR043"), ("20260101", "OR041")):
        content = delta({"users": [PUPIL], "roles": [role("K9", "aide", "S1", endDate=day)]})
        assert told(content).counts == {code: 1}


def test_a_role_record_that_goes_to_a_former_aide_ends_with_the_first() -> None:
    moved = role("P1", "principal", "S1") | {"userSourcedId": "K9"} | OVER
    made = plan(delta({"users": [PUPIL], "roles": [moved, role("K9", "student", "S1")]}), FIRST)
    assert {name: held(one) for name, one in by_id(made).items()} == {"P1": []}


def test_an_eleven_users_row_that_is_deleted_lets_nobody_in() -> None:
    present = after(plan(roster(small_11(), version="1.1")))
    deleted = user("K9", "Kim", "Young", role="aide", orgSourcedIds="S1") | GONE
    active = user("K9", "Kim", "Young", role="student", orgSourcedIds="S1")
    content = delta({"users": [deleted, active]}, version="1.1")
    assert plan(content, present).empty
    assert read(content, present).people == ()
    for word in ("teacher", ""):
        left = delta({"users": [{"sourcedId": "T1", "role": word} | GONE]}, version="1.1")
        assert [(one.action, held(one.after)) for one in plan(left, present).people] == [("ended", [])]


def test_pupils_beside_roles_that_are_not_whole_are_counted_and_not_told_one_by_one() -> None:
    pupils = [user(f"K{at}", f"Kid{at}", "Kay") for at in range(60, 90)]
    roles = [role("T2", "counselor", "S2", roleType="secondary") | STAMP]
    whole = roster({"users": [*small()["users"][:3], *pupils], "roles": roles}, modes={"roles": "delta"})
    for content in (whole, delta({"users": pupils, "roles": roles})):
        report = read_roster(content, known_to(FIRST)).report
        (finding,) = report.findings
        assert (finding.code, finding.line, finding.values) == ("OR056", None, {"count": 30})
        assert by_id(plan(content, FIRST)).keys() == {"T2"}
