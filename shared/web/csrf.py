"""Forged requests: a token in every form, bound to the session, and what the browser says of where the request came from.

The token has two halves. The first is of the session, and nothing is carried out without it. The second is of the person:
where they have signed in again since the page was opened, it shows that the form was made for nobody else. Then what was
typed is kept as their own draft and the page shown again with a fresh token (keeping.py), which is safe because
- a foreign page can neither read nor make a token, and what the browser says of where a request came from is asked here too;
- whoever signs somebody in as another gains nothing: pages of that other person carry the other's half, which fits no form
  of the first;
- whoever has got hold of an old page, or puts its token into another form, can at most have words kept as a draft of the
  person who is signed in at that moment, beside what stands there and seen by nobody else. No view runs, and the answer
  holds no fresh token: it names the page, which the person opens under their own session.

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
_HALF = 32
_OF_SESSION, _OF_PERSON = 0, 1
"""The halves of a token, in this order."""


def csrf_token() -> str:
    """A fresh mask of this person's token, for a form's hidden field or the header."""
    secret = b"".join(_secret_for(subject) for subject in _subjects(make=True))
    mask = secrets.token_bytes(len(secret))
    return urlsafe_b64encode(mask + _xor(mask, secret)).decode()


def came_from_us() -> bool:
    """Whether this request was sent by one of our own pages (or by no browser at all) and carries the person's token."""
    return _browser_says_ours() and _fits(_OF_SESSION)


def made_for_the_same_person() -> bool:
    """Whether one of our own pages sent this, and was made for the very person of the present session, under this sign-in or
    an earlier one. Enough to keep what they typed, and for nothing else."""
    return visit().session is not None and _browser_says_ours() and _fits(_OF_PERSON)


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


def _fits(half: int) -> bool:
    """Whether this half of the given token is what the present visit's would be."""
    subjects = _subjects(make=False)
    given = _unmasked(request.environ.get("HTTP_X_CSRF_TOKEN") or request.form.get(FIELD) or "")
    if not subjects or given is None:
        return False
    return hmac.compare_digest(given[half * _HALF : (half + 1) * _HALF], _secret_for(subjects[half]))


def _unmasked(given: str) -> bytes | None:
    """Both halves of a token; None for what is none."""
    try:
        raw = urlsafe_b64decode(given)
    except (NotBase64, ValueError):
        return None
    whole = 2 * _HALF
    return _xor(raw[:whole], raw[whole:]) if len(raw) == 2 * whole else None


def _subjects(*, make: bool) -> tuple[str, ...]:
    """What the halves are bound to; whoever is not signed in is nobody beyond their cookie."""
    session = visit().session
    if session is not None:
        return f"session:{session.session_id}", f"person:{session.district_id}:{session.person_id}"
    visitor = request.cookies.get(VISITOR_COOKIE) or g.get("new_visitor")
    if not visitor and make:
        visitor = g.new_visitor = secrets.token_urlsafe(24)
    return (f"visitor:{visitor}", f"nobody:{visitor}") if visitor else ()


def _secret_for(subject: str) -> bytes:
    return _derived(settings().secret_key, subject)


@lru_cache(maxsize=4096)
def _derived(key: str, subject: str) -> bytes:
    return hmac.digest(key.encode(), f"csrf:{subject}".encode(), "sha256")


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(len(left), "big")
