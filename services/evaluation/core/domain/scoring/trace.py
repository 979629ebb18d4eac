"""The worked score: every input, every step with its sentence and its source, and the result."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.evaluation.core.domain.scoring.sentence import Sentence
from services.evaluation.core.domain.scoring.values import InputValue, Lack, NotComputable, Rated, Result, Value
from services.evaluation.core.domain.sources import Basis


@dataclass(frozen=True)
class Origin:
    """Which rule it was computed under: the agreement by its content hash, and the track."""

    system: str
    title: str
    content_hash: str
    track: str


@dataclass(frozen=True)
class TracedInput:
    """What was supplied; `value` None: nobody supplied it. `label`: a level in the scale's words, else ""."""

    id: str
    title: str
    value: InputValue | None
    label: str


@dataclass(frozen=True)
class TracedStep:
    """One node: what it read, what came out, and why. `label` is the result in words or digits, "" where there is none."""

    id: str
    title: str
    op: str
    reads: tuple[str, ...]
    result: Result
    label: str
    sentence: Sentence
    basis: tuple[Basis, ...]


@dataclass(frozen=True)
class GivenNode:
    """A node whose result was supplied instead of computed, as a published table's cell is."""

    id: str
    title: str
    value: Value
    label: str


@dataclass(frozen=True)
class Trace:
    origin: Origin
    inputs: tuple[TracedInput, ...]
    given: tuple[GivenNode, ...]
    steps: tuple[TracedStep, ...]
    """In the order they were computed; the last one is the score."""

    @property
    def result(self) -> Result:
        return self.steps[-1].result

    @property
    def level(self) -> str | None:
        """The id of the final level; None where the score can't be computed."""
        return self.result.level if isinstance(self.result, Rated) else None

    @property
    def label(self) -> str:
        """The final level in the scale's words; "" where the score can't be computed."""
        return self.steps[-1].label

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """What is lacking for the score; empty where it was computed."""
        return self.result.lacks if isinstance(self.result, NotComputable) else ()

    @property
    def calculation(self) -> tuple[object, ...]:
        """All that was calculated, without words: two traces with the same one come to the same by the same way, even
        where a later version of the program says it in other words."""
        return (
            self.origin,
            tuple((one.id, one.value) for one in self.inputs),
            tuple((one.id, one.value) for one in self.given),
            tuple((step.id, step.op, step.reads, step.result) for step in self.steps),
        )

    def title_of(self, name: str) -> str:
        """The title of an input or node; KeyError where the trace has none of that id."""
        parts: tuple[TracedInput | GivenNode | TracedStep, ...] = (*self.inputs, *self.given, *self.steps)
        return {one.id: one.title for one in parts}[name]

    def step(self, node_id: str) -> TracedStep:
        """The step of that node; KeyError where it was not computed."""
        for step in self.steps:
            if step.id == node_id:
                return step
        raise KeyError(node_id)

    def words(self) -> Iterator[str]:
        """The whole calculation, a line a step, in the templates' own language. For traces of our own making: one that
        came as a file is computed anew first, and the new one is shown."""
        for step in self.steps:
            yield f"{step.title}: {step.sentence}"
