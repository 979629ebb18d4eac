"""Schools whose sourcedId is new: which one here each probably is, as after a change of the student information system.
And departments that go from one school to another."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from services.directory.oneroster.findings import Findings
from services.directory.oneroster.kinds import N_
from services.directory.oneroster.staged import StagedOrg, StagedRoster, school_of
from services.directory.people import Organisation, Person, name_key
from services.directory.planning.organisations import as_staged
from services.directory.planning.plan import Change, Present

FILE = "orgs.csv"
T = TypeVar("T", StagedOrg, Organisation)
_NEW_KEY = N_("%(id)s has the name of %(name)s, which was %(was)s in the roster until now.")
_EXCHANGED = N_(
    "%(id)s was %(was)s until now, and %(name)s is the name of %(key)s here: it would go to the staff, the calendars and the "
    "evaluations of %(was)s."
)
_OTHER_TYPE = N_("%(name)s is a %(kind)s now; it is closed as a school.")
_MOVED = N_(
    "%(name)s would go from %(was)s to %(now)s. Of %(count)s people with a role at %(was)s, those who hold it in %(name)s stay "
    "there until their roles come again."
)
_OUTSIDE = N_(
    "%(name)s would belong to %(was)s no more, nor to another school. Of %(count)s people with a role at %(was)s, those who "
    "hold it in %(name)s stay there until their roles come again."
)


def renewed_schools(present: Present, roster: StagedRoster, findings: Findings) -> dict[str, str]:
    """By the sourcedId that a school here has: the one under which the roster probably states it now, which is asked, as is a
    known one that comes with another school's name. Nobody where two of either side have the name."""
    stated = {one.source_id: one.kind for one in roster.orgs}
    here = {org.source_id: org for org in present.organisations if org.school_id is not None}
    _ask_of_exchanged(here, roster, findings)
    new = _by_name(one for one in roster.orgs if one.kind == "school" and one.source_id not in here)
    ending = _by_name(org for org in present.organisations if org.school_id is not None and _ends(org, stated, roster))
    renewed: dict[str, str] = {}
    for name, ones in new.items():
        schools = ending.get(name, [])
        if len(ones) == len(schools) == 1:
            one, was = ones[0], schools[0]
            renewed[was.source_id] = one.source_id
            about: dict[str, Any] = {"id": one.source_id, "name": was.name, "was": was.source_id}
            findings.add("OR073", _NEW_KEY, file=FILE, column="name", line=one.line, **about)
    return renewed


def _ask_of_exchanged(here: Mapping[str, Organisation], roster: StagedRoster, findings: Findings) -> None:
    """Of a known school that comes with the name of another one here, whether it is still the same school: rows get mixed
    up. `here`: what is or was a school, by its sourcedId."""
    named = _by_name(org for org in here.values() if org.is_school and org.on_roster)
    for one in roster.orgs:
        was = here.get(one.source_id)
        if one.kind != "school" or was is None or name_key(one.name) == name_key(was.name):
            continue
        if others := named.get(name_key(one.name)):
            about: dict[str, Any] = {"id": one.source_id, "was": was.name, "name": one.name, "key": others[0].source_id}
            findings.add("OR073", _EXCHANGED, file=FILE, column="name", line=one.line, **about)


def _by_name(orgs: Iterable[T]) -> Mapping[str, list[T]]:
    found: defaultdict[str, list[T]] = defaultdict(list)
    for one in orgs:
        found[name_key(one.name)].append(one)
    return found


def _ends(org: Organisation, stated: Mapping[str, str], roster: StagedRoster) -> bool:
    """Whether the roster would end a school that it named until now: a whole file leaves it out, a delta says so, or it is
    called something else. `stated`: by sourcedId, what the roster calls it."""
    if not org.on_roster:
        return False
    if org.source_id in stated:
        return org.is_school and stated[org.source_id] != "school"
    return roster.mode("orgs") == "bulk" or org.source_id in roster.gone.get("orgs", ())


def under_new_keys(present: Present, roster: StagedRoster, renewed: Mapping[str, str]) -> tuple[Present, StagedRoster]:
    """Both with the new sourcedIds of these schools, wherever they are named; a delta may still name the old ones, unless it
    gives them to something else. What stands under a new one and never was a school is left under the old one, so that the
    way back is the same."""
    keys = {now: was for was, now in renewed.items()} | dict(renewed)
    given_away = {one.source_id for one in roster.orgs}

    def new(source_id: str) -> str:
        return renewed.get(source_id, source_id)

    organisations = tuple(
        replace(org, source_id=keys.get(org.source_id, org.source_id), parent=org.parent and new(org.parent))
        for org in present.organisations
    )

    def meant(source_id: str) -> str:
        return source_id if source_id in given_away else new(source_id)

    orgs = tuple(replace(one, parent=one.parent and meant(one.parent)) for one in roster.orgs)
    roles = tuple(replace(role, org=meant(role.org)) for role in roster.roles)
    return replace(present, organisations=organisations), replace(roster, orgs=orgs, roles=roles)


def warn_of_other_types(changes: Iterable[Change[Organisation]], roster: StagedRoster, findings: Findings) -> None:
    """Schools that the roster calls something else now: closed without having been left out."""
    lines = {one.source_id: one.line for one in roster.orgs}
    for change in changes:
        was, now = change.before, change.after
        if was is not None and was.is_school and was.on_roster and not now.is_school:
            line = lines.get(now.source_id)
            findings.add("OR081", _OTHER_TYPE, file=FILE, column="type", line=line, name=was.name, kind=now.kind)


def warn_of_moved_departments(
    present: Present,
    organisations: Mapping[str, Organisation],
    people: Mapping[str, Person],
    roster: StagedRoster,
    findings: Findings,
) -> None:
    """A department that goes to another school while roles stay behind: a role is kept with its school, not with what in it
    the roster named, so only those that the roster states anew go with it."""
    here = {org.source_id: org for org in present.organisations}
    before, after = as_staged(here.values()), as_staged(organisations.values())
    stated = {role.source_id for role in roster.roles}
    for name, org in organisations.items():
        was = here.get(name)
        if was is None or was.kind == "school" or org.kind == "school" or was.parent == org.parent:
            continue
        left, reached = school_of(name, before), school_of(name, after)
        if left is None or left == reached:
            continue
        count = _staying(here[left].school_id, people.values(), stated, present.today)
        if count:
            about: dict[str, Any] = {"name": org.name, "was": here[left].name, "count": count}
            if reached is not None:
                about["now"] = organisations[reached].name
            template = _OUTSIDE if reached is None else _MOVED
            line = next((one.line for one in roster.orgs if one.source_id == name), None)
            findings.add("OR079", template, file=FILE, column="parentSourcedId", line=line, **about)


def _staying(school_id: UUID | None, people: Iterable[Person], stated: Collection[str], today: date) -> int:
    """How many hold a role of the roster's at the school that the roster does not state anew."""
    return sum(
        any(
            held.source_id is not None
            and held.source_id not in stated
            and held.school_id == school_id
            and not held.over(today)
            for held in person.appointments
        )
        for person in people
    )
