"""Reading a form off a page as a browser would, so that a test can send it."""

import html
import re
from typing import Any

from werkzeug.test import TestResponse

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def hidden(page: TestResponse) -> dict[str, str]:
    """The hidden fields of the page's main form (what stands in the page's head is left out)."""
    main = page.text.split("<main", 1)[1]
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(main)}


def send(client: Any, path: str, *, page: str | None = None, **typed: Any) -> TestResponse:
    """Open the form's page, fill `typed` in, and send it to `path`."""
    return client.post(path, data={**hidden(client.get(page or path)), **typed})
