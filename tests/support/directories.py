"""A district in a real directory database, for tests of the directory: made by its own commands, never by inserting rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, select, text

from services.directory.commands import CreateDistrict
from services.directory.handlers.district import create_district
from services.directory.handlers.roster import Answers, apply_roster, check_roster
from services.directory.signin.links import make_links, set_password
from services.directory.signin.passwords import Hasher
from services.directory.store.saving import Writing
from services.directory.store.tables import OUTBOX, PEOPLE
from shared.clock import local_date
from shared.config import Settings
from shared.contracts.envelope import Message, decode
from shared.contracts.registry import Event
from shared.db import connect, transaction
from shared.ids import new_id

ZONE = "America/Chicago"
PASSWORD = "lantern-cobalt-orchard-7"
START = datetime(2025, 11, 24, 15, tzinfo=UTC)
"""In the past, for PostgreSQL's own clock decides which roles are in force."""


@dataclass
class Directory:
    """One district in a directory database. `at` is its clock; move it by setting it."""

    engine: Engine
    settings: Settings
    district_id: UUID
    admin_id: UUID
    at: datetime
    hasher: Hasher = field(default_factory=Hasher)

    @contextmanager
    def writing(self, by: UUID | None = None) -> Iterator[Writing]:
        """A transaction in the district, committed at the end."""
        with transaction(self.engine, self.district_id) as connection:
            yield Writing(connection, self.district_id, by, self.at, local_date(self.at, ZONE))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with transaction(self.engine, self.district_id) as connection:
            yield connection

    def load(self, roster: bytes, **answers: object) -> None:
        """Check and apply a roster."""
        with self.writing() as writing:
            checked = check_roster(writing, BytesIO(roster), "roster.zip")
        assert checked.report.errors == 0, checked.report.findings
        with self.writing() as writing:
            apply_roster(writing, checked.batch_id, Answers(**answers))  # type: ignore[arg-type]

    def person(self, family_name: str) -> UUID:
        """The id of the one person of that family name."""
        with self.reading() as connection:
            person = PEOPLE.person
            return connection.execute(
                select(person.c.person_id).where(person.c.family_name == family_name)
            ).scalar_one()

    def give_password(self, person_id: UUID, password: str = PASSWORD) -> None:
        """Through a one-time link, as anyone gets theirs."""
        with self.writing() as writing:
            (link,) = make_links(writing, [person_id])
        with self.writing() as writing:
            set_password(writing, link.path.rsplit("/", 1)[1], password, self.hasher)

    def events(self) -> list[Event]:
        """Everything told so far, in order; read as the worker, who alone may."""
        worker = connect(self.settings, "worker")
        try:
            with worker.connect() as connection:
                rows = connection.execute(select(OUTBOX.outbox).order_by(OUTBOX.outbox.c.id)).all()
        finally:
            worker.dispose()
        return [
            decode(Message(row.topic, row.key, row.headers, row.value))
            for row in rows
            if row.district_id == self.district_id
        ]

    def count(self, table: str) -> int:
        with self.reading() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


@pytest.fixture
def directory_settings(service_settings: Callable[..., Settings]) -> Settings:
    return service_settings("directory")


@pytest.fixture
def directory_engine(directory_settings: Settings) -> Iterator[Engine]:
    engine = connect(directory_settings, "web")
    yield engine
    engine.dispose()


@pytest.fixture
def make_directory(directory_settings: Settings, directory_engine: Engine) -> Callable[..., Directory]:
    """name -> a district of its own in one shared database, with its first administrator, Ada Admin."""

    def make(name: str = "Harbor District") -> Directory:
        district_id = new_id()
        made = Directory(directory_engine, directory_settings, district_id, district_id, START)
        with made.writing() as writing:
            command = CreateDistrict(name, ZONE, "Ada", "Admin", "ada", "ada@example.org")
            made.admin_id = create_district(writing, command)
        return made

    return make


@pytest.fixture
def directory(make_directory: Callable[..., Directory]) -> Directory:
    return make_directory()
