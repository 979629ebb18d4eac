"""A sentence as a template and its values, so that it can be said in another language later.

Templates use named `%(name)s` places: `gettext(template, **values)` of Flask-Babel takes them as they stand, and
pybabel finds them with `-k sentence`. Values are numbers, and the agreement's own titles and labels; never words that
would have to be translated.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Sentence:
    template: str
    values: Mapping[str, str]

    def __str__(self) -> str:
        """The sentence in the template's own language."""
        return self.template % self.values


def sentence(template: str, /, **values: str | Decimal | Iterable[str]) -> Sentence:
    """A sentence of `template`. Decimals are written plainly, several names with commas between them."""
    return Sentence(template, {name: _written(value) for name, value in values.items()})


def plain(number: Decimal) -> str:
    """A decimal without exponent, with the places it has: Decimal("29") -> "29", Decimal("2.50") -> "2.50"."""
    return format(number, "f")


def _written(value: str | Decimal | Iterable[str]) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return plain(value)
    return ", ".join(value)
