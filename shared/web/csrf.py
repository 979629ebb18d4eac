"""Forged requests: a token in every form, bound to the session, and what the browser says of where the request came from.

The token is masked anew for each answer, because answers are compressed (BREACH). Whoever is not signed in has a token
bound to a random cookie, so that nobody can be signed in as somebody else by a foreign page. All services of a deployment
have the same SECRET_KEY, since a page of one may post to another (sign-out).
"""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Response, g, request

from shared.web.context import visit
from shared.web.links import settings

FIELD = "csrf"
VISITOR_COOKIE = "accord_visitor"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token() -> str:
    """A fresh mask of this person's token, for a form's hidden field or the header."""
    secret = _secret_for(_subject(make=True))
    mask = secrets.token_bytes(len(secret))
    return urlsafe_b64encode(mask + _xor(mask, secret)).decode()


def came_from_us() -> bool:
    """Whether this request was sent by one of our own pages (or by no browser at all) and carries the person's token."""
    return _browser_says_ours() and _token_is_right()


def remember_visitor(response: Response) -> None:
    """Set the cookie that an unsigned visitor's token was bound to, where one was made during this request."""
    if made := g.pop("new_visitor", None):
        secure = settings().https
        response.set_cookie(VISITOR_COOKIE, made, secure=secure, httponly=True, samesite="Lax", path="/")


def _browser_says_ours() -> bool:
    site = request.environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.environ.get("HTTP_ORIGIN")
    if origin is None:
        return True
    try:
        said = urlsplit(origin).netloc
    except ValueError:
        return False
    return said in (request.host, urlsplit(settings().public_url).netloc)


def _token_is_right() -> bool:
    given = request.environ.get("HTTP_X_CSRF_TOKEN") or request.form.get(FIELD) or ""
    subject = _subject(make=False)
    if not subject:
        return False
    secret = _secret_for(subject)
    try:
        raw = urlsafe_b64decode(given)
    except (NotBase64, ValueError):
        return False
    if len(raw) != 2 * len(secret):
        return False
    return hmac.compare_digest(_xor(raw[: len(secret)], raw[len(secret) :]), secret)


def _subject(*, make: bool) -> str:
    session = visit().session
    if session is not None:
        return f"session:{session.session_id}"
    visitor = request.cookies.get(VISITOR_COOKIE) or g.get("new_visitor")
    if not visitor and make:
        visitor = g.new_visitor = secrets.token_urlsafe(24)
    return f"visitor:{visitor}" if visitor else ""


def _secret_for(subject: str) -> bytes:
    return _derived(settings().secret_key, subject)


@lru_cache(maxsize=4096)
def _derived(key: str, subject: str) -> bytes:
    return hmac.digest(key.encode(), f"csrf:{subject}".encode(), "sha256")


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(len(left), "big")
