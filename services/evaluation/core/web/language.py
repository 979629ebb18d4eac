"""Flask-Babel's two functions with their types: what they answer is text. Imported as `_` and `ngettext`, which pybabel finds."""

import flask_babel


def gettext(text: str, /, **values: object) -> str:
    """`text` in the reader's language, its places filled."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, num: int, /, **values: object) -> str:
    """`one` or `many`, as the reader's language counts; `num` fills %(num)s."""
    return str(flask_babel.ngettext(one, many, num, **values))
