"""Joins the parts: one web app and one worker for a kind of evaluation. Nothing is built on import."""

from flask import Flask

from services.evaluation.core.domain.kind import Kind
from services.evaluation.core.store import tables
from services.evaluation.core.web.routes import API, PAGES, STATIC, rules
from shared.config import Settings
from shared.db import connect
from shared.web.access import Policy
from shared.web.app import create_web_app
from shared.worker import Role

METADATA = tables.METADATA


def create_app(settings: Settings, *, kind: Kind, title: str) -> Flask:
    """The web app of one kind of evaluation."""
    app = create_web_app(
        settings,
        import_name="services.evaluation.core.web",
        engine=connect(settings, "web"),
        pages=[make() for make in PAGES],
        api=[make() for make in API],
        policy=Policy(rules(kind)),
        title=title,
        static_folders=STATIC,
    )
    app.config["KIND"] = kind
    return app


def create_worker(settings: Settings, *, kind: Kind) -> list[Role]:
    """The worker's roles: tell others what happened here, and learn from the directory who is who."""
    from shared.bus.open import open_bus
    from shared.contracts.topics import DIRECTORY
    from shared.inbox.consumer import Consumer
    from shared.outbox.relay import Relay
    from shared.people.apply import people_appliers

    engine = connect(settings, "worker")
    bus = open_bus(settings)
    relay = Relay(engine, tables.OUTBOX, bus, service=kind.name)
    appliers = people_appliers(tables.PEOPLE)
    consumer = Consumer(engine, tables.INBOX, bus, [DIRECTORY], appliers, service=kind.name, outbox=tables.OUTBOX)
    return [Role(kind.name, "relay", relay.run), Role(kind.name, "consumer", consumer.run)]
