"""Whether a scoring holds together, before anybody is rated: names, order, kinds, and every operator's own conditions."""

from collections.abc import Iterator

from services.evaluation.core.domain.scoring.kinds import Kind, Levels, YesOrNo
from services.evaluation.core.domain.scoring.operator import Finding, Grounds
from services.evaluation.core.domain.scoring.tree import Node, ScoreInput, Scoring


def input_kind(score_input: ScoreInput, scoring: Scoring) -> Kind:
    """What an input can be."""
    if score_input.scale is None:
        return YesOrNo()
    scale = scoring.scales[score_input.scale]
    return Levels(scale.id, tuple(level.id for level in scale.levels))


def kinds_of(scoring: Scoring) -> dict[str, Kind]:
    """What each input and node of a scoring that holds together can come to."""
    kinds, names, operators = _walk(scoring)
    assert not (names or operators), "the scoring was not checked"
    return kinds


def check_scoring(scoring: Scoring) -> tuple[Finding, ...]:
    """What is wrong with it; paths start at the scoring (`nodes[1].bands[2].min`). Empty where it holds together."""
    if not scoring.nodes:
        return (Finding("nodes", "there is no node", "Write at least one; the last one is the result."),)
    kinds, names, operators = _walk(scoring)
    findings = [Finding(f"nodes[{at}].{one.where}", one.what, one.remedy) for at, one in (*names, *operators)]
    findings += _unread(scoring)
    final = kinds.get(scoring.final)
    if final is not None and not isinstance(final, Levels):
        where = f"nodes[{len(scoring.nodes) - 1}]"
        findings.append(Finding(where, "the result is no level of a scale", "End with a node that gives a level."))
    return tuple(findings)


def check_operators(scoring: Scoring) -> tuple[tuple[int, Finding], ...]:
    """What operators find wrong with themselves, each with the place of its node; names that don't hold are passed over.
    For a scoring that is still incomplete: an unreadable node would make every name after it look wrong."""
    return tuple(_walk(scoring)[2])


def _walk(scoring: Scoring) -> tuple[dict[str, Kind], list[tuple[int, Finding]], list[tuple[int, Finding]]]:
    """What everything can come to, what is wrong with names, and what is wrong with operators."""
    kinds = {one.id: input_kind(one, scoring) for one in scoring.inputs}
    seen = set(kinds)
    names: list[tuple[int, Finding]] = []
    operators: list[tuple[int, Finding]] = []
    for index, node in enumerate(scoring.nodes):
        wrong = list(_names(node, seen))
        if not wrong and all(name in kinds for name in node.operator.reads):
            checked = node.operator.check(Grounds(kinds, scoring.scales))
            operators += [(index, finding) for finding in checked.findings]
            if checked.kind is not None:
                kinds[node.id] = checked.kind
        if node.id in seen:
            wrong.append(Finding("id", f"{node.id} is the name of something before it", "Give the node another id."))
        seen.add(node.id)
        names += [(index, finding) for finding in wrong]
    return kinds, names, operators


def _names(node: Node, known: set[str]) -> Iterator[Finding]:
    seen: set[str] = set()
    for name in node.operator.reads:
        if name not in known:
            yield Finding(
                "op",
                f"it reads {name}, which is no input and no node before this one",
                "Correct the name, or move the node that gives it above this one.",
            )
        if name in seen:
            yield Finding("op", f"it reads {name} twice", "Name each once.")
        seen.add(name)


def _unread(scoring: Scoring) -> list[Finding]:
    read = {name for node in scoring.nodes for name in node.operator.reads}
    inputs = [
        Finding("inputs", f"no node reads {one.id}", "Read it in a node, or remove it.")
        for one in scoring.inputs
        if one.id not in read
    ]
    nodes = [
        Finding(f"nodes[{index}].id", f"no node after it reads {node.id}", "Read it in a later node, or remove it.")
        for index, node in enumerate(scoring.nodes[:-1])
        if node.id not in read
    ]
    return inputs + nodes
