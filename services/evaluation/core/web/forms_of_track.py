"""Forms of the track: filled and sent by whose duty it is; read, agreed to or handed back by the other."""

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from services.evaluation.core.domain.commands import FORM_TEXT_LIMIT, LINE_LIMIT, AgreeToForm, ReturnForm, SubmitForm
from services.evaluation.core.domain.policy import Action
from services.evaluation.core.domain.refusals import Refused
from services.evaluation.core.domain.steps import Located, is_open, locate, waiting_for
from services.evaluation.core.web.about import About, about
from services.evaluation.core.web.acting import carry_out, is_office, refused_problem, seen
from services.evaluation.core.web.again import Page, shown_again
from services.evaluation.core.web.answers import Answered, answered_step, answered_with, form_before
from services.evaluation.core.web.page_words import words_for_pages
from services.evaluation.core.web.phases import step_row
from services.evaluation.core.web.schemas import ReasonSchema
from shared.web.access import Rule, signed_in
from shared.web.beside import give_way
from shared.web.context import rollback, viewer
from shared.web.forms import Form, FormInvalid, form_as_typed, open_form, parse
from shared.web.keeping import keep_checked
from shared.web.language import gettext as _
from shared.web.once import keep_drafted, once
from shared.web.problems import Problem, not_found
from shared.web.typed import BUTTON, posted, typed_text

RULES: dict[str, Rule] = {"track_forms.form": signed_in(), "track_forms.agree": signed_in()}
WRITING = {
    "subject": Action.WRITE_AS_SUBJECT,
    "evaluator": Action.WRITE_AS_EVALUATOR,
    "office": Action.ASSIGN,
}
"""Whose duty a step is -> what one must be allowed in order to do it."""
ANSWER = "answer-"
"""Before the id of a question in its field's name, so that none can be taken for a field of the form's own."""


def make() -> Blueprint:
    blueprint = Blueprint("track_forms", __name__, template_folder="templates", url_prefix="/evaluations")
    blueprint.context_processor(words_for_pages)
    methods = ["GET", "POST"]
    blueprint.add_url_rule("/<uuid:evaluation_id>/forms/<path:step>", "form", form, methods=methods)
    blueprint.add_url_rule("/<uuid:evaluation_id>/agree/<path:step>", "agree", agree, methods=methods)
    return blueprint


def the_step(present: About, key: str, kind: str) -> Located:
    """The step of that key, or 404 where the evaluation has none, or one of another kind."""
    located = locate(present.evaluation, present.agreement, key)
    if located is None or located.step.kind != kind:
        raise not_found(_("this step"))
    return located


def form(evaluation_id: UUID, step: str) -> Response | str:
    """A form: to fill in, for whose duty it is while it is open; to read, for everyone who may, once it is sent."""
    do = request.form.get(BUTTON, "") if request.method == "POST" else ""
    if request.method == "POST" and do not in ("check", "back"):
        sent_now: Response = _send(evaluation_id, step)
        return sent_now
    if request.method == "POST":
        give_way()
    present = about(evaluation_id)
    located = the_step(present, step, "form")
    if do == "check":
        return _check(present, located)
    if do == "back":
        typed = form_as_typed()
        return _fill_page(present, located, typed) if _to_fill(present, located) else _read_page(present, located)
    if not _to_fill(present, located):
        return _read_page(present, located)
    sent = answered_step(present, located)
    stored = {f"{ANSWER}{name}": text for name, text in sent.submission.answers.items()} if sent else {}
    filled = open_form(stored, version=present.version, draft=f"form:{evaluation_id}:{step}")
    return _fill_page(present, located, filled)


def _to_fill(present: About, located: Located) -> bool:
    return (
        present.has_duty(located.step.duty) and is_open(present.evaluation, located.key) and present.evaluation.is_open
    )


def _check(present: About, located: Located) -> Response:
    """Tried as if it were sent, then undone; the page that follows says exactly what sending will do."""
    try:
        answers = _typed_answers()
        _submit(present, located, answers)
        rollback()
    except Problem as problem:
        return _fill_again(problem, present, located)
    kept = keep_checked()
    form = present.agreement.procedure.forms[str(located.step.form)]
    typed = {name: value for name, value in posted().items() if name != BUTTON}
    page = render_template(
        "evaluation/form_check.html",
        about=present,
        located=located,
        title=form.title,
        sent={"answers": answered_with(present, form, answers)},
        other=present.evaluator if located.step.duty == "subject" else present.subject,
        typed=typed,
        beside=kept,
        names={f"{ANSWER}{item.id}": item.label for item in form.items},
    )
    return make_response(page)


@once
def _send(evaluation_id: UUID, step: str) -> Response:
    present = about(evaluation_id)
    located = the_step(present, step, "form")
    try:
        _submit(present, located, _typed_answers())
    except Problem as problem:
        return _fill_again(problem, present, located)
    return redirect(present.at("track_forms.form", step=step), 303)


def _submit(present: About, located: Located, answers: dict[str, str]) -> None:
    command = SubmitForm(
        evaluation_id=present.evaluation.id,
        actor_id=viewer().person_id,
        office=is_office(),
        seen=seen(),
        step=located.key,
        answers=answers,
    )
    carry_out(command, WRITING[located.step.duty])


def _fill_again(problem: Problem, present: About, located: Located) -> Response:
    evaluation_id, step, duty = present.evaluation.id, located.key, located.step.duty

    def page(filled: Form, changed: Problem | None) -> str:
        now = about(evaluation_id, WRITING[duty])
        there = the_step(now, step, "form")
        if changed is not None and not _to_fill(now, there):
            raise changed
        return _fill_page(now, there, filled, changed)

    forms = present.agreement.procedure.forms.values()
    return shown_again(problem, page, {item.id: f"{ANSWER}{item.id}" for one in forms for item in one.items})


def _typed_answers() -> dict[str, str]:
    """Question -> what was typed; FormInvalid where a text is too long."""
    answers = {
        name.removeprefix(ANSWER): value if isinstance(value, str) else value[-1]
        for name, value in posted().items()
        if name != BUTTON
    }
    too_long = {name: len(text) for name, text in answers.items() if len(text) > FORM_TEXT_LIMIT}
    if too_long:
        words = _("Shorten this to %(most)s characters.", most=FORM_TEXT_LIMIT)
        raise FormInvalid({f"{ANSWER}{name}": [words] for name in too_long}, json=False)
    return answers


def _fill_page(present: About, located: Located, filled: Form, changed: Problem | None = None) -> str:
    form_id = str(located.step.form)
    sent = answered_step(present, located)
    return render_template(
        "evaluation/form.html",
        about=present,
        located=located,
        step=step_row(present, located),
        title=present.agreement.procedure.forms[form_id].title,
        items=list(_items(present, form_id)),
        form=filled,
        changed=changed,
        returned=sent.submission.returned if sent else None,
        sent=sent if sent and _is_otherwise(filled, sent) else None,
        limit=FORM_TEXT_LIMIT,
    )


def _is_otherwise(filled: Form, sent: Answered) -> bool:
    """Whether the fields hold something else than what was sent: a draft that is older or newer, or what was just typed."""
    names = (item.id for item in sent.form.items)
    return any(filled.value(f"{ANSWER}{name}").strip() != sent.submission.answers.get(name, "") for name in names)


def _items(present: About, form_id: str) -> Any:
    """Each question, with the levels to choose from where it is answered with one."""
    instrument = present.agreement.instrument
    for item in present.agreement.procedure.forms[form_id].items:
        levels = []
        if item.kind == "level" and item.component is not None:
            levels = [
                {"value": one.id, "name": one.label, "words": instrument.descriptor(item.component, one.id)}
                for one in instrument.scale_of(item.component).levels
            ]
        yield f"{ANSWER}{item.id}", item, levels


def _read_page(present: About, located: Located) -> str:
    return render_template(
        "evaluation/form_read.html",
        about=present,
        located=located,
        step=step_row(present, located),
        sent=answered_step(present, located),
        missing=waiting_for(present.evaluation, present.agreement, located),
    )


def agree(evaluation_id: UUID, step: str) -> Response | str:
    """What somebody wrote, for the other to agree to or to hand back with a reason. Whoever typed a reason and then agrees
    is asked which they mean."""
    do = request.form.get(BUTTON, "") if request.method == "POST" else ""
    asks = do == "agree" and bool(typed_text("reason"))
    if request.method == "POST" and do != "back" and not asks:
        decided: Response = _decide(evaluation_id, step)
        return decided
    if request.method == "POST":
        give_way()
    present = about(evaluation_id)
    located = the_step(present, step, "agreement")
    if asks:
        return _ask_which(present, located)
    if do == "back":
        return _agree_page(present, located, form_as_typed())
    return _agree_page(present, located, open_form(version=present.version, draft=f"return:{evaluation_id}:{step}"))


@once
def _decide(evaluation_id: UUID, step: str) -> Response:
    present = about(evaluation_id)
    located = the_step(present, step, "agreement")
    try:
        carry_out(_decision(evaluation_id, step), WRITING[located.step.duty])
    except Problem as problem:
        return shown_again(problem, _agree_again(present, located))
    if (
        request.form.get(BUTTON) == "return"
    ):  # here it would only say that it waits again; there, that it was handed back
        return redirect(present.href, 303)
    return redirect(present.at("track_forms.agree", step=step), 303)


def _agree_again(present: About, located: Located) -> Page:
    evaluation_id, step, action = present.evaluation.id, located.key, WRITING[located.step.duty]

    def page(filled: Form, changed: Problem | None) -> str:
        now = about(evaluation_id, action)
        there = the_step(now, step, "agreement")
        if changed is not None and not is_open(now.evaluation, step):
            raise changed
        return _agree_page(now, there, filled, changed)

    return page


def _ask_which(present: About, located: Located) -> Response:
    """Agreement tried as if it were given, then undone; the page that follows shows the reason, which would not be sent."""
    try:
        carry_out(_decision(present.evaluation.id, located.key), WRITING[located.step.duty])
        rollback()
    except Problem as problem:
        return shown_again(problem, _agree_again(present, located))
    page = render_template(
        "evaluation/agree_check.html",
        about=present,
        located=located,
        reason=typed_text("reason"),
        typed={name: value for name, value in posted().items() if name != BUTTON},
        beside=keep_checked(),
    )
    return make_response(page)


def _decision(evaluation_id: UUID, step: str) -> AgreeToForm | ReturnForm:
    who: dict[str, Any] = {
        "evaluation_id": evaluation_id,
        "actor_id": viewer().person_id,
        "office": is_office(),
        "seen": seen(),
        "step": step,
    }
    if request.form.get(BUTTON) in ("agree", "agree_anyway"):
        if typed_text("reason"):  # not sent, and not lost
            keep_drafted()
        return AgreeToForm(**who)
    if request.form.get(BUTTON) != "return":
        raise refused_problem(Refused("no_such_step"), evaluation_id)
    return ReturnForm(**who, reason=parse(ReasonSchema)["reason"])


def _agree_page(present: About, located: Located, filled: Form, changed: Problem | None = None) -> str:
    before = form_before(present, located)
    return render_template(
        "evaluation/agree.html",
        about=present,
        located=located,
        step=step_row(present, located),
        sent=answered_step(present, before) if before else None,
        mine=present.has_duty(located.step.duty) and is_open(present.evaluation, located.key),
        missing=waiting_for(present.evaluation, present.agreement, located),
        form=filled,
        changed=changed,
        limit=LINE_LIMIT,
    )
