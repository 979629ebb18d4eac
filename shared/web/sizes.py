"""How much a request may carry, unless its view is marked to take more (or less)."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import current_app, request

P = ParamSpec("P")
R = TypeVar("R")
USUAL = 2_000_000
"""Bytes. A whole observation with each of its lines as long as it may be has nearly one million, more in other scripts."""
SMALL = 16_000
"""Bytes, where nobody needs to be signed in: names, passwords, addresses."""
DRAFT_FIELDS = 2000
"""Of one draft. A whole observation of 400 lines has some 1200."""
DRAFT_BYTES = 4_000_000
"""Of one draft as the database holds it, with the texts that stand beside its own: twice the largest form."""
_MARK = "most_bytes"


def accepts(most_bytes: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator of a view: its requests may be up to so many bytes. Larger ones are answered 413 before they are read."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        setattr(view, _MARK, most_bytes)
        return view

    return mark


def allow_size(endpoint: str, usual: int) -> None:
    """Set the present request's limit: its view's own, or else `usual`. To be called before its body is touched."""
    most: int = getattr(current_app.view_functions.get(endpoint), _MARK, usual)
    request.max_content_length = most
