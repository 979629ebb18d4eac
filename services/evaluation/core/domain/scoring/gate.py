"""A gate: one rating at a certain level is enough to decide the result."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from services.evaluation.core.domain.scoring.kinds import Levels
from services.evaluation.core.domain.scoring.operator import Checked, Finding, Grounds, Outcome, Reading
from services.evaluation.core.domain.scoring.sentence import sentence
from services.evaluation.core.domain.scoring.values import Rated


@dataclass(frozen=True)
class Gate:
    """Where any of `any_of` is at level `equals` the result is `gives`; elsewhere it is that of node `otherwise`."""

    name: ClassVar[str] = "gate"
    any_of: tuple[str, ...]
    equals: str
    gives: str
    """A level of the scale that `otherwise` comes to."""
    otherwise: str

    @property
    def reads(self) -> tuple[str, ...]:
        return (*self.any_of, self.otherwise)

    def check(self, grounds: Grounds) -> Checked:
        findings = tuple(self._inputs(grounds))
        kind = grounds.kinds[self.otherwise]
        if not isinstance(kind, Levels):
            findings += (
                Finding("otherwise", f"{self.otherwise} is no level of a scale", "Read a node that gives a level."),
            )
            return Checked(None, findings)
        scale = grounds.scales[kind.scale]
        if self.gives not in scale:
            known = ", ".join(level.id for level in scale.levels)
            findings += (Finding("gives", f"scale {scale.id} has no level {self.gives}", f"Use one of: {known}."),)
        if findings:
            return Checked(None, findings)
        possible = tuple(level.id for level in scale.levels if level.id in (*kind.levels, self.gives))
        return Checked(Levels(kind.scale, possible))

    def apply(self, reading: Reading) -> Outcome:
        decided = [name for name in self.any_of if reading.rated(name).level == self.equals]
        scale = reading.rated(self.otherwise).scale
        level = reading.level_label(reading.rated(self.any_of[0]).scale, self.equals)
        if decided:
            said = sentence(
                "At %(level)s: %(names)s. One is enough, so the result is %(result)s.",
                level=level,
                names=[reading.title(name) for name in decided],
                result=reading.level_label(scale, self.gives),
            )
            return Outcome(Rated(scale, self.gives), said)
        said = sentence(
            "None of these is at %(level)s: %(names)s. So %(otherwise)s decides: %(result)s.",
            level=level,
            names=[reading.title(name) for name in self.any_of],
            otherwise=reading.title(self.otherwise),
            result=reading.label(self.otherwise),
        )
        return Outcome(reading.rated(self.otherwise), said)

    def _inputs(self, grounds: Grounds) -> Iterator[Finding]:
        if not self.any_of:
            yield Finding("any_of", "the gate watches nothing", "Name the ratings it watches.")
        scales = set()
        for index, name in enumerate(self.any_of):
            kind = grounds.kinds[name]
            if not isinstance(kind, Levels) or self.equals not in kind.levels:
                yield Finding(
                    f"any_of[{index}]",
                    f"{name} can't be at level {self.equals}, so the gate never closes on it",
                    "Name a level that it can have, or leave it out.",
                )
            else:
                scales.add(kind.scale)
        if len(scales) > 1:
            yield Finding("any_of", "these are rated on different scales", "Write one gate for each scale.")
