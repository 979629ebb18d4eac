"""What marshmallow finds wrong, in our words: they go through the catalogue like every other sentence."""

from copy import copy
from typing import Any

from flask_babel.speaklater import LazyString
from marshmallow import fields, validate

from shared.web.language import lazy_gettext as _l

_FILL = _l("Fill this in.")
UNREADABLE = _l("This is not written in a way we can read.")
_STOCK: dict[str, LazyString] = {
    "Missing data for required field.": _FILL,
    "Field may not be null.": _FILL,
    "Invalid value.": UNREADABLE,
    "Not a valid string.": UNREADABLE,
    "Not a valid utf-8 string.": UNREADABLE,
    "Not a valid integer.": UNREADABLE,
    "Not a valid number.": UNREADABLE,
    "Number too large.": UNREADABLE,
    "Special numeric values (nan or infinity) are not permitted.": UNREADABLE,
    "Not a valid boolean.": UNREADABLE,
    "Not a valid UUID.": UNREADABLE,
    "Not a valid list.": UNREADABLE,
    "Not a valid mapping type.": UNREADABLE,
    "Not a valid {awareness} {obj_type}.": UNREADABLE,
    "Not a valid date.": _l("Write a day such as 2026-09-01."),
    "Not a valid {obj_type}.": UNREADABLE,
    "Not a valid email address.": _l("Write an e-mail address such as name@school.example."),
}
"""The library's sentence -> ours."""
OF_SCHEMA = {"unknown": _l("There is no such field."), "type": UNREADABLE}


def say_plainly(field: fields.Field[Any]) -> None:
    """Let a field that was bound to its schema say what is wrong in our words, where its schema has given it none."""
    for name, message in field.error_messages.items():
        if message in _STOCK:
            field.error_messages[name] = _STOCK[message]
    several = isinstance(field, fields.List | fields.Dict)
    # A list of its own: the given one may belong to the class.
    field.validators = [_plain(one, several=several) for one in field.validators]


def _plain(validator: Any, *, several: bool) -> Any:
    words = _words_of(validator, several=several)
    if words is None:
        return validator
    plain = copy(validator)
    plain.error = words
    return plain


def _words_of(validator: Any, *, several: bool) -> LazyString | None:
    """Our words for what it asks; None where the schema has given it words, or it is one of our own."""
    if isinstance(validator, validate.Length) and validator.error is None:
        return _of_length(validator, several=several)
    if isinstance(validator, validate.Range) and validator.error is None:
        return _of_range(validator)
    if isinstance(validator, validate.OneOf) and validator.error == validate.OneOf.default_message:
        return _l("Choose one of: %(choices)s.", choices=validator.choices_text)
    if isinstance(validator, validate.Email) and validator.error in _STOCK:
        return _STOCK[validator.error]
    return None


def _of_length(asked: validate.Length, *, several: bool) -> LazyString:
    if asked.equal is not None:
        return _l("Write %(count)s characters.", count=asked.equal)
    if several:
        if asked.max is None:
            return _l("Name %(least)s at least.", least=asked.min)
        return _l("Name %(most)s at most, and %(least)s at least.", most=asked.max, least=asked.min or 0)
    if asked.max is None:
        return _l("Write %(least)s characters at least.", least=asked.min)
    if not asked.min or asked.min == 1:
        return _l("Shorten this to %(most)s characters.", most=asked.max)
    return _l("Write %(least)s to %(most)s characters.", least=asked.min, most=asked.max)


def _of_range(asked: validate.Range) -> LazyString:
    if asked.max is None:
        return _l("Give a number of %(least)s or more.", least=asked.min)
    if asked.min is None:
        return _l("Give a number of %(most)s or less.", most=asked.max)
    return _l("Give a number from %(least)s to %(most)s.", least=asked.min, most=asked.max)
