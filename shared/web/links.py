"""Addresses: into other services, and back to where somebody was."""

import re
from collections.abc import Collection, Mapping
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from flask import current_app, request

from shared.config import Settings

SIGN_IN = "/sign-in"
RENEW = "/session/renew"
ARRIVED = "arrived"
"""The mark in an address of somebody whom the directory has just sent on as signed in."""
_OF_NO_PATH = re.compile(r"/(?:[/\\]|%(?:25)*(?:2f|5c))", re.IGNORECASE)
"""The beginning of what is read as another host's, by whoever decodes it once or more: "//", "/%2F", "/%252F"."""
_MARKS = frozenset({"kept", "own", "ended", "seen", "again"})


def settings() -> Settings:
    """The settings of the service that answers this request."""
    found: Settings = current_app.config["ACCORD"]
    return found


def url_of(service: str, path: str = "/") -> str:
    """A link into any service: url_of("teacher", "/evaluations/7") -> "/teacher/evaluations/7"."""
    return settings().prefixes[service] + path


def local_path(value: str | None, otherwise: str = "/") -> str:
    """`value` where it is a path on this same site, else `otherwise`: no link may lead a person elsewhere."""
    if not value or not value.startswith("/") or _OF_NO_PATH.match(value):
        return otherwise
    if any(character < " " or character in "\\\x7f" for character in value):
        return otherwise
    parts = urlsplit(value)
    return otherwise if parts.scheme or parts.netloc else value


def here() -> str:
    """The path and query of this request, as the browser knows it."""
    query = request.query_string.decode("latin-1")
    return f"{request.script_root}{request.path}" + (f"?{query}" if query else "")


def own_path(address: str) -> str:
    """The path and query of an address of ours, without the host: that is whatever the request called us."""
    path = address.partition("://")[2]
    begins = path.find(f"{request.script_root}/")
    return local_path(path[begins:]) if begins >= 0 else "/"


def page_of_form() -> str:
    """Where the posted form stands: its own hidden field, else the page that sent it, else the site's front."""
    if page := request.form.get("page"):
        return local_path(page)
    try:
        referrer = urlsplit(request.referrer or "")
    except ValueError:  # no browser sends such a one
        return "/"
    if referrer.path and referrer.netloc == request.host:
        return local_path(referrer.path + (f"?{referrer.query}" if referrer.query else ""))
    return "/"


def without_marks(address: str) -> str:
    """The address of a form's page, not told any more which draft to show, whose text first and on which version (`kept`, `own`,
    `ended`, `seen`), or that nothing was done yet (`again`)."""
    return _without(address, _MARKS)


def with_marks(address: str, **marks: str) -> str:
    """The same, told which draft to show: with_marks("/home/notes/new", kept="note:new")."""
    return _with(without_marks(address), marks)


def once_more(address: str) -> str:
    """The address of a form's page, told to say that nothing was done yet; whatever it was told before stands."""
    return _with(_without(address, {"again"}), {"again": "1"})


def arriving(address: str) -> str:
    """The address for somebody whom the directory knows as signed in, so that nobody is sent to and fro."""
    return _with(before_arriving(address), {ARRIVED: "1"})


def before_arriving(address: str) -> str:
    """The address without that mark."""
    return _without(address, {ARRIVED})


def _with(address: str, marks: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(marks)}"


def _without(address: str, marks: Collection[str]) -> str:
    parts = urlsplit(address)
    query = [pair for pair in parts.query.split("&") if pair.partition("=")[0] not in marks]
    return urlunsplit(parts._replace(query="&".join(query)))


def sign_in_url(back: str) -> str:
    """The sign-in page, which leads back to `back` afterwards."""
    return f"{url_of('directory', SIGN_IN)}?next={quote(back, safe='/')}"


def renew_url(back: str) -> str:
    """The directory's renewal of a session, which leads back to `back`."""
    return f"{url_of('directory', RENEW)}?next={quote(back, safe='/')}"
