"""What every operator of the tree is: it names what it reads, can be checked before use, and explains its result."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Protocol

from services.evaluation.core.domain.instrument import Scale
from services.evaluation.core.domain.scoring.kinds import Kind
from services.evaluation.core.domain.scoring.sentence import Sentence
from services.evaluation.core.domain.scoring.values import Judgment, Number, Rated, Result, Value


@dataclass(frozen=True)
class Finding:
    """What is wrong with an operator as it stands, where in it (a path such as `bands[2].min`), and how to mend it."""

    where: str
    what: str
    remedy: str


@dataclass(frozen=True)
class Checked:
    """What an operator can come to; None where its findings leave that open."""

    kind: Kind | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Grounds:
    """What an operator is checked against: the kinds of what it reads, and the scales."""

    kinds: Mapping[str, Kind]
    scales: Mapping[str, Scale]


@dataclass(frozen=True)
class Reading:
    """What an operator reads. Every value is there: the engine never calls an operator with something lacking."""

    values: Mapping[str, Value]
    titles: Mapping[str, str]
    scales: Mapping[str, Scale]

    def rated(self, name: str) -> Rated:
        """The level that came out under `name`; checked at load, so a TypeError is a fault of the program."""
        value = self.values[name]
        if not isinstance(value, Rated):
            raise TypeError(f"{name} is no level of a scale")
        return value

    def number(self, name: str) -> Decimal:
        """The number under `name`: a number as it is, a level as the points it counts for."""
        value = self.values[name]
        if isinstance(value, Number):
            return value.number
        if isinstance(value, Rated):
            points = self.scales[value.scale].level(value.level).value
            if points is not None:
                return points
        raise TypeError(f"{name} is no number")

    def judgment(self, name: str) -> bool:
        value = self.values[name]
        if not isinstance(value, Judgment):
            raise TypeError(f"{name} is no judgment")
        return value.yes

    def label(self, name: str) -> str:
        """The level under `name` in the scale's words."""
        value = self.rated(name)
        return self.level_label(value.scale, value.level)

    def level_label(self, scale: str, level: str) -> str:
        return self.scales[scale].level(level).label

    def title(self, name: str) -> str:
        return self.titles[name]


@dataclass(frozen=True)
class Outcome:
    result: Result
    sentence: Sentence


class Operator(Protocol):
    """A frozen dataclass in a file of its own or with its kin. It holds no state and reads nothing but its Reading."""

    name: ClassVar[str]
    """Its word in a document (`op: bands`)."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The inputs and nodes it reads, in the order of the document, each once."""

    def check(self, grounds: Grounds) -> Checked:
        """What it can come to, or what is wrong with it. Every name it reads is in `grounds.kinds`."""

    def apply(self, reading: Reading) -> Outcome:
        """The result, and the sentence that says why."""
