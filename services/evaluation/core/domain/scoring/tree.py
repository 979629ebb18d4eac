"""A scoring: named nodes in order, each an operator over inputs and earlier nodes; the last one is the result."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from services.evaluation.core.domain.instrument import Scale
from services.evaluation.core.domain.scoring.operator import Operator
from services.evaluation.core.domain.sources import Basis

InputKind = Literal["rating", "earlier", "judgment"]


@dataclass(frozen=True)
class ScoreInput:
    """What a person or the past must supply. `rating`: a component's level (the id is the component's). `earlier`: the
    final level of the subject's last closed evaluation on `track`. `judgment`: a yes or no of the evaluator."""

    id: str
    title: str
    kind: InputKind
    scale: str | None = None
    """Scale id of a rating or an earlier result."""
    track: str | None = None
    """Kind "earlier" only."""
    evidence_required: bool = False
    """Kind "judgment" only: yes may be said only where evidence was sent that is tagged to a component."""


@dataclass(frozen=True)
class Node:
    id: str
    title: str
    operator: Operator
    basis: tuple[Basis, ...]
    """Where its numbers come from."""


@dataclass(frozen=True)
class Scoring:
    inputs: tuple[ScoreInput, ...]
    nodes: tuple[Node, ...]
    scales: Mapping[str, Scale]

    @property
    def final(self) -> str:
        """The id of the node whose result is the score."""
        return self.nodes[-1].id
