"""A roster whose people have other sourcedIds is imported after a yes: accounts, passwords and roles go on."""

from io import BytesIO

import pytest

from services.directory.handlers.roster import Answers, apply_roster, check_roster
from services.directory.people import Person
from services.directory.refusals import Refused
from services.directory.store.present import load_people
from tests.integration.directory.test_api import Caller
from tests.integration.directory.test_import_reach import found, sent
from tests.support.directories import Directory
from tests.support.directory_web import Browser, Site, plain
from tests.support.rosters import roster, small, user, with_roles, with_word
from tests.unit.test_roster_new_keys import STAFF, rekeyed


def people(directory: Directory) -> dict[str, Person]:
    with directory.reading() as connection:
        found = load_people(connection, directory.district_id)
    return {person.source_id: person for person in found if person.source_id}


def test_a_whole_roster_under_other_keys(directory: Directory) -> None:
    directory.load(roster(small()))
    before, told = people(directory), len(directory.events())
    with directory.writing() as writing:
        checked = check_roster(writing, BytesIO(roster(rekeyed(*STAFF))), "moved.zip")
    assert checked.report.counts == {"OR073": 3}
    with directory.writing() as writing, pytest.raises(Refused) as refusal:
        apply_roster(writing, checked.batch_id, Answers())
    assert refusal.value.fields == {"confirm_same_people": "OR073"}
    assert (people(directory), len(directory.events())) == (before, told)
    with directory.writing() as writing:
        apply_roster(writing, checked.batch_id, Answers(same_people=True))
    after = people(directory)
    assert {name: one.person_id for name, one in after.items()} == {
        f"N-{name}": one.person_id for name, one in before.items()
    }
    assert after["N-T1"].evaluators == (before["P1"].person_id,)
    assert all(one.active(directory.at.date()) for one in after.values())
    assert directory.count("appointment") == 4, "nobody's role is another one now"
    directory.load(roster(small()), same_people=True)
    assert people(directory) == before, "and back again"


def test_the_password_goes_on_and_a_session_too(site: Site, admin: Browser) -> None:
    """On the page: what is asked stands in a table, and one yes answers it."""
    site.directory.load(roster(small()))
    tom = site.signed_in("tom.tran", site.directory.person("Tran"))
    upload = admin.post("/imports", {"file": (BytesIO(roster(rekeyed(*STAFF))), "moved.zip")})
    path = str(upload.headers["Location"]).removeprefix("/directory")
    words = plain(admin.get(path))
    assert "Perhaps the same person or school · Asks you · 3 places" in words
    assert "N-T1 has the username tom.tran of Tom Tran, who was T1 in the roster until now." in words
    assert "The roster&#39;s record T1 becomes N-T1" in words
    assert admin.post(f"{path}/apply", page=path).status_code == 422
    assert admin.post(f"{path}/apply", {"confirm_same_people": "1"}, page=path).status_code == 303
    assert tom.get("/me").status_code == 200
    assert site.sign_in("tom.tran").status_code == 303
    assert site.sign_in("T1@example.org").status_code == 303


def test_whoever_imports_may_have_another_key_themself_and_no_administrator_may(site: Site) -> None:
    site.directory.load(roster(with_roles(T1="ext:hr", T2="systemAdministrator")), losing=2)
    site.signed_in("tom.tran", site.directory.person("Tran"))
    caller = Caller(site, "tom.tran")
    tables = rekeyed("P1", "T1")
    words = {"N-T1": "ext:hr", "T2": "systemAdministrator"}
    tables["roles"] = [with_word(row, words.get(row["userSourcedId"], row["role"])) for row in tables["roles"]]
    body, applied = sent(caller, roster(tables), confirm_same_people=True)
    assert (applied.status_code, found(body)) == (200, [])
    tables = rekeyed(*STAFF)
    words = {"N-T1": "ext:hr", "N-T2": "systemAdministrator"}
    tables["roles"] = [with_word(row, words.get(row["userSourcedId"], row["role"])) for row in tables["roles"]]
    body, applied = sent(caller, roster(tables), confirm_same_people=True)
    asked = "The account of Ulli Ude (N-T2), a system administrator, would be changed or shut out."
    assert (applied.status_code, found(body)) == (403, [("users.csv", 4, asked)])


def test_somebody_else_who_gets_a_key_that_was_given_up_gets_nothing_else(directory: Directory) -> None:
    directory.load(roster(small()))
    directory.load(roster(rekeyed("T1")), same_people=True)
    tom = people(directory)["N-T1"]
    tables = rekeyed("T1")
    tables["users"].append(user("T1", "Hanna", "Löwe", email="h@example.org"))
    tables["roles"].append({**small()["roles"][1]})
    directory.load(roster(tables))
    assert people(directory)["N-T1"] == tom
    assert people(directory)["T1"].person_id != tom.person_id
