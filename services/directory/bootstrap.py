"""The parts joined: one web app, one worker. Nothing is built on import."""

from collections.abc import Sequence
from pathlib import Path

from flask import Flask

from services.directory.housekeeping import closer, housekeeper
from services.directory.signin.passwords import Hasher
from services.directory.store.tables import METADATA, OUTBOX
from services.directory.web.routes import POLICY, api_blueprints, pages
from services.directory.web.sign_in import HASHER
from services.directory.web.unsent import about_drafts
from shared.bus.open import open_bus
from shared.clock import now
from shared.config import Settings
from shared.db import connect
from shared.outbox.relay import Relay
from shared.web.app import create_web_app
from shared.web.unsent import DRAFTS_ABOUT
from shared.worker import Role

__all__ = ["METADATA", "MIGRATIONS", "create_app", "create_worker"]

MIGRATIONS = Path(__file__).parent / "migrations" / "versions"
STATIC = Path(__file__).parent / "web" / "static"


def create_app(settings: Settings) -> Flask:
    """Sign-in, people, schools, calendars, imports, and their API."""
    app = create_web_app(
        settings,
        import_name="services.directory.web",
        engine=connect(settings, "web"),
        pages=pages(),
        api=api_blueprints(),
        policy=POLICY,
        title="Accord directory",
        static_folders=[STATIC],
    )
    app.extensions[HASHER] = Hasher()
    app.config[DRAFTS_ABOUT] = about_drafts
    return app


def create_worker(settings: Settings) -> Sequence[Role]:
    """Tell the others what changed, clear away what is over, close accounts whose day has come. The directory reads nobody's
    events."""
    engine = connect(settings, "worker")
    return [
        Relay(engine, OUTBOX, open_bus(settings), settings.service).role(),
        housekeeper(settings.service, engine, now),
        closer(settings.service, engine, now),
    ]
