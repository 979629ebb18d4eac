"""Calendars of a roster held against those here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from services.directory.oneroster.staged import StagedRoster, StagedSession
from services.directory.people import Calendar, handed_down
from services.directory.planning.plan import Present
from shared.ids import derived_id


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
    for session in _parents_first(roster.sessions):
        after[session.source_id] = _calendar(present.district_id, session, after)
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


def _calendar(district_id: UUID, session: StagedSession, known: Mapping[str, Calendar]) -> Calendar:
    """The calendar of a session, with the days it had; those of what it lies in are handed down afterwards."""
    parent = known.get(session.parent) if session.parent else None
    was = known.get(session.source_id)
    return Calendar(
        calendar_id=was.calendar_id if was else derived_id(str(district_id), "calendar", session.source_id),
        source_id=session.source_id,
        title=session.title,
        kind=session.kind,
        first_day=session.first_day,
        last_day=session.last_day,
        parent_id=parent.calendar_id if parent else None,
        days=was.days if was else (),
    )
