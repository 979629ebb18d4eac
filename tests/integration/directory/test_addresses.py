"""An address signs one person in; nobody takes another's by hand, and no page promises what does not hold."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from services.directory.commands import AddPerson, ChangePerson
from services.directory.handlers.people import add_person, change_person
from services.directory.refusals import Refused
from services.directory.signin.links import make_links
from services.directory.store.present import load_people
from tests.integration.directory.test_api import Caller
from tests.support.directories import Directory
from tests.support.directory_web import Browser, Site
from tests.support.rosters import roster, small

MANY = 6
NILS: dict[str, Any] = {"given_name": "Nils", "family_name": "New", "username": "nils", "role": "hr"}
REFUSED = "a shared address signs nobody in"


def newcomer(username: str, email: str | None) -> AddPerson:
    return AddPerson("Nora", "New", username, email, None, "hr", None)


@pytest.fixture
def loaded(directory: Directory) -> Directory:
    """Tom Tran has T1@example.org; Ulla Ude's username is an address, which is not her own."""
    tables = small()
    tables["users"][2] |= {"username": "ulla@example.org"}
    directory.load(roster(tables))
    return directory


@pytest.mark.parametrize("address", ["t1@EXAMPLE.org", "Ulla@example.org"])
def test_nobody_takes_another_s_address_or_username_as_their_address(loaded: Directory, address: str) -> None:
    with loaded.writing() as writing:
        nora = add_person(writing, newcomer("nora", None))
    with pytest.raises(Refused) as refused, loaded.writing() as writing:
        add_person(writing, newcomer("nils", address))
    assert refused.value.fields == {"email": "email_taken"}
    with pytest.raises(Refused) as refused, loaded.writing() as writing:
        change_person(writing, ChangePerson(nora, 1, "Nora", "New", "nora", address, None))
    assert refused.value.fields == {"email": "email_taken"}
    with pytest.raises(Refused) as refused, loaded.writing() as writing:
        add_person(writing, newcomer("TOM.tran", address))
    assert refused.value.fields == {"username": "username_taken", "email": "email_taken"}, "both are said at once"


def test_one_s_own_may_stay_and_be_written_otherwise(loaded: Directory) -> None:
    """What a roster made shared is the roster's to mend; whoever shares it may have other things changed here."""
    with loaded.writing() as writing:
        nora = add_person(writing, newcomer("nora", "nora@example.org"))
    tables = small()
    tables["users"][1]["email"] = "Nora@example.org"
    tables["users"][2]["username"] = "ulla@example.org"
    loaded.load(roster(tables))
    for version, address in enumerate(("nora@example.org", "NORA@example.org", None), start=1):
        with loaded.writing() as writing:
            change_person(writing, ChangePerson(nora, version, "Nora", "Newer", f"nora{version}", address, None))
    with pytest.raises(Refused) as refused, loaded.writing() as writing:
        change_person(writing, ChangePerson(nora, 4, "Nora", "New", "nora", "nora@example.org", None))
    assert refused.value.fields == {"email": "email_taken"}, "once given up it is taken anew"


def test_of_many_who_ask_for_one_in_the_same_moment_one_gets_it(directory: Directory) -> None:
    for address in ("a@example.org", "b@example.org", "c@example.org"):
        ready = Barrier(MANY)

        def enter(number: int, address: str = address, ready: Barrier = ready) -> str:
            ready.wait(10)
            try:
                with directory.writing() as writing:
                    add_person(writing, newcomer(f"{address}/{number}", address.upper() if number % 2 else address))
            except Refused as refused:
                return refused.fields["email"]
            return "entered"

        with ThreadPoolExecutor(MANY) as pool:
            outcomes = list(pool.map(enter, range(MANY)))
        assert sorted(outcomes) == ["email_taken"] * (MANY - 1) + ["entered"]


def test_it_is_said_at_the_field_on_the_page_and_over_json(loaded: Directory, site: Site, admin: Browser) -> None:
    answer = admin.post("/people/new", {**NILS, "email": "T1@Example.org"})
    assert (answer.status_code, answer.text.count(REFUSED)) == (422, 2), "above, and at the field"
    over_json = Caller(site, "ada").ask("POST", "/people", json={**NILS, "email": "T1@Example.org"})
    assert over_json.status_code == 422
    assert [(one["pointer"], REFUSED in one["detail"]) for one in over_json.get_json()["errors"]] == [("#/email", True)]
    assert site.sign_in("T1@example.org").status_code != 303, "no password yet"
    loaded.give_password(loaded.person("Tran"))
    assert site.sign_in("T1@example.org").status_code == 303


@pytest.mark.parametrize("address", ["josé@escuela.example", "jose..o@escuela.example", "jose@escuela..example"])
def test_what_no_letter_can_be_written_to_is_taken_by_no_way_in(directory: Directory, address: str) -> None:
    with directory.writing() as writing:
        nora = add_person(writing, newcomer("nora", "nora@escuéla.example"))
    with pytest.raises(Refused) as refused, directory.writing() as writing:
        add_person(writing, newcomer("jose", address))
    assert refused.value.fields == {"email": "email_unreachable"}
    with pytest.raises(Refused) as refused, directory.writing() as writing:
        change_person(writing, ChangePerson(nora, 1, "Nora", "New", "nora", address, None))
    assert refused.value.fields == {"email": "email_unreachable"}
    tables = small()
    tables["users"][1]["email"], tables["users"][2]["email"] = address, "ulla@escuéla.example"
    directory.load(roster(tables))
    with directory.reading() as connection:
        people = {one.family_name: one.email for one in load_people(connection, directory.district_id)}
    assert (people["Tran"], people["Ude"]) == (None, "ulla@escuéla.example")


def test_what_no_letter_can_be_written_to_is_said_at_its_field(site: Site, admin: Browser) -> None:
    answer = admin.post("/people/new", {**NILS, "email": "josé@escuela.example"})
    assert (answer.status_code, answer.text.count("No letter can be written to this address")) == (422, 2)
    over_json = Caller(site, "ada").ask("POST", "/people", json={**NILS, "email": "josé@escuela.example"})
    assert over_json.status_code == 422
    assert [one["pointer"] for one in over_json.get_json()["errors"]] == ["#/email"]


@pytest.mark.parametrize(
    ("values", "promised"),
    [
        ({}, True),
        ({"email": ""}, False),
        ({"email": "P1@example.org"}, False),
        ({"email": "Ulla.ude"}, False),
        ({"username": "t1@example.org"}, True),
    ],
    ids=["one's own", "none", "shared", "another's username", "one's own username"],
)
def test_the_page_that_sets_a_password_promises_only_what_signs_in(
    directory: Directory, site: Site, values: dict[str, str], *, promised: bool
) -> None:
    tables = small()
    tables["users"][2]["username"] = "ulla.ude@example.org"
    values = {key: "ulla.ude@example.org" if value == "Ulla.ude" else value for key, value in values.items()}
    tables["users"][1] |= values
    directory.load(roster(tables))
    with directory.writing() as writing:
        (link,) = make_links(writing, [directory.person("Tran")])
    page = site.visitor().get(link.path).text
    assert "You sign in with the username" in page
    assert ("or your e-mail address" in page) is promised
    directory.give_password(directory.person("Tran"))
    assert (site.sign_in(values.get("email", "T1@example.org")).status_code == 303) is promised
