"""For those who run it: is the process alive, can it work, which version is it, how has it been."""

import os
from collections.abc import Callable, Mapping
from importlib.metadata import version

from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from shared.web.links import settings

Check = Callable[[], str | None]
"""What a service depends on: None where it works, else a sentence about what does not."""


def health_blueprint(checks: Mapping[str, Check]) -> Blueprint:
    """/livez (the process answers), /readyz (what it depends on, each by name), /version, /metrics."""
    blueprint = Blueprint("shell", __name__)

    def readyz() -> tuple[Response, int]:
        found = {name: check() for name, check in {"database": _database, **checks}.items()}
        ready = not any(found.values())
        words = {name: problem or "ok" for name, problem in found.items()}
        return jsonify(status="ready" if ready else "not ready", checks=words), 200 if ready else 503

    blueprint.add_url_rule("/livez", "livez", lambda: ("alive\n", 200, {"Content-Type": "text/plain; charset=utf-8"}))
    blueprint.add_url_rule("/readyz", "readyz", readyz)
    blueprint.add_url_rule("/version", "version", _version)
    blueprint.add_url_rule("/metrics", "metrics", _metrics)
    return blueprint


def _database() -> str | None:
    engine: Engine = current_app.extensions["accord.engine"]
    try:
        with engine.connect() as opened:
            opened.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return f"does not answer ({type(error).__name__})"
    return None


def _version() -> Response:
    return jsonify(service=settings().service, version=version("accord"), build=os.environ.get("ACCORD_BUILD"))


def _metrics() -> Response:
    """Of every gunicorn worker together where PROMETHEUS_MULTIPROC_DIR is set, else of this process."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
