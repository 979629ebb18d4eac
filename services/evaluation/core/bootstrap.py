"""Joins the parts: one web app and one worker for a kind of evaluation. Nothing is built on import."""

from flask import Flask
from sqlalchemy import Engine, Table

from services.evaluation.core.domain.kind import Kind
from services.evaluation.core.store import tables
from services.evaluation.core.web.routes import API, PAGES, STATIC, rules
from services.evaluation.core.web.unsent import about_drafts
from shared.bus.open import open_bus
from shared.bus.port import Bus
from shared.clock import now
from shared.config import Settings
from shared.contracts.topics import ACCESS, DIRECTORY
from shared.db import connect
from shared.inbox.consumer import Consumer
from shared.outbox.relay import Relay
from shared.people.apply import people_appliers
from shared.web.access import Policy
from shared.web.app import create_web_app
from shared.web.housekeeping import housekeeper
from shared.web.unsent import DRAFTS_ABOUT
from shared.worker import Role

METADATA = tables.METADATA
PROJECTIONS: tuple[Table, ...] = ()
"""A replay empties nothing: the copy of people is replaced row by row, and nobody is signed out meanwhile."""


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
    app.config[DRAFTS_ABOUT] = about_drafts
    return app


def create_consumer(settings: Settings, engine: Engine, bus: Bus) -> Consumer:
    """What reads the directory's events into the copy of people. `engine`: of the database role worker."""
    appliers = people_appliers(tables.PEOPLE)
    return Consumer(
        engine, tables.INBOX, bus, [ACCESS, DIRECTORY], appliers, service=settings.service, outbox=tables.OUTBOX
    )


def create_worker(settings: Settings) -> list[Role]:
    """The worker's roles: tell others what happened here, and learn from the directory who is who."""
    engine = connect(settings, "worker")
    bus = open_bus(settings)
    return [
        Relay(engine, tables.OUTBOX, bus, settings.service).role(),
        *create_consumer(settings, engine, bus).roles(),
        housekeeper(settings.service, engine, tables.WEB, tables.PEOPLE, now),
    ]
