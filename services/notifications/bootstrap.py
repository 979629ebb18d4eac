"""The parts joined: one web app, one worker. Nothing is built on import."""

from collections.abc import Sequence
from pathlib import Path

from flask import Flask

from services.notifications.store.tables import METADATA
from services.notifications.web.routes import POLICY, api_blueprints, pages
from shared.clock import now
from shared.config import Settings
from shared.db import connect
from shared.web.app import create_web_app
from shared.worker import Role

__all__ = ["METADATA", "MIGRATIONS", "create_app", "create_worker"]

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
    )


def create_worker(settings: Settings) -> Sequence[Role]:
    """Read the bus, send letters, publish dead letters; with the local catcher, take the letters in."""
    from services.notifications.channels.catcher import catcher
    from services.notifications.channels.sender import sender
    from services.notifications.projection import appliers
    from services.notifications.store.tables import INBOX, OUTBOX
    from services.notifications.telling import Teller, domain_of
    from shared.bus.open import open_bus
    from shared.contracts.topics import DIRECTORY, PROCESS
    from shared.inbox.consumer import Consumer
    from shared.outbox.relay import Relay

    name = settings.service
    engine = connect(settings, "worker")
    bus = open_bus(settings)
    teller = Teller(mail_domain=domain_of(settings.mail_from), clock=now)
    consumer = Consumer(engine, INBOX, bus, [DIRECTORY, PROCESS], appliers(teller), service=name, outbox=OUTBOX)
    relay = Relay(engine, OUTBOX, bus, service=name)
    roles = [
        Role(name, "consumer", consumer.run),
        Role(name, "relay", relay.run),
        Role(name, "sender", sender(settings, engine, now)),
    ]
    if settings.mail_catcher:
        roles.append(Role(name, "catcher", catcher(settings)))
    return roles
