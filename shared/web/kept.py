"""Parts of pages that are kept for those who ask again: rendered once for everything they are made of.

Who may see a page is asked of the database each time, before this; what stands here is only how it is written. The key
therefore holds all that the words depend on, so that nothing has to be forgotten when it changes: a change is another key.
What differs between two requests for the same thing (a form's token, the present minute) can't be part of it.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any

from flask import current_app
from markupsafe import Markup

from shared.web.context import zone
from shared.web.language import language

MOST = 64
"""Pages whose parts one process keeps for each service: the last ones asked for. At 30 kB a page, some two megabytes."""

Parts = Mapping[str, Markup]


class KeptParts:
    """The last `most` results, by key; for many threads. Two that ask for the same at once may both make it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._parts: OrderedDict[Hashable, Parts] = OrderedDict()
        self._lock = Lock()

    def of(self, key: Hashable, make: Callable[[], Parts]) -> Parts:
        with self._lock:
            found = self._parts.get(key)
            if found is not None:
                self._parts.move_to_end(key)
                return found
        made = make()
        with self._lock:
            self._parts[key] = made
            if len(self._parts) > self._most:
                self._parts.popitem(last=False)
        return made


def kept_parts(template: str, key: Hashable, values: Callable[[], dict[str, Any]]) -> Parts:
    """Block -> its text, of a template that consists of blocks, each importing what it uses.

    `key`: everything that `values` is worked out from and that the blocks read besides; the reader's language and the
    district's zone are added here. `values` is called only where the parts have to be made.
    """
    kept: KeptParts = current_app.extensions["accord.kept"]
    return kept.of((template, language(), zone(), key), lambda: _blocks(template, values()))


def _blocks(template: str, values: dict[str, Any]) -> Parts:
    current_app.update_template_context(values)
    found = current_app.jinja_env.get_template(template)
    context = found.new_context(values)
    return {name: Markup("".join(block(context))) for name, block in found.blocks.items()}  # noqa: S704 - Jinja's own
