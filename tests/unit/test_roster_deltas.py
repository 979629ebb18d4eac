"""Deltas of records that change hands, become something else or come back: what they take away, and what they leave."""

from services.directory.people import Person
from services.directory.planning.plan import Plan
from tests.support.rosters import delta, role
from tests.unit.test_roster_planning import FIRST, TODAY, after, plan


def held(who: Person) -> list[str]:
    """The roles that are not over."""
    return [one.role for one in who.appointments if not one.over(TODAY)]


def by_id(made: Plan) -> dict[str, Person]:
    return {change.after.source_id or "": change.after for change in made.people}


def test_a_role_record_that_goes_to_somebody_else_ends_with_the_first() -> None:
    moved = role("P1", "principal", "S1") | {"userSourcedId": "T2"}
    made = plan(delta({"roles": [moved]}), FIRST)
    assert {name: held(one) for name, one in by_id(made).items()} == {"P1": [], "T2": ["teacher", "principal"]}
    assert (made.ending, made.report.counts) == (1, {"OR070": 1})
    back = plan(delta({"roles": [moved | {"userSourcedId": "P1"}]}), after(made, FIRST))
    assert {name: held(one) for name, one in by_id(back).items()} == {"P1": ["principal"], "T2": ["teacher"]}
