"""Organisations of a roster held against those here."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from uuid import UUID

from services.directory.oneroster.staged import StagedOrg, StagedRoster
from services.directory.people import Organisation
from services.directory.planning.plan import Present
from services.directory.planning.whom import unused_id


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
