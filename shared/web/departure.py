"""What happens to an answer on its way out: headers, compression, a line in the log, a number in the metrics."""

import gzip
from time import perf_counter

from flask import Flask, Response, g, request

from shared import logs
from shared.config import Settings
from shared.metrics import REQUEST_SECONDS
from shared.web.context import close, visit
from shared.web.csrf import remember_visitor

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
_LEVEL = 5


class Departure:
    """Registered as the app's after_request and teardown."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._service = settings.service
        self._https = settings.https
        app.after_request(self.send)
        app.teardown_request(self.clear)

    def send(self, response: Response) -> Response:
        headers = response.headers
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        if self._https:
            headers["Strict-Transport-Security"] = _HSTS
        headers.setdefault("Cache-Control", "no-store")
        if "visit" in g:
            headers["X-Request-Id"] = visit().request_id
            remember_visitor(response)
            self._note(response)
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
            ms=round(seconds * 1000, 1),
            person=str(session.person_id) if session else None,
            district=str(session.district_id) if session else None,
        )


_QUIET = frozenset({"static", "shell.livez", "shell.readyz", "shell.metrics"})


def _compressed(response: Response) -> Response:
    if (
        response.mimetype not in _COMPRESSED
        or response.is_streamed
        or response.direct_passthrough
        or "Content-Encoding" in response.headers
        or response.status_code in (204, 304)
    ):
        return response
    response.vary.add("Accept-Encoding")
    if request.method == "HEAD" or request.accept_encodings["gzip"] <= 0:
        return response
    body = response.get_data()
    if len(body) > _SMALLEST:
        response.set_data(gzip.compress(body, _LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
