"""The reader's language: Flask-Babel's functions with their types, its catalog looked up once a request instead of once a word.

Imported as `_`, `ngettext` and `_l`, which pybabel finds. A page says a hundred sentences; through Flask's proxies and
Flask-Babel's own context each took longer to find than to say.
"""

from gettext import NullTranslations
from typing import Any

import flask_babel
from flask import Flask, g
from flask_babel.speaklater import LazyString
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

_AS_WRITTEN = NullTranslations()


def gettext(text: str, /, **values: object) -> str:
    """`text` in the reader's language, its places filled; as it is written outside of a request."""
    found = _catalog().gettext(text)
    return found % values if values else found


def ngettext(one: str, many: str, num: int, /, **values: object) -> str:
    """`one` or `many`, as the reader's language counts; `num` fills %(num)s."""
    return _catalog().ngettext(one, many, num) % {"num": num, **values}


def lazy_gettext(text: str, /, **values: object) -> LazyString:
    """`gettext` at the moment the text is used, for words in tables that are made on import."""
    return LazyString(gettext, text, **values)


def language() -> str:
    """The reader's language as Babel names it: "en"; outside of a request too."""
    present = _globals()
    if present is None:
        return "en"
    if "language" not in present:
        present.language = str(flask_babel.get_locale() or "en")
    name: str = present.language
    return name


def install(app: Flask) -> None:
    """Let templates say their words by the same way; after Flask-Babel, whose functions these replace."""
    app.jinja_env.globals.update(_=_in_page, gettext=_in_page, ngettext=_in_page_counted)


def _globals() -> Any:
    """What Flask keeps for the present context, without the proxy; None outside of every context."""
    try:
        return g._get_current_object()
    except RuntimeError:
        return None


def _catalog() -> NullTranslations:
    present = _globals()
    if present is None:
        return _AS_WRITTEN
    if "catalog" not in present:
        present.catalog = flask_babel.get_translations()
    found: NullTranslations = present.catalog
    return found


@pass_eval_context
def _in_page(context: EvalContext, text: str, /, **values: object) -> str:
    """A value put into a sentence is escaped, the sentence is not; %% stands for one sign, as Jinja's own does it."""
    found = _catalog().gettext(text)
    said = Markup(found) if context.autoescape else found  # noqa: S704 - our own words, from the source or the catalog
    return said % values if values or "%" in found else said


@pass_eval_context
def _in_page_counted(context: EvalContext, one: str, many: str, num: int, /, **values: object) -> str:
    found = _catalog().ngettext(one, many, num)
    said = Markup(found) if context.autoescape else found  # noqa: S704
    return said % {"num": num, **values}
