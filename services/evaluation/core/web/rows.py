"""How a row of a list shows an evaluation: the strip of steps, whose turn it is, and by when, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel.speaklater import LazyString

from services.evaluation.core.store.lists import ListedEvaluation
from services.evaluation.core.store.summary import Dates, OpenStep, Summary
from services.evaluation.core.web.acting import kind
from shared.web.context import known_viewer
from shared.web.language import gettext as _
from shared.web.language import lazy_gettext as _l
from shared.web.language import ngettext
from shared.web.links import url_of
from shared.web.wording import day

MARKS: Mapping[str, tuple[str, LazyString]] = {
    "done": ("done", _l("done")),
    "late": ("done-late", _l("done late")),
    "overdue": ("late", _l("late")),
    "next": ("now", _l("open")),
    "wait": ("waiting", _l("not yet")),
    "lapsed": ("none", _l("went by")),
    "unsigned": ("none", _l("not signed")),
}
"""Mark of a summary -> kind and word of the shell's status."""


@dataclass(frozen=True)
class StripMark:
    name: str
    kind: str
    word: str


def strip(summary: Summary, today: date) -> list[StripMark]:
    """For ui.step_strip. What is late now is told from what was done late: the one can still be done. What can't be done
    yet is not open, though its turn has come."""
    said = {step.step: "overdue" for step in summary.open if is_overdue(step, today)}
    said |= {step.step: "wait" for step in summary.open if is_early(step, today)}
    marks = ((mark.title, said.get(mark.step, mark.mark)) for mark in summary.marks)
    return [StripMark(title, MARKS[mark][0], str(MARKS[mark][1])) for title, mark in marks]


def next_step(row: ListedEvaluation, person_id: UUID) -> OpenStep | None:
    """What is to do next, the person's own before others', the earliest date first; duties before opportunities: the same
    as the evaluation's own page names first (turns.py)."""
    mine = {"subject": row.subject.id, "evaluator": row.evaluator.id if row.evaluator else None}

    def order(step: OpenStep) -> tuple[bool, bool, date]:
        return mine.get(step.duty) != person_id, not step.required, step.dates.earliest or date.max

    is_subject = row.subject.id == person_id
    steps = [step for step in row.summary.open if (step.told and step.kind != "occasions") or not is_subject]
    return min(steps, key=order, default=None)


def by_next(rows: list[ListedEvaluation], person_id: UUID) -> list[ListedEvaluation]:
    """In the order of what their lists show as next, the latest first; what has no date comes after what has."""

    def due(row: ListedEvaluation) -> date:
        step = next_step(row, person_id)
        return (step.dates.earliest if step is not None else None) or date.max

    return sorted(rows, key=due)


def due_words(due: date | None, today: date, required: bool = True) -> str:
    """ "Late since Tue 12 May 2026", "in 3 days", "by Tue 12 May 2026"; empty where there is no date. Nobody is late with
    what is not `required`."""
    if due is None:
        return ""
    left = (due - today).days
    if left < 0 and not required:
        return str(_("Its day was %(day)s", day=day(due)))
    if left < 0:
        return str(_("Late since %(day)s", day=day(due)))
    if left == 0:
        return str(_("Due today"))
    if left <= 14:
        return str(ngettext("Due tomorrow, %(day)s", "Due in %(num)s days, %(day)s", left, day=day(due)))
    return str(_("Due %(day)s", day=day(due)))


def when_words(dates: Dates, today: date, required: bool = True) -> str:
    """For when it was announced and by when it is due, or needed for what comes after it; empty where there is no date."""
    return "; ".join(_when(dates, today, required))


def _when(dates: Dates, today: date, required: bool) -> Iterator[str]:
    if dates.planned is not None:
        said = day(dates.planned)
        yield (
            _("was announced for %(day)s", day=said) if dates.planned < today else _("announced for %(day)s", day=said)
        )
    if dates.due is not None:
        yield due_words(dates.due, today, required)
    elif dates.needed is not None and dates.planned is None:
        yield _("%(due)s, for what comes after it", due=due_words(dates.needed, today))


def from_words(first_day: date) -> str:
    """ "Can be done from Tue 12 May 2026"."""
    return str(_("Can be done from %(day)s", day=day(first_day)))


def step_words(step: OpenStep, today: date) -> str:
    """From when, else by when, a step that is open can be done; empty where there is no date."""
    if step.not_before is not None and is_early(step, today):
        return from_words(step.not_before)
    return when_words(step.dates, today, step.required)


def is_early(step: OpenStep, today: date) -> bool:
    """Whether it can't be done yet, though its turn has come."""
    return step.not_before is not None and today < step.not_before


def is_overdue(step: OpenStep, today: date) -> bool:
    """Whether it is a duty whose day has ended."""
    return step.required and not is_early(step, today) and is_late(step.due_on, today)


def is_late(due: date | None, today: date) -> bool:
    return due is not None and due < today


def link(path: str) -> str:
    """A path of this service as the browser knows it."""
    return url_of(kind().name, path)


def words_for_lists() -> dict[str, Any]:
    """What the templates of lists may call; for a blueprint's context processor. It serves refusals as well, where nobody
    may be known: the database may be what does not answer."""
    known = known_viewer()
    return {
        "is_overdue": is_overdue,
        "link": link,
        "next_step": next_step,
        "person_id": known.person_id if known else None,
        "step_words": step_words,
        "strip": strip,
    }
