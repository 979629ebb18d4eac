"""A small service of its own inside the shell, and people signed in to it (or to any service's app).

def test_something(demo):
    page = demo.client(demo.alice).get("/notes/1")      # a Flask test client with Alice's session
    token = token_for(app, person_id=…, district_id=…)  # for any service's app: sign_in(app, …) gives a client

The cast: Alice is a principal, Bob a teacher, Hanna of HR; Charlie belongs to another district and must see nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, NullPool, create_engine, insert, text

from accord.databases import OWNER, create_database
from accord.keys import ensure_keys
from accord.postgres import PostgresServer
from shared.clock import now
from shared.config import Settings
from shared.db import connect, sqlalchemy_url
from shared.ids import derived_id
from shared.people.migration import people_statements
from shared.people.tables import people_tables
from shared.web.migration import web_statements
from shared.web.session import LIFETIME, cookie_name, read_key, write_token
from shared.web.tables import web_tables
from tests.support.demo_service import METADATA, NOTE_STATEMENTS, create_demo
from tests.support.postgres import _settings as settings_for
from tests.support.session import locked

PEOPLE = people_tables(METADATA)
WEB = web_tables(METADATA)
DISTRICT = derived_id("demo", "district")
OTHER_DISTRICT = derived_id("demo", "other district")


@dataclass(frozen=True)
class Someone:
    person_id: UUID
    district_id: UUID
    given_name: str
    family_name: str
    role: str


def _someone(given: str, family: str, role: str, district: UUID = DISTRICT) -> Someone:
    return Someone(derived_id("demo", given), district, given, family, role)


ALICE = _someone("Alice", "Alvarez", "principal")
BOB = _someone("Bob", "Ortiz", "teacher")
HANNA = _someone("Hanna", "Kim", "hr")
CHARLIE = _someone("Charlie", "Moss", "teacher", OTHER_DISTRICT)
CAST = (ALICE, BOB, HANNA, CHARLIE)


def token_for(
    settings: Settings,
    *,
    person_id: UUID,
    district_id: UUID,
    at: datetime | None = None,
    session_id: UUID | None = None,
    lifetime: timedelta = LIFETIME,
) -> str:
    """A session's token as the directory would issue it, signed with the test's own key."""
    signing = read_key(ensure_keys(settings.session_verify_key.parent).session_signing)
    issued = at or now()
    return write_token(
        signing,
        session_id=session_id or uuid4(),
        person_id=person_id,
        district_id=district_id,
        issued_at=issued,
        expires_at=issued + lifetime,
    )


def sign_in(app: Flask, *, person_id: UUID, district_id: UUID, **session: object) -> FlaskClient:
    """A test client of `app` that carries the person's session as a browser would."""
    settings: Settings = app.config["ACCORD"]
    client = app.test_client()
    token = token_for(settings, person_id=person_id, district_id=district_id, **session)  # type: ignore[arg-type]
    client.set_cookie(cookie_name(settings), token, domain="localhost")
    return client


@dataclass(frozen=True)
class Demo:
    """The demo service, its people, and the database behind it."""

    app: Flask
    settings: Settings
    engine: Engine
    owner: Engine
    alice: Someone = ALICE
    bob: Someone = BOB
    hanna: Someone = HANNA
    charlie: Someone = CHARLIE

    def client(self, someone: Someone, **session: object) -> FlaskClient:
        return sign_in(self.app, person_id=someone.person_id, district_id=someone.district_id, **session)

    def token(self, someone: Someone, **session: object) -> str:
        return token_for(self.settings, person_id=someone.person_id, district_id=someone.district_id, **session)  # type: ignore[arg-type]

    def rows(self, statement: str, **values: object) -> list[dict[str, object]]:
        """What stands in the database, seen by its owner across districts."""
        with self.owner.begin() as connection:
            for table in ("demo_note", "web_draft", "web_once"):
                connection.execute(text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
            found = [dict(row._mapping) for row in connection.execute(text(statement), values)]
            for table in ("demo_note", "web_draft", "web_once"):
                connection.execute(text(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"))
        return found


@pytest.fixture
def demo(postgres: PostgresServer, new_database: Callable[..., str], tmp_path: Path) -> Demo:
    """The demo service on a database of its own."""
    name = new_database(template=_prepared(postgres))
    settings = settings_for(postgres, "notifications", name, bus_url="", folder=tmp_path, fields={})
    engine = connect(settings, "web")
    app = create_demo(settings, engine)
    app.testing = True  # what nobody foresaw is raised; a test about the page for it sets this False
    return Demo(app, settings, engine, connect(settings, "owner"))


def _prepared(server: PostgresServer) -> str:
    """The name of a database to copy from, with the demo's tables and people, made once in this run."""
    name = "template_demo_web"
    with locked(name):
        marker = server.folder / name
        if not marker.exists():
            with psycopg.connect(server.url(), autocommit=True) as connection:
                create_database(connection, name)
            owner = create_engine(sqlalchemy_url(server.url(name, OWNER)), poolclass=NullPool)
            METADATA.create_all(owner)
            with owner.begin() as opened:
                _make_people(opened)
                for statement in [*people_statements(PEOPLE), *web_statements(WEB), *NOTE_STATEMENTS]:
                    opened.execute(text(statement))
            marker.touch()
    return name


def _make_people(connection: Connection) -> None:
    for district, name in ((DISTRICT, "Demo Unified"), (OTHER_DISTRICT, "Other Unified")):
        values = {"district_id": district, "name": name, "zone": "America/Chicago", "active": True}
        connection.execute(insert(PEOPLE.district).values(**values))
    for someone in CAST:
        ids = {"district_id": someone.district_id, "person_id": someone.person_id}
        names = {"given_name": someone.given_name, "family_name": someone.family_name, "email": None}
        connection.execute(insert(PEOPLE.person).values(**ids, **names, active=True, evaluator_ids=[]))
        connection.execute(insert(PEOPLE.role).values(**ids, number=0, role=someone.role))
