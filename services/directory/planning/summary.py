"""A plan as it is shown and kept: counts, and a line for each change with what is different about it.

Kept as codes and values, so that the same history can be shown in any language.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from services.directory.oneroster.staged import StagedRoster
from services.directory.people import Appointment, Calendar, Organisation, Person
from services.directory.planning.plan import SOON, Change, Plan

KEPT_LINES = 1000
"""Lines kept of each sort; more are counted only."""


@dataclass(frozen=True)
class Note:
    """One difference. `code` finds its sentence in wording.py."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One change. `id`: of the person, school or calendar."""

    sort: str
    action: str
    id: UUID
    name: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Summary:
    """`counts`: sort -> action -> how many. `modes`: how each file was meant."""

    version: str
    modes: Mapping[str, str]
    dropped: Mapping[str, int]
    counts: Mapping[str, Mapping[str, int]]
    staff_before: int
    ending: int
    losing: int
    proposed: int
    lines: tuple[Line, ...]


def summarise(plan: Plan, roster: StagedRoster, school_names: Mapping[UUID, str]) -> Summary:
    """The plan in lines. `school_names`: of the schools here; those the roster brings are added."""
    names = dict(school_names)
    names |= {change.after.school_id: change.after.name for change in plan.schools if change.after.school_id}
    lines = [
        *_first(_school(change) for change in plan.schools),
        *_first(_calendar(change) for change in plan.calendars),
        *_first(_person(change, names, plan.today) for change in plan.people),
    ]
    return Summary(
        version=roster.version,
        modes={file: mode for file, mode in roster.modes.items() if mode != "absent"},
        dropped=dict(roster.dropped),
        counts=plan.counts(),
        staff_before=plan.staff_before,
        ending=plan.ending,
        losing=plan.losing,
        proposed=sum(role.proposed for role in roster.roles),
        lines=tuple(lines),
    )


def _first(lines: Iterable[Line]) -> list[Line]:
    return [line for _, line in zip(range(KEPT_LINES), lines, strict=False)]


def _school(change: Change[Organisation]) -> Line:
    before, after = change.before, change.after
    assert after.school_id is not None, "what is or was a school has the id of one"
    notes = []
    if before and before.kind != after.kind:
        notes.append(_type(before, after))
    if before and before.source_id != after.source_id:
        notes.append(Note("other_key", {"before": before.source_id, "after": after.source_id}))
    if before and before.name != after.name:
        notes.append(Note("renamed", {"before": before.name, "after": after.name}))
    return Line("schools", change.action, after.school_id, after.name, tuple(notes))


def _type(before: Organisation, after: Organisation) -> Note:
    """What another type in the roster makes of a school."""
    if not after.is_school:
        return Note("school_no_more", {"kind": after.kind})
    return Note("school_again" if before.school_id else "school_now", {"kind": before.kind})


def _calendar(change: Change[Calendar]) -> Line:
    before, after = change.before, change.after
    notes = []
    if before and before.source_id != after.source_id:
        notes.append(Note("other_key", {"before": before.source_id or "", "after": after.source_id or ""}))
    if before and before.title != after.title:
        notes.append(Note("renamed", {"before": before.title, "after": after.title}))
    if before and (before.first_day, before.last_day) != (after.first_day, after.last_day):
        notes.append(Note("days", {"before": _span(before), "after": _span(after)}))
    if before and before.kind != after.kind:
        notes.append(Note("calendar_kind", {"before": before.kind, "after": after.kind}))
    if before and before.parent_id != after.parent_id:
        notes.append(Note("inside_another" if after.parent_id else "inside_none"))
    if before and before.days != after.days:
        notes.append(Note("written_days", {"before": str(len(before.days)), "after": str(len(after.days))}))
    return Line("calendars", change.action, after.calendar_id, after.title, tuple(notes))


def _span(calendar: Calendar) -> str:
    return f"{calendar.first_day} – {calendar.last_day}"


def _person(change: Change[Person], schools: Mapping[UUID, str], today: date) -> Line:
    before, after = change.before, change.after
    notes = [] if before is None else list(_about(before, after, today))
    was = {held.appointment_id: held for held in before.appointments} if before else {}
    for held in after.appointments:
        before_it = was.get(held.appointment_id)
        said = _role(before_it, held, schools, today)
        notes += [note for note in said if note not in notes and _in_fact(note, before_it, held, after, today)]
    return Line("people", change.action, after.person_id, after.name, tuple(notes))


def _about(before: Person, after: Person, today: date) -> Iterable[Note]:
    """What differs about the person themself."""
    if before.source_id is None and after.source_id is not None:
        yield Note("joined", {"id": after.source_id})
    if before.source_id is not None and before.source_id != after.source_id:
        yield Note("other_key", {"before": before.source_id, "after": after.source_id or ""})
    for code, was, now in (
        ("renamed", before.name, after.name),
        ("username", before.username, after.username),
        ("email", before.email or "", after.email or ""),
        ("identifier", before.identifier or "", after.identifier or ""),
    ):
        if was != now:
            yield Note(code, {"before": was, "after": now})
    if before.evaluators != after.evaluators:
        yield Note("evaluators", {"before": str(len(before.evaluators)), "after": str(len(after.evaluators))})
    if before.active(today) and not after.active(today):
        yield Note("shut_out")
    if after.active(today) and not before.active(today):
        yield Note("let_in")
    if not after.on_roster and before.on_roster and after.active(today):
        yield Note("stays_by_hand")


def _role(was: Appointment | None, now: Appointment, schools: Mapping[UUID, str], today: date) -> list[Note]:
    values = _place(now, schools)
    if was is None:
        return [Note("role_added", values)]
    if was == replace(now, source_id=was.source_id):  # what the roster calls the role is nothing to people
        return []
    if was.role != now.role:
        ended = [] if was.over(today) else [Note("role_ended", _place(was, schools))]
        return [*ended, Note("role_added", values)]
    if was.in_force(today) and now.begins is not None and now.begins > today:
        return [Note("role_later", values | {"day": str(now.begins)})]
    if now.ends is not None and now.ends != was.ends and today < now.ends <= today + SOON:
        return [Note("role_until", values | {"day": str(now.ends - timedelta(days=1))})]
    return [Note(_turn(was.over(today), now.over(today)), values)]


_ENDING = frozenset({"role_ended", "role_later", "role_until"})


def _in_fact(note: Note, was: Appointment | None, now: Appointment, after: Person, today: date) -> bool:
    """Whether what it says is so: nothing ends where the person goes on holding the same at the same place by another record,
    as in two departments of one school."""
    if was is None or note.code not in _ENDING:
        return True
    day = now.ends if note.code == "role_until" and now.ends else today
    place = was.role, was.school_id
    return not any(
        one is not now and (one.role, one.school_id) == place and one.in_force(day) for one in after.appointments
    )


def _place(held: Appointment, schools: Mapping[UUID, str]) -> dict[str, str]:
    """The role, and the name of the school where it is held."""
    return {"role": held.role, "school": schools.get(held.school_id, "") if held.school_id else ""}


def _turn(was_over: bool, is_over: bool) -> str:
    if was_over == is_over:
        return "role_changed"
    return "role_ended" if is_over else "role_again"
