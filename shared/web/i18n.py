"""Words and numbers in the reader's language: English now, from the first line through Flask-Babel."""

from pathlib import Path

from flask import Flask, request
from flask_babel import Babel

from shared.web import language
from shared.web.context import zone

LANGUAGES = ("en",)
TRANSLATIONS = Path(__file__).parent / "translations"


def install(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = f"{TRANSLATIONS};translations"
    Babel(app, default_locale=LANGUAGES[0], locale_selector=_language, timezone_selector=zone)
    language.install(app)


def _language() -> str:
    return LANGUAGES[0] if len(LANGUAGES) == 1 else request.accept_languages.best_match(LANGUAGES, LANGUAGES[0])
