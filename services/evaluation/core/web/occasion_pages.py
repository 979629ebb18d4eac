"""Observations and other occasions: begun, announced, moved, withdrawn, read. Their conferences: conference_pages.py."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from services.evaluation.core.domain.commands import (
    LINE_LIMIT,
    PLACE_LIMIT,
    BeginOccasion,
    Reschedule,
    WithdrawOccasion,
)
from services.evaluation.core.domain.evaluation import Occasion
from services.evaluation.core.domain.policy import Action
from services.evaluation.core.domain.sight import subject_knows_of
from services.evaluation.core.domain.steps import Located, occasion_steps
from services.evaluation.core.web import conference_pages, observation_pages
from services.evaluation.core.web.about import About, about
from services.evaluation.core.web.acting import carry_out, seen
from services.evaluation.core.web.again import shown_again
from services.evaluation.core.web.evaluation_pages import KindToBegin, kinds_to_begin
from services.evaluation.core.web.evidence import by_component, context_piece, contexts
from services.evaluation.core.web.local_time import typed_day, typed_time
from services.evaluation.core.web.observation_pages import is_to_write, the_occasion
from services.evaluation.core.web.observing import field_names, local_moment, observation_state
from services.evaluation.core.web.page_words import words_for_pages
from services.evaluation.core.web.phases import occasion_status, occasion_title, step_row
from services.evaluation.core.web.reading import opened
from services.evaluation.core.web.schemas import NoticeSchema, ReasonSchema
from services.evaluation.core.web.turns import next_of_occasion
from services.evaluation.core.web.withdrawn import withdrawals
from shared.ids import new_id
from shared.web.access import Rule, signed_in
from shared.web.context import viewer, zone
from shared.web.forms import Form, open_form, parse
from shared.web.once import once
from shared.web.problems import Problem

RULES: dict[str, Rule] = {
    f"occasions.{name}": signed_in()
    for name in ("new", "show", "observation", "feedback", "reschedule", "withdraw", "conference")
}


def make() -> Blueprint:
    blueprint = Blueprint("occasions", __name__, template_folder="templates", url_prefix="/evaluations")
    blueprint.context_processor(words_for_pages)
    one = "/<uuid:evaluation_id>/occasions/<uuid:occasion_id>"
    both = ["GET", "POST"]
    blueprint.add_url_rule("/<uuid:evaluation_id>/occasions/new", "new", once(new), methods=both)
    blueprint.add_url_rule(one, "show", show)
    blueprint.add_url_rule(f"{one}/observation", "observation", observation_pages.observation, methods=both)
    blueprint.add_url_rule(f"{one}/feedback", "feedback", observation_pages.feedback, methods=both)
    blueprint.add_url_rule(f"{one}/reschedule", "reschedule", once(reschedule), methods=both)
    blueprint.add_url_rule(f"{one}/withdraw", "withdraw", once(withdraw), methods=both)
    blueprint.add_url_rule(
        "/<uuid:evaluation_id>/conferences/<path:step>", "conference", conference_pages.conference, methods=both
    )
    return blueprint


def new(evaluation_id: UUID) -> Response | str:
    """Begin an occasion: without a type, what there is to choose from; a notice to give, or a button to begin now."""
    present = about(evaluation_id, Action.WRITE_AS_EVALUATOR)
    type_id = request.args.get("type", "")
    kinds = {one.id: one for one in kinds_to_begin(present)}
    if request.method == "GET":
        if type_id not in kinds:
            return render_template("evaluation/begin.html", about=present, kinds=list(kinds.values()))
        draft = f"notice:{evaluation_id}:{type_id}" if kinds[type_id].announced else None
        return _new_page(present, kinds[type_id], open_form(draft=draft, version=present.version))
    try:
        occasion_id = _begin(present, type_id)
    except Problem as problem:
        if type_id not in kinds:
            raise

        def page(form: Form, changed: Problem | None) -> str:
            return _new_page(about(evaluation_id), kinds[type_id], form, changed)

        return shown_again(problem, page, field_names(problem))
    return redirect(present.at("occasions.show", occasion_id=occasion_id), 303)


def _begin(present: About, type_id: str) -> UUID:
    kind = present.agreement.procedure.occasions.get(type_id)
    told: dict[str, Any] = {}
    if kind is not None and kind.steps[0].kind == "notice":
        told = _notice(parse(NoticeSchema))
    occasion_id = new_id()
    carry_out(
        BeginOccasion(
            evaluation_id=present.evaluation.id,
            actor_id=viewer().person_id,
            seen=seen(),  # who goes back and sends it once more is asked whether they mean to begin another
            occasion_id=occasion_id,
            type=type_id,
            **told,
        ),
        Action.WRITE_AS_EVALUATOR,
    )
    return occasion_id


def _notice(data: dict[str, Any]) -> dict[str, Any]:
    begins = local_moment(data["day"], data["begins"], "begins")
    ends = local_moment(data["day"], data["ends"], "ends", after=begins)
    return {"scheduled_from": begins, "scheduled_to": ends, "place": data["place"], "focus": data["focus"]}


def _new_page(present: About, kind: KindToBegin, form: Form, changed: Problem | None = None) -> str:
    template = "evaluation/notice.html" if kind.announced else "evaluation/begin_now.html"
    limits = {"place": PLACE_LIMIT, "focus": LINE_LIMIT}
    values = {"kind": kind, "form": form, "changed": changed, "limits": limits, "occasion": None}
    return render_template(template, about=present, **values)


def show(evaluation_id: UUID, occasion_id: UUID) -> str:
    """One occasion: to whoever writes it the workspace, to everyone else what was announced and what was sent.

    What the subject opens here for the first time is noted (see reading.py).
    """
    present = about(evaluation_id)
    occasion = the_occasion(present, occasion_id)
    if is_to_write(present, occasion):
        return observation_pages.workspace(present, occasion)
    delivered = [one for one in occasion_steps(present.evaluation, present.agreement) if one.occasion == occasion]
    present = opened(present, delivered)
    occasion = the_occasion(present, occasion_id)
    steps = [one for one in occasion_steps(present.evaluation, present.agreement) if one.occasion == occasion]
    return render_template(
        "evaluation/occasion.html",
        about=present,
        occasion=occasion,
        title=occasion_title(present, occasion),
        status=occasion_status(present, occasion),
        steps=[step_row(present, one) for one in steps],
        turn=next_of_occasion(present, occasion.id),
        state=observation_state(present, occasion),
        sent=_sent(present, steps),
        evidence=by_component(present, occasion) if occasion.feedback is not None else [],
        contexts=[context_piece(present, one) for one in contexts(present, occasion)],
        conferences=list(_conferences(present, steps)),
        movable=_movable(present, occasion),
        withdrawal=withdrawals(present).get(occasion.id),
    )


def _sent(present: About, steps: list[Located]) -> Any:
    """The state of the step that sent the feedback, or None."""
    return next((present.evaluation.steps.get(one.key) for one in steps if one.step.kind == "feedback"), None)


@dataclass(frozen=True)
class Conference:
    located: Located
    state: Any
    note: str
    href: str


def _conferences(present: About, steps: list[Located]) -> Any:
    for one in steps:
        state = present.evaluation.steps.get(one.key)
        if one.step.kind == "conference" and state is not None:
            assert one.occasion is not None, "a step of an occasion"
            note = one.occasion.conferences.get(one.key, "")
            yield Conference(one, state, note, present.at("occasions.conference", step=one.key))


def _movable(present: About, occasion: Occasion) -> bool:
    """Whether the viewer may still change its time."""
    return is_to_write(present, occasion) and not occasion.notes and occasion.scheduled_from is not None


def reschedule(evaluation_id: UUID, occasion_id: UUID) -> Response | str:
    """Another time for an announced occasion; the subject is told."""
    present = about(evaluation_id, Action.WRITE_AS_EVALUATOR)
    occasion = the_occasion(present, occasion_id)
    if request.method == "GET":
        stored = _scheduled_fields(occasion)
        form = open_form(stored, version=present.version, draft=f"reschedule:{evaluation_id}:{occasion_id}")
        return _occasion_page("evaluation/reschedule.html", present, occasion, form)
    try:
        told = _notice(parse(NoticeSchema))
        del told["focus"]
        carry_out(
            Reschedule(
                evaluation_id=evaluation_id,
                actor_id=viewer().person_id,
                seen=seen(),
                occasion_id=occasion_id,
                **told,
            ),
            Action.WRITE_AS_EVALUATOR,
        )
    except Problem as problem:
        return _occasion_again(problem, "evaluation/reschedule.html", evaluation_id, occasion_id)
    return redirect(present.at("occasions.show", occasion_id=occasion_id), 303)


def _scheduled_fields(occasion: Occasion) -> dict[str, str]:
    if occasion.scheduled_from is None or occasion.scheduled_to is None:
        return {}
    return {
        "day": typed_day(occasion.scheduled_from, zone()),
        "begins": typed_time(occasion.scheduled_from, zone()),
        "ends": typed_time(occasion.scheduled_to, zone()),
        "place": occasion.place,
    }


def withdraw(evaluation_id: UUID, occasion_id: UUID) -> Response | str:
    """Take an occasion back, with a reason that stands on the record."""
    present = about(evaluation_id, Action.WRITE_AS_EVALUATOR)
    occasion = the_occasion(present, occasion_id)
    if request.method == "GET":
        form = open_form(version=present.version, draft=f"withdraw:{evaluation_id}:{occasion_id}")
        return _occasion_page("evaluation/withdraw.html", present, occasion, form)
    try:
        carry_out(
            WithdrawOccasion(
                evaluation_id=evaluation_id,
                actor_id=viewer().person_id,
                seen=seen(),
                occasion_id=occasion_id,
                reason=parse(ReasonSchema)["reason"],
            ),
            Action.WRITE_AS_EVALUATOR,
        )
    except Problem as problem:
        return _occasion_again(problem, "evaluation/withdraw.html", evaluation_id, occasion_id)
    return redirect(present.href, 303)


def _occasion_again(problem: Problem, template: str, evaluation_id: UUID, occasion_id: UUID) -> Response:
    def page(form: Form, changed: Problem | None) -> str:
        now = about(evaluation_id, Action.WRITE_AS_EVALUATOR)
        return _occasion_page(template, now, the_occasion(now, occasion_id), form, changed)

    return shown_again(problem, page, field_names(problem))


def _occasion_page(
    template: str, present: About, occasion: Occasion, form: Form, changed: Problem | None = None
) -> str:
    return render_template(
        template,
        about=present,
        occasion=occasion,
        title=occasion_title(present, occasion),
        told=subject_knows_of(present.evaluation, present.agreement, occasion),
        form=form,
        changed=changed,
        to_write=is_to_write(present, occasion),
        movable=_movable(present, occasion),
        limits={"place": PLACE_LIMIT, "reason": LINE_LIMIT},
    )
