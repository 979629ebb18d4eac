"""Every word a person reads goes through the translations, from the first line on."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from accord.services import BY_NAME
from shared.config import SERVICES
from shared.web.forms import Schema

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    path for room in ("services", "shared") for path in (ROOT / room).rglob("templates/**/*.html") if path.is_file()
)
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_HTML = re.compile(r"<(script|style|code|kbd|pre)\b.*?</\1>|<!?[^>]*>", re.DOTALL | re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")
_READ_ALOUD = re.compile(r'\b(?:aria-label|title|alt|placeholder)="([^"{]*[^\W\d_]{2}[^"{]*)"')
_ATTRIBUTES = re.compile(r'[\w-]+="[^"]*"')  # macros that give back a part of a tag
_NAMES = {"nbsp", "OpenAPI", "rarr", "larr", "middot", "hellip", "ndash", "mdash", "times", "shy"}


def bare_words(source: str) -> list[str]:
    """Words that stand in a template outside of any expression: nobody can translate them."""
    without = _JINJA.sub(" ", source)
    shown = _ATTRIBUTES.sub(" ", _HTML.sub(" ", without))
    return [word for word in _WORD.findall(shown) if word not in _NAMES] + _READ_ALOUD.findall(without)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_bare_word_stands_in_a_template(path):
    found = bare_words(path.read_text(encoding="utf-8"))
    assert found == [], f"{path.name}: put these through _(): {found[:10]}"


def test_the_check_finds_what_it_looks_for():
    assert bare_words("<p>Bare {{ _('not bare') }}</p>") == ["Bare"]
    assert bare_words('<p aria-label="Spoken">{# a note #}</p>') == ["Spoken"]
    assert bare_words("{% if x %}{{ _('Fine') }}{% endif %} <code>PUT</code>&nbsp;·") == []


def test_the_words_can_be_taken_out(tmp_path):
    target = tmp_path / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "babel.cfg", "-k", "_l"]
    subprocess.run([*command, "-k", "lazy_gettext", "-o", str(target), "."], cwd=ROOT, check=True)
    words = target.read_text(encoding="utf-8")
    for sentence in ("Skip to the content", "You can't see this", "Keep as a draft", "Late"):
        assert f'msgid "{sentence}"' in words, sentence


def test_what_is_wrong_with_a_field_is_said_in_our_words() -> None:
    """Of every form's and body's schema: no sentence of the library's is left, for it is in no catalogue."""
    for service in SERVICES:
        BY_NAME[service].load()
    schemas = [schema for schema in _below(Schema) if schema.__module__.startswith(("services.", "shared."))]
    assert len(schemas) > 40
    for schema in schemas:
        for name, one in schema().load_fields.items():
            assert not isinstance(one.error_messages["required"], str), f"{schema.__name__}.{name}"
            stock = [words for words in one.error_messages.values() if str(words).startswith("Not a valid")]
            assert not stock, f"{schema.__name__}.{name}: {stock}"
            for check in one.validators:
                said = getattr(check, "error", "ours")
                assert said is not None and not str(said).startswith(("Must be", "Not a valid")), f"{schema}.{name}"


def _below(schema: type[Schema]) -> Iterator[type[Schema]]:
    for one in schema.__subclasses__():
        yield one
        yield from _below(one)
