"""The words for what HTTP itself refuses."""

from collections.abc import Callable, Mapping

from werkzeug.exceptions import ClientDisconnected, HTTPException

from shared.web.language import gettext as _
from shared.web.problems import FieldError, Problem

MOST_ERRORS = 50
"""Wrong fields that one answer names. Whoever sends more unknown ones gains nothing by an answer of megabytes."""


def _words() -> Mapping[int, tuple[str, str, str, str]]:
    """status -> (code, title, detail, remedy)."""
    return {
        400: (
            "bad_request",
            _("We could not read the request"),
            _("It is not written as HTTP and this address expect."),
            _("Go back and try again. Over the API, check that the body is valid JSON."),
        ),
        404: (
            "not_found",
            _("We can't find this page"),
            _("The address may be mistyped, or what stood here may have been moved."),
            _("Check the address, or start from your home page."),
        ),
        405: (
            "method_not_allowed",
            _("This address does not take that kind of request"),
            _("It exists, but not for this method."),
            _("Use one of the methods in the Allow header."),
        ),
        **_words_about_the_body(),
        422: (
            "invalid",
            _("Some of it needs mending"),
            _("What was sent does not have the shape it must have."),
            _("Mend the fields that are named, and send it again."),
        ),
        500: (
            "our_fault",
            _("Something went wrong on our side"),
            _("It is not something you did, and it has been written to the log."),
            _("Try again. If it stays, tell your district office the number below."),
        ),
    }


def _words_about_the_body() -> Mapping[int, tuple[str, str, str, str]]:
    return {
        408: (
            "too_slow",
            _("What you sent did not arrive"),
            _("The connection stopped in the middle, and we waited no longer. Nothing was changed."),
            _("Try again, on a better connection if you can."),
        ),
        413: (
            "too_large",
            _("That is too large"),
            _("What was sent is larger than this page takes."),
            _("Send a smaller file, or split the text."),
        ),
        415: (
            "unsupported_media_type",
            _("We can't read that kind of content"),
            _("The content type of the body is not one this address takes."),
            _("Send application/json to the API, and a form's own encoding from a page."),
        ),
    }


def problem_from(error: HTTPException) -> Problem:
    """The Problem for an exception of werkzeug, flask-smorest or webargs, with its headers (Allow, Retry-After …)."""
    cut_off = isinstance(error, ClientDisconnected) and isinstance(error.__context__, TimeoutError)
    status = 408 if cut_off else error.code or 500
    words = _words()
    code, title, detail, remedy = words.get(status) or words[400 if 400 <= status < 500 else 500]
    if status not in words:
        title = error.name
    headers = {
        name: value for name, value in error.get_headers() if name.lower() not in ("content-type", "content-length")
    }
    data = getattr(error, "data", None) or {}
    headers |= {str(name): str(value) for name, value in (data.get("headers") or {}).items()}
    messages = data.get("errors") or data.get("messages") or {}
    return Problem(
        status,
        code,
        title,
        data.get("message") or detail,
        remedy,
        _flatten(messages)[:MOST_ERRORS],
        headers=headers,
    )


def _flatten(messages: object) -> list[FieldError]:
    """webargs: {"json": {"field": ["…"]}} -> pointers into the body, the query or the path."""
    found: list[FieldError] = []
    if isinstance(messages, Mapping):
        for location, inner in messages.items():
            start = "#" if location in ("json", "form") else f"#/{location}"
            walk(inner, start, lambda pointer, message: found.append(FieldError(pointer, message)))
    return found


def walk(messages: object, pointer: str, found: Callable[[str, str], None]) -> None:
    """Every message of marshmallow's nested answer, with the pointer of its field."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            walk(inner, pointer if name == "_schema" else f"{pointer}/{name}", found)
    elif isinstance(messages, list | tuple):
        for message in messages:
            walk(message, pointer, found)
    else:
        found(pointer, str(messages))
