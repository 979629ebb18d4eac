"""A sentence as a template and its values, so that it can be said in another language later.

Templates use named `%(name)s` places: `gettext(template, **values)` of Flask-Babel takes them as they stand, and
pybabel finds them with `-k sentence`.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    template: str
    values: Mapping[str, str]

    def __str__(self) -> str:
        """The sentence in the template's own language."""
        return self.template % self.values


def sentence(template: str, /, **values: object) -> Sentence:
    """A sentence of `template` with `values` written out: decimals without trailing zeros or exponent are the
    caller's, everything else as `str` says it."""
    return Sentence(template, {name: str(value) for name, value in values.items()})
