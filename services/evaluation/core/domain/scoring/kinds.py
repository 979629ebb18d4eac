"""What a node can come to, known before anybody is rated: a range of numbers, levels of a scale, or a yes or no."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Numbers:
    """From `low` to `high`, both reached, every value a multiple of `step`."""

    low: Decimal
    high: Decimal
    step: Decimal


@dataclass(frozen=True)
class Levels:
    """The levels of a scale that can come out, lowest first."""

    scale: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class YesOrNo:
    """A judgment."""


Kind = Numbers | Levels | YesOrNo
