"""What the drafts of this service are about: which form, whose evaluation, and whether it is still the viewer's to write."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import LazyString

from services.evaluation.core.domain.commands import NOTES_LIMIT
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.domain.instrument import Instrument
from services.evaluation.core.domain.policy import Relation
from services.evaluation.core.domain.score import NOT_APPLICABLE
from services.evaluation.core.domain.steps import locate
from services.evaluation.core.store.queries import evaluations_with_names
from services.evaluation.core.web.acting import held, is_office, repository
from services.evaluation.core.web.forms_of_track import ANSWER
from services.evaluation.core.web.rating_pages import RATING
from shared.web.context import connection, district_id
from shared.web.language import gettext as _
from shared.web.language import lazy_gettext as _l
from shared.web.unsent import DraftAbout


@dataclass(frozen=True)
class _Form:
    """A form that keeps drafts under "kind:evaluation", or "kind:evaluation:part". `part`: what its address calls the part."""

    title: LazyString
    endpoint: str
    part: str | None = None


_NEW_CYCLE = "cycle:new"
_UNTYPED = re.compile(r"(at|for)-[0-9]+")
"""Of a script's line: the time it was begun, which the page writes, and the components it was tagged to."""
_LABELS: Mapping[str, LazyString] = {
    "day": _l("Day"),
    "begins": _l("Begins"),
    "ends": _l("Ends"),
    "place": _l("Place"),
    "focus": _l("Focus"),
    **{f"text-{number}": _l("Line %(n)s", n=number) for number in range(1, NOTES_LIMIT + 1)},
    "strengths": _l("What was done well"),
    "next_steps": _l("What comes next"),
    "reason": _l("Reason"),
    "comment": _l("Comment"),
    "note": _l("Note"),
}
"""Fields whose name says what they are, whichever form they stand in."""
_FORMS: Mapping[str, _Form] = {
    "form": _Form(_l("Form"), "track_forms.form", "step"),
    "return": _Form(_l("Handing back"), "track_forms.agree", "step"),
    "context": _Form(_l("Context"), "evaluation.context"),
    "notice": _Form(_l("Announcing an observation"), "occasions.new", "type"),
    "observation": _Form(_l("Observation"), "occasions.observation", "occasion_id"),
    "reschedule": _Form(_l("Another time for an observation"), "occasions.reschedule", "occasion_id"),
    "withdraw": _Form(_l("Withdrawing an observation"), "occasions.withdraw", "occasion_id"),
    "conference": _Form(_l("Conference"), "occasions.conference", "step"),
    "summative": _Form(_l("Summative evaluation"), "ending.summative"),
    "sign": _Form(_l("Signature"), "ending.sign"),
    "unsigned": _Form(_l("Noting that it was not signed"), "ending.sign"),
    "end_early": _Form(_l("Ending the evaluation early"), "ending.end_early"),
    "response": _Form(_l("Written response"), "ending.respond"),
}


@dataclass(frozen=True)
class _Named:
    form: _Form
    evaluation_id: UUID
    part: str


def about_drafts(keys: Sequence[str]) -> Mapping[str, DraftAbout]:
    """What each draft is about, by its key; nothing of what the viewer has no part in. One statement, and one for each
    agreement that is not at hand."""
    about = {_NEW_CYCLE: DraftAbout(_("A new cycle"), url_for("office.new_cycle"))} if is_office() else {}
    named = {key: found for key in keys if (found := _named(key)) is not None}
    ids = [one.evaluation_id for one in named.values()]
    known = evaluations_with_names(connection(), district_id(), ids) if ids else {}
    told = {key: _about(one, *known[one.evaluation_id]) for key, one in named.items() if one.evaluation_id in known}
    return about | {key: one for key, one in told.items() if one is not None}


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


@dataclass(frozen=True)
class _Words:
    """What the agreement calls the form or its step, empty where it does not; its fields; and what is chosen in them."""

    title: str
    labels: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]]


def _about(one: _Named, evaluation: Evaluation, subject: str) -> DraftAbout | None:
    mine = held(evaluation)
    words = _of_the_agreement(one, evaluation)
    whose = _("yours") if Relation.SUBJECT in mine else subject
    title = _("%(form)s: %(whose)s", form=words.title or one.form.title, whose=whose)
    told = DraftAbout(title, None, "", words.labels, _UNTYPED, words.choices)
    if mine & {Relation.SUBJECT, Relation.EVALUATOR, Relation.OFFICE}:
        place: dict[str, Any] = {one.form.part: one.part} if one.form.part else {}
        over = _("The evaluation is over, so it can't be sent.") if not evaluation.is_open else ""
        return replace(told, href=url_for(one.form.endpoint, evaluation_id=one.evaluation_id, **place), why=over)
    if mine & {Relation.FORMER_EVALUATOR, Relation.LAPSED_EVALUATOR}:
        why = _("You no longer evaluate this person, so it can't be sent. It was handed on to nobody.")
        return replace(told, why=why)
    return None


def _of_the_agreement(one: _Named, evaluation: Evaluation) -> _Words:
    agreement = repository().agreement(evaluation.agreement_hash)
    assert agreement is not None, "an evaluation's agreement is kept for good"
    labels = {name: str(label) for name, label in _LABELS.items()}
    located = locate(evaluation, agreement, one.part) if one.form.part == "step" else None
    if one.form.endpoint == "ending.summative":
        rated = tuple(agreement.instrument.components())
        named = {f"{RATING}{each.id}": f"{each.id} {each.title}" for each in rated}
        chosen = {f"{RATING}{each.id}": _levels(agreement.instrument, each.id) for each in rated}
        return _Words("", named | labels, chosen)
    if located is None or one.form.endpoint == "track_forms.agree":
        return _Words("", labels, {})
    if located.step.form is None:
        return _Words(located.step.title, labels, {})
    form = agreement.procedure.forms[located.step.form]
    named = {f"{ANSWER}{item.id}": item.label for item in form.items}
    of_levels = [item for item in form.items if item.kind == "level" and item.component is not None]
    chosen = {f"{ANSWER}{item.id}": _levels(agreement.instrument, str(item.component)) for item in of_levels}
    return _Words(form.title, named | labels, chosen)


def _levels(instrument: Instrument, component_id: str) -> dict[str, str]:
    names = {level.id: level.label for level in instrument.scale_of(component_id).levels}
    return names | {NOT_APPLICABLE: _("Not applicable")}
