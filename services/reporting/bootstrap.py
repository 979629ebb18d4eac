"""Where the parts of reporting are joined. Nothing is built on import."""

from collections.abc import Sequence
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine

from services.reporting.marks import Marks
from services.reporting.projector.appliers import appliers
from services.reporting.publisher import Publisher
from services.reporting.store import process_tables, results_tables
from services.reporting.store.metadata import INBOX, METADATA, OUTBOX, PEOPLE, WEB
from services.reporting.web.routes import POLICY, api_blueprints, pages
from shared.bus.open import open_bus
from shared.bus.port import Bus
from shared.clock import now
from shared.config import Settings
from shared.contracts.topics import ACCESS, AGREEMENTS, DIRECTORY, PROCESS, RESULTS
from shared.db import connect
from shared.inbox.consumer import Consumer
from shared.outbox.relay import Relay
from shared.web.app import create_web_app
from shared.web.housekeeping import housekeeper
from shared.worker import Role

__all__ = ["METADATA", "MIGRATIONS", "PROJECTIONS", "create_app", "create_consumer", "create_worker"]

MIGRATIONS = Path(__file__).parent / "migrations" / "versions"
PROJECTIONS = (*process_tables.TABLES, *results_tables.PROJECTED)
"""Emptied before a replay. What has been published about ratings is not: it never changes. The copy of people is not: it is
replaced row by row, and nobody is signed out meanwhile."""


def create_app(settings: Settings) -> Flask:
    """The reports and their API."""
    return create_web_app(
        settings,
        import_name="services.reporting.web",
        engine=connect(settings, "web"),
        pages=pages(),
        api=api_blueprints(),
        policy=POLICY,
        title="Reports",
    )


def create_consumer(settings: Settings, engine: Engine, bus: Bus) -> Consumer:
    """What reads the bus into this service's tables. `engine`: of the database role worker."""
    topics = [ACCESS, DIRECTORY, AGREEMENTS, PROCESS, RESULTS]
    table = appliers(Marks(settings.secret_key))
    return Consumer(engine, INBOX, bus, topics, table, service=settings.service, outbox=OUTBOX)


def create_worker(settings: Settings) -> Sequence[Role]:
    """Read the bus, publish what is due about ratings, publish dead letters, clear away what is over."""
    engine = connect(settings, "worker")
    bus = open_bus(settings)
    return [
        *create_consumer(settings, engine, bus).roles(),
        Publisher(engine, bus, Marks(settings.secret_key), settings.minimum_group, now).role(),
        Relay(engine, OUTBOX, bus, settings.service).role(),
        housekeeper(settings.service, engine, WEB, PEOPLE, now),
    ]
