"""What every template finds ready: words for times, addresses, the form's hidden parts, the geometry of charts."""

from datetime import date
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined

from shared.web import anew, charts
from shared.web.assets import asset_url
from shared.web.beside import mark
from shared.web.context import known_viewer, zone
from shared.web.language import gettext as _
from shared.web.language import language
from shared.web.links import here, settings, sign_in_url, url_of, with_marks, without_marks
from shared.web.navigation import places_for
from shared.web.typist import typist
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
        typist=typist,
        draft_words=draft_words,
        mark_of=mark,
        drafts_url=drafts_url,
        ended_meanwhile=lambda: request.args.get("ended") == "1",
        nothing_sent=lambda: (
            request.method == "GET" and request.args.get("ended") == "1" and "kept" not in request.args
        ),
        press_again=lambda: request.method == "GET" and request.args.get("again") == "1",
        field_id=field_id,
        here=here,
        known_viewer=known_viewer,
        language=language,
        places_for=places_for,
        sign_in_url=sign_in_url,
        service_title=lambda: current_app.config["SERVICE_TITLE"],
        url_of=url_of,
        weekday_of=weekday_of,
        with_marks=with_marks,
        without_marks=without_marks,
        **anew.for_templates(),
    )


def field_id(name: str) -> str:
    """The id of a field's input, to which the error summary leads."""
    return "f-" + name.replace(".", "-")


def drafts_url(key: str) -> str:
    """Where the draft of this key is kept, in the present service."""
    return f"{settings().prefix}/drafts/{key}"


def draft_words() -> dict[str, str]:
    """What draft.js says. {device} and {district} stand for times, told in the `zone` of the IANA's name."""
    return {
        "zone": zone(),
        "saved": _("Saved {district}"),
        "away": _(
            "Saved on this device {device}; the district has {district}. It is sent as soon as the district answers."
        ),
        "nothingYet": _("nothing yet"),
        "nowhere": _(
            "Not saved: the district does not answer, and this browser keeps nothing. Copy your text before you leave."
        ),
        "notSent": _(
            "Nothing was sent: there is no connection. What you typed is kept on this device ({device}). Send it again when "
            "the connection is back."
        ),
        "someoneElse": _(
            "Somebody else has signed in in this browser. What you typed is kept on this device ({device}): once you have "
            "signed in again it is saved from here, and it stands on this page when you open it again."
        ),
        "signIn": _("Saved on this device {device}. Your session has ended."),
        "signInLink": _("Sign in again in another window, then come back here."),
        "restored": _("Restored from this device: what you typed at {device} had not reached the district."),
        "restoredSent": _("Restored from this device: what you typed at {device}."),
        "afresh": _("Keep this text as a new draft"),
        "otherTitle": _("Another text for this field"),
        "otherLine": _("Another text for this line"),
        "otherText": _("was written elsewhere. Both are kept until you choose."),
        "useMine": _("Keep what stands in the field"),
        "useOther": _("Take this one"),
        "useBoth": _("Put both in the field"),
    }


def weekday_of(value: str) -> str:
    """ "Tuesday 12 May 2026" for "2026-05-12"; nothing for anything else."""
    try:
        return long_day(date.fromisoformat(value))
    except ValueError:
        return ""
