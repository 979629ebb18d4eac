"""An import does nothing that whoever applies it may not do on the pages: no road to, or around, a system administrator."""

from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.directory.handlers.roster import Answers, apply_roster, check_roster
from services.directory.refusals import Refused
from tests.integration.directory.test_api import Caller
from tests.support.directory_web import Browser, Site, plain
from tests.support.rosters import delta, org, role, roster, small, user, with_roles, with_word


@pytest.fixture
def hr(site: Site) -> Browser:
    """Tom Tran, whom the roster calls human resources by now."""
    site.directory.load(roster(with_roles(T1="ext:hr")), losing=1)
    return site.signed_in("tom.tran", site.directory.person("Tran"))


@pytest.fixture
def caller(site: Site, hr: Browser) -> Caller:
    return Caller(site, "tom.tran")


def sent(caller: Caller, content: bytes, **answers: object) -> tuple[dict[str, Any], Any]:
    """The check, and what applying it got."""
    checked = caller.ask("POST", "/imports", data={"file": (BytesIO(content), "staff.zip")})
    assert checked.status_code == 201, checked.text
    body: dict[str, Any] = checked.get_json()
    return body, caller.ask("POST", f"/imports/{body['import_id']}/apply", json=answers)


def found(body: dict[str, Any]) -> list[tuple[str, int | None, str]]:
    return [(one["file"], one["line"], one["message"]) for one in body["findings"] if one["code"] == "OR075"]


def is_in(site: Site, person_id: UUID) -> tuple[bool, list[str]]:
    """Whether they may sign in, and their roles."""
    with site.directory.reading() as connection:
        rows = connection.execute(
            text(
                "SELECT p.active, r.role FROM people_person p LEFT JOIN people_role r USING (district_id, person_id) "
                "WHERE p.person_id = :person AND (r.ends IS NULL OR r.ends > '2025-11-24') ORDER BY r.role"
            ),
            {"person": person_id},
        ).all()
    return rows[0].active, [row.role for row in rows]


EVIL = user("evil2", "Eve", "Vil", email="eve@example.org")


def raised(word: str) -> bytes:
    """The record by which she was a teacher, with another word."""
    return delta({"roles": [with_word(role("evil2", "teacher", "S1"), word)]})


def test_nobody_becomes_system_administrator_by_an_import_of_human_resources(site: Site, caller: Caller) -> None:
    body, applied = sent(caller, delta({"users": [EVIL], "roles": [role("evil2", "teacher", "S1")]}))
    assert (applied.status_code, found(body)) == (200, [])
    site.directory.give_password(site.directory.person("Vil"))
    body, applied = sent(caller, raised("systemAdministrator"), confirm_losing=1)
    assert found(body) == [("roles.csv", 2, "Eve Vil (evil2) would get or lose the role of system administrator.")]
    assert (applied.status_code, applied.get_json()["type"]) == (403, "/problems/import_not_yours")
    assert "roles.csv:2 (Eve Vil)" in applied.get_json()["detail"]
    assert is_in(site, site.directory.person("Vil")) == (True, ["teacher"])
    body, applied = sent(caller, raised("ext:hr"), confirm_losing=1)  # what human resources may give on her page too
    assert (applied.status_code, found(body)) == (200, [])


def test_nobody_names_their_own_evaluator_by_an_import(site: Site, caller: Caller) -> None:
    own = user("T1", "Tom", "Tran", agentSourcedIds="T2")
    body, applied = sent(caller, delta({"users": [own]}))
    assert found(body) == [("users.csv", 2, "Tom Tran (T1) would name their own evaluator by an import.")]
    assert (applied.status_code, applied.get_json()["type"]) == (403, "/problems/import_not_yours")
    body, applied = sent(caller, delta({"users": [user("T2", "Ulli", "Ude", agentSourcedIds="P1")]}))
    assert (applied.status_code, found(body)) == (200, []), "who evaluates others is for them to say"


def test_an_account_goes_to_nobody_else_without_a_yes(site: Site, caller: Caller) -> None:
    """A sourcedId that comes with other names and another way to sign in: all that stands on it would be somebody else's."""
    other = user("T2", "Hanna", "Löwe", username="h.lowe", email="h.lowe@example.org")
    body, applied = sent(caller, delta({"users": [other]}))
    asked = [(one["line"], one["message"]) for one in body["findings"] if one["code"] == "OR073"]
    assert asked == [(2, "T2 belonged to Ulli Ude until now, and Hanna Löwe would take over their account and record.")]
    assert applied.status_code in (409, 422)
    assert site.directory.person("Ude")
    married = user("T2", "Ulli", "Löwe", username="ulla.ude", email="u.lowe@example.org")
    body, applied = sent(caller, delta({"users": [married]}))
    assert (applied.status_code, body["findings"]) == (200, [])
    body, applied = sent(caller, delta({"users": [other]}), confirm_same_people=True)
    assert applied.status_code == 200


def test_nobody_shuts_a_system_administrator_out_by_an_import(site: Site, caller: Caller) -> None:
    same = user("ada2", "Ada", "Admin", email="ada@example.org", username="ada2", enabledUser="false")
    body, applied = sent(
        caller, delta({"users": [same], "roles": [role("ada2", "aide", "S1")]}), confirm_same_people=True
    )
    words = "The account of Ada Admin (ada2), a system administrator, would be changed or shut out."
    assert found(body) == [("users.csv", 2, words)]
    assert applied.status_code == 403
    assert is_in(site, site.directory.admin_id) == (True, ["system_administrator"])


def test_one_of_the_roster_is_neither_unmade_nor_left_out(site: Site, caller: Caller) -> None:
    tables = with_roles(T1="ext:hr", T2="systemAdministrator")
    site.directory.load(roster(tables), losing=1)
    ude = site.directory.person("Ude")
    gone = {"status": "tobedeleted"}
    for content, places in (
        (roster(with_roles(T1="ext:hr")), [("roles.csv", 4)]),
        (delta({"users": [user("T2", "Ulla", "Ude") | gone]}), [("users.csv", 2), ("roles.csv", None)]),
        (delta({"roles": [role("T2", "teacher", "S2") | gone]}), [("roles.csv", 2)]),
        (delta({"users": [user("T2", "Ulla", "Ude", email="eve@example.org")]}), [("users.csv", 2)]),
        (delta({"roles": [with_word(role("T2", "teacher", "S2", endDate="2025-12-01"), "systemAdministrator")]}),
         [("roles.csv", 2)]),
    ):  # fmt: skip
        body, applied = sent(caller, content, confirm_ending=1, confirm_losing=1)
        assert [place[:2] for place in found(body)] == places
        assert applied.status_code == 403
    assert is_in(site, ude) == (True, ["system_administrator"])
    for row in tables["users"]:
        row["agentSourcedIds"] = "P1" if row["sourcedId"] == "T2" else row.get("agentSourcedIds", "")
    body, applied = sent(caller, roster(tables))
    assert (applied.status_code, found(body)) == (200, []), "who evaluates them is not their account"


def test_nobody_gives_themselves_a_role_by_an_import(site: Site, caller: Caller) -> None:
    for word, place in (("districtAdministrator", "D1"), ("principal", "S1")):
        body, applied = sent(caller, delta({"roles": [role("T1", word, place)]}))
        assert found(body) == [("roles.csv", 2, "Tom Tran (T1) would get a role by an import of their own.")]
        assert applied.status_code == 403
    body, applied = sent(caller, delta({"roles": [role("T2", "principal", "S1")]}))
    assert (applied.status_code, found(body)) == (200, [])
    body, applied = sent(caller, roster(small() | {"orgs": [*small()["orgs"], org("S3", "Dock School", parent="D1")]}))
    assert applied.status_code == 403, "their own word becomes teacher again: a role they had not"


def test_what_was_checked_by_another_is_asked_again_when_it_is_applied(site: Site, hr: Browser) -> None:
    site.directory.load(delta({"users": [EVIL], "roles": [role("evil2", "teacher", "S1")]}))
    with site.directory.writing() as writing:  # the command line may do all
        batch = check_roster(writing, BytesIO(raised("systemAdministrator")), "staff.zip")
    assert "OR075" not in batch.report.counts
    path = f"/imports/{batch.batch_id}"
    refused = hr.post(f"{path}/apply", page=path)
    assert refused.status_code == 403
    assert "roles.csv:2 (Eve Vil)" in plain(refused)
    assert path in refused.text, "it leads back to the import"
    assert hr.post(f"{path}/recheck", page=path).status_code == 303
    words = plain(hr.get(path))
    assert "OR075 · Only a system administrator may import this" in words
    assert "Import all of it" not in words


def test_a_system_administrator_imports_what_human_resources_may_not(site: Site, hr: Browser) -> None:
    site.directory.load(delta({"users": [EVIL], "roles": [role("evil2", "teacher", "S1")]}))
    uploaded = hr.post("/imports", {"file": (BytesIO(raised("systemAdministrator")), "staff.zip")})
    path = str(uploaded.headers["Location"]).removeprefix("/directory")
    admin = site.admin()
    assert "Import all of it" in plain(admin.get(path))
    assert admin.post(f"{path}/apply", {"confirm_losing": "1"}, page=path).status_code == 303
    assert is_in(site, site.directory.person("Vil")) == (True, ["system_administrator"])


def test_the_rule_holds_below_the_pages(site: Site, hr: Browser) -> None:
    site.directory.load(delta({"users": [EVIL], "roles": [role("evil2", "teacher", "S1")]}))
    tran = site.directory.person("Tran")
    with site.directory.writing(tran) as writing:
        batch = check_roster(writing, BytesIO(raised("systemAdministrator")), "staff.zip")
    with site.directory.writing(tran) as writing, pytest.raises(Refused, match="import_not_yours"):
        apply_roster(writing, batch.batch_id, Answers())
    with site.directory.writing() as writing:
        apply_roster(writing, batch.batch_id, Answers(losing=1))
    assert is_in(site, site.directory.person("Vil")) == (True, ["system_administrator"])


def test_the_page_of_an_administrator_is_not_changed_either(site: Site, hr: Browser, caller: Caller) -> None:
    """By another username or address they would be shut out as well."""
    above = f"/people/{site.directory.admin_id}"
    fields = {"given_name": "Ada", "family_name": "Admin", "username": "gone", "email": "eve@example.org"}
    assert hr.post(f"{above}/edit", fields).status_code == 403
    assert caller.ask("PUT", above, version=1, json=fields).status_code == 403
    assert site.sign_in("ada").status_code == 422, "she has no password yet"
    assert site.admin().get("/people").status_code == 200
