"""What a score is computed from and what comes out. "Not applicable" and "not yet rated" are values, never zero."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True)
class Rated:
    """A level of a scale."""

    scale: str
    level: str


@dataclass(frozen=True)
class Number:
    number: Decimal


@dataclass(frozen=True)
class Judgment:
    """A yes or no that a person gave and must answer for."""

    yes: bool


@dataclass(frozen=True)
class NotApplicable:
    """Somebody said that this does not apply. Not a zero and not a gap to fill."""


Value = Rated | Number | Judgment
"""What an operator reads."""
InputValue = Rated | Judgment | NotApplicable
"""What a person supplies; an input nobody gave is absent from the mapping."""

Why = Literal["missing", "not_applicable", "not_accepted"]


@dataclass(frozen=True)
class Lack:
    """An input without which the result can't be known, and why: nobody gave it, it doesn't apply, or it is a value
    the rule doesn't accept."""

    input: str
    why: Why


@dataclass(frozen=True)
class NotComputable:
    """The honest result where something is lacking."""

    lacks: tuple[Lack, ...]


Result = Value | NotComputable
