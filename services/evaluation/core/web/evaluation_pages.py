"""The page of one evaluation: what is next, every step, everything delivered; and the context its subject adds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from services.evaluation.core.domain.commands import FORM_TEXT_LIMIT, AddContext
from services.evaluation.core.domain.evaluation import StepState
from services.evaluation.core.domain.policy import Action
from services.evaluation.core.domain.sight import unopened
from services.evaluation.core.domain.steps import all_steps, first_of_kind, is_open, owed_occasions, track_of
from services.evaluation.core.web.about import About, about
from services.evaluation.core.web.acting import carry_out
from services.evaluation.core.web.again import shown_again
from services.evaluation.core.web.answers import answered
from services.evaluation.core.web.evidence import by_component, contexts
from services.evaluation.core.web.judged import judged, worked_of
from services.evaluation.core.web.page_words import words_for_pages
from services.evaluation.core.web.phases import occasion_title, occasions, phases
from services.evaluation.core.web.reading import without_unopened
from services.evaluation.core.web.schemas import ContextSchema
from services.evaluation.core.web.turns import turns
from services.evaluation.core.web.withdrawn import withdrawals
from shared.ids import new_id
from shared.web.access import Rule, signed_in
from shared.web.context import viewer
from shared.web.forms import Form, invalid, open_form, parse
from shared.web.kept import kept_page
from shared.web.language import lazy_gettext as _l
from shared.web.once import once
from shared.web.problems import Problem

RULES: dict[str, Rule] = {"evaluation.show": signed_in(), "evaluation.context": signed_in()}
_WITHDRAWN = _l("It was withdrawn. Choose another observation, or leave it at the whole evaluation.")


def make() -> Blueprint:
    blueprint = Blueprint("evaluation", __name__, template_folder="templates", url_prefix="/evaluations")
    blueprint.context_processor(words_for_pages)
    blueprint.add_url_rule("/<uuid:evaluation_id>", "show", show)
    blueprint.add_url_rule("/<uuid:evaluation_id>/context", "context", once(context), methods=["GET", "POST"])
    return blueprint


def show(evaluation_id: UUID) -> Response:
    """Everything about one evaluation that the viewer may see. What the subject has not opened stands as a link to it."""
    present = about(evaluation_id)
    return kept_page("evaluation/show.html", present.whole, lambda: _values(present))


def _values(present: About) -> dict[str, Any]:
    """What the page is made of: worked out from `present`, and from what the record said by then and will always say."""
    readable = without_unopened(present)
    result = judged(readable)
    return {
        "about": present,
        "kinds": kinds_to_begin(present),
        "turns": turns(present),
        "phases": phases(present),
        "occasions": list(occasions(present)),
        "withdrawals": withdrawals(present),
        "unread": unopened(present.evaluation, present.agreement) if present.is_subject else [],
        "evidence": by_component(readable),
        "forms": answered(present),
        "judged": result,
        "worked": worked_of(readable, result.sent) if result else None,
        "feedback": {one.id: one.feedback for one in readable.evaluation.occasions if one.feedback is not None},
        "contexts": contexts(present),
        "conferences": list(_conferences(present)),
        "none_will_come": _none_will_come(present),
        "ends_early": present.may(Action.END_EARLY) and present.evaluation.is_open,
        "occasion_names": {one.id: occasion_title(present, one) for one in present.evaluation.occasions},
    }


def _conferences(present: About) -> Iterator[tuple[str, StepState, str, str]]:
    """The track's conferences that were held: title, state, note, address."""
    for located in all_steps(present.evaluation, present.agreement):
        state = present.evaluation.steps.get(located.key)
        if located.step.kind == "conference" and located.occasion is None and state and state.status == "done":
            note = present.evaluation.conferences.get(located.key, "")
            yield located.step.title, state, note, present.step_href(located)


def _none_will_come(present: About) -> bool:
    located = first_of_kind(present.evaluation, present.agreement, "response")
    state = present.evaluation.steps.get(located.key) if located else None
    return state is not None and state.outcome == "waived"


@dataclass(frozen=True)
class KindToBegin:
    """A type of occasion the evaluator may begin. `owed`: how many the agreement still asks for."""

    id: str
    title: str
    announced: bool
    owed: int


def kinds_to_begin(present: About) -> list[KindToBegin]:
    """What the viewer may begin now: nothing unless they evaluate, and none once the summative is sent."""
    evaluation = present.evaluation
    if not (present.is_evaluator and evaluation.is_open and evaluation.summative is None):
        return []
    owed: dict[str, int] = {}
    for step in track_of(evaluation, present.agreement).steps:
        if step.kind == "occasions" and is_open(evaluation, step.id):
            owed |= owed_occasions(evaluation, step)
    kinds = [
        KindToBegin(one.id, one.title, one.steps[0].kind == "notice", owed.get(one.id, 0))
        for one in present.agreement.procedure.occasions.values()
    ]
    return sorted(kinds, key=lambda one: not one.owed)


def context(evaluation_id: UUID) -> Response | str:
    """The subject adds context or evidence of their own: to the whole, to components, to an observation."""
    present = about(evaluation_id, Action.WRITE_AS_SUBJECT)
    if request.method == "GET":
        form = open_form({"occasion": request.args.get("occasion", "")}, draft=f"context:{evaluation_id}")
        return _context_page(present, form)
    try:
        _add_context(evaluation_id)
    except Problem as problem:
        if problem.code == "occasion_withdrawn":  # told to whoever began it in words that nobody else can follow
            problem = invalid(occasion=str(_WITHDRAWN))
        return shown_again(problem, lambda form, _changed: _context_page(about(evaluation_id), form))
    return redirect(f"{present.href}#context", 303)


def _add_context(evaluation_id: UUID) -> None:
    data = parse(ContextSchema)
    carry_out(
        AddContext(
            evaluation_id=evaluation_id,
            actor_id=viewer().person_id,
            context_id=new_id(),
            text=data["text"],
            components=tuple(data["components"]),
            occasion_id=data["occasion"],
        ),
        Action.WRITE_AS_SUBJECT,
    )


def _context_page(present: About, form: Form) -> str:
    """`gone`: what to do where the draft, or the link, names an observation that has been withdrawn since."""
    standing = [one for one in present.evaluation.occasions if one.status != "withdrawn"]
    gone = {str(one.id) for one in present.evaluation.occasions if one.status == "withdrawn"}
    return render_template(
        "evaluation/context.html",
        about=present,
        form=form,
        limit=FORM_TEXT_LIMIT,
        components=[(one.id, f"{one.id} {one.title}") for one in present.agreement.instrument.components()],
        occasions=[(str(one.id), occasion_title(present, one)) for one in standing],
        gone=_WITHDRAWN if form.value("occasion") in gone and not form.errors else None,
    )
