"""The one way to make a service's Flask app."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import flask_smorest
from flask import Blueprint, Flask, Request
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import Engine

from shared.clock import now
from shared.config import Settings
from shared.web import assets, errors, i18n, openapi, templating, unsent
from shared.web.access import Policy, Rule, anyone, by_session, signed_in
from shared.web.arrival import Arrival
from shared.web.departure import Departure, GuardedHeaders
from shared.web.draft_store import DraftStore
from shared.web.drafts import drafts_blueprint
from shared.web.health import Check, health_blueprint
from shared.web.kept import KeptPages
from shared.web.prefix import AtPrefix
from shared.web.session import SessionReader
from shared.web.sizes import USUAL

SHELL_RULES: Mapping[str, Rule] = {
    "static": anyone(),
    "shell.livez": anyone(),
    "shell.readyz": anyone(),
    "shell.version": anyone(),
    "shell.metrics": anyone(),
    "api_docs.openapi": anyone(),
    "api_docs.docs": anyone(),
    "drafts.put": by_session(),
    "drafts.show": signed_in(),
    "drafts.drop": signed_in(),
    **unsent.RULES,
}
"""Who may use what the shell itself adds to every service."""


class _NoFlaskSession(SessionInterface):
    """Who is signed in is told by the directory's token alone: Flask's own session is neither read nor written."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        return None


def create_web_app(
    settings: Settings,
    *,
    import_name: str,
    engine: Engine,
    pages: Sequence[Blueprint],
    api: Sequence[flask_smorest.Blueprint],
    policy: Policy,
    title: str,
    checks: Mapping[str, Check] | None = None,
    static_folders: Sequence[Path] = (),
) -> Flask:
    """A service's app: its pages and API, inside the shell.

    `engine`: of the database role web. `api`: blueprints under /api/v1/…. `policy`: a rule for every endpoint of both,
    else PolicyError. `title`: the service's name in page titles and API documents. `checks`: more for /readyz to name.
    """
    app = Flask(import_name, static_folder=None)
    app.session_interface = _NoFlaskSession()
    app.config.update(
        ACCORD=settings,
        CLOCK=now,
        SERVICE_TITLE=title,
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=USUAL,
        MAX_FORM_MEMORY_SIZE=USUAL,
        MAX_FORM_PARTS=2000,
        PREFERRED_URL_SCHEME="https" if settings.https else "http",
    )
    app.extensions["accord.engine"] = engine
    app.extensions["accord.drafts"] = DraftStore(engine)
    app.extensions["accord.kept"] = KeptPages()
    templating.install(app)
    i18n.install(app)
    assets.install(app, static_folders)
    errors.install(app)
    app.register_blueprint(health_blueprint(checks or {}))
    app.register_blueprint(drafts_blueprint())
    app.register_blueprint(unsent.unsent_blueprint())
    for blueprint in pages:
        app.register_blueprint(blueprint)
    openapi.install(app, settings, title, api)
    whole = policy.joined(SHELL_RULES)
    whole.refuse_gaps(app)
    app.extensions["accord.policy"] = whole
    Departure(app, settings)
    Arrival(app, whole, SessionReader(settings.session_verify_key))
    app.wsgi_app = AtPrefix(GuardedHeaders(app.wsgi_app, settings), settings.prefix)  # type: ignore[method-assign]
    return app
