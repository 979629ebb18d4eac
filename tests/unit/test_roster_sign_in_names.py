"""A username or an address that goes from somebody who stays to somebody else is told."""

import pytest

from tests.support.rosters import roster, small, user
from tests.unit.test_roster_planning import FIRST, changed, plan, without


def exchanged(column: str, *, names: bool = False) -> bytes:
    """The small roster, with the values of its two teachers in each other's rows."""
    tables = small()
    columns = (column, "username", "givenName", "familyName", "preferredGivenName", "email") if names else (column,)
    tom, ulla = tables["users"][1:3]
    for each in columns:
        tom[each], ulla[each] = ulla.get(each, ""), tom.get(each, "")
    return roster(tables)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("username", "The username ulla.ude goes from Ulli Ude, who stays, to Tom Tran."),
        ("email", "The e-mail address T2@example.org goes from Ulli Ude, who stays, to Tom Tran."),
    ],
)
def test_what_two_exchange_is_told_of_both(column: str, words: str) -> None:
    made = plan(exchanged(column), FIRST)
    assert (made.report.counts, made.report.errors) == ({"OR078": 2}, 0)
    told = made.report.findings[0]
    assert (told.column, told.line, told.template % told.values) == (column, 3, words)


def test_whose_names_go_along_is_asked_about_and_not_told_twice() -> None:
    assert plan(exchanged("username", names=True), FIRST).report.counts == {"OR073": 2}


def test_a_newcomer_may_get_what_somebody_gave_up() -> None:
    tables = small()
    tables["users"][1]["username"] = "tomtran"
    tables["users"].append(user("T3", "Tom", "Tran"))
    tables["roles"].append(tables["roles"][1] | {"sourcedId": "T3-teacher-S1", "userSourcedId": "T3"})
    assert plan(roster(tables), FIRST).report.counts == {"OR078": 1}
    rest = without("T2")
    rest["users"][1]["username"] = "Ulla.Ude"
    assert "OR078" not in plan(roster(rest), FIRST).report.counts, "of whoever leaves"


def test_what_nobody_gives_up_is_not_told() -> None:
    assert plan(exchanged("identifier"), changed(FIRST, "T1", identifier="7")).report.counts == {}
    shared = changed(FIRST, "T1", email="T2@example.org")
    assert plan(roster(small()), shared).report.counts == {}
    capital = small()
    capital["users"][1]["username"] = "TOM.TRAN"
    assert plan(roster(capital), FIRST).report.counts == {}
