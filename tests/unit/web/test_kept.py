"""Parts of pages are kept by everything they are made of, and only so many of them."""

from collections.abc import Hashable, Iterator
from uuid import UUID

import pytest
from flask import Flask, g
from jinja2 import DictLoader

from shared.people.viewer import Viewer
from shared.web.context import Visit
from shared.web.kept import KeptParts, kept_parts

ID = UUID(int=1)


@pytest.fixture
def app() -> Iterator[Flask]:
    app = Flask(__name__)
    app.jinja_env.loader = DictLoader(
        {"a.html": "{% block one %}<b>{{ word }}</b>{% endblock %}", "b.html": "{% block one %}other{% endblock %}"}
    )
    app.extensions["accord.kept"] = KeptParts()
    yield app


def asked(
    app: Flask, key: Hashable, word: str, *, template: str = "a.html", language: str = "en", zone: str = "UTC"
) -> tuple[str, bool]:
    """The block, and whether it was made for this request."""
    made: list[str] = []

    def values() -> dict[str, str]:
        made.append(word)
        return {"word": word}

    with app.test_request_context():
        g.language = language
        g.visit = Visit("1", viewer=Viewer(ID, ID, ID, "A", "B", "North", zone, ()))
        return kept_parts(template, key, values)["one"], bool(made)


def test_the_same_key_is_made_once_and_escaped(app: Flask) -> None:
    assert asked(app, "key", "<i>") == ("<b>&lt;i&gt;</b>", True)
    assert asked(app, "key", "<i>") == ("<b>&lt;i&gt;</b>", False)


@pytest.mark.parametrize(
    "other", [{"key": "other"}, {"language": "es"}, {"zone": "America/Chicago"}, {"template": "b.html"}], ids=str
)
def test_another_key_language_zone_or_template_gets_its_own(app: Flask, other: dict[str, str]) -> None:
    asked(app, "key", "first")
    text, made = asked(app, **({"key": "key", "word": "second"} | other))
    assert made
    assert "first" not in text


def test_only_so_many_are_kept_and_the_longest_unasked_goes() -> None:
    kept = KeptParts(most=2)
    made: list[str] = []

    def ask(key: str) -> None:
        kept.of(key, lambda: made.append(key) or {})  # type: ignore[func-returns-value]

    for key in ("one", "two", "one", "three", "one", "two"):
        ask(key)
    assert made == ["one", "two", "three", "two"]
