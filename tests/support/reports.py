"""The reporting service's app over a filled database. A folder's conftest takes what it needs from here.

def test_something(reports):
    reports.client("hr").get("/reports/completion")
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.reporting.bootstrap import create_app
from services.reporting.marks import Marks
from services.reporting.releases import release_due
from shared.config import Settings
from shared.db import connect
from tests.support.documented import DocumentedClient
from tests.support.reporting import SECRET, World, apply_all
from tests.support.web import sign_in

NOW = datetime(2025, 11, 20, 20, tzinfo=UTC)
"""When the tests ask. Ratings are published as if it were much later."""


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


def filled(settings: Settings, world: World, elsewhere: World, *, minimum: int) -> Reports:
    """Both worlds told to the service, and the first one's ratings published."""
    worker = connect(settings, "worker")
    apply_all(worker, world.told())
    much_later = datetime(2027, 1, 1, tzinfo=UTC)
    release_due(worker, Marks(SECRET), minimum=minimum, now=much_later, read_all=lambda _connection: True)
    apply_all(worker, elsewhere.told())
    app = create_app(settings)
    app.test_client_class = DocumentedClient
    app.config["CLOCK"] = lambda: NOW
    return Reports(app, settings, world, elsewhere)


@pytest.fixture
def reports(service_settings: Callable[..., Settings]) -> Reports:
    """Two districts mid-year; the first one's ratings are published for groups of three."""
    settings = service_settings("reporting", secret_key=SECRET)
    world, elsewhere = World(seed=11, staff=36, schools=2), World(seed=12, staff=8, district="south")
    return filled(settings, world, elsewhere, minimum=3)
