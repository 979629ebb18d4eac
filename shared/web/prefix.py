"""The path under which the gateway serves a service, known to the app whoever calls it and however."""

from collections.abc import Callable, Iterable
from typing import Any

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class AtPrefix:
    """Middleware: takes the prefix off the path, whether a dispatcher has done so already or the whole path arrives."""

    def __init__(self, app: WSGI, prefix: str) -> None:
        self._app = app
        self._prefix = prefix.rstrip("/")

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("SCRIPT_NAME", "") != self._prefix:
            path = environ.get("PATH_INFO", "")
            if path == self._prefix or path.startswith(self._prefix + "/"):
                environ["PATH_INFO"] = path[len(self._prefix) :] or "/"
            environ["SCRIPT_NAME"] = self._prefix
        return self._app(environ, start_response)
