"""What the lines of an import say of a role that is held twice at one place, in two departments of a school."""

from datetime import date

from services.directory.planning.make import make_plan
from services.directory.planning.plan import Present
from services.directory.planning.summary import Note, summarise
from tests.support.rosters import delta, org, role, roster, small
from tests.unit.test_roster_planning import after, plan, read

PIER = {"role": "teacher", "school": "Pier School"}
ARTS, LETTERS = role("T1", "teacher", "M1"), role("T1", "teacher", "M2")


def here(*roles: dict[str, str]) -> Present:
    """Tom Tran with these roles besides that of Pier School itself, which has two departments."""
    tables = small()
    tables["orgs"] += [org("M1", "Arts", "department", "S1"), org("M2", "Letters", "department", "S1")]
    tables["roles"] = [row for row in tables["roles"] if row["userSourcedId"] != "T1"] + list(roles)
    return after(plan(roster(tables)))


def said(present: Present, *roles: dict[str, str]) -> tuple[Note, ...]:
    staged = read(delta({"roles": roles}), present)
    schools = {one.school_id: one.name for one in present.organisations if one.school_id}
    (line,) = summarise(make_plan(present, staged), staged, schools).lines
    return line.notes


def gone(row: dict[str, str]) -> dict[str, str]:
    return row | {"status": "tobedeleted"}


def test_what_another_department_still_says_has_not_ended() -> None:
    both = here(ARTS, LETTERS)
    assert said(both, gone(ARTS)) == ()
    assert said(both, ARTS | {"endDate": "2026-12-01"}) == ()
    assert said(both, ARTS | {"beginDate": "2026-12-01"}) == ()
    assert said(both, ARTS | {"role": "aide"}) == (Note("role_added", PIER | {"role": "aide"}),)


def test_what_ends_in_both_has_ended_and_is_said_once() -> None:
    assert said(here(ARTS, LETTERS), gone(ARTS), gone(LETTERS)) == (Note("role_ended", PIER),)


def test_what_the_other_says_for_other_days_or_elsewhere_does_not_count() -> None:
    later = here(ARTS, LETTERS | {"beginDate": str(date(2027, 1, 4))})
    assert said(later, gone(ARTS)) == (Note("role_ended", PIER),)
    elsewhere = here(ARTS, role("T1", "teacher", "S2"))
    assert said(elsewhere, gone(ARTS)) == (Note("role_ended", PIER),)
