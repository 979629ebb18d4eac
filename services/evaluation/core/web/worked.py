"""A score as a worked calculation: every input, step, rule and source, and where each sum falls among its bands."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.instrument import Level
from services.evaluation.core.domain.score import recompute
from services.evaluation.core.domain.scoring.bands import Bands
from services.evaluation.core.domain.scoring.sentence import Sentence, plain
from services.evaluation.core.domain.scoring.trace import Trace, TracedInput, TracedStep
from services.evaluation.core.domain.scoring.values import InputValue, Judgment, NotApplicable, Number, Rated
from services.evaluation.core.domain.sources import Assumption, Basis
from shared.web.language import gettext as _


@dataclass(frozen=True)
class Input:
    title: str
    value: str
    points: str
    given: bool


@dataclass(frozen=True)
class Source:
    words: str
    url: str | None = None


@dataclass(frozen=True)
class Step:
    title: str
    says: str
    value: str
    sources: tuple[Source, ...]
    last: bool


@dataclass(frozen=True)
class Bar:
    """For ui.chart_bands: where a number falls. `bands`: {name, low, high}, touching, lowest first."""

    id: str
    title: str
    value: Decimal
    bands: tuple[dict[str, object], ...]
    band: str


@dataclass(frozen=True)
class Worked:
    """The calculation as a page shows it. `level`: the final one, None where the score can't be worked out."""

    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    bars: tuple[Bar, ...]
    level: Level | None
    lacks: tuple[str, ...]
    same_anew: bool
    """Whether the same inputs, worked out anew just now, came to the same."""


def worked(trace: Trace, agreement: Agreement) -> Worked:
    """The calculation of a trace that was made under this agreement."""
    return Worked(
        inputs=tuple(_input(one, agreement) for one in trace.inputs),
        steps=tuple(_step(one, trace) for one in trace.steps),
        bars=tuple(_bars(trace, agreement)),
        level=_final(trace, agreement),
        lacks=tuple(f"{trace.title_of(lack.input)}: {_lack(lack.why)}" for lack in trace.lacks),
        same_anew=recompute(trace, agreement).calculation == trace.calculation,
    )


def sentence_words(sentence: Sentence) -> str:
    """A step's sentence in the reader's language."""
    return _(sentence.template, **sentence.values)


def _input(one: TracedInput, agreement: Agreement) -> Input:
    """A component by its code and title, as everywhere; what is no component by its title."""
    title = f"{one.id} {one.title}" if one.id in agreement.instrument.component_ids else one.title
    return Input(title, _value_words(one.value, one.label), _points(one.value, agreement), one.value is not None)


def _value_words(value: InputValue | None, label: str) -> str:
    if value is None:
        return _("Not yet given")
    if isinstance(value, NotApplicable):
        return _("Not applicable")
    if isinstance(value, Judgment):
        return _("Yes") if value.yes else _("No")
    return label


def _points(value: InputValue | None, agreement: Agreement) -> str:
    if not isinstance(value, Rated):
        return ""
    points = agreement.instrument.scales[value.scale].level(value.level).value
    return plain(points) if points is not None else ""


def _step(step: TracedStep, trace: Trace) -> Step:
    return Step(
        title=step.title,
        says=sentence_words(step.sentence),
        value=step.label or _("Not computable"),
        sources=tuple(_source(one) for one in step.basis),
        last=step is trace.steps[-1],
    )


def _source(basis: Basis) -> Source:
    if isinstance(basis, Assumption):
        return Source(_("The agreement's own choice: %(says)s", says=basis.says))
    words = _("%(title)s: %(where)s (%(as_of)s)", title=basis.source.title, where=basis.where, as_of=basis.as_of)
    return Source(f"{words} {basis.note}" if basis.note else words, basis.source.url)


def _bars(trace: Trace, agreement: Agreement) -> Iterator[Bar]:
    """One for each step that put a number into bands."""
    for node in agreement.scoring[trace.origin.track].nodes:
        if not isinstance(node.operator, Bands) or node.id not in {step.id for step in trace.steps}:
            continue
        step = trace.step(node.id)
        read = next((one.result for one in trace.steps if one.id == node.operator.of), None)
        if not isinstance(read, Number) or not isinstance(step.result, Rated):
            continue
        scale = agreement.instrument.scales[node.operator.scale]
        bands = tuple(
            {"name": scale.level(band.level).label, "low": band.low, "high": band.high} for band in node.operator.bands
        )
        yield Bar(f"bar-{node.id.replace('.', '-')}", trace.title_of(node.operator.of), read.number, bands, step.label)


def _final(trace: Trace, agreement: Agreement) -> Level | None:
    if not isinstance(trace.result, Rated):
        return None
    return agreement.instrument.scales[trace.result.scale].level(trace.result.level)


def _lack(why: str) -> str:
    return {
        "missing": _("not yet given"),
        "not_applicable": _("not applicable, which is not a zero"),
        "not_accepted": _("a value the rule does not accept"),
    }[why]
