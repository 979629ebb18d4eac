"""How an evaluation ends: rated and scored, signed or not, answered, closed; or early, by the district office."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from services.evaluation.core.domain.commands import (
    FORM_TEXT_LIMIT,
    LINE_LIMIT,
    Close,
    Command,
    EndEarly,
    FileResponse,
    NoteUnsigned,
    RefuseToSign,
    Sign,
    WaiveResponse,
)
from services.evaluation.core.domain.policy import Action
from services.evaluation.core.domain.steps import Located, first_of_kind, is_open, waiting_for
from services.evaluation.core.web import rating_pages
from services.evaluation.core.web.about import About, about
from services.evaluation.core.web.acting import carry_out, is_office, seen
from services.evaluation.core.web.again import shown_again
from services.evaluation.core.web.forms_of_track import WRITING
from services.evaluation.core.web.judged import judged
from services.evaluation.core.web.page_words import words_for_pages
from services.evaluation.core.web.phases import phases, step_row
from services.evaluation.core.web.reading import is_unread, without_unopened
from services.evaluation.core.web.schemas import DoSchema, ReasonSchema, ResponseSchema, SignSchema
from services.evaluation.core.web.turns import held_up, noting_unsigned, turns
from shared.web.access import Rule, signed_in
from shared.web.beside import beside_posted, give_way
from shared.web.context import rollback, viewer
from shared.web.forms import Form, form_as_typed, open_form, parse
from shared.web.keeping import keep_checked
from shared.web.language import gettext as _
from shared.web.once import keep_drafted, once
from shared.web.problems import Problem, not_found
from shared.web.typed import posted, typed_text

RULES: dict[str, Rule] = {
    f"ending.{name}": signed_in()
    for name in ("summative", "score", "score_json", "sign", "respond", "close", "end_early")
}


def make() -> Blueprint:
    blueprint = Blueprint(
        "ending", __name__, template_folder="templates", url_prefix="/evaluations/<uuid:evaluation_id>"
    )
    blueprint.context_processor(words_for_pages)
    both = ["GET", "POST"]
    blueprint.add_url_rule("/summative", "summative", rating_pages.summative, methods=both)
    blueprint.add_url_rule("/score", "score", rating_pages.score)
    blueprint.add_url_rule("/score.json", "score_json", rating_pages.score_json)
    blueprint.add_url_rule("/sign", "sign", once(sign), methods=both)
    blueprint.add_url_rule("/respond", "respond", respond, methods=both)
    blueprint.add_url_rule("/close", "close", once(close), methods=both)
    blueprint.add_url_rule("/end-early", "end_early", once(end_early), methods=both)
    return blueprint


def the(present: About, kind: str) -> Located:
    """The track's one step of a kind, or 404 where the agreement has none."""
    located = first_of_kind(present.evaluation, present.agreement, kind)
    if located is None:
        raise not_found(_("this step"))
    return located


def _mine(present: About, located: Located) -> bool:
    now = present.evaluation.is_open and is_open(present.evaluation, located.key)
    return now and present.has_duty(located.step.duty)


def _takes_response(present: About) -> bool:
    response = first_of_kind(present.evaluation, present.agreement, "response")
    return response is not None and present.evaluation.is_open and is_open(present.evaluation, response.key)


def _page(template: str, present: About, located: Located, form: Form, changed: Problem | None = None) -> str:
    """None of these pages is the summative's own, so none shows to its subject what they have not opened there."""
    unread = present.is_subject and is_unread(present, rating_pages.the_summative(present).key)
    present = without_unopened(present)
    return render_template(
        template,
        about=present,
        located=located,
        step=step_row(present, located),
        state=present.evaluation.steps.get(located.key),
        mine=_mine(present, located),
        missing=waiting_for(present.evaluation, present.agreement, located),
        judged=judged(present),
        unread=unread,
        others=[one for one in turns(present) if one.key != located.key],
        held_up=held_up(present) if located.step.kind == "close" else "",
        noting=noting_unsigned(present),
        takes_response=_takes_response(present),
        form=form,
        changed=changed,
        limits={"note": LINE_LIMIT, "text": FORM_TEXT_LIMIT},
    )


def _page_again(template: str, kind: str, evaluation_id: UUID) -> Callable[[Form, Problem | None], str]:
    def page(form: Form, changed: Problem | None) -> str:
        now = about(evaluation_id)
        located = the(now, kind)
        noting = noting_unsigned(now) if kind == "signature" else None
        if changed is not None and not (_mine(now, located) or (noting is not None and noting.now)):
            raise changed
        return _page(template, now, located, form, changed)

    return page


def sign(evaluation_id: UUID) -> Response | str:
    """What signing means, what is signed, and the two answers: sign, once it has been opened, or refuse with a note. For the
    evaluator, once its day has passed: the note that neither came."""
    present = about(evaluation_id)
    located = the(present, "signature")
    if request.method == "GET":
        what = "unsigned" if noting_unsigned(present) is not None else "sign"
        form = open_form(version=present.version, draft=f"{what}:{evaluation_id}")
        return _page("evaluation/sign.html", present, located, form)
    try:
        data = parse(SignSchema)
        kind, duty = _answer(located, data["do"])
        carry_out(
            kind(evaluation_id=evaluation_id, actor_id=viewer().person_id, seen=seen(), note=data["note"]),
            WRITING[duty],
        )
    except Problem as problem:
        return shown_again(problem, _page_again("evaluation/sign.html", "signature", evaluation_id))
    return redirect(f"{present.href}#signature", 303)


def _answer(located: Located, do: str) -> tuple[type[Sign | RefuseToSign | NoteUnsigned], str]:
    """The command of a button, and whose it is."""
    if do == "unsigned":
        return NoteUnsigned, located.step.unsigned or "evaluator"
    return Sign if do == "sign" else RefuseToSign, located.step.duty


def respond(evaluation_id: UUID) -> Response | str:
    """A written response, checked before it is attached for good; or the word that none will come, asked about as well."""
    do = request.form.get("do", "") if request.method == "POST" else ""
    if do in ("send", "waive"):
        answer: Response = _respond(evaluation_id)
        return answer
    if request.method == "POST":
        give_way()
    present = about(evaluation_id)
    located = the(present, "response")
    if request.method == "GET":
        form = open_form(version=present.version, draft=f"response:{evaluation_id}")
        return _page("evaluation/respond.html", present, located, form)
    if do == "check":
        return _check_response(evaluation_id)
    if do == "none":
        return _check_none(present, located)
    form = form_as_typed()
    return _page("evaluation/respond.html", present, located, form)


def _check_response(evaluation_id: UUID) -> Response:
    """Tried as if it were attached, then undone: what can't be done any more is not promised."""
    try:
        present = about(evaluation_id, Action.WRITE_AS_SUBJECT)
        data = parse(ResponseSchema)
        who = {"evaluation_id": evaluation_id, "actor_id": viewer().person_id, "seen": seen()}
        filing = FileResponse(**who, text=data["text"])  # type: ignore[arg-type]
        carry_out(filing, WRITING[the(present, "response").step.duty])
        rollback()
    except Problem as problem:
        return shown_again(problem, _page_again("evaluation/respond.html", "response", evaluation_id))
    typed = {name: value for name, value in posted().items() if name != "do"}
    page = render_template(
        "evaluation/respond_check.html", about=present, text=data["text"], typed=typed, beside=keep_checked()
    )
    return make_response(page)


def _check_none(present: About, located: Located) -> Response:
    """Tried as if it were said, then undone. What was typed in the box above is shown, for it will not be sent."""
    try:
        who = {"evaluation_id": present.evaluation.id, "actor_id": viewer().person_id, "seen": seen()}
        carry_out(WaiveResponse(**who), WRITING[located.step.duty])  # type: ignore[arg-type]
        rollback()
    except Problem as problem:
        return shown_again(problem, _page_again("evaluation/respond.html", "response", present.evaluation.id))
    text = typed_text("text")
    page = render_template(
        "evaluation/respond_none.html",
        about=present,
        text=text,
        typed={name: value for name, value in posted().items() if name != "do"},
        beside=keep_checked() if text else beside_posted(),
    )
    return make_response(page)


@once
def _respond(evaluation_id: UUID) -> Response:
    try:
        present = about(evaluation_id)
        action = WRITING[the(present, "response").step.duty]
        who = {"evaluation_id": evaluation_id, "actor_id": viewer().person_id, "seen": seen()}
        command: Command
        if request.form.get("do") == "waive":
            command = WaiveResponse(**who)  # type: ignore[arg-type]
            if typed_text("text"):  # not sent, and not lost
                keep_drafted()
        else:
            command = FileResponse(**who, text=parse(ResponseSchema)["text"])  # type: ignore[arg-type]
        carry_out(command, action)
    except Problem as problem:
        return shown_again(problem, _page_again("evaluation/respond.html", "response", evaluation_id))
    return redirect(f"{present.href}#responses", 303)


def close(evaluation_id: UUID) -> Response | str:
    """What closing does, and what still stands in its way."""
    present = about(evaluation_id)
    located = the(present, "close")
    if request.method == "GET":
        return _page("evaluation/close.html", present, located, open_form(version=present.version))
    try:
        parse(DoSchema)
        carry_out(
            Close(evaluation_id=evaluation_id, actor_id=viewer().person_id, office=is_office(), seen=seen()),
            WRITING[located.step.duty],
        )
    except Problem as problem:
        return shown_again(problem, _page_again("evaluation/close.html", "close", evaluation_id))
    return redirect(present.href, 303)


def end_early(evaluation_id: UUID) -> Response | str:
    """What ending it early does, and the reason that the district office gives for it."""
    present = about(evaluation_id, Action.END_EARLY)
    if request.method == "GET":
        return _end_early_page(present, open_form(version=present.version, draft=f"end_early:{evaluation_id}"))
    try:
        reason = parse(ReasonSchema)["reason"]
        who = {"evaluation_id": evaluation_id, "actor_id": viewer().person_id, "office": is_office()}
        carry_out(EndEarly(**who, seen=seen(), reason=reason), Action.END_EARLY)  # type: ignore[arg-type]
    except Problem as problem:
        return shown_again(problem, lambda form, changed: _end_early_again(evaluation_id, form, changed))
    return redirect(present.href, 303)


def _end_early_again(evaluation_id: UUID, form: Form, changed: Problem | None) -> str:
    now = about(evaluation_id, Action.END_EARLY)
    if changed is not None and not now.evaluation.is_open:
        raise changed
    return _end_early_page(now, form, changed)


def _end_early_page(present: About, form: Form, changed: Problem | None = None) -> str:
    return render_template(
        "evaluation/end_early.html",
        about=present,
        phases=phases(present),
        form=form,
        changed=changed,
        limit=LINE_LIMIT,
    )
