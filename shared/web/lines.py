"""A line of text in a form or a body, as several services' schemas read it."""

from typing import Any

from marshmallow import ValidationError, fields

from shared.letters import composed, holds_unseen
from shared.web.language import gettext as _


class Words(fields.String):
    """A line of text as it is stored: without spaces at its ends, each letter written in one way (NFC). One that holds
    a character that can't be seen is refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        line = composed(super()._deserialize(value, attr, data, **kwargs).strip())
        if holds_unseen(line, joined=attr != "username"):
            raise ValidationError(_("This holds a character that can't be seen. Type it anew."))
        return line
