"""What every template finds ready: words for times, addresses, the form's hidden parts, the geometry of charts."""

import secrets
from datetime import date
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request
from flask_babel import get_locale
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined

from shared.web import charts
from shared.web.assets import asset_url
from shared.web.context import clock, known_viewer
from shared.web.csrf import csrf_token
from shared.web.links import here, settings, url_of
from shared.web.navigation import places_for
from shared.web.wording import clock_time, day, iso, long_day, moment

_TEMPLATES = Path(__file__).parent / "templates"


def install(app: Flask) -> None:
    """A name that a template uses and nobody gave it is an error, not a blank."""
    own: list[Any] = [app.jinja_loader] if app.jinja_loader is not None else []
    app.jinja_loader = ChoiceLoader([*own, FileSystemLoader(_TEMPLATES)])
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = True
    environment.lstrip_blocks = True
    environment.filters.update(day=day, moment=moment, time=clock_time, iso=iso)
    environment.globals.update(
        asset_url=asset_url,
        charts=charts,
        csrf_token=csrf_token,
        drafts_url=drafts_url,
        ended_meanwhile=lambda: request.args.get("ended") == "1",
        field_id=field_id,
        here=here,
        known_viewer=known_viewer,
        language=lambda: str(get_locale() or "en"),
        new_key=lambda: secrets.token_urlsafe(16),
        places_for=places_for,
        present_moment=clock,
        service_title=lambda: current_app.config["SERVICE_TITLE"],
        url_of=url_of,
        weekday_of=weekday_of,
    )


def field_id(name: str) -> str:
    """The id of a field's input, to which the error summary leads."""
    return "f-" + name.replace(".", "-")


def drafts_url(key: str) -> str:
    """Where the draft of this key is kept, in the present service."""
    return f"{settings().prefix}/drafts/{key}"


def weekday_of(value: str) -> str:
    """ "Tuesday 12 May 2026" for "2026-05-12"; nothing for anything else."""
    try:
        return long_day(date.fromisoformat(value))
    except ValueError:
        return ""
