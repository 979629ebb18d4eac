"""The summative evaluation as it was sent: every rating with the descriptor's own words, and the result."""

from dataclasses import dataclass

from services.evaluation.core.domain.evaluation import Summative
from services.evaluation.core.domain.instrument import Component, Level
from services.evaluation.core.domain.scoring.trace_json import trace_from_json
from services.evaluation.core.domain.steps import first_of_kind, rated_components
from services.evaluation.core.publishing import final_scale
from services.evaluation.core.web.about import About
from services.evaluation.core.web.worked import Worked, worked


@dataclass(frozen=True)
class Rating:
    """`level` None: not applicable."""

    component: Component
    standard: str
    level: Level | None
    words: str


@dataclass(frozen=True)
class Judged:
    sent: Summative
    ratings: tuple[Rating, ...]
    final: Level
    key: str
    """Of the step that delivered it."""


def judged(about: About) -> Judged | None:
    """The summative, where it has been sent."""
    sent = about.evaluation.summative
    located = first_of_kind(about.evaluation, about.agreement, "summative")
    if sent is None or located is None:
        return None
    final = about.agreement.instrument.scales[final_scale(about.agreement)].level(sent.final_level)
    ratings = tuple(
        _rating(about, component_id, sent.ratings.get(component_id))
        for component_id in rated_components(about.evaluation, about.agreement)
    )
    return Judged(sent, ratings, final, located.key)


def _rating(about: About, component_id: str, level_id: str | None) -> Rating:
    instrument = about.agreement.instrument
    component, standard = instrument.component(component_id), instrument.standard_of(component_id).title
    if level_id is None:
        return Rating(component, standard, None, "")
    level = instrument.scale_of(component_id).level(level_id)
    return Rating(component, standard, level, instrument.descriptor(component_id, level_id))


def worked_of(about: About, sent: Summative) -> Worked:
    """The calculation that was kept with the summative."""
    return worked(trace_from_json(sent.trace), about.agreement)
