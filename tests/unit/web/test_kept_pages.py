"""Pages are kept by everything they are made of, only so many of them, and what must differ between two answers does."""

import gzip
from collections.abc import Hashable, Iterator
from uuid import UUID

import pytest
from flask import Flask, g
from jinja2 import DictLoader

from shared.people.viewer import Viewer
from shared.web import anew, packing
from shared.web.context import Visit
from shared.web.kept import Kept, KeptPages, kept_page

ID = UUID(int=1)


@pytest.fixture
def app() -> Iterator[Flask]:
    app = Flask(__name__)
    app.jinja_env.loader = DictLoader(
        {"a.html": "<b>{{ word }}</b> {{ new_key() }} {{ new_key() }}!", "b.html": "other {{ new_key() }}"}
    )
    app.jinja_env.globals.update(anew.for_templates())
    app.extensions["accord.kept"] = KeptPages()
    yield app


def asked(
    app: Flask,
    key: Hashable,
    word: str,
    *,
    template: str = "a.html",
    language: str = "en",
    zone: str = "UTC",
    name: str = "A",
    path: str = "/",
    accept: str = "identity",
) -> tuple[str, bool]:
    """The page, and whether it was written for this request."""
    made: list[str] = []

    def values() -> dict[str, str]:
        made.append(word)
        return {"word": word}

    with app.test_request_context(path, headers={"Accept-Encoding": accept}):
        g.language = language
        g.visit = Visit("1", viewer=Viewer(ID, ID, ID, name, "B", "North", zone, ()))
        answer = kept_page(template, key, values)
    body = answer.get_data()
    assert answer.headers["Vary"] == "Accept-Encoding"
    if accept == "gzip":
        assert answer.headers["Content-Encoding"] == "gzip"
        body = gzip.decompress(body)
    return body.decode(), bool(made)


def test_the_same_key_is_written_once_and_escaped(app: Flask) -> None:
    for made in (True, False):
        text, written = asked(app, "key", "<i>")
        assert text.startswith("<b>&lt;i&gt;</b> ")
        assert written is made


def test_what_must_differ_differs_within_a_page_and_between_two(app: Flask) -> None:
    keys = [word for _ in range(2) for word in asked(app, "key", "<i>")[0].removesuffix("!").split(" ")[1:]]
    assert len(set(keys)) == 4
    assert all(len(key) == len(anew.new_key()) for key in keys)


def test_compressed_it_is_the_same_page(app: Flask) -> None:
    for _ in range(2):
        text, _made = asked(app, "key", "Ngọc, Łucja and a long text. " * 40, accept="gzip")
        assert text.startswith("<b>Ngọc, Łucja and a long text. ")
        assert text.endswith("!")


def test_a_word_put_in_stands_outside_of_what_is_compressed() -> None:
    texts = (b"first " * 200, b" between " * 200, b" last")
    packed = [packing.piece(text) for text in texts]
    for words in ((b"one", b"two"), (b"", b"x" * 60_000)):
        pieces = [texts[0], words[0], texts[1], words[1], texts[2]]
        made = packing.whole(pieces, packed)
        assert gzip.decompress(made) == b"".join(pieces)
        assert all(word in made for word in words)
    with pytest.raises(ValueError, match="at most 65535"):
        packing.whole([b"", b"x" * 70_000, b""], [packing.piece(b"")] * 2)


@pytest.mark.parametrize(
    "other",
    [
        {"key": "other"},
        {"language": "es"},
        {"zone": "America/Chicago"},
        {"template": "b.html"},
        {"name": "C"},
        {"path": "/?page=2"},
    ],
    ids=str,
)
def test_another_key_language_zone_template_reader_or_address_gets_its_own(app: Flask, other: dict[str, str]) -> None:
    asked(app, "key", "first")
    text, made = asked(app, **({"key": "key", "word": "second"} | other))
    assert made
    assert "first" not in text


def test_only_so_many_are_kept_and_the_longest_unasked_goes() -> None:
    kept = KeptPages(most=2)
    made: list[str] = []

    def ask(key: str) -> None:
        def write() -> Kept:
            made.append(key)
            return Kept((b"",), ())

        kept.of(key, write)

    for key in ("one", "two", "one", "three", "one", "two"):
        ask(key)
    assert made == ["one", "two", "three", "two"]
