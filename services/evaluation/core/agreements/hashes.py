"""Two hashes: what was signed, and what makes scores comparable. Both SHA-256, in hex."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.evaluation.core.agreements import document as tree
from services.evaluation.core.domain.agreement import Instrument, Scoring


def content_hash(root: tree.Tree) -> str:
    """Of everything a document that was read without findings says. Comments, layout, quoting style and the order of
    names don't count; the order of lists does, and so does whether a value is text or a number."""
    return _sha256(_said(root))


def structure_hash(instrument: Instrument, scoring: Mapping[str, Scoring]) -> str:
    """Of what a score depends on: ids and points of scales, ids of components and their scales, the scoring. Titles,
    descriptors, sources, procedure and dates don't count."""
    scales = {
        scale.id: [[level.id, _plain(level.value)] for level in scale.levels] for scale in instrument.scales.values()
    }
    components = [
        [standard.id, component.id, component.scale]
        for standard in instrument.standards
        for component in standard.components
    ]
    tracks = {
        track: {
            "inputs": [[one.id, one.kind, one.scale, one.track] for one in scored.inputs],
            "nodes": [[node.id, node.operator.name, _plain(node.operator)] for node in scored.nodes],
        }
        for track, scored in scoring.items()
    }
    return _sha256({"scales": scales, "components": components, "scoring": tracks})


def _said(part: tree.Tree) -> Any:
    if isinstance(part, tree.Mapping):
        return {name: _said(value) for name, value in part.items.items()}
    if isinstance(part, tree.Sequence):
        return [_said(item) for item in part.items]
    if part.tag == "int":
        return int(part.text)
    return part.text == "true" if part.tag == "bool" else part.text


def _plain(value: Any) -> Any:
    """Operators as plain data; equal decimals alike (2 and 2.0)."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    return value


def _sha256(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
