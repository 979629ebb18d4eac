"""Working a score out. Pure: a scoring and what was supplied in, a trace out.

The engine alone deals with what is lacking: an operator is called only when everything it reads is there, so that no
operator can take "not applicable" or "not yet rated" for a number.
"""

from collections.abc import Mapping

from services.evaluation.core.domain.scoring.check import input_kind, kinds_of
from services.evaluation.core.domain.scoring.kinds import Kind, Levels, Numbers, YesOrNo
from services.evaluation.core.domain.scoring.operator import Outcome, Reading
from services.evaluation.core.domain.scoring.sentence import plain, sentence
from services.evaluation.core.domain.scoring.trace import GivenNode, Origin, Trace, TracedInput, TracedStep
from services.evaluation.core.domain.scoring.tree import Node, Scoring
from services.evaluation.core.domain.scoring.values import (
    InputValue,
    Judgment,
    Lack,
    NotApplicable,
    NotComputable,
    Number,
    Rated,
    Result,
    Value,
)


class ScoreInputError(ValueError):
    """Something was supplied that the scoring has no place for. `name` is the input or node, `what` is wrong with it."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"{name}: {what}")
        self.name = name
        self.what = what


def compute(
    scoring: Scoring,
    inputs: Mapping[str, InputValue],
    *,
    origin: Origin,
    given: Mapping[str, Value] | None = None,
) -> Trace:
    """The worked score of `inputs` (input id -> value; absent: nobody supplied it).

    `given` replaces the results of nodes, as a case does that states a cell of a published table; what only they need
    is then left out of the trace. Raises ScoreInputError for a name the scoring doesn't have or a value out of place.
    """
    given = given or {}
    _refuse_strangers(scoring, inputs, given)
    needed = needed_for_result(scoring, given)
    titles = {one.id: one.title for one in scoring.inputs} | {one.id: one.title for one in scoring.nodes}
    known: dict[str, Value | NotApplicable | NotComputable | None] = {
        one.id: inputs.get(one.id) for one in scoring.inputs
    }
    known.update(given)
    steps = []
    for node in scoring.nodes:
        if node.id in needed and node.id not in given:
            outcome = _outcome(node, known, titles, scoring)
            known[node.id] = outcome.result
            steps.append(_step(node, outcome, scoring))
    traced = tuple(
        TracedInput(one.id, one.title, inputs.get(one.id), _label(inputs.get(one.id), scoring))
        for one in scoring.inputs
        if one.id in needed
    )
    supplied = tuple(
        GivenNode(node.id, node.title, given[node.id], _label(given[node.id], scoring))
        for node in scoring.nodes
        if node.id in given
    )
    return Trace(origin, traced, supplied, tuple(steps))


def _outcome(
    node: Node,
    known: Mapping[str, Value | NotApplicable | NotComputable | None],
    titles: Mapping[str, str],
    scoring: Scoring,
) -> Outcome:
    lacks: dict[Lack, None] = {}
    values: dict[str, Value] = {}
    for name in node.operator.reads:
        value = known[name]
        if value is None:
            lacks[Lack(name, "missing")] = None
        elif isinstance(value, NotApplicable):
            lacks[Lack(name, "not_applicable")] = None
        elif isinstance(value, NotComputable):
            lacks.update(dict.fromkeys(value.lacks))
        else:
            values[name] = value
    if not lacks:
        return node.operator.apply(Reading(values, titles, scoring.scales))
    names = [titles[lack.input] for lack in lacks]
    if any(lack.why == "not_applicable" for lack in lacks):
        said = sentence("Not computable without: %(names)s. Not applicable is not a zero.", names=names)
    else:
        said = sentence("Not computable without: %(names)s.", names=names)
    return Outcome(NotComputable(tuple(lacks)), said)


def _step(node: Node, outcome: Outcome, scoring: Scoring) -> TracedStep:
    return TracedStep(
        id=node.id,
        title=node.title,
        op=node.operator.name,
        reads=node.operator.reads,
        result=outcome.result,
        label=_label(outcome.result, scoring),
        sentence=outcome.sentence,
        basis=node.basis,
    )


def _label(value: Result | InputValue | None, scoring: Scoring) -> str:
    if isinstance(value, Rated):
        return scoring.scales[value.scale].level(value.level).label
    if isinstance(value, Number):
        return plain(value.number)
    return ""


def needed_for_result(scoring: Scoring, given: Mapping[str, Value] | None = None) -> set[str]:
    """The inputs and nodes that the result rests on, when those of `given` rest on nothing. Without one of these inputs
    nothing comes out."""
    needed = {scoring.final}
    for node in reversed(scoring.nodes):
        if node.id in needed and node.id not in (given or {}):
            needed.update(node.operator.reads)
    return needed


def _refuse_strangers(scoring: Scoring, inputs: Mapping[str, InputValue], given: Mapping[str, Value]) -> None:
    places = {one.id: input_kind(one, scoring) for one in scoring.inputs}
    for name, value in inputs.items():
        if name not in places:
            raise ScoreInputError(name, "the scoring has no such input")
        if not isinstance(value, NotApplicable):
            _refuse_misfit(name, value, places[name])
    if not given:
        return
    kinds = kinds_of(scoring)
    for name, supplied in given.items():
        if name in places or name not in kinds or name == scoring.final:
            raise ScoreInputError(name, "the scoring has no such node before its result")
        _refuse_misfit(name, supplied, kinds[name])


def _refuse_misfit(name: str, value: Value, kind: Kind) -> None:
    if isinstance(kind, Levels) and isinstance(value, Rated):
        if value.scale != kind.scale or value.level not in kind.levels:
            raise ScoreInputError(name, f"{value.level} of scale {value.scale} is not one of {', '.join(kind.levels)}")
    elif isinstance(kind, Numbers) and isinstance(value, Number):
        if not kind.low <= value.number <= kind.high or value.number % kind.step:
            raise ScoreInputError(name, f"{value.number} is not from {kind.low} to {kind.high} in steps of {kind.step}")
    elif not (isinstance(kind, YesOrNo) and isinstance(value, Judgment)):
        raise ScoreInputError(name, "that kind of value does not belong here")
