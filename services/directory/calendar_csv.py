"""Reading a school calendar written as ranges: begin,end,kind,label,tentative.

A day is a holiday, break, staff_only, partial_day, weather_makeup or closure; first_day and last_day say where the year
begins and ends; term_end, resume and the like are marks that change no day. Saturdays and Sundays inside a range are
left out (they are no school days anyway, and a staff day on a Sunday is not meant). A make-up day that is only
tentative is left out until it is called.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.directory.oneroster.kinds import N_
from shared.clock import OUR_TIME, in_our_time
from shared.contracts.directory import CalendarDay

KINDS = ("holiday", "break", "staff_only", "partial_day", "weather_makeup", "closure")
MARKS = frozenset({"term_end", "resume", "first_day", "last_day"})
HEADER = ("begin", "end", "kind", "label", "tentative")
_LONGEST_RANGE = 120
_LONGEST_FILE = 200_000


@dataclass(frozen=True)
class Problem:
    """What is wrong in a line; `template` and `values` as in a roster's findings."""

    line: int
    template: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadCalendar:
    """`days` in order, each once. `tentative`: make-up days that were left out. Nothing is applied where there are problems."""

    days: tuple[CalendarDay, ...]
    first_day: date | None
    last_day: date | None
    tentative: int
    problems: tuple[Problem, ...]


def read_calendar(content: bytes) -> ReadCalendar:
    """Read a file. Everything wrong is told with its line; nothing is raised."""
    if len(content) > _LONGEST_FILE:
        return _refused(1, N_("The file is larger than any calendar."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _refused(1, N_("The file is not UTF-8. Save it as CSV UTF-8."))
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        return _refused(line, N_("The line holds the character NUL. Take it out."))
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in HEADER[:3] if name not in (reader.fieldnames or ())]
    if missing:
        return _refused(
            1,
            N_("The columns %(names)s are missing. The heads are %(heads)s."),
            names=", ".join(missing),
            heads=",".join(HEADER),
        )
    return _Reading().read(reader)


def _refused(line: int, template: str, **values: str) -> ReadCalendar:
    return ReadCalendar((), None, None, 0, (Problem(line, template, values),))


class _Reading:
    def __init__(self) -> None:
        self._days: dict[date, CalendarDay] = {}
        self._edges: dict[str, date] = {}
        self._problems: list[Problem] = []
        self._tentative = 0

    def read(self, reader: "csv.DictReader[str]") -> ReadCalendar:
        try:
            for row in reader:
                self._row(
                    reader.line_num,
                    {
                        name: (value or "").strip()
                        for name, value in row.items()
                        if isinstance(name, str) and not isinstance(value, list)
                    },
                )
        except csv.Error:
            self._problem(reader.line_num, N_("The line can't be read as CSV."))
        days = tuple(self._days[day] for day in sorted(self._days))
        return ReadCalendar(
            days, self._edges.get("first_day"), self._edges.get("last_day"), self._tentative, tuple(self._problems)
        )

    def _row(self, line: int, row: Mapping[str, str]) -> None:
        first, kind = self._date(line, row.get("begin", "")), row.get("kind", "")
        last = self._date(line, row["end"]) if row.get("end") else first
        if first is None or last is None:
            return
        if kind not in KINDS and kind not in MARKS:
            self._problem(
                line, N_("%(kind)s is none of: %(kinds)s."), kind=kind, kinds=", ".join((*KINDS, *sorted(MARKS)))
            )
        elif last < first:
            self._problem(line, N_("The range ends on %(end)s, before it begins."), end=str(last))
        elif (last - first).days > _LONGEST_RANGE:
            self._problem(line, N_("The range has more than %(most)s days."), most=_LONGEST_RANGE)
        elif kind in MARKS:
            self._edges.setdefault(kind, first)
        elif kind == "weather_makeup" and row.get("tentative", "").casefold() == "true":
            self._tentative += len(list(_range(first, last)))
        else:
            self._take(line, kind, row.get("label", "")[:120], first, last)

    def _take(self, line: int, kind: str, title: str, first: date, last: date) -> None:
        for day in _range(first, last):
            was = self._days.get(day)
            if was is not None and was.kind != kind:
                self._problem(line, N_("%(day)s is %(was)s already, in an earlier line."), day=str(day), was=was.kind)
                return
            self._days[day] = CalendarDay(day=day, kind=kind, title=title)

    def _date(self, line: int, value: str) -> date | None:
        try:
            found = date.fromisoformat(value) if len(value) == len("2026-08-31") else None
        except ValueError:
            found = None
        if found is not None and in_our_time(found):
            return found
        if found is not None:
            template = N_("%(value)s is not in the years %(first)s to %(last)s.")
            self._problem(line, template, value=value, first=OUR_TIME[0], last=OUR_TIME[1])
            return None
        self._problem(line, N_("%(value)s is not a date of the form YYYY-MM-DD."), value=value[:40] or "—")
        return None

    def _problem(self, line: int, template: str, **values: str | int) -> None:
        self._problems.append(Problem(line, template, values))


def _range(first: date, last: date) -> Iterator[date]:
    """Every day of a single-day range; of a longer one Monday to Friday."""
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if first == last or day.weekday() < 5:
            yield day
