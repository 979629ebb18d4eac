"""Evidence by component: the lines of observations and the context the subject adds, as they were written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from services.evaluation.core.domain.agreement import Component
from services.evaluation.core.domain.evaluation import Context, Note, Occasion
from services.evaluation.core.domain.steps import observation_state
from services.evaluation.core.web.about import About
from services.evaluation.core.web.phases import line_time, occasion_title
from shared.web.language import gettext as _
from shared.web.wording import moment


@dataclass(frozen=True)
class Piece:
    """One line, or one piece of context. `unsent`: only the evaluator sees it so far."""

    text: str
    at: datetime | None
    origin: str
    when: str
    href: str | None
    unsent: bool = False


@dataclass(frozen=True)
class OfComponent:
    """The evidence of one component; `component` None: tagged to none."""

    component: Component | None
    standard: str
    pieces: tuple[Piece, ...]

    @property
    def title(self) -> str:
        if self.component is None:
            return _("Not tagged to a component")
        return f"{self.component.id} {self.component.title}"


def by_component(about: About, occasion: Occasion | None = None) -> list[OfComponent]:
    """Components that have evidence, in the instrument's order: of one occasion, or of the whole evaluation."""
    tagged = list(_pieces(about, occasion))
    groups = []
    for standard in about.agreement.instrument.standards:
        for component in standard.components:
            pieces = tuple(piece for components, piece in tagged if component.id in components)
            if pieces:
                groups.append(OfComponent(component, standard.title, pieces))
    loose = tuple(piece for components, piece in tagged if not components)
    return [*groups, OfComponent(None, "", loose)] if loose else groups


def of_component(about: About, component_id: str) -> tuple[Piece, ...]:
    """The delivered evidence of one component: what a rating may rest on."""
    return tuple(piece for components, piece in _pieces(about, None) if component_id in components and not piece.unsent)


def _pieces(about: About, only: Occasion | None) -> Iterator[tuple[tuple[str, ...], Piece]]:
    for occasion in about.evaluation.occasions:
        if only is None or occasion.id == only.id:
            state = observation_state(about.evaluation, about.agreement, occasion)
            held_from = state.held_from if state is not None else None
            for note in occasion.notes:
                yield note.components, _line(about, occasion, note, held_from)
    for context in contexts(about, only):
        if only is None or context.components:
            yield context.components, context_piece(about, context)


def _line(about: About, occasion: Occasion, note: Note, held_from: datetime | None) -> Piece:
    return Piece(
        text=note.text,
        at=note.at,
        origin=occasion_title(about, occasion),
        when=line_time(note.at, held_from),
        href=about.at("occasions.show", occasion_id=occasion.id),
        unsent=occasion.feedback is None,
    )


def context_piece(about: About, context: Context) -> Piece:
    """Context as a piece of evidence."""
    return Piece(
        text=context.text,
        at=context.at,
        origin=_("Added by %(who)s", who=about.subject),
        when=moment(context.at),
        href=None,
    )


def contexts(about: About, occasion: Occasion | None = None) -> Iterable[Context]:
    """What the subject added: to one occasion, or all of it."""
    return [one for one in about.evaluation.contexts if occasion is None or one.occasion_id == occasion.id]


def counts(notes: Iterable[Note]) -> dict[str, int]:
    """Component -> lines tagged to it."""
    found: dict[str, int] = {}
    for note in notes:
        for component in note.components:
            found[component] = found.get(component, 0) + 1
    return found
