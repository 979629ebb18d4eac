"""Shapes of the forms about one evaluation. How long a text may be is the domain's rule; the page states it."""

from typing import Any

from marshmallow import fields, pre_load, validate

from services.evaluation.core.domain.commands import FORM_TEXT_LIMIT, LINE_LIMIT, PLACE_LIMIT
from shared.web.forms import Schema
from shared.web.language import lazy_gettext as _l


def _text(most: int, *, required: bool = False) -> fields.String:
    length = validate.Length(max=most, error=_l("Shorten this to %(most)s characters.", most=most))
    return (
        fields.String(required=required, validate=length)
        if required
        else fields.String(load_default="", validate=length)
    )


def _day() -> fields.Date:
    return fields.Date(required=True, error_messages={"invalid": _l("Write the day as year, month and day.")})


def _time() -> fields.Time:
    return fields.Time(
        required=True, error_messages={"invalid": _l("Write the time as hours and minutes, such as 14:05.")}
    )


class NoticeSchema(Schema):
    """An observation that is announced, or another time for it."""

    day = _day()
    begins = _time()
    ends = _time()
    place = _text(PLACE_LIMIT)
    focus = _text(LINE_LIMIT)


class ReasonSchema(Schema):
    reason = _text(LINE_LIMIT, required=True)
    do = fields.String(load_default="")


class ConferenceSchema(Schema):
    day = _day()
    begins = _time()
    note = _text(FORM_TEXT_LIMIT)
    do = fields.String(load_default="")


class ObservationSchema(Schema):
    """What is typed of an observation besides its lines, which script_lines reads.

    `end_untyped`: the end that the page (static/clock.js) takes it to have where none is typed. It stands for `ends` then,
    and is no text of the author's: neither draft nor page shows it in the field.
    """

    day = _day()
    begins = _time()
    ends = _time()
    end_untyped = fields.String(load_default="")
    strengths = _text(FORM_TEXT_LIMIT)
    next_steps = _text(FORM_TEXT_LIMIT)
    do = fields.String(load_default="")

    @pre_load
    def end_with_the_untyped(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        if "ends" not in data and data.get("end_untyped"):
            return {**data, "ends": data["end_untyped"]}
        return {name: value for name, value in data.items() if name != "end_untyped"}


class SummativeSchema(Schema):
    """Besides the ratings, which have a field for each component."""

    comment = _text(FORM_TEXT_LIMIT)
    raised = fields.String(load_default="no", validate=validate.OneOf(["yes", "no"]))
    do = fields.String(load_default="")


class SignSchema(Schema):
    note = _text(LINE_LIMIT)
    do = fields.String(required=True, validate=validate.OneOf(["sign", "refuse", "unsigned"]))


class ResponseSchema(Schema):
    text = _text(FORM_TEXT_LIMIT, required=True)
    do = fields.String(load_default="")


class ContextSchema(Schema):
    text = _text(FORM_TEXT_LIMIT, required=True)
    components = fields.List(fields.String(), load_default=list)
    occasion = fields.UUID(load_default=None)


class DoSchema(Schema):
    """A page with buttons and nothing to fill in."""

    do = fields.String(load_default="")
