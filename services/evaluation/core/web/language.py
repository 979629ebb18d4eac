"""Flask-Babel's functions with their types; they stand with the shell now."""

from shared.web.language import gettext, ngettext

__all__ = ["gettext", "ngettext"]
