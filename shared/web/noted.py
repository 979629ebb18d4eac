"""Marks that a decorator leaves on an API's view, so that its document tells of the header it takes (shared.web.openapi)."""

from collections.abc import Callable
from typing import Any, TypeVar

TAKES_KEY = "idempotency_key"
NEEDS_VERSION = "needs_version"
_View = TypeVar("_View", bound=Callable[..., Any])


def noted(view: _View, mark: str) -> _View:
    """The view with the mark, beside what flask-smorest's own decorators note of it (functools.wraps hands that on)."""
    vars(view)["_apidoc"] = {**getattr(view, "_apidoc", {}), mark: True}
    return view
