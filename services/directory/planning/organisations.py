"""Organisations and calendars of a roster held against those here."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.directory.oneroster.staged import StagedOrg, StagedRoster, StagedSession
from services.directory.people import Calendar, Organisation, days_within
from services.directory.planning.plan import Present
from services.directory.planning.whom import unused_id
from shared.ids import derived_id


def organisations_after(present: Present, roster: StagedRoster) -> dict[str, Organisation]:
    """By sourcedId: what the roster names, and what is here and stays or ends."""
    after = {org.source_id: org for org in present.organisations}
    if roster.mode("orgs") == "absent":
        return after
    staged = {org.source_id for org in roster.orgs}
    gone = set(roster.gone.get("orgs", ()))
    for name, org in after.items():
        if name in gone or (roster.mode("orgs") == "bulk" and name not in staged):
            after[name] = replace(org, on_roster=False)
    taken = {org.school_id for org in present.organisations if org.school_id is not None}.union(present.schools)
    for one in roster.orgs:
        school = _school_id(present.district_id, one, after.get(one.source_id), taken)
        after[one.source_id] = Organisation(one.source_id, one.name, one.kind, one.parent, school)
    return after


def _school_id(district_id: UUID, one: StagedOrg, was: Organisation | None, taken: Collection[UUID]) -> UUID | None:
    """The school that a record is here, or was. `was`: what it was; `taken`: ids of schools, some under another sourcedId by
    now."""
    if was is not None and was.school_id is not None:
        return was.school_id
    if one.kind != "school":
        return None
    return unused_id(taken, str(district_id), "school", one.source_id)


def as_staged(organisations: Iterable[Organisation]) -> dict[str, StagedOrg]:
    """Organisations in the reader's shape, to go up their parents."""
    return {org.source_id: StagedOrg(org.source_id, org.name, org.kind, org.parent) for org in organisations}


def calendars_after(present: Present, roster: StagedRoster) -> dict[str, Calendar]:
    """By sourcedId: calendars the roster names, and those here. What is over stays, though new exports leave it out."""
    after = {calendar.source_id: calendar for calendar in present.calendars if calendar.source_id}
    if roster.mode("academicSessions") == "absent":
        return after
    staged = {session.source_id for session in roster.sessions}
    gone = set(roster.gone.get("academicSessions", ()))
    for name, calendar in after.items():
        left_out = roster.mode("academicSessions") == "bulk" and name not in staged
        if name in gone or (left_out and calendar.last_day >= present.today):
            after[name] = replace(calendar, active=False)
    for session in sorted(roster.sessions, key=_years_first):
        after[session.source_id] = _calendar(present.district_id, session, after)
    return after


def _years_first(session: StagedSession) -> tuple[bool, date, str]:
    return (session.kind != "schoolYear", session.first_day, session.source_id)


def _calendar(district_id: UUID, session: StagedSession, known: Mapping[str, Calendar]) -> Calendar:
    """The calendar of a session; a new one inside a known year starts with that year's days."""
    parent = known.get(session.parent) if session.parent else None
    was = known.get(session.source_id)
    inherited = days_within(parent.days, session.first_day, session.last_day) if parent else ()
    return Calendar(
        calendar_id=was.calendar_id if was else derived_id(str(district_id), "calendar", session.source_id),
        source_id=session.source_id,
        title=session.title,
        kind=session.kind,
        first_day=session.first_day,
        last_day=session.last_day,
        parent_id=parent.calendar_id if parent else None,
        days=inherited if parent else was.days if was else (),
    )
