"""The parts joined: one web app, one worker. Nothing is built on import."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine

from services.notifications.channels.sender import sender
from services.notifications.projection import appliers
from services.notifications.store.tables import INBOX, METADATA, OUTBOX, PEOPLE, WEB
from services.notifications.store.tables import REPLAYED as PROJECTIONS
from services.notifications.telling import Teller, domain_of
from services.notifications.web.routes import POLICY, api_blueprints, pages
from shared.bus.open import open_bus
from shared.bus.port import Bus
from shared.clock import now
from shared.config import Settings
from shared.contracts.topics import ACCESS, DIRECTORY, PROCESS
from shared.db import connect
from shared.inbox.consumer import Consumer
from shared.outbox.relay import Relay
from shared.web.app import create_web_app
from shared.web.housekeeping import housekeeper
from shared.worker import Role

__all__ = ["METADATA", "MIGRATIONS", "PROJECTIONS", "create_app", "create_consumer", "create_worker"]

MIGRATIONS = Path(__file__).parent / "migrations" / "versions"


def create_app(settings: Settings) -> Flask:
    """Home, inbox, letters and their API."""
    return create_web_app(
        settings,
        import_name="services.notifications.web",
        engine=connect(settings, "web"),
        pages=pages(),
        api=api_blueprints(),
        policy=POLICY,
        title="Accord home",
        static_folders=[Path(__file__).parent / "web" / "static"],
    )


def create_consumer(settings: Settings, engine: Engine, bus: Bus) -> Consumer:
    """What reads the bus into this service's tables. `engine`: of the database role worker.

    A replay empties PROJECTIONS: what people were told, what of it they have read, and the letters of it stay as they
    are, and nothing is told again.
    """
    teller = Teller(
        mail_domain=domain_of(settings.mail_from),
        clock=now,
        max_age=timedelta(days=settings.mail_max_age_days),
        gather=timedelta(seconds=settings.mail_gather_seconds),
    )
    return Consumer(
        engine, INBOX, bus, [ACCESS, DIRECTORY, PROCESS], appliers(teller), service=settings.service, outbox=OUTBOX
    )


def create_worker(settings: Settings) -> Sequence[Role]:
    """Read the bus, send letters, publish dead letters; with the local catcher, take the letters in."""
    name = settings.service
    engine = connect(settings, "worker")
    bus = open_bus(settings)
    roles = [
        *create_consumer(settings, engine, bus).roles(),
        Relay(engine, OUTBOX, bus, name).role(),
        housekeeper(name, engine, WEB, PEOPLE, now),
        Role(name, "sender", sender(settings, engine, now)),
    ]
    if settings.mail_catcher:
        from services.notifications.channels.catcher import catcher  # a mail server that few installations need

        roles.append(Role(name, "catcher", catcher(settings)))
    return roles
