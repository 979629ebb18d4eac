"""The scoring of each track: inputs, nodes, and whether the whole holds together."""

from services.evaluation.core.agreements.document import Mapping, Scalar, Tree
from services.evaluation.core.agreements.fields import Fields
from services.evaluation.core.agreements.findings import Findings
from services.evaluation.core.agreements.operators import OPERATORS
from services.evaluation.core.agreements.parts import BASIS, Sources, keyed, known
from services.evaluation.core.domain.agreement import Instrument, Procedure, Track
from services.evaluation.core.domain.scoring.check import check_operators, check_scoring, kinds_of
from services.evaluation.core.domain.scoring.kinds import Levels
from services.evaluation.core.domain.scoring.tree import Node, ScoreInput, Scoring

COMMON = ("id", "title", "op")
INPUT_KINDS = ("earlier", "judgment")
"""Kinds a document declares; ratings are the components that a node names."""


def read_scoring(top: Fields, instrument: Instrument, procedure: Procedure, sources: Sources) -> dict[str, Scoring]:
    """Track id -> its scoring. Every track has one, and every scoring a track."""
    found: dict[str, Scoring] = {}
    for at, path in top.items("scoring"):
        fields = Fields(at, path, top.findings, required=("track", "nodes"), optional=("inputs",))
        track = fields.id("track")
        scoring = _read_one(fields, instrument, procedure, sources)
        if known(track, procedure.tracks, fields.at("track"), "track", top.findings):
            _check_rated(procedure.tracks[track], scoring, fields)
        if track in found:
            top.findings.add(fields.at("track"), f"the track {track} is scored twice", "Keep one scoring for a track.")
        found.setdefault(track, scoring)
    for track in procedure.tracks:
        if track not in found:
            top.findings.add(top.at("scoring"), f"the track {track} has no scoring", "Add one.")
    if not any(top.findings.under(part) for part in ("scoring", "instrument")):
        _one_final_scale(top, found)
    return found


def _one_final_scale(top: Fields, scorings: dict[str, Scoring]) -> None:
    """All tracks end on one scale, and an earlier result is on it: reports and carrying forward rely on it."""
    finals = {track: _final_scale(scoring) for track, scoring in scorings.items()}
    first = next(iter(finals.values()), None)
    for index, (track, scoring) in enumerate(scorings.items()):
        if finals[track] != first:
            said = f"the result of track {track} is on scale {finals[track]}, that of the first track on {first}"
            top.findings.add(f"scoring[{index}].nodes", said, "End every track on the same scale.")
        for one in scoring.inputs:
            if one.kind == "earlier" and one.scale != first:
                said = f"the earlier result {one.id} is on scale {one.scale}, and results are on {first}"
                top.findings.add(f"scoring[{index}].inputs", said, f"Write scale: {first}.")


def _final_scale(scoring: Scoring) -> str | None:
    kind = kinds_of(scoring)[scoring.final]
    return kind.scale if isinstance(kind, Levels) else None


def _check_rated(track: Track, scoring: Scoring, fields: Fields) -> None:
    """What the score reads must be rated somewhere, or it could never be computed."""
    rated = {component for step in track.steps for component in step.rates}
    missing = [one.id for one in scoring.inputs if one.kind == "rating" and one.id not in rated]
    if missing:
        fields.findings.add(
            fields.at("nodes"),
            f"the score reads {', '.join(missing)}, which the summative of track {track.id} does not rate",
            "Add them to its rates, or take them out of the scoring.",
        )


def _read_one(fields: Fields, instrument: Instrument, procedure: Procedure, sources: Sources) -> Scoring:
    def declared(at: Tree, path: str, findings: Findings) -> ScoreInput:
        return _read_input(at, path, findings, instrument, procedure)

    inputs = fields.each("inputs", declared)
    keyed(inputs, fields.at("inputs"), fields.findings)
    nodes = [(_read_node(at, path, fields.findings, sources), path) for at, path in fields.items("nodes")]
    readable = tuple(node for node, _ in nodes if node is not None)
    named = {name for node in readable for name in node.operator.reads}
    ratings = tuple(
        ScoreInput(component.id, component.title, "rating", component.scale)
        for component in instrument.components()
        if component.id in named
    )
    _apart(inputs, instrument, fields)
    scoring = Scoring((*ratings, *inputs), readable, instrument.scales)
    if not fields.findings.under(fields.path) and not fields.findings.under("instrument"):
        for one in check_scoring(scoring):
            fields.findings.add(fields.at(one.where), one.what, one.remedy)
    elif not any(fields.findings.under(part) for part in ("instrument", fields.at("inputs"))):
        places = [path for node, path in nodes if node is not None]
        for index, one in check_operators(scoring):
            fields.findings.add(f"{places[index]}.{one.where}", one.what, one.remedy)
    return scoring


def _read_input(at: Tree, path: str, findings: Findings, instrument: Instrument, procedure: Procedure) -> ScoreInput:
    fields = Fields(
        at, path, findings, required=("id", "title", "kind"), optional=("scale", "track", "evidence_required")
    )
    kind = fields.choice("kind", INPUT_KINDS)
    if kind == "judgment" or findings.under(fields.at("kind")):
        if kind == "judgment":
            fields.belongs(("scale", "track"), "earlier results")
        evidence = fields.flag("evidence_required", default=False)
        return ScoreInput(fields.id("id"), fields.text("title"), "judgment", evidence_required=evidence)
    fields.belongs(("evidence_required",), "judgments")
    for name in ("scale", "track"):
        if name not in fields:
            findings.add(path, f"{name} is missing", "An earlier result names its scale and its track.")
    scale = fields.id("scale")
    known(scale, instrument.scales, fields.at("scale"), "scale", findings)
    track = fields.id("track")
    known(track, procedure.tracks, fields.at("track"), "track", findings)
    return ScoreInput(fields.id("id"), fields.text("title"), "earlier", scale, track)


def _read_node(at: Tree, path: str, findings: Findings, sources: Sources) -> Node | None:
    op = _operator_of(at, path, findings)
    if op is None:
        return None
    form = OPERATORS[op]
    fields = Fields(at, path, findings, required=(*COMMON, *form.required), optional=(*form.optional, *BASIS))
    operator = form.read(fields)
    node = Node(fields.id("id"), fields.text("title"), operator, (sources.basis(fields),))
    return None if findings.under(path) else node


def _operator_of(at: Tree, path: str, findings: Findings) -> str | None:
    """The operator's word; None, and noted, where it is missing or this version doesn't know it."""
    word = at.items.get("op") if isinstance(at, Mapping) else None
    if isinstance(word, Scalar) and word.text in OPERATORS:
        return word.text
    said = "op is missing" if not isinstance(word, Scalar) else f"the operator {word.text[:60]} is not known"
    findings.add(f"{path}.op", said, f"This version knows: {', '.join(OPERATORS)}.")
    return None


def _apart(inputs: tuple[ScoreInput, ...], instrument: Instrument, fields: Fields) -> None:
    for index, one in enumerate(inputs):
        if one.id in instrument.component_ids:
            fields.findings.add(
                f"{fields.at('inputs')}[{index}].id",
                f"{one.id} is the name of a component",
                "Give the input another id.",
            )
