"""Bands: which level a number falls in. Both bounds of a band belong to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import ClassVar

from services.evaluation.core.domain.instrument import Scale
from services.evaluation.core.domain.scoring.kinds import Levels, Numbers
from services.evaluation.core.domain.scoring.operator import Checked, Finding, Grounds, Outcome, Reading
from services.evaluation.core.domain.scoring.sentence import plain, sentence
from services.evaluation.core.domain.scoring.values import Rated


@dataclass(frozen=True)
class Band:
    level: str
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Bands:
    """Turns the number of node `of` into a level of `scale`. Bounds are stated to `precision` (1, or 0.01), and so
    must the number be: between two neighbouring bounds no number can fall."""

    name: ClassVar[str] = "bands"
    of: str
    scale: str
    precision: Decimal
    bands: tuple[Band, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.of,)

    def check(self, grounds: Grounds) -> Checked:
        kind = grounds.kinds[self.of]
        if not isinstance(kind, Numbers):
            return Checked(
                None, (Finding("of", f"{self.of} is no number", "Read a node that comes to a number, such as a sum."),)
            )
        if self.scale not in grounds.scales:
            known = ", ".join(grounds.scales)
            return Checked(None, (Finding("scale", f"there is no scale {self.scale}", f"Use one of: {known}."),))
        if not self.bands:
            return Checked(None, (Finding("bands", "there is no band", "Write one for each level."),))
        if self.precision <= 0:
            return Checked(None, (Finding("precision", "the precision is not above zero", 'State 1, or "0.01".'),))
        findings = (*self._levels(grounds.scales[self.scale]), *self._bounds(kind))
        if not findings:  # neighbours of a band that is wrong in itself would only confuse
            findings = (*self._neighbours(), *self._reach(kind))
        if findings:
            return Checked(None, findings)
        return Checked(Levels(self.scale, tuple(band.level for band in self.bands)))

    def apply(self, reading: Reading) -> Outcome:
        number = reading.number(self.of)
        band = next(band for band in self.bands if band.low <= number <= band.high)
        said = sentence(
            "%(title)s is %(number)s, in the band from %(low)s to %(high)s: %(level)s.",
            title=reading.title(self.of),
            number=number,
            low=band.low,
            high=band.high,
            level=reading.level_label(self.scale, band.level),
        )
        return Outcome(Rated(self.scale, band.level), said)

    def _levels(self, scale: Scale) -> Iterator[Finding]:
        ranks = []
        for index, band in enumerate(self.bands):
            if band.level not in scale:
                known = ", ".join(level.id for level in scale.levels)
                yield Finding(
                    f"bands[{index}].level", f"scale {self.scale} has no level {band.level}", f"Use one of: {known}."
                )
                return
            ranks.append(scale.rank(band.level))
        for index, (lower, upper) in enumerate(pairwise(ranks), start=1):
            if upper <= lower:
                yield Finding(
                    f"bands[{index}].level",
                    f"{self.bands[index].level} does not stand above {self.bands[index - 1].level}",
                    "List each level once, from the lowest to the highest.",
                )

    def _bounds(self, kind: Numbers) -> Iterator[Finding]:
        if kind.step % self.precision or kind.low % self.precision:
            yield Finding(
                "precision",
                f"{self.of} is known to {plain(kind.step)}, finer than the bands' {plain(self.precision)}",
                "State the bounds as finely as the number is known, or round the number first.",
            )
        for index, band in enumerate(self.bands):
            for side, bound in (("min", band.low), ("max", band.high)):
                if bound % self.precision:
                    yield Finding(
                        f"bands[{index}].{side}",
                        f"{plain(bound)} is finer than the precision {plain(self.precision)}",
                        "State the bound to the precision, or the precision as finely as the bounds.",
                    )
            if band.high < band.low:
                yield Finding(
                    f"bands[{index}].max",
                    f"the band ends at {plain(band.high)}, below its start {plain(band.low)}",
                    "Give `min` the lower bound and `max` the upper.",
                )

    def _neighbours(self) -> Iterator[Finding]:
        for index, (lower, upper) in enumerate(pairwise(self.bands), start=1):
            expected = lower.high + self.precision
            if upper.low > expected:
                last = upper.low - self.precision
                yield Finding(
                    f"bands[{index}].min",
                    f"a gap: {_stretch(expected, last)} falls in no band",
                    f"Start {upper.level} at {plain(expected)}, or end {lower.level} at {plain(last)}.",
                )
            elif upper.low < lower.low:
                yield Finding(
                    f"bands[{index}].min",
                    f"the band of {upper.level} starts below that of {lower.level}",
                    "List bands from the lowest to the highest, or correct the bounds.",
                )
            elif upper.low < expected:
                yield Finding(
                    f"bands[{index}].min",
                    f"an overlap: {_stretch(upper.low, min(lower.high, upper.high))} falls in {lower.level} "
                    f"and in {upper.level}",
                    f"Start {upper.level} at {plain(expected)}, or end {lower.level} earlier.",
                )

    def _reach(self, kind: Numbers) -> Iterator[Finding]:
        first, last = self.bands[0], self.bands[-1]
        if first.low > kind.low:
            yield Finding(
                "bands[0].min",
                f"{self.of} can be as low as {plain(kind.low)}, below every band",
                f"Start {first.level} at {plain(kind.low)}.",
            )
        if last.high < kind.high:
            yield Finding(
                f"bands[{len(self.bands) - 1}].max",
                f"{self.of} can be as high as {plain(kind.high)}, above every band",
                f"End {last.level} at {plain(kind.high)}.",
            )
        for index, band in enumerate(self.bands):
            if band.high < kind.low or band.low > kind.high:
                yield Finding(
                    f"bands[{index}]",
                    f"{band.level} can't be reached: {self.of} goes from {plain(kind.low)} to {plain(kind.high)}",
                    "Correct the bounds, or remove the band.",
                )


def _stretch(low: Decimal, high: Decimal) -> str:
    return plain(low) if low == high else f"{plain(low)} to {plain(high)}"
