"""What the tests of reporting share: a migrated database, and looking at all of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from services.reporting.bootstrap import create_app
from services.reporting.marks import Marks
from services.reporting.releases import release_due
from services.reporting.store import process_tables, results_tables
from shared.config import Settings
from shared.db import connect, transaction
from tests.support.reporting import SECRET, World, apply_all
from tests.support.web import sign_in

TABLES = (*process_tables.TABLES, *results_tables.TABLES)
Dump = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def engine(service_settings: Callable[..., Settings]) -> Engine:
    """Of the role worker, on a fresh reporting database."""
    return connect(service_settings("reporting"), "worker")


@pytest.fixture
def dump() -> Callable[[Engine, UUID], Dump]:
    """Every row of every projection of a district, in an order of its own."""

    def read(engine: Engine, district_id: UUID) -> Dump:
        with transaction(engine, district_id) as connection:
            return {
                table.name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
                for table in TABLES
            }

    return read


@pytest.fixture
def empty() -> Callable[[Engine], None]:
    """Empties every projection, as a replay does first."""

    def truncate(engine: Engine) -> None:
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE " + ", ".join(table.name for table in TABLES)))

    return truncate


@dataclass(frozen=True)
class Reports:
    """The service's app over a filled database, and the people who may ask."""

    app: Flask
    settings: Settings
    world: World
    elsewhere: World
    """Another district in the same database."""

    def client(self, role: str, *, world: World | None = None) -> FlaskClient:
        """Somebody signed in: an office's role, or "principal", "teacher", "site_administrator"."""
        chosen = world or self.world
        return sign_in(self.app, person_id=chosen.somebody(role), district_id=chosen.district_id, at=NOW)


NOW = datetime(2025, 11, 20, 20, tzinfo=UTC)


@pytest.fixture
def reports(service_settings: Callable[..., Settings]) -> Reports:
    """Two districts mid-year; the first one's ratings are published for groups of three."""
    settings = service_settings("reporting", secret_key=SECRET)
    world, elsewhere = World(seed=11, staff=36, schools=2), World(seed=12, staff=8, district="south")
    worker = connect(settings, "worker")
    apply_all(worker, [*world.told(), *elsewhere.told()])
    release_due(
        worker, Marks(SECRET), minimum=3, now=datetime(2027, 1, 1, tzinfo=UTC), read_all=lambda _connection: True
    )
    app = create_app(settings)
    app.config["CLOCK"] = lambda: NOW
    return Reports(app, settings, world, elsewhere)
