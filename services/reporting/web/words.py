"""The reports' own words: columns, states of a step, who acts."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from flask_babel.speaklater import LazyString

from services.reporting.marks import short
from services.reporting.releases import NOT_APPLICABLE
from services.reporting.reports.counts import Count
from services.reporting.reports.ratings import Class, PublishedRow
from shared.web.language import gettext as _
from shared.web.language import lazy_gettext as _l
from shared.web.wording import day

COLUMN_WORDS: Mapping[str, LazyString] = {
    "required": _l("Required"),
    "done": _l("Done"),
    "on_time": _l("On time"),
    "done_late": _l("Done late"),
    "late": _l("Late"),
    "overdue": _l("Late now"),
    "open": _l("Not done"),
    "signed": _l("Signed"),
    "refused": _l("Refused"),
    "unsigned": _l("Not signed"),
    "opened": _l("Opened"),
    "filed": _l("Response filed"),
}
BOARD_COLUMNS = ("required", "done", "overdue", "open")
AUDIT_COLUMNS = ("required", "done", "on_time", "late", "open", "signed", "refused", "unsigned", "opened", "filed")
_OF_LATE = ("late", "overdue")
_DUTIES: Mapping[str, LazyString] = {
    "subject": _l("the person evaluated"),
    "evaluator": _l("the evaluator"),
    "office": _l("the district office"),
    "other": _l("someone else"),
    "clock": _l("nobody, by date"),
}


def heads(columns: Sequence[str]) -> list[dict[str, object]]:
    """The heads of a table's columns of numbers."""
    return [{"label": COLUMN_WORDS[column], "numeric": True} for column in columns]


def cells(count: Count, columns: Sequence[str]) -> list[tuple[str, int, bool]]:
    """(column, number, whether it counts what is late) of a row."""
    return [(column, getattr(count, column), column in _OF_LATE) for column in columns]


class Standing(Protocol):
    """What a step of any report has."""

    @property
    def state(self) -> str: ...
    @property
    def late(self) -> bool: ...
    @property
    def required(self) -> bool: ...
    @property
    def due_on(self) -> date | None: ...
    @property
    def not_before(self) -> date | None: ...
    @property
    def done_at(self) -> datetime | None: ...
    def overdue(self, today: date) -> bool: ...


def state_words(step: Standing, today: date) -> tuple[str, str]:
    """(kind of mark, words) for a step as it stands today."""
    if step.overdue(today) and step.due_on is not None:
        return "late", str(_("Late since %(day)s", day=day(step.due_on)))
    if step.state == "unsigned":  # late, and not done late
        return "breached", _finished(step.state)
    if step.state in ("done", "signed", "refused", "filed") and step.late:
        return "breached", str(_("%(what)s late", what=_finished(step.state)))
    if step.state == "withdrawn" and step.late:
        return "none", str(_("Withdrawn when it was late"))
    if step.state in ("planned", "open"):
        return _not_done(step, today)
    kinds = {"done": "done", "signed": "signed", "refused": "refused", "filed": "sent"}
    return kinds.get(step.state, "none"), _finished(step.state)


def _finished(state: str) -> str:
    words = {
        "done": _("Done"),
        "signed": _("Signed"),
        "refused": _("Signature refused"),
        "unsigned": _("Not signed"),
        "filed": _("Response filed"),
        "lapsed": _("Not used"),
        "withdrawn": _("Withdrawn"),
    }
    return str(words[state])


def _not_done(step: Standing, today: date) -> tuple[str, str]:
    if step.not_before is not None and today < step.not_before:
        return "waiting", str(_("Can be done from %(day)s", day=day(step.not_before)))
    if not step.required:
        return "none", _("May still be done")
    return ("now", _("Open")) if step.state == "open" else ("waiting", _("Not begun"))


def duty_words(duty: str) -> str:
    """Whose a step is, or who did it: "the evaluator"."""
    found = _DUTIES.get(duty)
    return str(found) if found is not None else duty


def evaluator_words(mark: str | None) -> str:
    """An evaluator without a name: "Evaluator 7F3KQ"."""
    return str(_("Evaluator %(mark)s", mark=short(mark)) if mark else _("No evaluator yet"))


def evaluation_words(mark: str) -> str:
    """An evaluation without a name: "Evaluation 7F3KQ"."""
    return str(_("Evaluation %(mark)s", mark=short(mark)))


def school_words(name: str | None, school_id: object) -> str:
    """A school's name; what to say where there is no school, or none that the directory has told of."""
    if school_id is None:
        return str(_("No school"))
    return name or str(_("A school not in the directory"))


def level_words(levels: Sequence[str], found: Class) -> str:
    """The name of a class of levels: "Basic", or "Unsatisfactory to Basic" for several counted together."""
    first, last = (_("Not applicable") if place == NOT_APPLICABLE else levels[place] for place in found[:2])
    return str(first if first == last else _("%(first)s to %(last)s", first=first, last=last))


def part_words(row: PublishedRow, schools: int | None, shown: int) -> str:
    """What a row of published figures is about."""
    if row.part == "district":
        return str(_("The whole district"))
    if row.part == "others":
        return str(_("All other schools together (%(count)s)", count=(schools or 0) - shown))
    return row.school or str(_("No school"))


def class_names(levels: Sequence[str], row: PublishedRow) -> list[str]:
    """The names of a row's classes, lowest first."""
    return [level_words(levels, one) for one in row.classes]


def stack_rows(rows: Sequence[PublishedRow], schools: int | None, shown: int) -> list[dict[str, object]]:
    """Rows of a chart of stacks."""
    return [{"label": part_words(row, schools, shown), "counts": [one.people for one in row.classes]} for row in rows]
