"""The steps of an evaluation in the agreement's phases: who, by when, what became of each, with its address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask_babel.speaklater import LazyString

from services.evaluation.core.domain.evaluation import Occasion, StepState
from services.evaluation.core.domain.steps import (
    Located,
    all_steps,
    due_date,
    not_before,
    occasion_steps,
    occasion_type,
    track_of,
)
from services.evaluation.core.web.about import About, sentence_start
from services.evaluation.core.web.rows import due_words, from_words, is_late
from shared.web.language import gettext as _
from shared.web.language import lazy_gettext as _l
from shared.web.wording import clock_time, day, moment

OUTCOMES: Mapping[str, tuple[str, LazyString]] = {
    "done": ("done", _l("Done")),
    "moved": ("done", _l("Announced anew")),
    "signed": ("signed", _l("Signed")),
    "refused": ("refused", _l("Signature refused")),
    "unsigned": ("none", _l("Not signed")),
    "filed": ("done", _l("Filed")),
    "waived": ("waived", _l("None will come")),
    "lapsed": ("none", _l("Went by unused")),
    "withdrawn": ("none", _l("Withdrawn")),
}
"""Outcome of a step -> kind and word of the shell's status."""


@dataclass(frozen=True)
class StepRow:
    """A step as a page shows it. `kind` and `word`: of its status; `when`: what is known of its time, in words."""

    key: str
    name: str
    kind: str
    word: str
    who: str
    when: tuple[str, ...]
    clause: str | None
    says: str
    """The clause's own words."""
    href: str | None


@dataclass(frozen=True)
class OccasionRows:
    occasion: Occasion
    title: str
    status: tuple[str, str]
    rows: tuple[StepRow, ...]
    href: str
    when: str
    """When it was held, else for when it is announced; empty where neither is known."""
    held_from: datetime | None


@dataclass(frozen=True)
class PhaseRows:
    title: str
    rows: tuple[StepRow, ...]
    occasions: tuple[OccasionRows, ...]


def phases(about: About) -> list[PhaseRows]:
    """Every phase of the track with its steps; occasions stand in the phase that asks for them."""
    track = track_of(about.evaluation, about.agreement)
    own = [one for one in all_steps(about.evaluation, about.agreement) if one.occasion is None]
    asking = next((one.step.phase for one in own if one.step.kind == "occasions"), None)
    return [
        PhaseRows(
            phase.title,
            tuple(step_row(about, one) for one in own if one.step.phase == phase.id),
            tuple(occasions(about)) if phase.id == asking else (),
        )
        for phase in track.phases
    ]


def occasions(about: About) -> Iterable[OccasionRows]:
    """Every occasion the viewer knows of, with its steps."""
    located = list(occasion_steps(about.evaluation, about.agreement))
    for occasion in about.evaluation.occasions:
        own = [one for one in located if one.occasion == occasion]
        rows = tuple(step_row(about, one) for one in own)
        held = _held(about, own)
        yield OccasionRows(
            occasion,
            occasion_title(about, occasion),
            occasion_status(about, occasion),
            rows,
            about.at("occasions.show", occasion_id=occasion.id),
            _when(occasion, held),
            held.held_from if held is not None else None,
        )


def _held(about: About, steps: Iterable[Located]) -> StepState | None:
    """The state of the observation among these steps, where it was held."""
    states = (about.evaluation.steps.get(one.key) for one in steps if one.step.kind == "observation")
    return next((state for state in states if state is not None and state.held_from is not None), None)


def _when(occasion: Occasion, held: StepState | None) -> str:
    planned = _("Announced for %(when)s", when=moment(occasion.scheduled_from)) if occasion.scheduled_from else ""
    if held is None:
        return planned
    moved = planned and held.held_from != occasion.scheduled_from
    return f"{held_words('observation', held)} ({planned})" if moved else held_words("observation", held)


def occasion_title(about: About, occasion: Occasion) -> str:
    """ "Announced observation 2"."""
    return f"{occasion_type(about.agreement, occasion).title} {occasion.number}"


def occasion_status(about: About, occasion: Occasion) -> tuple[str, str]:
    """Kind and word of the shell's status."""
    if occasion.status == "withdrawn":
        return "none", _("Withdrawn")
    if occasion.status == "finished":
        return "done", _("Finished")
    if occasion.feedback is not None:
        return "sent", _("Feedback sent")
    return ("now", _("Under way")) if about.evaluation.is_open else ("none", _("Left open"))


def step_row(about: About, located: Located) -> StepRow:
    state = about.evaluation.steps.get(located.key)
    kind, word = _status(about, located, state)
    clause = next((one for one in about.agreement.clauses.values() if one.cite == located.step.clause), None)
    reachable = state is not None and located.step.kind != "occasions"
    return StepRow(
        key=located.key,
        name=located.step.title,
        kind=kind,
        word=word,
        who=sentence_start(_who(about, located, state)),
        when=tuple(_times(about, located, state)),
        clause=located.step.clause,
        says=clause.says if clause else "",
        href=about.step_href(located) if reachable else None,
    )


def _who(about: About, located: Located, state: StepState | None) -> str:
    """Who did it; where nobody has yet, whose duty it is."""
    if state is None or state.status != "done" or state.by_id is None:
        return about.who(located.step.duty)
    if state.outcome == "unsigned":  # no act of the one whose duty it was
        return _("as noted by %(who)s", who=about.name(state.by_id))
    return _("you") if state.by_id == about.viewer_id else about.name(state.by_id)


def _status(about: About, located: Located, state: StepState | None) -> tuple[str, str]:
    if state is None:
        withdrawn = located.occasion is not None and located.occasion.status == "withdrawn"
        if withdrawn or not about.evaluation.is_open:
            return "none", _("Withdrawn") if withdrawn else _("Not reached")
        return "waiting", _("Not yet")
    if state.status == "open":
        return _open_status(about, located, state)
    kind, said = OUTCOMES.get(state.outcome or "done", OUTCOMES["done"])
    if state.late and kind in ("done", "signed"):
        return "done-late", _("%(done)s, late", done=said)
    return kind, str(said)


def _open_status(about: About, located: Located, state: StepState) -> tuple[str, str]:
    if not about.evaluation.is_open:
        return "none", _("Left open")
    if not_before(about.evaluation, about.agreement, located, about.today) is not None:
        return "waiting", _("Not yet")
    if located.step.required and is_late(state.due_on, about.today):
        return "late", _("Late")
    return ("now", _("Your turn")) if about.has_duty(located.step.duty) else ("now", _("Open"))


def _times(about: About, located: Located, state: StepState | None) -> Iterable[str]:
    """From when; by when; when done; when held; when read."""
    if state is None and not about.evaluation.is_open:
        return
    if state is None or state.status == "open":
        first_day = not_before(about.evaluation, about.agreement, located, about.today) if state is not None else None
        if first_day is not None:
            yield from_words(first_day)
        due = state.due_on if state is not None else due_date(about.evaluation, about.agreement, located)
        if due is not None:
            required = located.step.required
            yield due_words(due, about.today, required) if state is not None else _("By %(day)s", day=day(due))
        return
    if state.held_from is not None:
        yield held_words(located.step.kind, state)
    if state.done_at is not None and state.status == "done":
        yield moment(state.done_at)
    if state.due_on is not None:
        passed = state.due_on < about.today
        yield _("Was due %(day)s", day=day(state.due_on)) if passed else _("Due by %(day)s", day=day(state.due_on))
    if state.read_at is not None:
        yield _("Opened by %(who)s %(when)s", who=about.subject, when=moment(state.read_at))


def held_words(kind: str, state: StepState) -> str:
    """ "Held Tue 12 May 2026, 10:05 to 10:52", or for a notice what it announces."""
    assert state.held_from is not None, "it was held, or announced, for a time"
    when = moment(state.held_from)
    if state.held_to is not None:
        when = span(state)
    return _("For %(when)s", when=when) if kind == "notice" else _("Held %(when)s", when=when)


class Held(Protocol):
    """Something with a beginning and an end."""

    @property
    def held_from(self) -> datetime | None: ...

    @property
    def held_to(self) -> datetime | None: ...


def line_time(at: datetime | None, held_from: datetime | None) -> str:
    """When a line was written, for whoever knows when the lesson was: with its day where that is another one."""
    if at is None:
        return ""
    return clock_time(at) if held_from is not None and day(at) == day(held_from) else moment(at)


def span(state: Held) -> str:
    """ "Tue 12 May 2026, 10:05 to 10:52 CDT"."""
    assert state.held_from is not None, "a span has a beginning"
    assert state.held_to is not None, "a span has an end"
    end = moment(state.held_to)
    if day(state.held_from) == day(state.held_to):
        end = end.removeprefix(day(state.held_to)).lstrip(", ")
    return _("%(day)s, %(begin)s to %(end)s", day=day(state.held_from), begin=clock_time(state.held_from), end=end)
