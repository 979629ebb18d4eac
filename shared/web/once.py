"""The same request sent twice has one effect, and both get the same answer.

A page's form carries a random key in its hidden field `once`; the API's callers may send Idempotency-Key. The key, the
effect and the answer are stored in one transaction; a second request with the same key waits for the first.
"""

import hashlib
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, ParamSpec

import msgspec
from flask import Response, current_app, make_response, request

from shared.direct import ask
from shared.web.beside import refuse_unseen
from shared.web.context import connection, viewer, visit, writing
from shared.web.csrf import SAFE_METHODS
from shared.web.drafts import TAKEN, read_taken, take_draft
from shared.web.language import gettext as _
from shared.web.links import settings
from shared.web.noted import TAKES_KEY, noted
from shared.web.problems import Problem
from shared.web.typed import TOUCHED, is_form

P = ParamSpec("P")
LONGEST_KEY = 200
_PIECE = 256 * 1024
SENT_COOKIE = "accord_sent"
_BEGIN = "SELECT accord_once_begin(%s, %s, %s, %s, %s)"
_END = TAKEN + "SELECT draft, accord_once_end(%s, %s, %s, %s, %s, %s, %s, NULL) FROM taken"  # noqa: S608 - as there
"""Keep the answer and let go of the draft, which is answered: it comes back if its page had not shown all of it."""


class _Answered(msgspec.Struct):
    same: bool
    status: int | None
    location: str | None
    body: str | None


_answered = msgspec.json.Decoder(_Answered)


class _UndoneError(Exception):
    """Carries a refusal out of the transaction, so that neither the effect nor the key is kept."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def once(view: Callable[P, Any]) -> Callable[P, Any]:
    """Decorator of a view that writes: everything it writes is committed with its answer, or nothing is.

    The form's own draft is let go of in the same transaction, once its page has shown all that stands in it. An answer
    of 400 or more undoes all of it and leaves the key free for another try.
    """

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Any:
        if request.method in SAFE_METHODS:
            return view(*args, **kwargs)
        draft = request.form.get("draft") if is_form() else None
        digest = _digest()
        key = _key(digest)
        if key is None:
            return _alone(view, draft, *args, **kwargs)
        return _keyed(key, digest, draft, lambda: view(*args, **kwargs))

    return noted(answer, TAKES_KEY)


def keep_drafted() -> None:
    """To be called by a view inside `once`: part of what was typed has still to be sent, so its draft stays."""
    visit().keeps_draft = True


def _keyed(key: str, digest: bytes, draft: str | None, run: Callable[[], Any]) -> Response:
    who = (viewer().district_id, viewer().person_id, request.endpoint, key)
    try:
        with writing():
            first = ask(connection(), _BEGIN, (*who, digest))
            if first is not None and first[0] is not None:
                return _again(_answered.decode(first[0]))
            response = make_response(run())
            if response.status_code >= 400:
                raise _UndoneError(response)
            body = response.get_data(as_text=True) if response.is_json else None
            gone = None if visit().keeps_draft else draft
            mine = (*who[:2], gone)
            ended = ask(connection(), _END, (*mine, *who, response.status_code, response.location, body))
            if gone and ended:
                refuse_unseen(read_taken(gone, ended[0]))
        _tell_the_page(response, draft)
        return response
    except _UndoneError as undone:
        return undone.response


def _tell_the_page(response: Response, draft: str | None) -> None:
    """Let draft.js know that the district has the form, so that the device forgets what it still held of it."""
    if draft is not None and "once" in request.form:
        sent = request.form["once"][:64]
        response.set_cookie(SENT_COOKIE, sent, max_age=600, secure=settings().https, samesite="Lax", path="/")


def _alone(view: Callable[..., Any], draft: str | None, *args: Any, **kwargs: Any) -> Response:
    """Without a key: still one transaction, and the draft goes with it."""
    try:
        with writing():
            response = make_response(view(*args, **kwargs))
            if response.status_code >= 400:
                raise _UndoneError(response)
            if draft and not visit().keeps_draft:
                refuse_unseen(take_draft(draft))
            return response
    except _UndoneError as undone:
        return undone.response


def _again(first: _Answered) -> Response:
    if not first.same:
        raise Problem(
            422,
            "key_used_for_another_request",
            _("That key was used for another request"),
            _(
                "An Idempotency-Key stands for one request. This one differs from the first in its address, in the version it "
                "builds on (If-Match) or in its body."
            ),
            _("Send a new key with a new request. To have the first answer again, send the first request unchanged."),
        )
    response: Response = current_app.response_class(first.body, status=first.status or 200)
    if first.body is not None:
        response.mimetype = "application/json"
        if (version := _version_in(first.body)) is not None:
            response.headers["ETag"] = f'"{version}"'
    if first.location is not None:
        response.location = first.location
    response.headers["Idempotent-Replay"] = "true"
    return response


class _Versioned(msgspec.Struct):
    version: int | None = None


def _version_in(body: str) -> int | None:
    """The version a kept answer tells; wherever an answer has an ETag, it is this. None where it tells none."""
    try:
        return msgspec.json.decode(body, type=_Versioned).version
    except msgspec.DecodeError:  # a list, or a version that counts nothing
        return None


def _key(digest: bytes) -> str | None:
    """The API's key as it is. A page's key stands together with what was typed: who goes back, edits and sends again
    has made another request, and the version check decides about it."""
    if header := request.headers.get("Idempotency-Key"):
        key = header.strip().strip('"')
        if len(key) > LONGEST_KEY:
            raise _key_too_long(len(key))
        return key or None
    if is_form() and (field := request.form.get("once")):
        return f"{field[:64]}.{digest.hex()}"
    return None


def _key_too_long(length: int) -> Problem:
    """Cut, two keys could become one, and the second request would be taken for the first."""
    return Problem(
        422,
        "key_too_long",
        _("That key is too long"),
        _(
            "An Idempotency-Key has at most %(most)s characters; this one has %(length)s.",
            most=LONGEST_KEY,
            length=length,
        ),
        _("Send the request again with a shorter key."),
    )


def _digest() -> bytes:
    """A fingerprint of the request: path, version and body, without what differs between two clicks."""
    found = hashlib.sha256(f"{request.method} {request.full_path} {request.headers.get('If-Match', '')}".encode())
    if is_form():
        for name, values in sorted(request.form.lists()):
            if name not in ("csrf", "typist", "draft_revision", "draft_tab", TOUCHED):
                found.update(msgspec.json.encode((name, values)))
        for name, uploads in sorted(request.files.lists()):
            for upload in uploads:
                found.update(f"{name}={upload.filename}".encode())
                for piece in iter(partial(upload.stream.read, _PIECE), b""):
                    found.update(piece)
                upload.stream.seek(0)
    else:
        found.update(request.get_data())
    return found.digest()
