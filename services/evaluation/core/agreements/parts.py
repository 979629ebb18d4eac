"""The parts every agreement has: parties, sources, clauses, scales and the instrument."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Protocol, TypeVar

from services.evaluation.core.agreements.document import Tree
from services.evaluation.core.agreements.fields import Fields
from services.evaluation.core.agreements.findings import Findings
from services.evaluation.core.domain.agreement import (
    Assumption,
    Basis,
    Citation,
    Clause,
    Component,
    Instrument,
    Level,
    Party,
    Scale,
    Source,
    Standard,
)


class Named(Protocol):
    @property
    def id(self) -> str: ...


N = TypeVar("N", bound=Named)
BASIS = ("source", "assumption")
"""One of the two stands beside every number."""
NO_SOURCE = Assumption("")


@dataclass(frozen=True)
class Sources:
    """The sources of a document by id, and how a place in one is read."""

    by_id: Mapping[str, Source]

    def basis(self, fields: Fields) -> Basis:
        """`source: {ref, where, as_of, note}` or `assumption: words`; exactly one of them."""
        if ("source" in fields) == ("assumption" in fields):
            fields.findings.add(
                fields.path,
                "exactly one of source and assumption must stand here",
                "Say where the number comes from, or that this document assumes it.",
            )
            return NO_SOURCE
        if "assumption" in fields:
            return Assumption(fields.text("assumption"))
        found = fields.part("source")
        assert found is not None, "it was just seen"
        cited = Fields(
            found, fields.at("source"), fields.findings, required=("ref", "where", "as_of"), optional=("note",)
        )
        ref = cited.id("ref")
        if ref and ref not in self.by_id:
            fields.findings.add(
                cited.at("ref"), f"there is no source {ref}", f"Add it under sources, or use: {', '.join(self.by_id)}."
            )
        source = self.by_id.get(ref)
        if source is None:
            return NO_SOURCE
        return Citation(source, cited.text("where"), cited.text("as_of"), cited.optional_text("note"))


def keyed(items: tuple[N, ...], path: str, findings: Findings) -> dict[str, N]:
    """The items by id, in order; an id that stands twice is noted. Items whose id could not be read are left out."""
    found: dict[str, N] = {}
    for index, item in enumerate(items):
        if item.id in found:
            findings.add(f"{path}[{index}].id", f"the id {item.id} is used twice", "Give each its own.")
        if item.id:
            found.setdefault(item.id, item)
    return found


def known(name: str, among: Mapping[str, object], path: str, kind: str, findings: Findings) -> bool:
    """Whether a name refers to something; a name that does not is noted, one that could not be read is not."""
    if name and name not in among:
        remedy = f"Use one of: {', '.join(among)}." if among else "None is defined; define it first."
        findings.add(path, f"there is no {kind} {name}", remedy)
    return name in among


def read_party(at: Tree, path: str, findings: Findings) -> Party:
    fields = Fields(at, path, findings, required=("id", "title", "role"))
    return Party(fields.id("id"), fields.text("title"), fields.choice("role", ("labor", "management", "body")))


def read_source(at: Tree, path: str, findings: Findings) -> Source:
    fields = Fields(at, path, findings, required=("id", "title", "url", "as_of"))
    return Source(fields.id("id"), fields.text("title"), fields.text("url"), fields.text("as_of"))


def read_clauses(top: Fields, sources: Sources) -> dict[str, Clause]:
    """The numbered rules. `cite` is written out as "WA-08 (WAC 392-191-040)"."""

    def clause(at: Tree, path: str, findings: Findings) -> Clause:
        fields = Fields(at, path, findings, required=("id", "cite", "says"), optional=BASIS)
        clause_id = fields.id("id")
        return Clause(clause_id, f"{clause_id} ({fields.text('cite')})", fields.text("says"), sources.basis(fields))

    return keyed(top.each("clauses", clause), top.at("clauses"), top.findings)


def read_scale(at: Tree, path: str, findings: Findings, sources: Sources) -> Scale:
    """Levels lowest first; either all have points, with where they come from, or none; points rise."""
    fields = Fields(at, path, findings, required=("id", "title", "levels"), optional=BASIS)
    levels = fields.each("levels", _read_level)
    keyed(levels, fields.at("levels"), findings)
    values = [level.value for level in levels]
    if not findings.under(fields.at("levels")):
        _rising(values, fields.at("levels"), findings)
    pointed = any(value is not None for value in values)
    if not pointed:
        fields.belongs(BASIS, "levels with points")
    basis = sources.basis(fields) if pointed else None
    return Scale(fields.id("id"), fields.text("title"), levels, basis)


def _rising(values: list[Decimal | None], path: str, findings: Findings) -> None:
    if any(value is None for value in values) and any(value is not None for value in values):
        findings.add(path, "some levels have points and some have none", "Give all of them a value, or none.")
    for index, (lower, upper) in enumerate(pairwise(values), start=1):
        if lower is not None and upper is not None and upper <= lower:
            findings.add(
                f"{path}[{index}].value",
                f"{upper} does not stand above {lower}",
                "List levels from the lowest to the highest.",
            )


def _read_level(at: Tree, path: str, findings: Findings) -> Level:
    fields = Fields(at, path, findings, required=("id", "label", "descriptor"), optional=("value",))
    return Level(fields.id("id"), fields.optional_decimal("value"), fields.text("label"), fields.text("descriptor"))


def read_instrument(top: Fields, sources: Sources) -> Instrument:
    """Scales, standards and components; every component on a scale that exists, every id used once."""
    found = top.part("instrument")
    if found is None:
        return Instrument("", {}, ())
    fields = Fields(found, top.at("instrument"), top.findings, required=("title", "scales", "standards"))

    def scale(at: Tree, path: str, findings: Findings) -> Scale:
        return read_scale(at, path, findings, sources)

    scales = keyed(fields.each("scales", scale), fields.at("scales"), fields.findings)

    def component(at: Tree, path: str, findings: Findings) -> Component:
        own = Fields(
            at, path, findings, required=("id", "title", "scale", "evidence_required"), optional=("descriptors",)
        )
        scale = own.id("scale")
        descriptors = own.texts("descriptors")
        if known(scale, scales, own.at("scale"), "scale", findings):
            levels = {level.id: level for level in scales[scale].levels}
            for level in descriptors:
                known(level, levels, f"{own.at('descriptors')}.{level}", f"level of scale {scale}:", findings)
        required = own.flag("evidence_required", default=True)
        return Component(own.id("id"), own.text("title"), scale, required, descriptors)

    def standard(at: Tree, path: str, findings: Findings) -> Standard:
        own = Fields(at, path, findings, required=("id", "title", "components"))
        return Standard(own.id("id"), own.text("title"), own.each("components", component))

    standards = fields.each("standards", standard)
    keyed(standards, fields.at("standards"), fields.findings)
    _components_once(standards, fields)
    return Instrument(fields.text("title"), scales, standards)


def _components_once(standards: tuple[Standard, ...], fields: Fields) -> None:
    seen: set[str] = set()
    for place, standard in enumerate(standards):
        for index, component in enumerate(standard.components):
            if component.id in seen:
                fields.findings.add(
                    f"{fields.at('standards')}[{place}].components[{index}].id",
                    f"the component {component.id} stands here a second time",
                    "Give each component its own id.",
                )
            if component.id:
                seen.add(component.id)
