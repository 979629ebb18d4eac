"""Pages that are kept for those who ask again: written once for everything they are made of.

Who may see a page is asked of the database each time, before this; what stands here is only how it is written. The key
therefore holds all that the words depend on, so that nothing has to be forgotten when it changes: a change is another key.
What differs between two answers to the same question (a form's token, the minute of printing) is cut out and put in anew.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

from flask import Response, current_app, render_template, request

from shared.web import packing
from shared.web.anew import ANEW, written_with_gaps
from shared.web.context import viewer, zone
from shared.web.language import language
from shared.web.links import here

MOST = 64
"""Pages that one process keeps for each service: the last ones asked for. At 30 kB a page, some two megabytes."""


@dataclass(frozen=True)
class Kept:
    """A page cut where it is written anew: texts[0], the word of gaps[0], texts[1], and so on."""

    texts: tuple[bytes, ...]
    gaps: tuple[str, ...]

    def filled(self) -> list[bytes]:
        """The page for this answer, text and word in turns: every second piece is a word said anew."""
        pieces = [self.texts[0]]
        for name, text in zip(self.gaps, self.texts[1:], strict=True):
            pieces += [ANEW[name]().encode(), text]
        return pieces

    @cached_property
    def packed(self) -> tuple[bytes, ...]:
        """The texts compressed, each for itself."""
        return tuple(packing.piece(text) for text in self.texts)


class KeptPages:
    """The last `most` pages, by key; for many threads. Two that ask for the same at once may both write it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._pages: OrderedDict[Hashable, Kept] = OrderedDict()
        self._lock = Lock()

    def of(self, key: Hashable, write: Callable[[], Kept]) -> Kept:
        with self._lock:
            found = self._pages.get(key)
            if found is not None:
                self._pages.move_to_end(key)
                return found
        written = write()
        with self._lock:
            self._pages[key] = written
            if len(self._pages) > self._most:
                self._pages.popitem(last=False)
        return written


def kept_page(template: str, key: Hashable, values: Callable[[], Mapping[str, Any]]) -> Response:
    """The page that `template` makes of `values`, for a signed-in reader.

    `key`: everything that `values` is worked out from; the reader, the address, the language and the district's zone are
    added here. `values` is called only where the page has to be written.
    """
    reader = viewer()
    who = (reader.person_id, reader.name, reader.district_name, reader.roles)
    pages: KeptPages = current_app.extensions["accord.kept"]
    kept = pages.of((template, here(), language(), zone(), who, key), lambda: _written(template, values()))
    return _answer(kept)


def _written(template: str, values: Mapping[str, Any]) -> Kept:
    with written_with_gaps() as gaps:
        texts, names = gaps.cut(render_template(template, **values))
    return Kept(tuple(text.encode() for text in texts), tuple(names))


def _answer(kept: Kept) -> Response:
    pieces = kept.filled()
    response = Response(mimetype="text/html")
    response.vary.add("Accept-Encoding")
    if request.method != "HEAD" and packing.wanted():
        response.set_data(packing.whole(pieces, kept.packed))
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.set_data(b"".join(pieces))
    return response
