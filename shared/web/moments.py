"""The field by which every form and every body takes a moment: with its offset when it comes, in UTC from then on."""

from datetime import datetime, timedelta
from typing import Any

from marshmallow import fields

from shared.clock import in_utc
from shared.web.language import lazy_gettext as _l

WESTERNMOST, EASTERNMOST = timedelta(hours=-12), timedelta(hours=14)
"""Between these lie the offsets that clocks anywhere show."""
_WANTED = _l(
    "Write the moment with its offset from UTC, which lies between -12:00 and +14:00, such as 2026-12-04T08:30:00-06:00."
)


class Moment(fields.AwareDateTime):
    """A moment in ISO 8601 with its offset; loaded it is in UTC."""

    default_error_messages = {"invalid": _WANTED, "invalid_awareness": _WANTED}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        moment = super()._deserialize(value, attr, data, **kwargs)
        offset = moment.utcoffset()
        assert offset is not None, "one without an offset has been refused"
        if not WESTERNMOST <= offset <= EASTERNMOST:
            raise self.make_error("invalid")
        try:
            return in_utc(moment)
        except ValueError as error:
            raise self.make_error("invalid") from error
