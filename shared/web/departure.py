"""What happens to an answer on its way out: headers, compression, a line in the log, a number in the metrics."""

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.routing import RequestRedirect

from shared import logs
from shared.config import Settings
from shared.metrics import REQUEST_SECONDS
from shared.web import packing
from shared.web.context import close, visit
from shared.web.csrf import SAFE_METHODS, remember_visitor
from shared.web.links import own_path
from shared.web.prefix import WSGI

log = logs.get(__name__)

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HSTS = "max-age=63072000; includeSubDomains"
_COMPRESSED = ("text/html", "application/json", "application/problem+json", "text/csv", "image/svg+xml", "text/plain")
_SMALLEST = 1000


class GuardedHeaders:
    """Middleware: puts the headers that guard every answer on it, except those it names itself.

    At the border rather than on the response object: this runs for every autosave.
    """

    def __init__(self, app: WSGI, settings: Settings) -> None:
        self._app = app
        self._headers = [*_HEADERS.items(), ("Cache-Control", "no-store")]
        if settings.https:
            self._headers.append(("Strict-Transport-Security", _HSTS))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            named = {name.lower() for name, _ in headers}
            headers.extend(pair for pair in self._headers if pair[0].lower() not in named)
            return start_response(status, headers, *rest)

        return self._app(environ, start)


class Departure:
    """Registered as the app's after_request and teardown."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._service = settings.service
        app.after_request(self.send)
        app.teardown_request(self.clear)

    def send(self, response: Response) -> Response:
        if isinstance(request.routing_exception, RequestRedirect):  # made of the Host header, which anyone may write
            response.location = own_path(request.routing_exception.new_url)
        if "visit" in g:
            response.headers["X-Request-Id"] = visit().request_id
            remember_visitor(response)
            self._note(response)
            visit().only_read = request.method in SAFE_METHODS and response.status_code < 400
        return _compressed(response)

    def clear(self, error: BaseException | None) -> None:
        if "visit" in g:
            close(visit())

    def _note(self, response: Response) -> None:
        present = visit()
        seconds = perf_counter() - present.started
        route = request.endpoint or "-"
        REQUEST_SECONDS.labels(self._service, route, request.method, response.status_code).observe(seconds)
        if route in _QUIET and response.status_code < 400:
            return
        session = present.session
        log.info(
            "request",
            request=present.request_id,
            method=request.method,
            route=route,
            status=response.status_code,
            **({"problem": present.problem} if present.problem else {}),
            ms=round(seconds * 1000, 1),
            person=str(session.person_id) if session else None,
            district=str(session.district_id) if session else None,
        )


_QUIET = frozenset({"static", "shell.livez", "shell.readyz", "shell.metrics", "drafts.put"})
"""Counted in the metrics; a line each would drown the others."""


def _compressed(response: Response) -> Response:
    size = None if response.direct_passthrough else response.calculate_content_length()
    if size is None or size <= _SMALLEST:
        return response  # streamed, or not worth it
    if response.mimetype not in _COMPRESSED or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    if request.method != "HEAD" and packing.wanted():
        response.set_data(packing.pack(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
    return response
