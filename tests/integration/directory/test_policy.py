"""Every route of the directory as everyone: nobody, each role, a person of another district; against what is expected.

The table below is written by hand from what was agreed, not taken from the policy: a rule that loosens shows here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from services.directory.commands import AddPerson, CreateDistrict
from services.directory.handlers.district import create_district
from services.directory.handlers.people import add_person
from services.directory.signin.sessions import start_session
from services.directory.store.saving import Writing
from shared.contracts.directory import CalendarChanged, SchoolChanged
from shared.db import transaction
from shared.ids import new_id
from shared.people.roles import ROLES
from tests.support.directory_web import Site
from tests.support.web import token_for

MANAGERS = frozenset({"hr", "district_administrator", "system_administrator"})
EVERYONE = "everyone"  # also whoever is not signed in
SIGNED_IN = "signed in"
OFFICE = "office"  # who manages the directory

EXPECTED: dict[str, str] = {
    "GET access.show": EVERYONE, "POST access.enter": EVERYONE, "POST access.leave": EVERYONE,
    "GET access.renew": SIGNED_IN, "GET access.choose_password": EVERYONE, "POST access.keep_password": EVERYONE,
    "GET me.show": SIGNED_IN, "GET me.sessions": SIGNED_IN, "POST me.end_session": SIGNED_IN,
    "POST me.end_others": SIGNED_IN, "GET me.password": SIGNED_IN, "POST me.keep_password": SIGNED_IN,
    "GET district.start": SIGNED_IN, "GET district.show": OFFICE, "POST district.change": OFFICE,
    "GET people.index": OFFICE, "GET people.new": OFFICE, "POST people.add": OFFICE, "GET people.show": OFFICE,
    "GET people.edit": OFFICE, "POST people.change": OFFICE, "POST people.appoint": OFFICE, "POST people.end": OFFICE,
    "GET people.evaluators": OFFICE, "POST people.name_evaluators": OFFICE, "POST people.shut_out": OFFICE,
    "POST people.let_in": OFFICE, "POST people.invite": OFFICE, "POST people.end_sessions": OFFICE,
    "GET schools.index": OFFICE, "POST schools.add": OFFICE, "GET schools.edit": OFFICE, "POST schools.change": OFFICE,
    "POST schools.links": OFFICE,
    "GET calendars.index": OFFICE, "GET calendars.new": OFFICE, "POST calendars.add": OFFICE,
    "GET calendars.show": OFFICE, "GET calendars.edit": OFFICE, "POST calendars.change": OFFICE,
    "POST calendars.add_days": OFFICE, "POST calendars.remove_days": OFFICE, "GET calendars.upload": OFFICE,
    "POST calendars.read_file": OFFICE,
    "GET imports.index": OFFICE, "POST imports.check": OFFICE, "GET imports.show": OFFICE, "POST imports.apply": OFFICE,
    "POST imports.recheck": OFFICE, "POST imports.discard": OFFICE,
    "POST sessions_api.Sessions": EVERYONE,
    "GET me_api.Me": SIGNED_IN, "GET me_api.MySessions": SIGNED_IN, "DELETE me_api.OneSession": SIGNED_IN,
    "POST me_api.Password": SIGNED_IN,
    "GET people_api.People": OFFICE, "POST people_api.People": OFFICE, "GET people_api.One": OFFICE,
    "PUT people_api.One": OFFICE, "POST people_api.Roles": OFFICE, "POST people_api.RoleEnd": OFFICE,
    "PUT people_api.Evaluators": OFFICE, "POST people_api.Deactivation": OFFICE, "POST people_api.Reactivation": OFFICE,
    "POST people_api.Links": OFFICE, "POST people_api.SessionsEnd": OFFICE,
    "GET schools_api.Schools": OFFICE, "POST schools_api.Schools": OFFICE, "PUT schools_api.One": OFFICE,
    "GET calendars_api.Calendars": OFFICE, "POST calendars_api.Calendars": OFFICE, "GET calendars_api.One": OFFICE,
    "PUT calendars_api.One": OFFICE, "PUT calendars_api.Days": OFFICE,
    "GET district_api.District": OFFICE, "PUT district_api.District": OFFICE,
    "GET imports_api.index": OFFICE, "POST imports_api.check": OFFICE, "GET imports_api.One": OFFICE,
    "POST imports_api.Apply": OFFICE, "POST imports_api.Recheck": OFFICE, "POST imports_api.Discard": OFFICE,
    "GET static": EVERYONE, "GET shell.livez": EVERYONE, "GET shell.readyz": EVERYONE, "GET shell.version": EVERYONE,
    "GET shell.metrics": EVERYONE, "GET api_docs.openapi": EVERYONE, "GET api_docs.docs": EVERYONE,
    "PUT drafts.put": SIGNED_IN, "GET drafts.show": SIGNED_IN, "DELETE drafts.drop": SIGNED_IN,
    "GET unsent.show": SIGNED_IN, "POST unsent.drop": SIGNED_IN,
}  # fmt: skip


@dataclass(frozen=True)
class Route:
    name: str
    method: str
    path: str


def routes(site: Site, ids: dict[str, str]) -> Iterator[Route]:
    """Every route and method of the app, its place-holders filled with things that are there."""
    for rule in site.app.url_map.iter_rules():
        values = {name: ids[name] for name in rule.arguments}
        with site.app.test_request_context():
            path = site.app.url_map.bind("localhost").build(rule.endpoint, values)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Route(f"{method} {rule.endpoint}", method, path)


def things(site: Site, batch: UUID, appointment: UUID) -> dict[str, str]:
    told = site.directory.events()
    school = next(each.school_id for each in told if isinstance(each, SchoolChanged))
    calendar = next(each.calendar_id for each in told if isinstance(each, CalendarChanged))
    return {
        "person_id": str(site.directory.person("Tran")), "school_id": str(school), "calendar_id": str(calendar),
        "batch_id": str(batch), "import_id": str(batch), "appointment_id": str(appointment), "session_id": str(uuid4()),
        "district_id": str(site.directory.district_id), "token": "x", "tree": "x", "filename": "icon.svg", "key": "a:b",
    }  # fmt: skip


def holder(site: Site, role: str, district_id: UUID) -> tuple[UUID, UUID]:
    """(person, session) of somebody new who holds this role in the district."""
    directory = site.directory
    with transaction(directory.engine, district_id) as connection:
        writing = Writing(connection, district_id, None, directory.at, directory.at.date())
        command = AddPerson("Some", role, f"some.{role}", None, None, role, None)
        person = add_person(writing, command)
        opened = start_session(connection, district_id, person, at=directory.at, address="::1", device="")
    return person, opened.session_id


def ask(client: FlaskClient, route: Route, token: str | None) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = {"json": {}} if "/api/" in route.path and route.method != "GET" else {}
    return client.open(route.path, method=route.method, headers=headers, **body).status_code  # type: ignore[arg-type]


@pytest.fixture
def filled(site: Site) -> dict[str, str]:
    from io import BytesIO

    from services.directory.handlers.roster import check_roster
    from services.directory.store.people_queries import appointments_of
    from tests.support.rosters import roster, small

    with site.directory.writing() as writing:
        batch = check_roster(writing, BytesIO(roster(small())), "x.zip").batch_id
        (held,) = appointments_of(writing.connection, site.directory.district_id, site.directory.person("Tran"))
    return things(site, batch, held.appointment_id)


def test_every_route_is_in_the_table(site: Site, filled: dict[str, str]) -> None:
    assert {route.name for route in routes(site, filled)} == set(EXPECTED)


def test_nobody_comes_no_further_than_the_door(site: Site, filled: dict[str, str]) -> None:
    for route in routes(site, filled):
        status = ask(site.app.test_client(), route, None)
        if EXPECTED[route.name] == EVERYONE:
            assert status not in (303, 401), route
        elif route.method == "GET" and "/api/" not in route.path and not route.path.startswith("/drafts"):
            assert status == 303, route
        else:
            assert status in (303, 401, 403), route


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_comes_as_far_as_the_table_says(site: Site, filled: dict[str, str], role: str) -> None:
    person, session = holder(site, role, site.directory.district_id)
    for route in routes(site, filled):
        if route.name == "POST access.leave":
            continue
        token = token_for(
            site.directory.settings,
            person_id=person,
            district_id=site.directory.district_id,
            session_id=session,
            at=site.directory.at,
        )
        status = ask(site.app.test_client(), route, token)
        allowed = EXPECTED[route.name] != OFFICE or role in MANAGERS
        if allowed:
            assert status not in (401, 403, 500), route
        else:
            assert status == 403, route


def test_another_districts_office_finds_nothing(site: Site, filled: dict[str, str]) -> None:
    """Things of this district are not there for them, on any route that names one."""
    directory, other = site.directory, new_id()
    with transaction(directory.engine, other) as connection:
        writing = Writing(connection, other, None, directory.at, directory.at.date())
        create_district(writing, CreateDistrict("Other", "America/Chicago", "O", "Ther", "other", None))
    person, session = holder(site, "system_administrator", other)
    before = len(directory.events())
    named = ("person_id", "school_id", "calendar_id", "batch_id", "import_id")
    tried = 0
    for route in routes(site, filled):
        if not any(filled[name] in route.path for name in named):
            continue
        tried += 1
        token = token_for(directory.settings, person_id=person, district_id=other, session_id=session, at=directory.at)
        headers = {"Authorization": f"Bearer {token}", "If-Match": '"1"'}
        client = site.app.test_client()
        body: dict[str, object] = (
            {"json": BODIES.get(route.name, {})}
            if "/api/" in route.path
            else {"data": FORMS.get(route.name, {"x": "y"})}
        )
        if route.method == "GET":
            body = {}
        status = client.open(route.path, method=route.method, headers=headers, **body).status_code  # type: ignore[arg-type]
        assert status == 404, (route, status)
    assert tried > 30
    assert len(directory.events()) == before


PERSON = {"given_name": "A", "family_name": "B", "username": "abc"}
CALENDAR = {"title": "x", "first_day": "2025-09-01", "last_day": "2026-06-01", "active": True}
DAYS = {"first": "2025-09-01", "kind": "holiday"}
FORMS: dict[str, dict[str, object]] = {
    "POST people.appoint": {"role": "hr"}, "POST people.change": PERSON, "POST schools.change": {"name": "x"},
    "POST calendars.change": CALENDAR, "POST calendars.add_days": DAYS, "POST calendars.remove_days": {"days": "2025-09-01"},
}  # fmt: skip
BODIES: dict[str, dict[str, object]] = {
    "PUT people_api.One": PERSON, "POST people_api.Roles": {"role": "hr"},
    "PUT people_api.Evaluators": {"evaluator_ids": []}, "PUT schools_api.One": {"name": "x", "active": True},
    "PUT calendars_api.One": CALENDAR, "PUT calendars_api.Days": {"days": []},
}  # fmt: skip


def test_row_level_security_stands_behind(site: Site, make_directory: Callable[..., object]) -> None:
    """Even a query that forgot its district sees one only."""
    from sqlalchemy import text

    from services.directory.store.tables import OWN

    make_directory("Other District")
    tables = [table.name for table in OWN] + ["people_person", "people_role", "people_school", "people_calendar"]
    with site.directory.reading() as connection:
        for table in tables:
            found = connection.execute(text(f"SELECT DISTINCT district_id FROM {table}")).scalars().all()
            assert set(found) <= {site.directory.district_id}, table
    with site.directory.engine.connect() as connection:
        for table in tables:
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0, table
