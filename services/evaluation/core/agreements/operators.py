"""How each operator is written in a document. A new operator adds its form here and nothing else in this package."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.evaluation.core.agreements.document import Tree
from services.evaluation.core.agreements.fields import Fields
from services.evaluation.core.agreements.findings import Findings
from services.evaluation.core.domain.scoring.bands import Band, Bands
from services.evaluation.core.domain.scoring.cap import Cap, Condition
from services.evaluation.core.domain.scoring.carry_forward import CarryForward, Raise
from services.evaluation.core.domain.scoring.gate import Gate
from services.evaluation.core.domain.scoring.integer_sum import IntegerSum
from services.evaluation.core.domain.scoring.operator import Operator


@dataclass(frozen=True)
class OperatorForm:
    """The names an operator's node has besides id, title, op and its source, and how they are read."""

    required: tuple[str, ...]
    read: Callable[[Fields], Operator]
    optional: tuple[str, ...] = ()


def _integer_sum(fields: Fields) -> Operator:
    return IntegerSum(fields.ids("of"))


def _bands(fields: Fields) -> Operator:
    return Bands(fields.id("of"), fields.id("scale"), fields.decimal("precision"), fields.each("bands", _band))


def _band(at: Tree, path: str, findings: Findings) -> Band:
    fields = Fields(at, path, findings, required=("level", "min", "max"))
    return Band(fields.id("level"), fields.decimal("min"), fields.decimal("max"))


def _gate(fields: Fields) -> Operator:
    return Gate(fields.ids("any_of"), fields.id("equals"), fields.id("gives"), fields.id("otherwise"))


def _cap(fields: Fields) -> Operator:
    return Cap(fields.id("of"), fields.each("when", _condition), fields.id("at_most"))


def _condition(at: Tree, path: str, findings: Findings) -> Condition:
    fields = Fields(at, path, findings, required=("of", "is"))
    return Condition(fields.id("of"), fields.id("is"))


def _carry_forward(fields: Fields) -> Operator:
    raised = fields.part("raise")
    return CarryForward(
        fields.id("earlier"),
        fields.ids("accepts"),
        None if raised is None else _raise(raised, fields.at("raise"), fields.findings),
    )


def _raise(at: Tree, path: str, findings: Findings) -> Raise:
    fields = Fields(at, path, findings, required=("judgment", "from", "to"))
    return Raise(fields.id("judgment"), fields.id("from"), fields.id("to"))


OPERATORS: Mapping[str, OperatorForm] = {
    IntegerSum.name: OperatorForm(("of",), _integer_sum),
    Bands.name: OperatorForm(("of", "scale", "precision", "bands"), _bands),
    Gate.name: OperatorForm(("any_of", "equals", "gives", "otherwise"), _gate),
    Cap.name: OperatorForm(("of", "when", "at_most"), _cap),
    CarryForward.name: OperatorForm(("earlier", "accepts"), _carry_forward, ("raise",)),
}
"""Every operator a document may use. A word that is not here stops the load."""
