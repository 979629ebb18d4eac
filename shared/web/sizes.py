"""How much a request may carry: 2 MB, unless its view is marked to take more (or less)."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import current_app, request

P = ParamSpec("P")
R = TypeVar("R")
USUAL = 2_000_000
_MARK = "most_bytes"


def accepts(most_bytes: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator of a view: its requests may be up to so many bytes. Larger ones are answered 413 before they are read."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        setattr(view, _MARK, most_bytes)
        return view

    return mark


def allow_size(endpoint: str) -> None:
    """Set the present request's limit; to be called before its body is touched."""
    most: int | None = getattr(current_app.view_functions.get(endpoint), _MARK, None)
    if most is not None:
        request.max_content_length = most
