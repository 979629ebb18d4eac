"""The teacher service with people in it: two districts, a ratified agreement, a cycle, Maria's evaluation by Ruth.

def test_something(world):
    page = world.client(MARIA).get("/mine")
    world.play(5)                       # the first five commands of tests.support.annual_cycle.whole_cycle, by their actors

The cast of annual_cycle (Maria, Ruth, Omar, Sven) and: Una, a union representative; Tom, a colleague with no part in it;
Otto, of another district's office.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine

from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.commands import Command
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.handlers import Cycle, handle, open_cycle, open_evaluations
from services.evaluation.core.store.agreement_store import ratify
from services.evaluation.core.store.repository import Repository
from services.evaluation.core.store.tables import PEOPLE
from services.evaluation.teacher.app import create_app
from shared.config import Settings
from shared.contracts.directory import DistrictChanged, PersonChanged, RoleHeld, SchoolChanged
from shared.db import connect, transaction
from shared.ids import derived_id
from shared.people.apply import apply_people
from tests.support.annual_cycle import (
    DISTRICT,
    MARIA,
    OMAR,
    RUTH,
    SCHOOL,
    START,
    SVEN,
    WASHINGTON,
    ZONE,
    Moment,
    cycle,
    opening,
    whole_cycle,
)
from tests.support.documented import DocumentedClient
from tests.support.postgres import SettingsFactory
from tests.support.web import sign_in, token_for

UNA = derived_id("person", "Una, union representative")
TOM = derived_id("person", "Tom, a colleague")
OTTO = derived_id("person", "Otto, of another district")
OTHER = derived_id("district", "south")
NAMES = {
    MARIA: ("María José", "Núñez-Ó Briain", "teacher"),
    RUTH: ("Ruth", "Alvarez", "principal"),
    OMAR: ("Omar", "Haddad", "hr"),
    SVEN: ("Sven", "Åkesson", "site_administrator"),
    UNA: ("Una", "Łukasiewicz", "union_representative"),
    TOM: ("Tom", "Nguyễn", "teacher"),
}


def people_events() -> list[DistrictChanged | SchoolChanged | PersonChanged]:
    people = [
        PersonChanged(
            person_id=person_id, given_name=given, family_name=family, email=f"{role}@north.example", active=True,
            roles=(RoleHeld(role=role, school_id=SCHOOL if role in ("teacher", "principal", "site_administrator") else None),),
        )
        for person_id, (given, family, role) in NAMES.items()
    ]  # fmt: skip
    return [
        DistrictChanged(district_id=DISTRICT, name="North", zone=ZONE),
        SchoolChanged(school_id=SCHOOL, name="Lake School"),
        *people,
    ]


@dataclass
class World:
    """`evaluation_id`: Maria's. Commands are given through `do` at the moment they name."""

    settings: Settings
    app: Flask
    engine: Engine
    agreement: Agreement
    cycle: Cycle
    evaluation_id: UUID

    def client(self, person_id: UUID, district_id: UUID | None = None) -> FlaskClient:
        district = district_id or (OTHER if person_id == OTTO else DISTRICT)
        return sign_in(self.app, person_id=person_id, district_id=district, at=self.app.config["CLOCK"]())

    def bearer(self, person_id: UUID) -> FlaskClient:
        """A client of the API, which carries the session in a header and needs no form token."""
        district = OTHER if person_id == OTTO else DISTRICT
        token = token_for(self.settings, person_id=person_id, district_id=district, at=self.app.config["CLOCK"]())
        client = self.app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client

    def do(self, command: Command, at: datetime) -> Evaluation:
        with transaction(self.engine, DISTRICT) as connection:
            return handle(Repository(connection, DISTRICT, "teacher"), command, at)

    def tell(self, *events: SchoolChanged | PersonChanged) -> None:
        """What the directory tells of people and schools, as the worker writes it down."""
        worker = connect(self.settings, "worker")
        with transaction(worker, DISTRICT) as connection:
            apply_people(connection, PEOPLE, DISTRICT, events)
        worker.dispose()

    def evaluation(self) -> Evaluation:
        with transaction(self.engine, DISTRICT) as connection:
            loaded = Repository(connection, DISTRICT, "teacher").lock(self.evaluation_id)
        assert loaded is not None
        return loaded.evaluation

    def year(self, **levels: str) -> list[Moment]:
        return list(whole_cycle(self.evaluation(), self.agreement, levels=levels))

    def play(self, count: int | None = None, **levels: str) -> None:
        """Carry out the first `count` commands of the year (all: None)."""
        for moment in self.year(**levels)[:count]:
            self.do(moment.command, moment.at)

    def play_until(self, kind: type[Command]) -> None:
        """Carry out the year up to, not with, the first command of a kind."""
        moments = self.year()
        self.play(next(number for number, moment in enumerate(moments) if isinstance(moment.command, kind)))

    def set_clock(self, at: datetime) -> None:
        self.app.config["CLOCK"] = lambda: at


def _fill(connection: Connection) -> tuple[Agreement, Cycle, UUID]:
    document = (WASHINGTON / "agreement.yaml").read_text(encoding="utf-8")
    signatures = [
        {"party": "association", "name": "A. Rivera", "on": "2026-06-12"},
        {"party": "district", "name": "B. Stone", "on": "2026-06-12"},
    ]
    agreement = ratify(connection, DISTRICT, document, signatures, START, service="teacher")
    store = Repository(connection, DISTRICT, "teacher")
    round_ = cycle(agreement)
    open_cycle(store, round_, START.date())
    open_evaluations(store, round_, [opening(round_.id)], START)
    return agreement, round_, opening(round_.id).evaluation_id


@pytest.fixture
def world(service_settings: SettingsFactory) -> World:
    settings = service_settings("teacher")
    app = create_app(settings)
    app.test_client_class = DocumentedClient
    worker, web = connect(settings, "worker"), connect(settings, "web")
    with transaction(worker, DISTRICT) as connection:
        apply_people(connection, PEOPLE, DISTRICT, people_events())
    otto = PersonChanged(
        person_id=OTTO, given_name="Otto", family_name="Far", email=None, active=True, roles=(RoleHeld(role="hr"),)
    )
    with transaction(worker, OTHER) as connection:
        apply_people(connection, PEOPLE, OTHER, [DistrictChanged(district_id=OTHER, name="South", zone=ZONE), otto])
    with transaction(web, DISTRICT) as connection:
        agreement, round_, evaluation_id = _fill(connection)
    worker.dispose()
    return World(settings, app, web, agreement, round_, evaluation_id)
