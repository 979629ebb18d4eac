"""Joins the parts: one web app and one worker for a kind of evaluation. Nothing is built on import."""

from pathlib import Path

from flask import Flask

from services.evaluation.core.domain.kind import Kind
from services.evaluation.core.store import tables
from services.evaluation.core.web.routes import API, PAGES, STATIC, rules
from shared.config import Settings
from shared.db import connect
from shared.web.access import Policy
from shared.web.app import create_web_app

METADATA = tables.METADATA
MIGRATIONS = Path(__file__).parent / "migrations" / "versions"


def create_app(settings: Settings, kind: Kind, *, title: str) -> Flask:
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
