"""The sum of points that are whole numbers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from services.evaluation.core.domain.scoring.kinds import Kind, Levels, Numbers
from services.evaluation.core.domain.scoring.operator import Checked, Finding, Grounds, Outcome, Reading
from services.evaluation.core.domain.scoring.sentence import plain, sentence
from services.evaluation.core.domain.scoring.values import Number

ONE = Decimal(1)


@dataclass(frozen=True)
class IntegerSum:
    """Adds the points of ratings, or numbers of other nodes. The order of `of` is of no account."""

    name: ClassVar[str] = "integer_sum"
    of: tuple[str, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        return self.of

    def check(self, grounds: Grounds) -> Checked:
        findings: list[Finding] = []
        low = high = Decimal(0)
        for index, name in enumerate(self.of):
            reach = whole_points(grounds.kinds[name], grounds)
            if reach is None:
                findings.append(_not_whole(f"of[{index}]", name))
            else:
                low, high = low + reach[0], high + reach[1]
        if findings:
            return Checked(None, tuple(findings))
        return Checked(Numbers(low, high, ONE))

    def apply(self, reading: Reading) -> Outcome:
        terms = [reading.number(name) for name in self.of]
        total = sum(terms, Decimal(0))
        said = sentence(
            "The points add up: %(terms)s = %(total)s.", terms=" + ".join(plain(term) for term in terms), total=total
        )
        return Outcome(Number(total), said)


def whole_points(kind: Kind, grounds: Grounds) -> tuple[Decimal, Decimal] | None:
    """The fewest and the most points that can come out; None where they are not always a whole number."""
    if isinstance(kind, Numbers):
        return None if kind.low % ONE or kind.step % ONE else (kind.low, kind.high)
    if isinstance(kind, Levels):
        values = [grounds.scales[kind.scale].level(level).value for level in kind.levels]
        points = [value for value in values if value is not None and not value % ONE]
        return (min(points), max(points)) if len(points) == len(values) else None
    return None


def _not_whole(where: str, name: str) -> Finding:
    return Finding(
        where,
        f"{name} does not always come to a whole number of points",
        "Give every level of its scale a whole `value`, or leave it out of the sum.",
    )
