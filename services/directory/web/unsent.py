"""What the drafts of this service are about: a person, a school, a calendar, or the district's settings."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import LazyString

from services.directory.handlers.people import MANAGING
from services.directory.store.place_queries import calendars_named, schools_named
from services.directory.wording import DAY_KIND, ROLE
from shared.people.names import people_named
from shared.web.context import connection, district_id, viewer
from shared.web.language import gettext as _
from shared.web.language import lazy_gettext as _l
from shared.web.unsent import DraftAbout


@dataclass(frozen=True)
class _Form:
    """A form that keeps drafts under "kind:id", or "kind:id@version". `subject`: what its address calls the id, which is
    what the form is about; None: the form is about nothing that has a name yet."""

    title: LazyString
    endpoint: str
    subject: str | None = None


_FORMS: Mapping[str, _Form] = {
    "person:new": _Form(_l("A new person"), "people.new"),
    "school:new": _Form(_l("A new school"), "schools.index"),
    "calendar:new": _Form(_l("A new school year"), "calendars.new"),
    "settings": _Form(_l("Settings"), "district.show"),
    "person": _Form(_l("Name and address"), "people.edit", "person_id"),
    "evaluators": _Form(_l("Who is to evaluate"), "people.evaluators", "person_id"),
    "school": _Form(_l("School"), "schools.edit", "school_id"),
    "calendar": _Form(_l("School year"), "calendars.edit", "calendar_id"),
    "days": _Form(_l("Days of a school year"), "calendars.show", "calendar_id"),
}
_LABELS: Mapping[str, LazyString] = {
    "given_name": _l("Given name"),
    "family_name": _l("Family name"),
    "username": _l("Username"),
    "email": _l("E-mail address"),
    "identifier": _l("Staff number"),
    "role": _l("First role"),
    "name": _l("Name"),
    "title": _l("Title"),
    "first_day": _l("First day of school"),
    "last_day": _l("Last day of school"),
    "first": _l("Day, or first day of a range"),
    "last": _l("Last day of a range"),
    "kind": _l("Sort"),
    "zone": _l("Time zone"),
    "guard_percent": _l("Staff in a hundred"),
}
"""Fields of all these forms, in their order; of one name they say one thing."""
_CHOICES: Mapping[str, Mapping[str, LazyString]] = {"role": ROLE, "kind": DAY_KIND}
_NAMES = {"person_id": people_named, "school_id": schools_named, "calendar_id": calendars_named}
_KEY = re.compile(r"([a-z]+(?::new)?)(?::([0-9a-f-]{36}))?(?:@\d+)?")


def about_drafts(keys: Sequence[str]) -> Mapping[str, DraftAbout]:
    """What each draft is about, by its key; to whoever manages the directory. One statement for each kind of thing."""
    read = {key: found for key in keys if (found := _read(key)) is not None}
    if not viewer().has(*MANAGING):
        why = _("You no longer manage the directory, so it can't be sent.")
        return {key: DraftAbout(str(form.title), None, why) for key, (form, _subject) in read.items()}
    names: dict[UUID, str] = {}
    for subject, named in _NAMES.items():
        if ids := [one for form, one in read.values() if one is not None and form.subject == subject]:
            names |= named(connection(), district_id(), ids)
    return {key: _about(key, form, one, names) for key, (form, one) in read.items() if one is None or one in names}


def _read(key: str) -> tuple[_Form, UUID | None] | None:
    found = _KEY.fullmatch(key)
    form = _FORMS.get(found[1]) if found else None
    if found is None or form is None or bool(found[2]) != bool(form.subject):
        return None
    try:
        return form, UUID(found[2]) if found[2] else None
    except ValueError:
        return None


def _about(key: str, form: _Form, subject: UUID | None, names: Mapping[UUID, str]) -> DraftAbout:
    if subject is None or form.subject is None:
        return _told(str(form.title), url_for(form.endpoint, kept=key))
    title = _("%(form)s: %(whose)s", form=form.title, whose=names[subject])
    place: dict[str, Any] = {form.subject: subject}
    return _told(title, url_for(form.endpoint, kept=key, **place))


def _told(title: str, href: str) -> DraftAbout:
    labels = {name: str(label) for name, label in _LABELS.items()}
    choices = {name: {value: str(word) for value, word in words.items()} for name, words in _CHOICES.items()}
    return DraftAbout(title, href, labels=labels, choices=choices)
