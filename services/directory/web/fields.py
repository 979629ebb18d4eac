"""Fields of forms and bodies that several schemas share."""

from typing import Any

from marshmallow import fields


class Words(fields.String):
    """A text without spaces at its ends."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        found = super()._deserialize(value, attr, data, **kwargs)
        return found.strip() if isinstance(found, str) else found
