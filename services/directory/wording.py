"""The words of the directory, found by code: roles, findings, differences. Used by pages, API and command line."""

from collections.abc import Mapping
from typing import Any

from flask_babel.speaklater import LazyString

from services.directory.oneroster.findings import Finding
from services.directory.oneroster.kinds import KINDS
from services.directory.planning.summary import Note
from shared.people import roles
from shared.web.language import gettext
from shared.web.language import lazy_gettext as _l

ROLE: Mapping[str, LazyString] = {
    roles.TEACHER: _l("Teacher"),
    roles.COUNSELOR: _l("Counselor"),
    roles.PRINCIPAL: _l("Principal"),
    roles.SITE_ADMINISTRATOR: _l("Assistant principal or school administrator"),
    roles.SUPERINTENDENT: _l("Superintendent"),
    roles.DISTRICT_ADMINISTRATOR: _l("District administrator"),
    roles.HR: _l("Human resources"),
    roles.BOARD_MEMBER: _l("Board member"),
    roles.UNION_REPRESENTATIVE: _l("Union representative"),
    roles.AIDE: _l("Aide"),
    roles.OTHER: _l("Other staff"),
    roles.SYSTEM_ADMINISTRATOR: _l("System administrator"),
}
"""In the order in which they are offered."""

DROPPED: Mapping[str, LazyString] = {
    "student": _l("students"),
    "guardian": _l("guardians"),
    "parent": _l("parents"),
    "relative": _l("relatives"),
    "demographics": _l("demographic records"),
    "password": _l("passwords"),
    "userProfiles": _l("user profiles"),
    "enrollments": _l("enrollments"),
    "classes": _l("classes"),
    "courses": _l("courses"),
    "gradingPeriod": _l("grading periods"),
}

SORT: Mapping[str, LazyString] = {"people": _l("People"), "schools": _l("Schools"), "calendars": _l("Calendars")}
ACTION: Mapping[str, LazyString] = {
    "added": _l("Added"),
    "changed": _l("Changed"),
    "ended": _l("Ended"),
    "returned": _l("Back again"),
    "untouched": _l("As before"),
}
STATE: Mapping[str, LazyString] = {
    "checked": _l("Waiting for you"),
    "refused": _l("Refused"),
    "applied": _l("Imported"),
    "discarded": _l("Let go"),
    "expired": _l("Let go after a week"),
}
SEVERITY: Mapping[str, LazyString] = {
    "error": _l("Must be mended"),
    "question": _l("Asks you"),
    "warning": _l("To know"),
}
CALENDAR_KIND: Mapping[str, LazyString] = {
    "schoolYear": _l("School year"),
    "semester": _l("Semester"),
    "term": _l("Term"),
}
DAY_KIND: Mapping[str, LazyString] = {
    "holiday": _l("Holiday"),
    "break": _l("Break"),
    "staff_only": _l("Staff only"),
    "partial_day": _l("Partial day"),
    "weather_makeup": _l("Make-up day"),
    "closure": _l("Closure"),
}

_NOTES: Mapping[str, LazyString] = {
    "renamed": _l("Was called %(before)s"),
    "username": _l("Username %(before)s becomes %(after)s"),
    "email": _l("E-mail %(before)s becomes %(after)s"),
    "identifier": _l("Staff number %(before)s becomes %(after)s"),
    "evaluators": _l("Named evaluators: %(before)s before, %(after)s after"),
    "shut_out": _l("Can't sign in any more"),
    "let_in": _l("Can sign in again"),
    "joined": _l("Joined with the roster's record %(id)s"),
    "other_key": _l("The roster's record %(before)s becomes %(after)s"),
    "stays_by_hand": _l("Still signs in, by a role given here by hand"),
    "days": _l("%(before)s becomes %(after)s"),
    "calendar_kind": _l("Was a %(before)s until now, is a %(after)s"),
    "inside_another": _l("Lies inside another calendar now, and shares its days"),
    "inside_none": _l("Lies inside no other calendar any more"),
    "written_days": _l("Days that are no ordinary school days: %(before)s before, %(after)s after"),
    "school_no_more": _l("Is a %(kind)s now; it is closed as a school"),
    "school_again": _l("Was a %(kind)s until now; it is the school again that it was before"),
    "school_now": _l("Was a %(kind)s until now"),
}
_ROLE_NOTES: Mapping[str, tuple[LazyString, LazyString]] = {
    "role_added": (_l("%(role)s, from the roster"), _l("%(role)s at %(school)s, from the roster")),
    "role_ended": (_l("No longer %(role)s"), _l("No longer %(role)s at %(school)s")),
    "role_later": (_l("%(role)s only from %(day)s"), _l("%(role)s at %(school)s only from %(day)s")),
    "role_until": (_l("%(role)s until %(day)s"), _l("%(role)s at %(school)s until %(day)s")),
    "role_again": (_l("%(role)s again"), _l("%(role)s at %(school)s again")),
    "role_changed": (_l("Other place or dates as %(role)s"), _l("Other place or dates as %(role)s, now at %(school)s")),
}

NOT_FOUND: Mapping[str, LazyString] = {
    "person": _l("this person"),
    "appointment": _l("this role"),
    "school": _l("this school"),
    "calendar": _l("this calendar"),
    "import": _l("this import"),
    "session": _l("this session"),
    "link": _l("this link"),
}


def finding_words(finding: Finding) -> str:
    """What was noticed, in a sentence."""
    return filled(finding.template, finding.values)


def filled(template: str, values: Mapping[str, Any]) -> str:
    """A template marked with N_, translated and filled."""
    text = str(gettext(template))
    return text % values if values else text


def remedy_words(code: str) -> str:
    return str(gettext(KINDS[code].remedy))


def title_words(code: str) -> str:
    return str(gettext(KINDS[code].title))


def note_words(note: Note) -> str:
    """One difference, in a few words."""
    values = dict(note.values)
    if note.code in _ROLE_NOTES:
        role = ROLE.get(values["role"])
        values["role"] = str(role) if role is not None else values["role"]
        return str(_ROLE_NOTES[note.code][bool(values["school"])]) % values
    if note.code == "calendar_kind":
        values = {name: str(CALENDAR_KIND.get(kind, kind)).lower() for name, kind in values.items()}
    values = {name: value or "—" for name, value in values.items()}
    return str(_NOTES[note.code]) % values


def role_word(role: str) -> str:
    """A role's name; an `ext:` word this build does not know stands as it is."""
    known = ROLE.get(role)
    return str(known) if known is not None else role
