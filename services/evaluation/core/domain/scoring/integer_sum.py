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
            points = possible_points(grounds.kinds[name], grounds)
            if points is None or any(point % ONE for point in points):
                findings.append(_not_whole(f"of[{index}]", name))
            else:
                low, high = low + min(points), high + max(points)
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


def possible_points(kind: Kind, grounds: Grounds) -> tuple[Decimal, ...] | None:
    """The points that can come out (for a range: its ends and its step); None where there are no points to add."""
    if isinstance(kind, Numbers):
        return (kind.low, kind.high) if kind.step % ONE == 0 else (kind.low, kind.low + kind.step, kind.high)
    if isinstance(kind, Levels):
        values = [grounds.scales[kind.scale].level(level).value for level in kind.levels]
        known = tuple(value for value in values if value is not None)
        return known if len(known) == len(values) else None
    return None


def _not_whole(where: str, name: str) -> Finding:
    return Finding(
        where,
        f"{name} does not always come to a whole number of points",
        "Give every level of its scale a whole `value`, or leave it out of the sum.",
    )
