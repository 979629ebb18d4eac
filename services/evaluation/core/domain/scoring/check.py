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
    kinds, findings = _walk(scoring)
    assert not findings, "the scoring was not checked"
    return kinds


def check_scoring(scoring: Scoring) -> tuple[Finding, ...]:
    """What is wrong with it; paths start at the scoring (`nodes[1].bands[2].min`). Empty where it holds together."""
    if not scoring.nodes:
        return (Finding("nodes", "there is no node", "Write at least one; the last one is the result."),)
    kinds, findings = _walk(scoring)
    findings += _unread(scoring)
    final = kinds.get(scoring.final)
    if final is not None and not isinstance(final, Levels):
        where = f"nodes[{len(scoring.nodes) - 1}]"
        findings.append(Finding(where, "the result is no level of a scale", "End with a node that gives a level."))
    return tuple(findings)


def _walk(scoring: Scoring) -> tuple[dict[str, Kind], list[Finding]]:
    kinds = {one.id: input_kind(one, scoring) for one in scoring.inputs}
    named = set(kinds)
    findings: list[Finding] = []
    for index, node in enumerate(scoring.nodes):
        here = list(_names(node, named))
        if not here and all(name in kinds for name in node.operator.reads):
            checked = node.operator.check(Grounds(kinds, scoring.scales))
            here = list(checked.findings)
            if checked.kind is not None:
                kinds[node.id] = checked.kind
        if node.id in named:
            here.append(Finding("id", f"{node.id} is the name of something before it", "Give the node another id."))
        named.add(node.id)
        findings += [Finding(f"nodes[{index}].{one.where}", one.what, one.remedy) for one in here]
    return kinds, findings


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
