"""Carrying an earlier result forward, where the agreement lets a person raise it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from services.evaluation.core.domain.instrument import Scale
from services.evaluation.core.domain.scoring.kinds import Levels, YesOrNo
from services.evaluation.core.domain.scoring.operator import Checked, Finding, Grounds, Outcome, Reading
from services.evaluation.core.domain.scoring.sentence import sentence
from services.evaluation.core.domain.scoring.values import Lack, NotComputable, Rated


@dataclass(frozen=True)
class Raise:
    """Where the judgment is yes, `start` becomes `end`."""

    judgment: str
    start: str
    end: str


@dataclass(frozen=True)
class CarryForward:
    """The level of the input `earlier`, if it is one of `accepts`; not computable from any other level."""

    name: ClassVar[str] = "carry_forward"
    earlier: str
    accepts: tuple[str, ...]
    raised: Raise | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.earlier,) if self.raised is None else (self.earlier, self.raised.judgment)

    def check(self, grounds: Grounds) -> Checked:
        kind = grounds.kinds[self.earlier]
        if not isinstance(kind, Levels):
            return Checked(
                None,
                (Finding("earlier", f"{self.earlier} is no level of a scale", "Read an input of kind `earlier`."),),
            )
        scale = grounds.scales[kind.scale]
        findings = (*self._accepted(kind), *self._raising(scale, grounds))
        if findings:
            return Checked(None, findings)
        ends = self.accepts if self.raised is None else (*self.accepts, self.raised.end)
        return Checked(Levels(kind.scale, tuple(level.id for level in scale.levels if level.id in ends)))

    def apply(self, reading: Reading) -> Outcome:
        found = reading.rated(self.earlier)
        title, label = reading.title(self.earlier), reading.label(self.earlier)
        if found.level not in self.accepts:
            said = sentence(
                "%(title)s is %(level)s; only these can be carried forward: %(accepted)s.",
                title=title,
                level=label,
                accepted=[reading.level_label(found.scale, level) for level in self.accepts],
            )
            return Outcome(NotComputable((Lack(self.earlier, "not_accepted"),)), said)
        if self.raised is not None and found.level == self.raised.start and reading.judgment(self.raised.judgment):
            said = sentence(
                "%(title)s is %(level)s and is raised to %(result)s: %(judgment)s.",
                title=title,
                level=label,
                result=reading.level_label(found.scale, self.raised.end),
                judgment=reading.title(self.raised.judgment),
            )
            return Outcome(Rated(found.scale, self.raised.end), said)
        return Outcome(found, sentence("%(title)s is carried forward: %(level)s.", title=title, level=label))

    def _accepted(self, kind: Levels) -> Iterator[Finding]:
        for index, level in enumerate(self.accepts):
            if level not in kind.levels:
                yield Finding(
                    f"accepts[{index}]",
                    f"{self.earlier} can't be at level {level}",
                    f"Use levels of its scale: {', '.join(kind.levels)}.",
                )

    def _raising(self, scale: Scale, grounds: Grounds) -> Iterator[Finding]:
        if self.raised is None:
            return
        raised = self.raised
        if not isinstance(grounds.kinds[raised.judgment], YesOrNo):
            yield Finding("raise.judgment", f"{raised.judgment} is no judgment", "Read an input of kind `judgment`.")
        if raised.start not in self.accepts:
            yield Finding(
                "raise.from",
                f"{raised.start} is never carried forward, so it can't be raised",
                f"Use one of: {', '.join(self.accepts)}.",
            )
        elif raised.end not in scale or scale.rank(raised.end) <= scale.rank(raised.start):
            yield Finding(
                "raise.to",
                f"{raised.end} does not stand above {raised.start}",
                "Name a higher level of the same scale.",
            )
