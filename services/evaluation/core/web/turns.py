"""Whose turn it is: what is open in an evaluation, the viewer's own first, each with its date and clause."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.evaluation.core.domain.sight import is_anothers
from services.evaluation.core.domain.steps import (
    Located,
    all_steps,
    first_of_kind,
    may_still_come,
    needed_by,
    not_before,
    occasion_titled,
    occasion_type,
    owed_occasions,
    planned_on,
    unsigned_from,
)
from services.evaluation.core.store.summary import Dates
from services.evaluation.core.web.about import About, listed
from services.evaluation.core.web.rows import is_late, when_words
from shared.web.language import gettext as _
from shared.web.wording import day


@dataclass(frozen=True)
class Noting:
    """What whoever may note that a signature is lacking can do about one that is waited for. `now`: its last day has passed."""

    now: bool
    words: str


@dataclass(frozen=True)
class Turn:
    """Something that can be done now. `needed_by`: it has no date of its own, but what comes after it has. `planned`: the day
    for which the observation was announced that it is or that it prepares."""

    key: str
    title: str
    kind: str
    who: str
    mine: bool
    required: bool
    due: date | None
    needed_by: date | None
    planned: date | None
    late: bool
    words: str
    """By when, in words."""
    held_up: str
    """Where it can't be done yet although its turn has come: from when, and what is waited for."""
    noting: Noting | None
    """Of a signature of somebody else: for the viewer, where they may note that it is lacking."""
    clause: str | None
    href: str

    @property
    def may_note(self) -> bool:
        """Whether the viewer may note now that it was not signed."""
        return self.noting is not None and self.noting.now

    @property
    def earliest(self) -> date:
        """The day it is sorted by."""
        return Dates(self.due, self.needed_by, self.planned).earliest or date.max

    @property
    def tone(self) -> str:
        """For the shell's status."""
        return "late" if self.late else "now" if self.mine and not self.held_up else "waiting"

    @property
    def sentence(self) -> str:
        if self.mine and self.held_up:
            return f"{self.title}. {self.held_up}"
        if self.mine and self.required:
            return _("Your turn: %(title)s", title=self.title)
        if self.mine:
            return _("You may: %(title)s", title=self.title)
        waiting = _("Waiting for %(who)s: %(title)s", who=self.who, title=self.title)
        return f"{waiting}. {self.noting.words}" if self.noting is not None else waiting


def turns(about: About) -> list[Turn]:
    """What is open: the viewer's own before others', duties before opportunities, the earliest date first."""
    found = [
        _turn(about, located) for located in all_steps(about.evaluation, about.agreement) if _is_open(about, located)
    ]
    return sorted(found, key=lambda one: (not one.mine, not one.required, one.earliest))


def _is_open(about: About, located: Located) -> bool:
    state = about.evaluation.steps.get(located.key)
    return about.evaluation.is_open and state is not None and state.status == "open"


def _turn(about: About, located: Located) -> Turn:
    due = about.evaluation.steps[located.key].due_on
    needed = needed_by(about.evaluation, about.agreement, located) if due is None else None
    planned = planned_on(about.evaluation, about.agreement, located)
    early = not_before(about.evaluation, about.agreement, located, about.today) is not None
    return Turn(
        key=located.key,
        title=_title(about, located),
        kind=located.step.kind,
        who=about.who(located.step.duty),
        mine=about.has_duty(located.step.duty),
        required=located.step.required,
        due=due,
        needed_by=needed,
        planned=planned,
        late=located.step.required and not early and is_late(due, about.today),
        words=when_words(Dates(due, needed, planned), about.today, located.step.required),
        held_up=_held_up(about, located),
        noting=_noting(about, located),
        clause=located.step.clause,
        href=about.step_href(located),
    )


def _held_up(about: About, located: Located) -> str:
    """Why a step whose turn has come can't be done yet; empty where it can."""
    one = located.occasion
    if located.step.kind == "feedback" and one is not None and is_anothers(about.evaluation, about.agreement, one):
        return _("First write down what you saw yourself: the evaluator before you did not send what they saw.")
    return held_up(about) if located.step.kind == "close" else ""


def noting_unsigned(about: About) -> Noting | None:
    """None where no signature is waited for, or where noting that it is lacking is not for the viewer."""
    located = first_of_kind(about.evaluation, about.agreement, "signature")
    return _noting(about, located) if located is not None else None


def _noting(about: About, located: Located) -> Noting | None:
    first_day = unsigned_from(about.evaluation, located) if about.evaluation.is_open else None
    if first_day is None or not about.has_duty(str(located.step.unsigned)):
        return None
    if first_day <= about.today:
        return Noting(True, _("You may note that it was not signed."))
    return Noting(False, _("From %(day)s on you may note that it was not signed.", day=day(first_day)))


def held_up(about: About) -> str:
    """From when the evaluation can be closed, and what is waited for until then; empty where it can be closed now."""
    closing = first_of_kind(about.evaluation, about.agreement, "close")
    first_day = not_before(about.evaluation, about.agreement, closing, about.today) if closing is not None else None
    if first_day is None:
        return ""
    waited = may_still_come(about.evaluation, about.agreement, about.today)
    names = listed([_("%(title)s (%(who)s)", title=_title(about, one), who=about.who(one.step.duty)) for one in waited])
    return _(
        "It can be closed from %(day)s. Until then this may still come: %(what)s. It can be closed sooner if that is "
        "filed, or if none will come.",
        day=day(first_day),
        what=names,
    )


def _title(about: About, located: Located) -> str:
    title = occasion_titled(located, about.agreement)
    if located.step.kind != "occasions":
        return title
    owed = listed(list(owed_words(about, located)))
    if owed and located.step.due is None and about.evaluation.steps[located.key].due_on is not None:
        return _("%(title)s, still owed: %(owed)s; the day is that of the first", title=title, owed=owed)
    return _("%(title)s, still owed: %(owed)s", title=title, owed=owed) if owed else title


def owed_words(about: About, located: Located) -> Iterator[str]:
    """ "1 Announced observation", for each type still owed."""
    for type_id, count in owed_occasions(about.evaluation, located.step).items():
        yield _("%(count)s × %(title)s", count=count, title=about.agreement.procedure.occasions[type_id].title)


def next_of_occasion(about: About, occasion_id: object) -> Turn | None:
    """What is next in one occasion."""
    prefix = next((f"{one.type}/{one.number}/" for one in about.evaluation.occasions if one.id == occasion_id), None)
    return next((turn for turn in turns(about) if prefix and turn.key.startswith(prefix)), None)


def type_title(about: About, located: Located) -> str:
    """The title of an occasion, with its number."""
    assert located.occasion is not None, "only a step of an occasion has one"
    return f"{occasion_type(about.agreement, located.occasion).title} {located.occasion.number}"
