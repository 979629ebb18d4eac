"""A trace as plain JSON data and back: decimals as strings, nothing that needs a database to be read."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from services.evaluation.core.domain.scoring.sentence import Sentence, plain
from services.evaluation.core.domain.scoring.trace import GivenNode, Origin, Trace, TracedInput, TracedStep
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
from services.evaluation.core.domain.sources import Assumption, Basis, Citation, Source

FORMAT = "accord-trace/1"

Json = dict[str, Any]


class TraceFormatError(ValueError):
    """The data is no trace this version reads."""


def trace_to_json(trace: Trace) -> Json:
    """Plain dicts, lists, strings, booleans and None."""
    origin = trace.origin
    return {
        "format": FORMAT,
        "agreement": {"system": origin.system, "title": origin.title, "content_hash": origin.content_hash},
        "track": origin.track,
        "inputs": [
            {"id": one.id, "title": one.title, "value": _value_to_json(one.value), "label": one.label}
            for one in trace.inputs
        ],
        "given": [
            {"id": one.id, "title": one.title, "value": _value_to_json(one.value), "label": one.label}
            for one in trace.given
        ],
        "steps": [_step_to_json(step) for step in trace.steps],
    }


def trace_from_json(data: Mapping[str, Any]) -> Trace:
    """The trace that `trace_to_json` wrote; raises TraceFormatError for anything else."""
    if data.get("format") != FORMAT:
        raise TraceFormatError(f"The format is {data.get('format')!r}; this version reads {FORMAT!r}.")
    try:
        agreement = data["agreement"]
        trace = Trace(
            Origin(agreement["system"], agreement["title"], agreement["content_hash"], data["track"]),
            tuple(
                TracedInput(one["id"], one["title"], _input_value(one["value"]), one["label"]) for one in data["inputs"]
            ),
            tuple(GivenNode(one["id"], one["title"], _value(one["value"]), one["label"]) for one in data["given"]),
            tuple(_step_from_json(one) for one in data["steps"]),
        )
    except (KeyError, TypeError, AttributeError, InvalidOperation) as error:
        raise TraceFormatError(f"The trace is incomplete or damaged ({type(error).__name__}: {error}).") from None
    if not trace.steps:
        raise TraceFormatError("The trace has no steps.")
    return trace


def _step_to_json(step: TracedStep) -> Json:
    return {
        "id": step.id,
        "title": step.title,
        "op": step.op,
        "reads": list(step.reads),
        "result": _value_to_json(step.result),
        "label": step.label,
        "sentence": {
            "template": step.sentence.template,
            "values": dict(step.sentence.values),
            "text": str(step.sentence),
        },
        "sources": [_basis_to_json(one) for one in step.basis],
    }


def _step_from_json(data: Json) -> TracedStep:
    said = data["sentence"]
    return TracedStep(
        id=data["id"],
        title=data["title"],
        op=data["op"],
        reads=tuple(data["reads"]),
        result=_result(data["result"]),
        label=data["label"],
        sentence=Sentence(said["template"], dict(said["values"])),
        basis=tuple(_basis(one) for one in data["sources"]),
    )


def _value_to_json(value: Result | InputValue | None) -> Json | None:
    match value:
        case None:
            return None
        case Rated(scale, level):
            return {"scale": scale, "level": level}
        case Number(number):
            return {"number": plain(number)}
        case Judgment(yes):
            return {"judgment": yes}
        case NotApplicable():
            return {"not_applicable": True}
        case NotComputable(lacks):
            return {"not_computable": [{"input": lack.input, "why": lack.why} for lack in lacks]}


def _value(data: Json) -> Value:
    if "level" in data:
        return Rated(data["scale"], data["level"])
    if "number" in data:
        if not isinstance(data["number"], str):
            raise TypeError("a number is not written as a string")
        number = Decimal(data["number"])
        if not number.is_finite():
            raise TypeError("a number is not finite")
        return Number(number)
    if not isinstance(data["judgment"], bool):
        raise TypeError("a judgment is neither true nor false")
    return Judgment(data["judgment"])


def _result(data: Json) -> Result:
    if "not_computable" in data:
        return NotComputable(tuple(Lack(one["input"], one["why"]) for one in data["not_computable"]))
    return _value(data)


def _input_value(data: Json | None) -> InputValue | None:
    if data is None:
        return None
    if "not_applicable" in data:
        return NotApplicable()
    value = _value(data)
    if isinstance(value, Number):
        raise TypeError("an input is no number")
    return value


def _basis_to_json(basis: Basis) -> Json:
    if isinstance(basis, Assumption):
        return {"assumption": basis.says}
    source = basis.source
    return {
        "source": {"id": source.id, "title": source.title, "url": source.url, "as_of": source.as_of},
        "where": basis.where,
        "as_of": basis.as_of,
        "note": basis.note,
    }


def _basis(data: Json) -> Basis:
    if "assumption" in data:
        return Assumption(data["assumption"])
    source = data["source"]
    return Citation(
        Source(source["id"], source["title"], source["url"], source["as_of"]),
        data["where"],
        data["as_of"],
        data["note"],
    )
