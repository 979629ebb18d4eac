"""A sourcedId that is known and comes with somebody else is asked about; whoever marries, moves or is renamed is not."""

from dataclasses import replace

import pytest

from services.directory.planning.plan import Plan, Present
from tests.support.rosters import roster, small
from tests.unit.test_roster_new_keys import changes, rekeyed
from tests.unit.test_roster_planning import FIRST, changed, person, plan

NUMBERED = changed(changed(FIRST, "T1", identifier="4711"), "T2", identifier="4712")
NAMESAKES = changed(NUMBERED, "T2", given_name="Tom", family_name="Tran", username="tom.tran2")


def stated(source_id: str = "T1", **values: str) -> dict[str, list[dict[str, str]]]:
    """The small roster with the staff numbers of NUMBERED, and these values in one row."""
    tables = small()
    for row in tables["users"]:
        row.update({"T1": {"identifier": "4711"}, "T2": {"identifier": "4712"}}.get(row["sourcedId"], {}))
        row.update(values if row["sourcedId"] == source_id else {})
    return tables


def alone(**values: str) -> bytes:
    """The same with these values in the row of T1, and without T2."""
    tables = stated(**values)
    tables["users"] = [row for row in tables["users"] if row["sourcedId"] != "T2"]
    tables["roles"] = [row for row in tables["roles"] if row["userSourcedId"] != "T2"]
    return roster(tables)


def exchanged_keys(present: Present) -> bytes:
    """The small roster in which T1 and T2 have each other's sourcedId, as `present` has them."""
    tables = stated()
    tom, ulla = person(present, "T1"), person(present, "T2")
    for row, one in zip(tables["users"][1:3], (ulla, tom), strict=True):
        row |= {"givenName": one.given_name, "familyName": one.family_name, "username": one.username}
        row |= {"email": one.email or "", "identifier": one.identifier or "", "preferredGivenName": ""}
    return roster(tables)


def asked(made: Plan) -> list[tuple[int | None, str]]:
    return [(one.line, one.template % one.values) for one in made.report.findings if one.code == "OR073"]


@pytest.mark.parametrize("name", [{"given_name": "Tom"}, {"family_name": "Tran"}])
def test_two_who_share_a_name_and_exchange_keys_are_asked_about_once_each(name: dict[str, str]) -> None:
    made = plan(exchanged_keys(present := changed(NUMBERED, "T2", **name)), present)
    ulla = person(present, "T2").name
    assert made.report.counts == {"OR073": 2}, "and nothing is said of usernames that go along"
    assert asked(made) == [
        (3, f"T1 belonged to Tom Tran until now, and {ulla} would take over their account and record."),
        (4, f"T2 belonged to {ulla} until now, and Tom Tran would take over their account and record."),
    ]


def test_two_of_one_name_who_exchange_keys_are_told_apart_by_what_is_their_own() -> None:
    made = plan(exchanged_keys(NAMESAKES), NAMESAKES)
    assert made.report.counts == {"OR073": 2}
    assert asked(made)[0][1] == (
        "T1 belonged to Tom Tran until now, and comes with the username, e-mail address or staff number of Tom Tran (T2), "
        "who would take over their account and record."
    )


def test_whoever_keeps_the_name_and_comes_with_another_s_own_is_told_by_whose_it_was() -> None:
    made = plan(alone(username="ulla.ude", email="T2@example.org"), NUMBERED)
    assert asked(made)[0][1] == (
        "T1 belonged to Tom Tran until now, and comes with the username, e-mail address or staff number of Ulli Ude (T2), "
        "who would take over their account and record."
    )


@pytest.mark.parametrize(
    "values",
    [
        {"familyName": "Fields", "username": "tfields", "email": "fields@example.org", "identifier": "9"},
        {"givenName": "Thea", "username": "thea", "email": "thea@example.org", "identifier": "9"},
        {"familyName": "Fields", "username": "tfields", "email": "", "identifier": ""},
        {"username": "ulla.ude", "email": "T2@example.org"},
        {"email": "T2@example.org", "identifier": "4712"},
        {"username": "ulla.ude", "email": "", "identifier": ""},
    ],
    ids=["another family", "another given name", "no more stated", "login of one", "two of one", "all of one"],
)
def test_whoever_comes_with_nothing_kept_or_with_another_s_own_is_asked_about(values: dict[str, str]) -> None:
    made = plan(alone(**values), NUMBERED)
    assert made.report.counts["OR073"] == 1
    assert "OR078" not in made.report.counts


@pytest.mark.parametrize("kept", ["username", "email", "identifier"])
@pytest.mark.parametrize("name", ["givenName", "familyName"])
def test_whoever_marries_and_keeps_something_of_their_own_is_not_asked_about(name: str, kept: str) -> None:
    values = {"username": "t.new", "email": "new@example.org", "identifier": "9"}
    del values[kept]
    made = plan(roster(stated(**values, **{name: "Fields"})), NUMBERED)
    assert made.report.counts == {}


def test_a_new_way_to_sign_in_under_the_same_name_is_not_asked_about() -> None:
    values = {"givenName": "TOM", "username": "t.new", "email": "new@example.org", "identifier": "9"}
    assert plan(roster(stated(**values)), NUMBERED).report.counts == {}


def test_what_several_share_is_kept_by_nobody_and_taken_from_nobody() -> None:
    office = {"email": "office@example.org"}
    shared = replace(NUMBERED, people=tuple(replace(one, **office) for one in NUMBERED.people))
    gone = {"familyName": "Fields", "username": "tfields", "identifier": "9"}
    assert plan(roster(stated(**gone, **office)), shared).report.counts["OR073"] == 1
    moved = {"username": "ulla.ude", "identifier": "9"}
    assert "OR073" not in plan(alone(**moved, **office), shared).report.counts, "one thing of Ulla's, of two"


def test_what_was_given_up_by_whoever_left_is_still_theirs_where_nobody_has_it() -> None:
    left = changed(NAMESAKES, "T2", on_roster=False)
    again = alone(username="tom.tran2", email="T2@example.org", identifier="4712")
    assert plan(again, left).report.counts["OR073"] == 1


def test_a_new_key_with_what_is_another_s_own_joins_nobody_else() -> None:
    """The username of one who leaves, the address and the number of one who stays: somebody else than the first."""
    mixed = rekeyed("T1", familyName="Ude", email="T2@example.org", identifier="4712")
    mixed["users"][2] |= {"email": "ulla@example.org", "identifier": "8"}
    made = plan(roster(mixed), NUMBERED)
    assert "OR073" not in made.report.counts
    assert changes(made)["N-T1"][0] == "added"
    assert plan(roster(rekeyed("T1", familyName="Ude", email="T2@example.org")), NUMBERED).report.counts["OR073"] == 1


@pytest.mark.parametrize(
    ("tom", "ulla", "words"),
    [
        ({"familyName": "Löwe"}, {}, "goes from Ulli Ude, who stays, to Tom Löwe, who was called Tom Tran until now."),
        (
            {},
            {"familyName": "Löwe"},
            "goes from Ulli Ude, who stays and is called Ulli Löwe from then on, to Tom Tran.",
        ),
        (
            {"familyName": "Ude"},
            {"familyName": "Tran"},
            "goes from Ulli Ude, who stays and is called Ulli Tran from then on, to Tom Ude, who was called Tom Tran until "
            "now.",
        ),
    ],
)
@pytest.mark.parametrize("column", ["username", "email"])
def test_what_changes_hands_names_people_as_they_were_and_as_they_will_be(
    column: str, tom: dict[str, str], ulla: dict[str, str], words: str
) -> None:
    tables = stated(**tom)
    first, second = tables["users"][1:3]
    second |= ulla
    first[column], second[column] = second[column], first[column]
    made = plan(roster(tables), NUMBERED)
    assert made.report.counts == {"OR078": 2}
    told = made.report.findings[0]
    sort = "username" if column == "username" else "e-mail address"
    assert told.template % told.values == f"The {sort} {told.values['value']} {words}"
