"""What no view could read or store is refused at the door: NUL, half a character, JSON nested without end, numbers without
end, fields beyond count.

The database stores neither NUL nor a lone surrogate, every reader of JSON recurses, and Python reads no number of more than
4300 digits. What people type in a page is cleaned instead (shared.web.typed); what is refused here is nothing that one types.
"""

import re

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from shared.web.language import gettext as _
from shared.web.problems import Problem
from shared.web.typed import RESERVED, is_form

DEEPEST = 32
"""Lists and objects inside one another; the deepest body of the API has five."""
MOST_DIGITS = 400
"""In a row, outside of texts. A number that means something here has at most twenty, and the longest of floating point 309."""
MOST_FIELDS = 5000
"""Fields of one form. A whole observation of 400 lines has half as many."""
_MAY_BE_BAD = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole character, in two halves
    rb"|(?P<nul>\\u0000)|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
_DIGITS = re.compile(rb"[0-9]{%d}" % (MOST_DIGITS + 1))
_NUMBER = re.compile(rb'"(?:[^"\\]|\\.)*+"?|(?P<long>[0-9]{%d})' % (MOST_DIGITS + 1), re.DOTALL)
_SHAPE = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


def refuse_unreadable_address() -> None:
    """Raise a 400 Problem where path or query hold NUL."""
    if "\x00" in request.environ.get("PATH_INFO", "") or "%00" in request.environ.get("QUERY_STRING", ""):
        raise _holds_nul(_("The address holds the character NUL, which no text may hold."))


def refuse_countless_fields() -> None:
    """Raise 413 where a form has more than MOST_FIELDS. To be called before the form is first looked at."""
    if (
        request.mimetype != "application/x-www-form-urlencoded"
        or (request.content_length or MOST_FIELDS * 2) < MOST_FIELDS
    ):
        return
    if request.get_data().count(b"&") >= MOST_FIELDS:
        raise RequestEntityTooLarge


def refuse_unreadable_body() -> None:
    """Raise a 400 or 413 Problem where a form's names, its hidden fields or a JSON body hold what can't be read."""
    if is_form():
        _refuse_form()
    elif "json" in request.mimetype:
        refuse_unreadable_json(request.get_data())


def refuse_unreadable_json(raw: bytes) -> None:
    """Raise a 400 Problem: not UTF-8, NUL, half a character, deeper than DEEPEST, or a number longer than MOST_DIGITS.
    Whether it is JSON is not asked."""
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError:
            raise _bad(_("The body is not UTF-8.")) from None
    if b"\x00" in raw:
        raise _holds_nul(_("The body holds the character NUL, which no text may hold."))
    if _MAY_BE_BAD.search(raw):
        for escape in _ESCAPE.finditer(raw):
            if escape["nul"]:
                raise _holds_nul(_("A text holds the character NUL (\\u0000), which no text may hold."))
            if escape["half"]:
                raise _bad(_("A text holds half a character: a surrogate (\\ud800 to \\udfff) without its other half."))
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and _too_deep(raw):
        raise _bad(_("Lists and objects stand inside one another more than %(most)s deep.", most=DEEPEST))
    if _DIGITS.search(raw) and any(part["long"] for part in _NUMBER.finditer(raw)):
        raise _bad(_("A number has more than %(most)s digits.", most=MOST_DIGITS))


def _too_deep(raw: bytes) -> bool:
    depth = 0
    for part in _SHAPE.finditer(raw):
        sign = part[0]
        if sign in (b"[", b"{"):
            depth += 1
            if depth > DEEPEST:
                return True
        elif sign in (b"]", b"}"):
            depth -= 1
    return False


def _refuse_form() -> None:
    for name, values in request.form.lists():
        if "\x00" in name or (name in RESERVED and any("\x00" in value for value in values)):
            raise _holds_nul(_("A field's name or a hidden field holds the character NUL, which no text may hold."))
    for name, uploads in request.files.lists():
        if "\x00" in name or any("\x00" in (upload.filename or "") for upload in uploads):
            raise _holds_nul(_("The file's name holds the character NUL. Give the file another name."))


def _holds_nul(detail: str) -> Problem:
    return Problem(
        400, "bad_request", _("We could not read the request"), detail, _("Take the character out, and send it again.")
    )


def _bad(detail: str) -> Problem:
    return Problem(
        400, "bad_request", _("We could not read the request"), detail, _("Mend the body, and send it again.")
    )
