"""The summative evaluation: a level for every component beside its evidence, the score worked out, checked, sent; the
score as a worked calculation."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import marshmallow
import msgspec
from flask import Response as FlaskResponse
from flask import make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.commands import FORM_TEXT_LIMIT, SendSummative
from services.evaluation.core.domain.decisions.guards import Case
from services.evaluation.core.domain.decisions.summative import worked_score
from services.evaluation.core.domain.instrument import Component
from services.evaluation.core.domain.policy import Action
from services.evaluation.core.domain.refusals import Refused
from services.evaluation.core.domain.score import NOT_APPLICABLE
from services.evaluation.core.domain.scoring.compute import needed_for_result
from services.evaluation.core.domain.scoring.tree import ScoreInput
from services.evaluation.core.domain.steps import Located, first_of_kind, is_open, rated_components, waiting_for
from services.evaluation.core.web.about import About, about
from services.evaluation.core.web.acting import carry_out, refused_problem, seen
from services.evaluation.core.web.again import shown_again
from services.evaluation.core.web.answers import answered
from services.evaluation.core.web.evidence import Piece, of_component
from services.evaluation.core.web.judged import judged, worked_of
from services.evaluation.core.web.phases import step_row
from services.evaluation.core.web.reading import opened
from services.evaluation.core.web.schemas import SummativeSchema
from services.evaluation.core.web.worked import Worked, worked
from shared.web.beside import give_way
from shared.web.context import clock, rollback, viewer
from shared.web.forms import Form, FormInvalid, form_as_typed, open_form, parse
from shared.web.keeping import keep_checked
from shared.web.language import gettext as _
from shared.web.once import once
from shared.web.problems import Link, Problem, not_found
from shared.web.typed import posted

RATING = "rating-"
"""Before a component's id in the name of its field."""


@dataclass(frozen=True)
class ToRate:
    """A component as the form shows it: its levels as cards, the evidence beside it."""

    name: str
    component: Component
    standard: str
    levels: list[dict[str, str]]
    evidence: tuple[Piece, ...]
    evidence_owed: bool


def the_summative(present: About) -> Located:
    located = first_of_kind(present.evaluation, present.agreement, "summative")
    if located is None:
        raise not_found(_("this step"))
    return located


def summative(evaluation_id: UUID) -> Response | str:
    """The form, for whoever rates, while it is open; the evaluation as it was sent, for everyone who may read it."""
    do = request.form.get("do", "") if request.method == "POST" else ""
    if do == "send":
        sent: Response = _send(evaluation_id)
        return sent
    if request.method == "POST":
        give_way()
    if do == "check":
        return _check(evaluation_id)
    present = about(evaluation_id, Action.READ if request.method == "GET" else Action.WRITE_AS_EVALUATOR)
    if request.method == "POST":  # work out the score, or go back to the form: nothing is written
        form = form_as_typed()
        return _rate_page(present, form)
    if _to_rate(present):
        return _rate_page(present, open_form(version=present.version, draft=f"summative:{evaluation_id}"))
    present = opened(present, [the_summative(present)])
    return _read_page(present)


def _to_rate(present: About) -> bool:
    step = the_summative(present)
    return present.is_evaluator and present.evaluation.is_open and is_open(present.evaluation, step.key)


def _read_page(present: About) -> str:
    located = the_summative(present)
    found = judged(present)
    return render_template(
        "evaluation/summative.html",
        about=present,
        located=located,
        step=step_row(present, located),
        state=present.evaluation.steps.get(located.key),
        judged=found,
        missing=waiting_for(present.evaluation, present.agreement, located),
    )


def _rate_page(present: About, form: Form, changed: Problem | None = None) -> str:
    located = the_summative(present)
    return render_template(
        "evaluation/rate.html",
        about=present,
        located=located,
        step=step_row(present, located),
        form=form,
        changed=changed,
        to_rate=to_rate(present),
        judgment=_judgment(present.agreement, present.evaluation.track),
        earlier=_earlier(present),
        worked=_worked_now(present, form),
        forms=answered(present),
        limit=FORM_TEXT_LIMIT,
    )


def to_rate(present: About) -> list[ToRate]:
    """What this track rates, in the instrument's order, with "Not applicable" after the levels where a score comes out
    without it."""
    instrument = present.agreement.instrument
    needed = needed_for_result(present.agreement.scoring[present.evaluation.track])
    found = []
    for component_id in rated_components(present.evaluation, present.agreement):
        component = instrument.component(component_id)
        levels = [
            {"value": one.id, "name": one.label, "words": instrument.descriptor(component_id, one.id)}
            for one in instrument.scale_of(component_id).levels
        ]
        if component_id not in needed:
            not_applicable = _("This component does not apply here. It is not a zero.")
            levels.append({"value": NOT_APPLICABLE, "name": _("Not applicable"), "words": not_applicable})
        evidence = of_component(present, component_id)
        standard = instrument.standard_of(component_id).title
        owed = component.evidence_required and not evidence
        found.append(ToRate(f"{RATING}{component_id}", component, standard, levels, evidence, owed))
    return found


def _judgment(agreement: Agreement, track: str) -> ScoreInput | None:
    """The yes or no this track's score asks of the evaluator, if it does."""
    return next((one for one in agreement.scoring[track].inputs if one.kind == "judgment"), None)


def _earlier(present: About) -> tuple[str, str] | None:
    """(title, level) of the earlier result this track's score rests on, if it does."""
    for one in present.agreement.scoring[present.evaluation.track].inputs:
        if one.kind == "earlier" and one.scale is not None:
            level = present.evaluation.previous_final
            scale = present.agreement.instrument.scales[one.scale]
            known = level is not None and level in scale
            return one.title, scale.level(level).label if level and known else _("none is known")
    return None


def _worked_now(present: About, form: Form) -> Worked | None:
    """The score of what is chosen so far; None while nothing is."""
    ratings = {
        component: (None if chosen == NOT_APPLICABLE else chosen)
        for component in rated_components(present.evaluation, present.agreement)
        if (chosen := form.value(f"{RATING}{component}"))
    }
    scales = present.agreement.instrument
    fitting = {name: level for name, level in ratings.items() if level is None or level in scales.scale_of(name)}
    needs = rated_components(present.evaluation, present.agreement)
    if needs and not fitting:
        return None
    case = Case(present.evaluation, present.agreement, clock())
    return worked(worked_score(case, fitting, raised=form.value("raised") == "yes"), present.agreement)


def _command(evaluation_id: UUID) -> SendSummative:
    """The posted form as a command. Raises FormInvalid."""
    data = parse(SummativeSchema, unknown=marshmallow.EXCLUDE)
    fields = posted()
    strange = [name for name in fields if not name.startswith(RATING) and name not in SummativeSchema().fields]
    if strange:
        raise FormInvalid({name: [_("This form has no such field.")] for name in strange}, json=False)
    chosen = {
        name.removeprefix(RATING): value if isinstance(value, str) else value[-1]
        for name, value in fields.items()
        if name.startswith(RATING)
    }
    return SendSummative(
        evaluation_id=evaluation_id,
        actor_id=viewer().person_id,
        seen=seen(),
        ratings={name: None if level == NOT_APPLICABLE else level for name, level in chosen.items() if level},
        comment=data["comment"],
        raised=data["raised"] == "yes",
    )


def _again(problem: Problem, evaluation_id: UUID) -> FlaskResponse:
    def page(form: Form, changed: Problem | None) -> str:
        now = about(evaluation_id, Action.WRITE_AS_EVALUATOR)
        if changed is not None and not _to_rate(now):
            raise changed
        return _rate_page(now, form, changed)

    names: dict[str, str] = {}
    if not isinstance(problem, FormInvalid):
        names = {one.pointer: _field_of(one.pointer) for one in problem.errors}
    return shown_again(problem, page, names)


def _field_of(name: str) -> str:
    return name if name in ("comment", "raised") else f"{RATING}{name}"


def _check(evaluation_id: UUID) -> Response:
    """Tried as if it were sent, then undone; the page that follows says exactly what sending will do."""
    try:
        present = about(evaluation_id, Action.WRITE_AS_EVALUATOR)
        command = _command(evaluation_id)
        after = carry_out(command, Action.WRITE_AS_EVALUATOR)
        rollback()
    except Problem as problem:
        return _again(problem, evaluation_id)
    found = judged(present.holding(summative=after.summative))
    assert found is not None, "it was carried out"
    typed: dict[str, Any] = {name: value for name, value in posted().items() if name != "do"}
    return make_response(
        render_template(
            "evaluation/rate_check.html",
            about=present,
            judged=found,
            worked=worked_of(present, found.sent),
            typed=typed,
            beside=keep_checked(),
            unrated=[one for one in found.ratings if one.level is None],
        )
    )


@once
def _send(evaluation_id: UUID) -> Response:
    try:
        present = about(evaluation_id, Action.WRITE_AS_EVALUATOR)
        carry_out(_command(evaluation_id), Action.WRITE_AS_EVALUATOR)
    except Problem as problem:
        return _again(problem, evaluation_id)
    return redirect(present.at("ending.summative"), 303)


def score(evaluation_id: UUID) -> str:
    """The worked calculation of the score that was sent."""
    present = about(evaluation_id)
    present = opened(present, [the_summative(present)])
    found = judged(present)
    if found is None:
        raise no_score_yet(present)
    return render_template("evaluation/score.html", about=present, judged=found, worked=worked_of(present, found.sent))


def score_json(evaluation_id: UUID) -> FlaskResponse:
    """The calculation as data, to be worked out anew by whoever has the agreement."""
    present = about(evaluation_id)
    present = opened(present, [the_summative(present)])
    found = judged(present)
    if found is None:
        raise no_score_yet(present)
    body = msgspec.json.format(msgspec.json.encode(found.sent.trace), indent=2)
    response = make_response(body)
    response.mimetype = "application/json"
    response.headers["Content-Disposition"] = f'attachment; filename="score-{evaluation_id}.json"'
    return response


def no_score_yet(present: About) -> Problem:
    """404 with what the score waits for."""
    located = the_summative(present)
    problem = refused_problem(
        Refused(
            "not_yet",
            missing=waiting_for(present.evaluation, present.agreement, located),
            title=located.step.title,
        )
    )
    return Problem(
        404,
        "no_score_yet",
        _("There is no score yet"),
        _("It is worked out and shown when “%(title)s” is sent.", title=located.step.title),
        problem.remedy,
        links=[Link(_("The evaluation"), present.href)],
    )
