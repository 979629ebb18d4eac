"""A cap: under stated conditions a result is held at a level at most."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from services.evaluation.core.domain.scoring.kinds import Levels
from services.evaluation.core.domain.scoring.operator import Checked, Finding, Grounds, Outcome, Reading
from services.evaluation.core.domain.scoring.sentence import sentence
from services.evaluation.core.domain.scoring.values import Rated


@dataclass(frozen=True)
class Condition:
    """`of` is at `level`."""

    of: str
    level: str


@dataclass(frozen=True)
class Cap:
    """The level of node `of`, and no higher than `at_most` where every condition of `when` holds."""

    name: ClassVar[str] = "cap"
    of: str
    when: tuple[Condition, ...]
    at_most: str

    @property
    def reads(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.of, *(condition.of for condition in self.when))))

    def check(self, grounds: Grounds) -> Checked:
        kind = grounds.kinds[self.of]
        if not isinstance(kind, Levels):
            return Checked(
                None, (Finding("of", f"{self.of} is no level of a scale", "Read a node that gives a level."),)
            )
        findings = (*self._conditions(grounds), *self._binding(kind, grounds))
        if findings:
            return Checked(None, findings)
        scale = grounds.scales[kind.scale]
        possible = tuple(level.id for level in scale.levels if level.id in (*kind.levels, self.at_most))
        return Checked(Levels(kind.scale, possible))

    def apply(self, reading: Reading) -> Outcome:
        found = reading.rated(self.of)
        scale = reading.scales[found.scale]
        conditions = [
            f"{reading.title(one.of)} = {reading.level_label(reading.rated(one.of).scale, one.level)}"
            for one in self.when
        ]
        limit = scale.level(self.at_most).label
        if not all(reading.rated(one.of).level == one.level for one in self.when):
            said = sentence(
                "The cap needs %(conditions)s, which is not so here. %(title)s stands: %(result)s.",
                conditions=conditions,
                title=reading.title(self.of),
                result=reading.label(self.of),
            )
            return Outcome(found, said)
        if scale.rank(found.level) <= scale.rank(self.at_most):
            said = sentence(
                "The cap applies (%(conditions)s), and %(result)s is not above its limit %(limit)s.",
                conditions=conditions,
                result=reading.label(self.of),
                limit=limit,
            )
            return Outcome(found, said)
        said = sentence(
            "The cap applies (%(conditions)s): %(before)s is held at %(limit)s.",
            conditions=conditions,
            before=reading.label(self.of),
            limit=limit,
        )
        return Outcome(Rated(found.scale, self.at_most), said)

    def _conditions(self, grounds: Grounds) -> Iterator[Finding]:
        for index, one in enumerate(self.when):
            kind = grounds.kinds[one.of]
            if not isinstance(kind, Levels) or one.level not in kind.levels:
                yield Finding(
                    f"when[{index}].is",
                    f"{one.of} can't be at level {one.level}, so the cap never applies",
                    "Name a level that it can have.",
                )

    def _binding(self, kind: Levels, grounds: Grounds) -> Iterator[Finding]:
        scale = grounds.scales[kind.scale]
        if self.at_most not in scale:
            known = ", ".join(level.id for level in scale.levels)
            yield Finding("at_most", f"scale {scale.id} has no level {self.at_most}", f"Use one of: {known}.")
            return
        named = {one.level for one in self.when if one.of == self.of}
        capped = [level for level in kind.levels if not named or level in named]
        if not any(scale.rank(level) > scale.rank(self.at_most) for level in capped):
            yield Finding(
                "at_most",
                f"the cap can't bind: where it applies, {self.of} is never above {self.at_most}",
                "Lower `at_most`, or correct the conditions.",
            )
