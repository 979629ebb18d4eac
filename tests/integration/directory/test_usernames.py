"""A username belongs to one person, whoever asks for it in the same moment and whoever was away meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from services.directory.commands import AddPerson, Appoint, ChangePerson
from services.directory.handlers.people import add_person, appoint, change_person
from services.directory.refusals import Refused
from tests.support.directories import Directory
from tests.support.rosters import roster, small

MANY = 6


def _newcomer(username: str) -> AddPerson:
    return AddPerson("Nora", "New", username, None, None, "hr", None)


def test_of_many_who_ask_for_one_in_the_same_moment_one_gets_it(directory: Directory) -> None:
    for name in ("nora", "nils", "nuria"):
        ready = Barrier(MANY)

        def enter(number: int, name: str = name, ready: Barrier = ready) -> str:
            ready.wait(10)
            try:
                with directory.writing() as writing:
                    add_person(writing, _newcomer(name.upper() if number % 2 else name))
            except Refused as refused:
                return refused.fields["username"]
            return "entered"

        with ThreadPoolExecutor(MANY) as pool:
            outcomes = list(pool.map(enter, range(MANY)))
        assert sorted(outcomes) == ["entered"] + ["username_taken"] * (MANY - 1)


def test_one_s_own_may_be_written_otherwise_but_nobody_else_s(directory: Directory) -> None:
    with directory.writing() as writing:
        nora = add_person(writing, _newcomer("nora"))
        add_person(writing, _newcomer("nils"))
    with directory.writing() as writing:
        change_person(writing, ChangePerson(nora, 1, "Nora", "New", "NORA", None, None))
    with pytest.raises(Refused) as refused, directory.writing() as writing:
        change_person(writing, ChangePerson(nora, 2, "Nora", "New", "Nils", None, None))
    assert refused.value.fields == {"username": "username_taken"}


def test_nobody_takes_another_s_address_as_a_username(directory: Directory) -> None:
    """Typed at the sign-in it would be taken for theirs, and shut its owner out of signing in by it."""
    with directory.writing() as writing:
        add_person(writing, AddPerson("Nora", "New", "nora", "nora@example.org", None, "hr", None))
        nils = add_person(writing, AddPerson("Nils", "New", "nils@example.org", "nils@example.org", None, "hr", None))
    with pytest.raises(Refused) as refused, directory.writing() as writing:
        add_person(writing, _newcomer("Nora@example.org"))
    assert refused.value.fields == {"username": "username_taken"}
    with pytest.raises(Refused) as refused, directory.writing() as writing:
        change_person(writing, ChangePerson(nils, 1, "Nils", "New", "nora@example.org", None, None))
    assert refused.value.fields == {"username": "username_taken"}


def test_who_comes_back_to_a_username_that_was_given_away_is_told(directory: Directory) -> None:
    """Tran leaves the roster, somebody else takes the username, and then Tran is appointed by hand."""
    directory.load(roster(small()))
    tran = directory.person("Tran")
    with directory.reading() as connection:
        username = connection.exec_driver_sql("SELECT username FROM account WHERE person_id = %s", (tran,)).scalar_one()
    rest = {file: [row for row in rows if "T1" not in row.values()] for file, rows in small().items()}
    directory.load(roster({**rest, "roles": [row for row in rest["roles"] if row["userSourcedId"] != "T1"]}), ending=1)
    with directory.writing() as writing:
        add_person(writing, _newcomer(username))
    with pytest.raises(Refused) as refused, directory.writing() as writing:
        appoint(writing, Appoint(tran, None, "hr", None))
    assert refused.value.code == "username_given_away"
    assert refused.value.values["username"] == username
