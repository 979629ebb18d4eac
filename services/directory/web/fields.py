"""Fields of forms and bodies that several schemas share."""

from shared.web.lines import Words

__all__ = ["Words"]
