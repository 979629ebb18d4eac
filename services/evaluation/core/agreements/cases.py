"""Cases: what an agreement must come to for given inputs, as a document that a person who knows the rules can write."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from math import prod

from services.evaluation.core.agreements.document import Document, Scalar, Sequence, Tree
from services.evaluation.core.agreements.fields import DECIMAL, Fields
from services.evaluation.core.agreements.findings import Findings
from services.evaluation.core.agreements.parts import keyed, known
from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.scoring.check import kinds_of
from services.evaluation.core.domain.scoring.kinds import Kind, Levels, Numbers, YesOrNo
from services.evaluation.core.domain.scoring.values import (
    InputValue,
    Judgment,
    NotApplicable,
    Number,
    Rated,
    Value,
)

FORMAT = "accord-cases/1"
RUNS_LIMIT = 4096
ANY, MISSING, NOT_APPLICABLE, NOT_COMPUTABLE = "any", "missing", "not_applicable", "not_computable"

Supplied = Value | NotApplicable | None
"""What one run supplies for one name; None: nobody supplied it."""


@dataclass(frozen=True)
class Run:
    """One set of inputs. `said` names what tells it from the other runs of its case; "" where there is only one."""

    said: str
    inputs: Mapping[str, InputValue]
    given: Mapping[str, Value]


@dataclass(frozen=True)
class Case:
    """`expected`: node -> the value it must come to; None: it must not be computable."""

    id: str
    published: bool
    how: str | None
    track: str
    runs: tuple[Run, ...]
    expected: Mapping[str, Rated | Number | None]


@dataclass(frozen=True)
class _Track:
    """What names of a track can be."""

    inputs: Mapping[str, Kind]
    nodes: Mapping[str, Kind]
    agreement: Agreement


def read_cases(document: Document, agreement: Agreement) -> tuple[Case, ...]:
    """The cases of a document, checked against the agreement they are for. Raises AgreementError with every finding."""
    findings = Findings(document.file, document.lines)
    top = Fields(document.root, "", findings, required=("format", "system", "cases"), optional=("groups",))
    top.choice("format", (FORMAT,))
    system = top.id("system")
    if system and system != agreement.system:
        findings.add("system", f"these are cases of {system}", f"The agreement beside them is {agreement.system}.")
    groups = _groups(top)
    tracks = {track: _track(agreement, track) for track in agreement.scoring}

    def case(at: Tree, path: str, findings: Findings) -> Case:
        fields = Fields(
            at, path, findings, required=("id", "track", "published", "expected"), optional=("how", "inputs", "given")
        )
        track = fields.id("track")
        if not known(track, tracks, fields.at("track"), "track", findings):
            return Case(fields.id("id"), False, None, track, (), {})
        return Case(
            id=fields.id("id"),
            published=fields.flag("published", default=False),
            how=fields.optional_text("how"),
            track=track,
            runs=_runs(fields, tracks[track], groups),
            expected=_expected(fields, tracks[track]),
        )

    cases = top.each("cases", case)
    keyed(cases, "cases", findings)
    findings.raise_if_any()
    return cases


def _groups(top: Fields) -> Mapping[str, tuple[str, ...]]:
    found = top.part("groups")
    if found is None:
        return {}
    names = tuple(top.named("groups"))
    fields = Fields(found, "groups", top.findings, required=names)
    return {name: fields.ids(name) for name in names}


def _track(agreement: Agreement, track: str) -> _Track:
    scoring = agreement.scoring[track]
    kinds = kinds_of(scoring)
    names = {one.id for one in scoring.inputs}
    return _Track(
        {name: kind for name, kind in kinds.items() if name in names},
        {name: kind for name, kind in kinds.items() if name not in names},
        agreement,
    )


def _runs(fields: Fields, track: _Track, groups: Mapping[str, tuple[str, ...]]) -> tuple[Run, ...]:
    """Every combination of the values that the case allows."""
    inputs: dict[str, tuple[Supplied, ...]] = {}
    for name, at in fields.named("inputs").items():
        path = f"{fields.at('inputs')}.{name}"
        if name in groups:
            inputs.update(_group(at, path, groups[name], track, fields.findings))
        elif known(name, track.inputs, path, "input", fields.findings):
            inputs[name] = _alternatives(at, path, track.inputs[name], track, fields.findings)
    given: dict[str, tuple[Supplied, ...]] = {}
    for name, at in fields.named("given").items():
        path = f"{fields.at('given')}.{name}"
        if known(name, track.nodes, path, "node", fields.findings):
            found = _alternatives(at, path, track.nodes[name], track, fields.findings)
            if all(isinstance(value, Rated | Number) for value in found):
                given[name] = found
            else:
                fields.findings.add(path, "this node is given nothing", f"Write {_meant(track.nodes[name])}.")
    choices = {**inputs, **given}
    count = prod(len(values) for values in choices.values())
    if count > RUNS_LIMIT:
        fields.findings.add(fields.path, f"the case has {count} runs", f"Keep to {RUNS_LIMIT}; write several cases.")
        return ()
    return tuple(
        _run(dict(zip(choices, values, strict=True)), choices, set(given)) for values in product(*choices.values())
    )


def _run(values: Mapping[str, Supplied], choices: Mapping[str, tuple[Supplied, ...]], given: set[str]) -> Run:
    said = ", ".join(f"{name} = {shown(value)}" for name, value in values.items() if len(choices[name]) > 1)
    inputs: dict[str, InputValue] = {}
    supplied: dict[str, Value] = {}
    for name, value in values.items():
        if value is None:
            continue
        if name not in given:
            assert not isinstance(value, Number), "inputs are levels or judgments"
            inputs[name] = value
        else:
            assert not isinstance(value, NotApplicable), "checked when it was read"
            supplied[name] = value
    return Run(said, inputs, supplied)


def _group(
    at: Tree, path: str, names: tuple[str, ...], track: _Track, findings: Findings
) -> dict[str, tuple[Supplied, ...]]:
    if not isinstance(at, Sequence) or len(at.items) != len(names):
        findings.add(path, f"this group takes a list of {len(names)} values", f"In this order: {', '.join(names)}.")
        return {}
    return {
        name: (_value(item, f"{path}[{index}]", track.inputs[name], track, findings),)
        for index, (name, item) in enumerate(zip(names, at.items, strict=True))
        if known(name, track.inputs, path, "input", findings)
    }


def _alternatives(at: Tree, path: str, kind: Kind, track: _Track, findings: Findings) -> tuple[Supplied, ...]:
    if isinstance(at, Sequence):
        if not at.items:
            findings.add(path, "the list is empty", "Name a value.")
        return tuple(_value(item, f"{path}[{index}]", kind, track, findings) for index, item in enumerate(at.items))
    if isinstance(at, Scalar) and at.text == ANY:
        if isinstance(kind, Levels):
            return tuple(Rated(kind.scale, level) for level in kind.levels)
        if isinstance(kind, YesOrNo):
            return (Judgment(True), Judgment(False))
    return (_value(at, path, kind, track, findings),)


def _value(at: Tree, path: str, kind: Kind, track: _Track, findings: Findings) -> Supplied:
    """A level by its id or its points, a number, a judgment, or one of the words for what is lacking."""
    found: Supplied = None
    if isinstance(at, Scalar):
        if at.tag == "str" and at.text == MISSING:
            return None
        if at.tag == "str" and at.text == NOT_APPLICABLE:
            return NotApplicable()
        if isinstance(kind, YesOrNo) and at.tag == "bool" and at.text in ("true", "false"):
            return Judgment(at.text == "true")
        number = _number(at)
        if isinstance(kind, Levels):
            found = _level(at.text, number, kind, track)
        elif isinstance(kind, Numbers) and number is not None:
            found = Number(number)
    if found is None:
        findings.add(path, "this value does not belong here", f"Write {_meant(kind)}.")
    return found


def _level(text: str, number: Decimal | None, kind: Levels, track: _Track) -> Rated | None:
    for level in track.agreement.instrument.scales[kind.scale].levels:
        if level.id in kind.levels and (level.id == text or (number is not None and level.value == number)):
            return Rated(kind.scale, level.id)
    return None


def _number(at: Scalar) -> Decimal | None:
    """Whole and bare, or in quotes with its places; a bare fraction is refused like everywhere."""
    return Decimal(at.text) if at.tag in ("int", "str") and DECIMAL.fullmatch(at.text) else None


def _expected(fields: Fields, track: _Track) -> Mapping[str, Rated | Number | None]:
    expected: dict[str, Rated | Number | None] = {}
    for name, at in fields.named("expected").items():
        path = f"{fields.at('expected')}.{name}"
        if not known(name, track.nodes, path, "node", fields.findings):
            continue
        if isinstance(at, Scalar) and at.text == NOT_COMPUTABLE:
            expected[name] = None
            continue
        value = _value(at, path, track.nodes[name], track, fields.findings)
        if isinstance(value, Rated | Number):
            expected[name] = value
        else:
            fields.findings.add(path, "this value does not belong here", f"Write {_meant(track.nodes[name])}.")
    return expected


def _meant(kind: Kind) -> str:
    if isinstance(kind, Levels):
        return f"one of {', '.join(kind.levels)}"
    if isinstance(kind, Numbers):
        return 'a whole number, or a decimal in quotes such as "2.50"'
    return "true or false"


def shown(value: object) -> str:
    """A value in the words of a case."""
    match value:
        case Rated(_, level):
            return level
        case Number(number):
            return format(number, "f")
        case Judgment(yes):
            return "true" if yes else "false"
        case NotApplicable():
            return NOT_APPLICABLE
        case None:
            return MISSING
        case _:
            return NOT_COMPUTABLE
