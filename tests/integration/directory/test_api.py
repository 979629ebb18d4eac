"""The directory over JSON: the same commands, versions, keys and refusals as the pages."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.directory.commands import AddSchool
from services.directory.handlers.district import add_school
from shared.contracts.directory import CalendarChanged
from shared.ids import new_id
from tests.support.directories import PASSWORD, Directory
from tests.support.directory_web import Caller, Site
from tests.support.rosters import roster, small, with_roles


def test_a_token_is_refused_like_a_sign_in(site: Site) -> None:
    body = {"district": str(site.directory.district_id), "login": "ada", "password": "wrong-wrong-wrong-wrong"}
    client = site.app.test_client()
    answer = client.post("/api/v1/sessions", json=body)
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["type"] == "/problems/sign_in_refused"
    for _ in range(9):
        client.post("/api/v1/sessions", json=body)
    held = client.post("/api/v1/sessions", json=body)
    assert held.status_code == 429
    assert "Wait 15 minutes" in held.get_json()["remedy"]


def test_people_are_found_and_read(site: Site, office: Caller) -> None:
    found = office.ask("GET", "/people?role=teacher&page_size=1").get_json()
    assert (found["total"], [one["family_name"] for one in found["people"]]) == (2, ["Tran"])
    one = office.ask("GET", f"/people/{site.directory.person('Tran')}")
    body = one.get_json()
    assert one.headers["ETag"] == '"1"'
    assert body["roles"][0]["begins"] == "2024-08-01"
    assert body["roles"][0]["from_roster"] is True
    assert body["roster_evaluator_ids"] == [str(site.directory.person("Prieto"))]
    assert office.ask("GET", "/people?state=nonsense").status_code == 422


def test_a_change_names_the_version_it_was_made_on(site: Site, office: Caller) -> None:
    path = f"/people/{site.directory.person('Tran')}/roles"
    assert office.ask("POST", path, json={"role": "hr"}).status_code == 428
    given = office.ask("POST", path, version=1, json={"role": "hr", "begins": "2026-01-05"})
    assert given.status_code == 201
    assert given.headers["ETag"] == '"2"'
    assert {"role": "hr", "begins": "2026-01-05"}.items() <= next(
        r for r in given.get_json()["roles"] if r["role"] == "hr"
    ).items()
    late = office.ask("POST", path, version=1, json={"role": "aide"})
    assert late.status_code == 412
    assert "Ada Admin changed it" in late.get_json()["detail"]
    assert late.get_json()["version"] == "2"
    for never in (3, 999_999):
        invented = office.ask("POST", path, version=never, json={"role": "aide"})
        assert (invented.status_code, invented.get_json()["type"]) == (412, "/problems/unknown_version")


def test_the_same_key_has_one_effect_and_one_answer(site: Site, office: Caller) -> None:
    body = {"given_name": "A", "family_name": "B", "username": "abc", "role": "hr"}
    first = office.ask("POST", "/people", key="k1", json=body)
    again = office.ask("POST", "/people", key="k1", json=body)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert again.headers["Idempotent-Replay"] == "true"
    other = office.ask("POST", "/people", key="k1", json=body | {"username": "abd"})
    assert other.status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body", "pointer"),
    [
        ("POST", "/people", {"given_name": "A"}, "/family_name"),
        (
            "POST",
            "/people",
            {"given_name": "A", "family_name": "B", "username": "tom.tran", "role": "hr"},
            "username",
        ),
        (
            "POST",
            "/people",
            {"given_name": "A", "family_name": "B", "username": "x y", "role": "hr", "more": 1},
            "/more",
        ),
        ("POST", "/calendars", {"title": "x", "first_day": "2026-01-01", "last_day": "2025-01-01"}, "last_day"),
        ("PUT", "/district", {"name": "x", "zone": "Mars/Base", "guard_percent": 20}, "zone"),
    ],
)
def test_a_mistake_is_told_at_its_field(
    office: Caller, method: str, path: str, body: dict[str, Any], pointer: str
) -> None:
    answer = office.ask(method, path, version=1, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.mimetype == "application/problem+json"
    assert any(pointer in error["pointer"] for error in answer.get_json()["errors"])


def test_people_shut_out_and_let_in_and_linked(site: Site, office: Caller) -> None:
    person = f"/people/{site.directory.person('Tran')}"
    assert office.ask("POST", f"{person}/deactivate", version=1).get_json()["active"] is False
    refused = office.ask("POST", f"{person}/links")
    assert refused.status_code == 409
    assert refused.get_json()["type"] == "/problems/link_for_inactive"
    assert office.ask("POST", f"{person}/reactivate", version=2).get_json()["active"] is True
    link = office.ask("POST", f"{person}/links").get_json()
    assert link["url"].startswith("http://127.0.0.1:8000/directory/set-password/")
    assert office.ask("POST", f"{person}/end-sessions").status_code == 204


def test_evaluators_are_written_whole(site: Site, office: Caller) -> None:
    person, prieto = site.directory.person("Ude"), str(site.directory.person("Prieto"))
    answer = office.ask("PUT", f"/people/{person}/evaluators", version=1, json={"evaluator_ids": [prieto]})
    assert answer.get_json()["evaluator_ids"] == [prieto]
    own = office.ask("PUT", f"/people/{person}/evaluators", version=2, json={"evaluator_ids": [str(person)]})
    assert own.status_code == 422


def test_nobody_names_their_own_evaluator(site: Site, office: Caller) -> None:
    """Who evaluates somebody is for others to say, as is who has which role."""
    herself, prieto = office.ask("GET", "/me").get_json()["person_id"], str(site.directory.person("Prieto"))
    version = office.ask("GET", f"/people/{herself}").get_json()["version"]
    body = {"evaluator_ids": [prieto]}
    refused = office.ask("PUT", f"/people/{herself}/evaluators", version=version, json=body)
    assert refused.status_code == 422
    assert "Nobody names their own evaluator" in refused.get_json()["errors"][0]["detail"]
    assert office.ask("GET", f"/people/{herself}").get_json()["evaluator_ids"] == []


def test_of_links_made_at_once_one_holds(site: Site, office: Caller) -> None:
    person, many = site.directory.person("Tran"), 6
    ready = Barrier(many)

    def make(_number: int) -> str:
        ready.wait(10)
        return str(office.ask("POST", f"/people/{person}/links").get_json()["url"])

    for _round in range(3):
        with ThreadPoolExecutor(many) as pool:
            links = list(pool.map(make, range(many)))
        pages = [site.app.test_client().get(urlsplit(link).path.removeprefix("/directory")) for link in links]
        assert sorted(page.status_code for page in pages) == [200] + [410] * (many - 1)


def test_calendars_and_their_days(site: Site, office: Caller) -> None:
    year = next(
        each for each in site.directory.events() if isinstance(each, CalendarChanged) and each.title == "2026-2027"
    )
    path = f"/calendars/{year.calendar_id}"
    days = [{"day": "2026-09-07", "kind": "holiday", "title": "Labor Day"}]
    answer = office.ask("PUT", f"{path}/days", version=1, json={"days": days})
    assert answer.get_json()["days"] == days
    assert office.ask("GET", path).get_json()["last_day"] == "2027-06-11"
    assert office.ask("PUT", f"{path}/days", version=1, json={"days": []}).status_code == 412
    made = office.ask("POST", "/calendars", json={"title": "x", "first_day": "2025-09-01", "last_day": "2026-06-01"})
    assert made.status_code == 201
    assert len(office.ask("GET", "/calendars").get_json()) == 3


def test_no_district_takes_the_name_of_another(office: Caller, make_directory: Callable[..., Directory]) -> None:
    make_directory("Other District")
    body = {"zone": "America/Chicago", "guard_percent": 20}
    for name, words in {
        "other  DISTRICT": "There is a district called Other District already. Choose another name.",
        "Har\u200bbor": "This holds a character that can't be seen. Type it anew.",
    }.items():
        taken = office.ask("PUT", "/district", version=1, json={**body, "name": name})
        assert (taken.status_code, taken.get_json()["errors"][0]["detail"]) == (422, words)
    own = office.ask("PUT", "/district", version=1, json={**body, "name": " HARBOR   District "})
    assert (own.status_code, own.get_json()["name"]) == (200, "HARBOR District")


def test_a_calendar_is_of_a_school_in_use_of_this_district(
    site: Site, office: Caller, make_directory: Callable[..., Directory]
) -> None:
    other = make_directory("Other District")
    with other.writing() as writing:
        theirs = add_school(writing, AddSchool("Theirs"))
    year = {"title": "x", "first_day": "2025-09-01", "last_day": "2026-06-01"}
    own = office.ask("POST", "/schools", json={"name": "Night School"}).get_json()["school_id"]
    made = office.ask("POST", "/calendars", json={**year, "school_id": own}).get_json()
    path, changed = f"/calendars/{made['calendar_id']}", {**year, "active": True}
    for school in (theirs, new_id()):
        for method, where, body in (("POST", "/calendars", year), ("PUT", path, changed)):
            answer = office.ask(method, where, version=1, json={**body, "school_id": str(school)})
            assert answer.status_code == 422, answer.text
            assert answer.get_json()["errors"][0]["detail"] == "Choose a school that is in use."
    office.ask("PUT", f"/schools/{own}", version=1, json={"name": "Night School", "active": False})
    closed = office.ask("POST", "/calendars", json={**year, "school_id": own})
    assert closed.status_code == 422
    kept = office.ask("PUT", path, version=1, json={**changed, "title": "y", "school_id": own})
    assert (kept.status_code, kept.get_json()["school_id"]) == (200, own)


def test_schools_and_settings(office: Caller) -> None:
    answer = office.ask("POST", "/schools", json={"name": "Night School"})
    made = answer.get_json()
    assert (answer.headers["ETag"], made["version"]) == ('"1"', 1)
    path, closing = f"/schools/{made['school_id']}", {"name": "Night School", "active": False}
    assert office.ask("PUT", path, json=closing).status_code == 428
    closed = office.ask("PUT", path, version=1, json=closing)
    assert (closed.get_json()["active"], closed.headers["ETag"]) == (False, '"2"')
    stale = office.ask("PUT", path, version=1, json={"name": "Evening School", "active": True})
    assert stale.status_code == 412
    assert stale.get_json()["detail"].startswith("Ada Admin changed it on ")
    assert [one["name"] for one in office.ask("GET", "/schools").get_json()] == [
        "Pier School",
        "Quay School",
        "Night School",
    ]
    changed = office.ask(
        "PUT", "/district", version=1, json={"name": "H", "zone": "America/Denver", "guard_percent": 5}
    )
    assert changed.headers["ETag"] == '"2"'


def test_a_roster_is_checked_and_applied(site: Site, office: Caller) -> None:
    tables = small()
    tables["users"], tables["roles"] = tables["users"][:1], tables["roles"][:1]
    checked = office.ask("POST", "/imports", data={"file": (BytesIO(roster(tables)), "staff.zip")})
    assert checked.status_code == 201
    body = checked.get_json()
    assert (body["state"], body["ending"], body["staff_before"]) == ("checked", 2, 3)
    assert [finding["code"] for finding in body["findings"]] == ["OR070"]
    assert {change["action"] for change in body["changes"]} == {"ended"}
    path = f"/imports/{body['import_id']}"
    asked = office.ask("POST", f"{path}/apply", json={})
    assert asked.status_code == 422
    assert asked.get_json()["errors"][0]["pointer"].endswith("confirm_ending")
    applied = office.ask("POST", f"{path}/apply", json={"confirm_ending": 2})
    assert applied.get_json()["state"] == "applied"
    assert office.ask("GET", "/imports").get_json()["total"] == 2
    again = office.ask("POST", f"{path}/discard")
    assert again.status_code == 409


def test_who_would_lose_their_part_in_evaluations_is_asked_about(office: Caller) -> None:
    zipped = BytesIO(roster(with_roles(P1="aide", T2="aide")))
    body = office.ask("POST", "/imports", data={"file": (zipped, "staff.zip")}).get_json()
    assert (body["state"], body["ending"], body["losing"], body["staff_before"]) == ("checked", 0, 2, 3)
    assert [finding["code"] for finding in body["findings"]] == ["OR074", "OR074"], "of the staff, and of who evaluates"
    assert body["findings"][1]["message"].startswith(
        "Of the 1 who evaluate today, 1 would no longer, at once or within"
    )
    path = f"/imports/{body['import_id']}"
    asked = office.ask("POST", f"{path}/apply", json={"confirm_ending": 2})
    assert asked.status_code == 422
    assert asked.get_json()["errors"][0]["pointer"].endswith("confirm_losing")
    assert office.ask("POST", f"{path}/apply", json={"confirm_losing": 2}).get_json()["state"] == "applied"


def test_findings_come_whole(office: Caller) -> None:
    tables = small()
    tables["roles"][1]["role"] = "Teecher"
    body = office.ask("POST", "/imports", data={"file": (BytesIO(roster(tables)), "x.zip")}).get_json()
    (finding,) = body["findings"]
    assert {**finding, "message": "", "remedy": ""} == {
        "code": "OR040", "severity": "error", "file": "roles.csv", "line": 3, "column": "role", "message": "", "remedy": "",
    }  # fmt: skip
    assert body["state"] == "refused"


def test_oneself(site: Site) -> None:
    site.directory.give_password(site.directory.person("Tran"))
    me, other = Caller(site, "tom.tran"), Caller(site, "t1@example.org")
    assert me.ask("GET", "/me").get_json()["roles"][0]["role"] == "teacher"
    open_ = me.ask("GET", "/me/sessions").get_json()
    assert sorted(one["present"] for one in open_) == [False, True]
    theirs = next(one["session_id"] for one in open_ if not one["present"])
    assert me.ask("DELETE", f"/me/sessions/{theirs}").status_code == 204
    assert other.ask("GET", "/me").status_code == 401
    new = "granite-willow-harbor-3"
    body = {"present_password": PASSWORD, "password": new, "password_again": new}
    assert me.ask("POST", "/me/password", json=body).status_code == 204
    assert me.ask("POST", "/me/password", json=body).status_code == 422
    site.directory.at += timedelta(hours=2)
    assert me.ask("GET", "/me").status_code == 401


def test_the_document_is_openapi_31_and_names_every_path(site: Site) -> None:
    document = site.app.test_client().get("/api/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    ours = {str(rule) for rule in site.app.url_map.iter_rules() if str(rule).startswith("/api/v1/")}
    assert len(document["paths"]) == len(ours)
    for path in document["paths"].values():
        for method, operation in path.items():
            if method != "parameters":
                assert operation["summary"], operation
    assert site.app.test_client().get("/api/docs").status_code == 200


def test_human_resources_reach_no_administrator_and_give_themselves_nothing(site: Site, office: Caller) -> None:
    """Whoever could make a link to an administrator's account could sign in as one."""
    person = site.directory.person("Tran")
    made_hr = office.ask("POST", f"/people/{person}/roles", version=1, json={"role": "hr"})
    assert made_hr.status_code == 201
    site.directory.give_password(person)
    hr = Caller(site, "tom.tran")
    above = f"/people/{site.directory.admin_id}"
    for path in ("/links", "/end-sessions", "/deactivate"):
        refused = hr.ask("POST", above + path, version=1)
        assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/not_yours_to_reach"), path
    version = int(hr.ask("GET", f"/people/{person}").headers["ETag"].strip('"'))
    for role in ("superintendent", "union_representative", "principal"):
        own = hr.ask("POST", f"/people/{person}/roles", version=version, json={"role": role})
        assert (own.status_code, own.get_json()["type"]) == (403, "/problems/own_role"), role
    another = f"/people/{site.directory.person('Ude')}"
    assert hr.ask("POST", f"{another}/links").status_code == 201
    assert office.ask("GET", above).status_code == 200, "still in"


def test_an_end_moves_earlier_alone_and_what_is_over_stays_over(site: Site, office: Caller) -> None:
    """Else everybody could give themselves by it what somebody else has to give."""
    person = f"/people/{site.directory.person('Tran')}"
    given = office.ask("POST", f"{person}/roles", version=1, json={"role": "hr", "ends": "2026-12-31"}).get_json()
    role = next(one["appointment_id"] for one in given["roles"] if one["role"] == "hr")
    site.directory.give_password(site.directory.person("Tran"))
    herself, end, version = Caller(site, "tom.tran"), f"{person}/roles/{role}/end", int(given["version"])
    for caller in (herself, office):
        later = caller.ask("POST", end, version=version, json={"ends": "2099-12-31"})
        assert (later.status_code, later.get_json()["errors"][0]["pointer"]) == (422, "#/ends"), later.text
        assert "give it anew from the day it ends" in later.get_json()["errors"][0]["detail"]
    for day in ("2026-12-31", "2026-06-01"):
        moved = office.ask("POST", end, version=version, json={"ends": day})
        assert day in [one["ends"] for one in moved.get_json()["roles"]], moved.text
        version = int(moved.get_json()["version"])
    over = office.ask("POST", end, version=version, json={})
    assert "2025-11-24" in [one["ends"] for one in over.get_json()["roles"]]
    for day in ("2099-12-31", None):
        again = office.ask("POST", end, version=over.get_json()["version"], json={"ends": day})
        assert (again.status_code, again.get_json()["type"]) == (409, "/problems/role_over"), again.text


_DAYS = {"title": "2031-32", "first_day": "2031-08-01", "last_day": "2032-06-01"}
_NAMED = {"given_name": "A", "family_name": "B", "username": "somebody"}
BODIES: dict[str, dict[str, Any]] = {
    "post /people": {**_NAMED, "role": "hr"},
    "put /people/{person_id}": _NAMED,
    "post /people/{person_id}/roles": {"role": "hr"},
    "put /people/{person_id}/evaluators": {"evaluator_ids": []},
    "put /district": {"name": "North", "zone": "America/Chicago", "guard_percent": 20},
    "post /schools": {"name": "Dawn School"},
    "put /schools/{school_id}": {"name": "Dawn School", "active": True},
    "post /calendars": _DAYS,
    "put /calendars/{calendar_id}": {**_DAYS, "active": True},
    "put /calendars/{calendar_id}/days": {"days": []},
}
"""What an operation that writes takes; {} where it stands not here."""


def test_the_document_declares_the_version_wherever_it_is_wanted(site: Site, office: Caller) -> None:
    document = site.app.test_client().get("/api/openapi.json").get_json()
    wanted = set()
    for path, item in document["paths"].items():
        place = path.removeprefix("/api/v1")
        for method in {"put", "post"} & set(item):
            told = item[method].get("parameters", [])
            headers = {one["name"]: one["required"] for one in told if one["in"] == "header"}
            assert headers.get("If-Match", True), "where it is declared, it is wanted"
            if not place.startswith(("/people", "/district", "/schools", "/calendars")):
                assert "If-Match" not in headers
                continue
            name = f"{method} {place}"
            answer = office.ask(method, re.sub(r"{\w+}", str(new_id()), place), json=BODIES.get(name, {}))
            assert answer.status_code != 422, (name, answer.text)
            assert ("If-Match" in headers) == (answer.status_code == 428), name
            wanted |= {name} if "If-Match" in headers else set()
    assert len(wanted) == 10
