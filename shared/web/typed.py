"""What a person typed, as it was posted: the part of a form that must never be lost."""

import re
import unicodedata

from flask import request

SEEN = "others_seen"
"""The hidden field by which a page says which texts from elsewhere it has shown."""
TOUCHED = "draft_touched"
"""The hidden field by which draft.js says what was written in since the page was opened: names, a line each."""
RESERVED = frozenset(
    {
        *("csrf", "once", "version", "page", "person", "typist", "draft", "draft_revision", "draft_tab", "keep_draft"),
        *(SEEN, TOUCHED),
    }
)
"""Hidden fields of ui.form_open; no form may name a field of its own so."""
BUTTON = "do"
"""The name of buttons that say what to do with a form: pressed, not typed."""
KEPT_BY_ADDRESS = "form:"
"""How the key of a draft begins whose form has no draft of its own: what was typed when a session ended in the middle."""
OF_VERSION = "@"
"""What parts the name of a draft from the version of the record that it was typed on."""
_SECRET = re.compile(r"password|secret|passcode", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_DRAWN = frozenset("LNPS")
"""First letters of Unicode's categories of what is drawn by itself. Marks are not: they need a letter below them."""
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Fillers and the empty pattern of Braille: letters and signs by category, and drawn as nothing."""

Value = str | list[str]


def clean(text: str) -> str:
    """The text without control characters (PostgreSQL stores no NUL) and with plain line ends; empty where it has signs, and
    none that can be seen."""
    plain = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return seen_only(plain)


def seen_only(text: str) -> str:
    """The text as it is where it says something, or is made of blanks alone; empty where it has signs, and none that can be
    seen: zero-width, bidirectional or marks without a letter. Inside words they stay, for some languages write with them."""
    return text if shows(text) or not text.strip() else ""


def shows(text: str) -> bool:
    """Whether anything of the text can be seen."""
    return any(_is_drawn(sign) for sign in text)


def _is_drawn(sign: str) -> bool:
    kind = unicodedata.category(sign)
    if kind in ("Cn", "Co"):  # newer than this Python knows, or of a font's own; the tags at the end are for programs
        return not "\U000e0000" <= sign <= "\U000e0fff"
    return kind[0] in _DRAWN and sign not in _BLANK


def posted(*, secrets: bool = False) -> dict[str, Value]:
    """The form's own fields: one value as text, several as a list. Passwords only where asked for."""
    fields: dict[str, Value] = {}
    for name, values in request.form.lists():
        if name in RESERVED or (not secrets and _SECRET.search(name)):
            continue
        fields[clean(name)] = clean(values[0]) if len(values) == 1 else [clean(value) for value in values]
    return fields


def typed_text(name: str) -> str:
    """What was typed into one field of the form; empty where nothing of it can be seen."""
    found = posted().get(name, "")
    text = found if isinstance(found, str) else found[-1]
    return text if shows(text) else ""


def touched() -> frozenset[str] | None:
    """The fields that the posted page says were written in since it was opened; None where it can't know, and then every
    field counts as written in."""
    names = request.form.get(TOUCHED)
    return None if names is None else frozenset(clean(names).split("\n")) - {""}


def touched_fields() -> dict[str, Value]:
    """What is to be kept of a posted form: what its page only shows is kept already, here or elsewhere."""
    here = touched()
    return {name: value for name, value in posted().items() if here is None or name in here}


def is_form() -> bool:
    """Whether the request is a page's form rather than JSON or a file."""
    return request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data")


def posted_revision() -> int:
    """The revision of the draft that the posted form was showing; 0 where it had none."""
    found = request.form.get("draft_revision", "")
    return int(found) if found.isdecimal() and len(found) < 10 else 0


def posted_tab() -> str:
    """The name of the open page that was posted, by which its draft knows its own texts; empty where it has none."""
    return clean(request.form.get("draft_tab", ""))[:64]
