"""Calendars of a roster held against those here, under other sourcedIds too: the days written here stay with theirs."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID

from services.directory.oneroster.findings import Findings
from services.directory.oneroster.kinds import N_
from services.directory.oneroster.staged import StagedRoster, StagedSession
from services.directory.people import Calendar, handed_down, name_key
from services.directory.planning.plan import Change, Present
from services.directory.planning.whom import unused_id

FILE = "academicSessions.csv"
T = TypeVar("T", StagedSession, Calendar)
_ENDED = N_("%(name)s (%(id)s) would not be in use any more, with the days that were written into it here: %(count)s.")
_INSIDE = N_(
    "%(name)s (%(id)s) would lie inside another calendar and share its days, not those that were written into it here: "
    "%(count)s."
)


def renewed_calendars(present: Present, roster: StagedRoster) -> dict[str, str]:
    """By the sourcedId that a calendar here has: the one under which the roster states it now, with the same type, title and
    days. Nothing is asked, for that is all there is to a calendar; none where two of either side are alike."""
    stated = {one.source_id for one in roster.sessions}
    here = {calendar.source_id for calendar in present.calendars}
    new = _alike(one for one in roster.sessions if one.source_id not in here)
    left = _alike(calendar for calendar in present.calendars if _leaves(calendar, stated, roster))
    return {
        str(calendars[0].source_id): new[key][0].source_id
        for key, calendars in left.items()
        if len(calendars) == len(new.get(key, ())) == 1
    }


def _alike(calendars: Iterable[T]) -> Mapping[tuple[object, ...], list[T]]:
    found: defaultdict[tuple[object, ...], list[T]] = defaultdict(list)
    for one in calendars:
        found[one.kind, name_key(one.title), one.first_day, one.last_day].append(one)
    return dict(found)


def _leaves(calendar: Calendar, stated: Collection[str], roster: StagedRoster) -> bool:
    """Whether a roster that named it until now does not any more: a whole file leaves it out, or a delta says so."""
    if calendar.source_id is None or not calendar.active or calendar.source_id in stated:
        return False
    return roster.mode("academicSessions") == "bulk" or calendar.source_id in roster.gone.get("academicSessions", ())


def calendars_under_new_keys(
    present: Present, roster: StagedRoster, renewed: Mapping[str, str]
) -> tuple[Present, StagedRoster]:
    """Both with the new sourcedIds of these calendars, wherever they are named; a delta may still name the old ones."""
    calendars = tuple(
        replace(one, source_id=one.source_id and renewed.get(one.source_id, one.source_id)) for one in present.calendars
    )
    sessions = tuple(replace(one, parent=one.parent and renewed.get(one.parent, one.parent)) for one in roster.sessions)
    return replace(present, calendars=calendars), replace(roster, sessions=sessions)


def warn_of_days_left_behind(changes: Iterable[Change[Calendar]], findings: Findings) -> None:
    """Calendars whose own days nothing would go by any more."""
    for change in changes:
        was, now = change.before, change.after
        if was is None or was.parent_id is not None or not was.days:
            continue
        template = _ENDED if change.action == "ended" else _INSIDE if now.parent_id is not None else None
        if template is not None:
            about: dict[str, Any] = {"name": was.title, "id": was.source_id, "count": len(was.days)}
            findings.add("OR082", template, file=FILE, **about)


def calendars_after(present: Present, roster: StagedRoster) -> dict[str, Calendar]:
    """By sourcedId: calendars the roster names, and those here. What is over stays, though new exports leave it out; whatever
    lies inside a year has that year's days."""
    after = {calendar.source_id: calendar for calendar in present.calendars if calendar.source_id}
    if roster.mode("academicSessions") == "absent":
        return after
    staged = {session.source_id for session in roster.sessions}
    gone = set(roster.gone.get("academicSessions", ()))
    for name, calendar in after.items():
        left_out = roster.mode("academicSessions") == "bulk" and name not in staged
        if name in gone or (left_out and calendar.last_day >= present.today):
            after[name] = replace(calendar, active=False)
    taken = {calendar.calendar_id for calendar in present.calendars}
    for session in _parents_first(roster.sessions):
        after[session.source_id] = _calendar(present.district_id, session, after, taken)
    by_id = handed_down({calendar.calendar_id: calendar for calendar in after.values()})
    return {name: by_id[calendar.calendar_id] for name, calendar in after.items()}


def _parents_first(sessions: Sequence[StagedSession]) -> list[StagedSession]:
    """In an order in which each comes after what it lies in, whatever their days."""
    parents = {session.source_id: session.parent for session in sessions}
    return sorted(sessions, key=lambda one: (_depth(one.source_id, parents), one.first_day, one.source_id))


def _depth(name: str, parents: Mapping[str, str | None]) -> int:
    """How many of the roster's sessions it lies in; a circle is gone round once."""
    seen: set[str] = set()
    up = parents[name]
    while up is not None and up in parents and up not in seen:
        seen.add(up)
        up = parents[up]
    return len(seen)


def _calendar(
    district_id: UUID, session: StagedSession, known: Mapping[str, Calendar], taken: Collection[UUID]
) -> Calendar:
    """The calendar of a session, with the days it had; those of what it lies in are handed down afterwards. `taken`: ids of
    calendars, some under another sourcedId by now."""
    parent = known.get(session.parent) if session.parent else None
    was = known.get(session.source_id)
    return Calendar(
        calendar_id=was.calendar_id if was else unused_id(taken, str(district_id), "calendar", session.source_id),
        source_id=session.source_id,
        title=session.title,
        kind=session.kind,
        first_day=session.first_day,
        last_day=session.last_day,
        parent_id=parent.calendar_id if parent else None,
        days=was.days if was else (),
    )
