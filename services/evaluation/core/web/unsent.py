"""What the drafts of this service are about: which form, whose evaluation, and whether it is still the viewer's to write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import LazyString

from services.evaluation.core.store.queries import Parties, parties_of
from services.evaluation.core.web.acting import is_office
from shared.web.context import connection, district_id, viewer
from shared.web.language import gettext as _
from shared.web.language import lazy_gettext as _l
from shared.web.unsent import DraftAbout


@dataclass(frozen=True)
class _Form:
    """A form that keeps drafts under "kind:evaluation", or "kind:evaluation:part". `part`: what its address calls the part."""

    title: LazyString
    endpoint: str
    part: str | None = None


_FORMS: Mapping[str, _Form] = {
    "form": _Form(_l("Form"), "track_forms.form", "step"),
    "return": _Form(_l("Handing back"), "track_forms.agree", "step"),
    "context": _Form(_l("Context"), "evaluation.context"),
    "observation": _Form(_l("Observation"), "occasions.observation", "occasion_id"),
    "reschedule": _Form(_l("Another time for an observation"), "occasions.reschedule", "occasion_id"),
    "withdraw": _Form(_l("Withdrawing an observation"), "occasions.withdraw", "occasion_id"),
    "conference": _Form(_l("Conference"), "occasions.conference", "step"),
    "summative": _Form(_l("Summative evaluation"), "ending.summative"),
    "sign": _Form(_l("Signature"), "ending.sign"),
    "end_early": _Form(_l("Ending the evaluation early"), "ending.end_early"),
    "response": _Form(_l("Written response"), "ending.respond"),
}


@dataclass(frozen=True)
class _Named:
    form: _Form
    evaluation_id: UUID
    part: str


def about_drafts(keys: Sequence[str]) -> Mapping[str, DraftAbout]:
    """What each draft is about, by its key. One statement."""
    named = {key: found for key in keys if (found := _named(key)) is not None}
    ids = [one.evaluation_id for one in named.values()]
    parties = parties_of(connection(), district_id(), ids) if ids else {}
    return {key: _about(one, parties[one.evaluation_id]) for key, one in named.items() if one.evaluation_id in parties}


def _named(key: str) -> _Named | None:
    kind, _colon, rest = key.partition(":")
    evaluation, _colon, part = rest.partition(":")
    form = _FORMS.get(kind)
    try:
        found = UUID(evaluation)
        if form is not None and form.part == "occasion_id":
            UUID(part)
    except ValueError:
        return None
    return _Named(form, found, part) if form is not None and bool(part) == bool(form.part) else None


def _about(one: _Named, parties: Parties) -> DraftAbout:
    me = viewer().person_id
    whose = _("yours") if parties.subject_id == me else parties.subject
    title = _("%(form)s: %(whose)s", form=one.form.title, whose=whose)
    if me not in (parties.subject_id, parties.evaluator_id) and not is_office():
        why = _("You no longer evaluate this person, so it can't be sent. It was handed on to nobody.")
        return DraftAbout(title, None, why)
    place: dict[str, Any] = {one.form.part: one.part} if one.form.part else {}
    return DraftAbout(title, url_for(one.form.endpoint, evaluation_id=one.evaluation_id, **place))
