"""Who does what by when: occasion types, tracks, forms, and the steps of both."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast, get_args

from services.evaluation.core.agreements.document import Tree
from services.evaluation.core.agreements.fields import Fields
from services.evaluation.core.agreements.findings import Findings
from services.evaluation.core.agreements.order import check_occasion, check_track
from services.evaluation.core.agreements.parts import BASIS, Sources, keyed, known
from services.evaluation.core.domain.agreement import (
    Clause,
    Due,
    DueAfter,
    DueOn,
    Duty,
    Form,
    FormItem,
    Instrument,
    ItemKind,
    OccasionType,
    Phase,
    Procedure,
    Step,
    StepKind,
    Track,
    Witness,
)

STEP_KINDS = get_args(StepKind)
DUTIES = get_args(Duty)
WITNESSES = get_args(Witness)
ITEM_KINDS = get_args(ItemKind)
DAYS_IN = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
STEP = ("id", "title", "kind", "duty")
STEP_OPTIONAL = ("after", "required", "due", "clause", "form", "occasions", "rates", "unsigned", "note", *BASIS)


@dataclass(frozen=True)
class Context:
    """What a step may refer to outside its own track or occasion."""

    instrument: Instrument
    clauses: Mapping[str, Clause]
    sources: Sources
    forms: Mapping[str, Form]


def read_procedure(top: Fields, instrument: Instrument, clauses: Mapping[str, Clause], sources: Sources) -> Procedure:
    """The procedure, every reference in it checked; scoring is checked against it afterwards."""
    found = top.part("procedure")
    if found is None:
        return Procedure({}, {}, {})
    fields = Fields(found, top.at("procedure"), top.findings, required=("tracks",), optional=("occasions", "forms"))

    def form(at: Tree, path: str, findings: Findings) -> Form:
        return _read_form(at, path, findings, instrument)

    forms = keyed(fields.each("forms", form), fields.at("forms"), top.findings)
    context = Context(instrument, clauses, sources, forms)

    def occasion(at: Tree, path: str, findings: Findings) -> OccasionType:
        own = Fields(at, path, findings, required=("id", "title", "steps"))
        read = OccasionType(own.id("id"), own.text("title"), _steps(own, context))
        check_occasion(read, path, findings)
        return read

    occasions = keyed(fields.each("occasions", occasion), fields.at("occasions"), top.findings)

    def track(at: Tree, path: str, findings: Findings) -> Track:
        own = Fields(at, path, findings, required=("id", "title", "phases", "steps"))
        phases = own.each("phases", _read_phase)
        keyed(phases, own.at("phases"), findings)
        read = Track(own.id("id"), own.text("title"), phases, _steps(own, context, phases=True))
        check_track(read, occasions, path, findings)
        return read

    tracks = keyed(fields.each("tracks", track), fields.at("tracks"), top.findings)
    return Procedure(occasions, tracks, forms)


def _read_phase(at: Tree, path: str, findings: Findings) -> Phase:
    fields = Fields(at, path, findings, required=("id", "title"))
    return Phase(fields.id("id"), fields.text("title"))


def _steps(owner: Fields, context: Context, *, phases: bool = False) -> tuple[Step, ...]:
    def step(at: Tree, path: str, findings: Findings) -> Step:
        return _read_step(at, path, findings, context, phases=phases)

    return owner.each("steps", step)


def _read_step(at: Tree, path: str, findings: Findings, context: Context, *, phases: bool) -> Step:
    required = (*STEP, "phase") if phases else STEP
    fields = Fields(at, path, findings, required=required, optional=STEP_OPTIONAL)
    clause = fields.optional_id("clause")
    form = fields.optional_id("form")
    cited = None
    if clause is not None and known(clause, context.clauses, fields.at("clause"), "clause", findings):
        cited = context.clauses[clause].cite
    if form is not None:
        known(form, context.forms, fields.at("form"), "form", findings)
    rates = fields.ids("rates")
    components = dict.fromkeys(component.id for component in context.instrument.components())
    for index, component in enumerate(rates):
        known(component, components, f"{fields.at('rates')}[{index}]", "component", findings)
    if "occasions" not in fields and "unsigned" not in fields:
        fields.belongs(BASIS, "occasions, to unsigned and to due dates; a step itself has a clause")
    return Step(
        id=fields.id("id"),
        title=fields.text("title"),
        kind=cast(StepKind, fields.choice("kind", STEP_KINDS)),
        duty=cast(Duty, fields.choice("duty", DUTIES)),
        phase=fields.id("phase") if phases else None,
        after=fields.ids("after"),
        required=fields.flag("required", default=True),
        due=_due(fields, context.sources),
        clause=cited,
        form=form,
        occasions=fields.counts("occasions"),
        occasions_basis=context.sources.basis(fields) if "occasions" in fields else None,
        rates=rates,
        unsigned=cast(Witness, fields.choice("unsigned", WITNESSES)) if "unsigned" in fields else None,
        unsigned_basis=context.sources.basis(fields) if "unsigned" in fields and "occasions" not in fields else None,
        note=fields.optional_text("note"),
    )


def _due(step: Fields, sources: Sources) -> Due | None:
    found = step.part("due")
    if found is None:
        return None
    fields = Fields(
        found, step.at("due"), step.findings, required=(), optional=("by", "after", "days", "first_only", *BASIS)
    )
    if ("by" in fields) == ("after" in fields):
        step.findings.add(
            fields.path, "a due date is either on a day or after a step", 'Write by: "01-15", or after: and days:.'
        )
        return None
    basis = sources.basis(fields)
    if "by" in fields:
        fields.belongs(("days",), "after")
        month, day = _month_and_day(fields)
        return DueOn(month, day, basis, fields.flag("first_only", default=False))
    fields.belongs(("first_only",), "by")
    if "days" not in fields:
        step.findings.add(fields.path, "days is missing", "Say how many calendar days after the step.")
    return DueAfter(fields.id("after"), fields.whole("days", 0, 366), basis)


def _month_and_day(fields: Fields) -> tuple[int, int]:
    text = fields.text("by")
    if re.fullmatch(r"\d{2}-\d{2}", text):
        month, day = int(text[:2]), int(text[3:])
        if 1 <= month <= 12 and 1 <= day <= DAYS_IN[month - 1]:
            return month, day
    if text:
        fields.findings.add(fields.at("by"), f"{text[:60]} is no day of the year", 'Write month and day: "01-15".')
    return 1, 1


def _read_form(at: Tree, path: str, findings: Findings, instrument: Instrument) -> Form:
    components = dict.fromkeys(component.id for component in instrument.components())

    def item(at: Tree, path: str, findings: Findings) -> FormItem:
        own = Fields(at, path, findings, required=("id", "label", "kind"), optional=("hint", "required", "component"))
        component = own.optional_id("component")
        kind = cast(ItemKind, own.choice("kind", ITEM_KINDS))
        if component is not None:
            known(component, components, own.at("component"), "component", findings)
        elif kind == "level":
            findings.add(path, "a level has no component", "Name the component whose scale it is answered on.")
        hint = own.optional_text("hint") or ""
        return FormItem(own.id("id"), own.text("label"), hint, kind, own.flag("required", default=True), component)

    fields = Fields(at, path, findings, required=("id", "title", "items"))
    items = fields.each("items", item)
    keyed(items, fields.at("items"), findings)
    return Form(fields.id("id"), fields.text("title"), items)
