"""The observation: a script that grows, the rubric beside it, the feedback under it; saved, checked, sent."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.evaluation.core.domain.commands import FORM_TEXT_LIMIT, LINE_LIMIT, NOTES_LIMIT
from services.evaluation.core.domain.evaluation import Evaluation, Occasion
from services.evaluation.core.domain.policy import Action
from services.evaluation.core.domain.sight import is_anothers
from services.evaluation.core.domain.steps import Located, is_finished, occasion_key, occasion_type, waiting_for
from services.evaluation.core.handlers import Loaded
from services.evaluation.core.web.about import About, about
from services.evaluation.core.web.acting import take_up
from services.evaluation.core.web.again import shown_again
from services.evaluation.core.web.evidence import counts
from services.evaluation.core.web.made_late import MadeLate, made_late
from services.evaluation.core.web.observing import (
    Present,
    Typed,
    field_names,
    names_of_fields,
    observation_state,
    record,
    record_and_send,
    rubric,
    stored_fields,
    typed,
)
from services.evaluation.core.web.phases import occasion_title, span
from services.evaluation.core.web.script_lines import MORE_LINES, lines_of, lines_shown
from services.evaluation.core.web.turns import next_of_occasion
from shared.web.beside import Beside, give_way
from shared.web.context import close, rollback, visit
from shared.web.drafts import save_fields
from shared.web.forms import Form, form_as_typed, open_form
from shared.web.keeping import keep_checked
from shared.web.language import gettext as _
from shared.web.once import keep_drafted, once
from shared.web.problems import Problem, not_found
from shared.web.typed import posted, posted_revision, touched_fields
from shared.web.wording import moment


def the_occasion(present: Present, occasion_id: UUID) -> Occasion:
    """The occasion of that id, or 404 where the viewer knows of none."""
    found = present.evaluation.occasion(occasion_id)
    if found is None:
        raise not_found(_("this observation"))
    return found


def is_to_write(present: About, occasion: Occasion) -> bool:
    """Whether the viewer may still write the script and the feedback."""
    writing = present.is_evaluator and present.evaluation.is_open
    return writing and occasion.status == "open" and occasion.feedback is None


def observation(evaluation_id: UUID, occasion_id: UUID) -> Response | str:
    """The workspace, and what its buttons do short of sending: save, more lines, check before sending, back.

    Saving asks first where it would put something on the record as late, or an end that nobody typed; `record` is the
    answer to that.
    """
    do = request.form.get("do", "") if request.method == "POST" else ""
    if request.method == "POST":
        give_way()
    if do in ("more", "back"):
        return _again(evaluation_id, occasion_id, more=MORE_LINES if do == "more" else 0)
    if do == "check":
        return _check(evaluation_id, occasion_id)
    if request.method == "POST":
        if do != "record" and (asked := _ask_before_saving(evaluation_id, occasion_id)) is not None:
            return asked
        _keep_feedback(f"observation:{evaluation_id}:{occasion_id}")
        saved: Response = _save(evaluation_id, occasion_id)
        return saved
    present = about(evaluation_id, Action.WRITE_AS_EVALUATOR)
    occasion = the_occasion(present, occasion_id)
    if not is_to_write(present, occasion):
        return redirect(present.at("occasions.show", occasion_id=occasion_id), 303)
    return workspace(present, occasion)


def workspace(present: About, occasion: Occasion) -> str:
    """The page as it is opened."""
    stored = stored_fields(present, occasion)
    form = open_form(stored, version=present.version, draft=f"observation:{present.evaluation.id}:{occasion.id}")
    return _page(present, occasion, form)


def _again(evaluation_id: UUID, occasion_id: UUID, *, more: int) -> str:
    """The same page with everything typed, and more lines where asked for. Nothing is written."""
    present = about(evaluation_id, Action.WRITE_AS_EVALUATOR)
    occasion = the_occasion(present, occasion_id)
    form = form_as_typed()
    return _page(present, occasion, form, more=more)


def _page(present: About, occasion: Occasion, form: Form, changed: Problem | None = None, *, more: int = 0) -> str:
    lines = lines_shown(form.values, more=more)
    return render_template(
        "evaluation/observation.html",
        about=present,
        occasion=occasion,
        title=occasion_title(present, occasion),
        form=form,
        changed=changed,
        lines=lines,
        first_empty=next((line.number for line in lines if line.is_empty), len(lines)),
        rubric=rubric(present),
        counts=_typed_counts(form),
        state=observation_state(present, occasion),
        of_another=is_anothers(present.evaluation, present.agreement, occasion),
        missing=_missing(present, occasion),
        turn=next_of_occasion(present, occasion.id),
        limits={"line": LINE_LIMIT, "lines": NOTES_LIMIT, "text": FORM_TEXT_LIMIT},
    )


def _typed_counts(form: Form) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines_of(form.values):
        for component in line.components.split() if line.text.strip() else ():
            found[component] = found.get(component, 0) + 1
    return found


def _missing(present: About, occasion: Occasion) -> list[tuple[str, str, str]]:
    """What must be done before the script can be saved: title, whose turn, where."""
    found = []
    for step in occasion_type(present.agreement, occasion).steps:
        located = Located(occasion_key(occasion, step.id), step, occasion)
        if step.kind != "observation" or is_finished(present.evaluation, located.key):
            continue
        for one in waiting_for(present.evaluation, present.agreement, located):
            href = present.at("occasions.conference", step=one.step)
            found.append((one.title, present.who(one.duty), href))
    return found


def _page_again(evaluation_id: UUID, occasion_id: UUID) -> Callable[[Form, Problem | None], str]:
    def page(form: Form, changed: Problem | None) -> str:
        now = about(evaluation_id, Action.WRITE_AS_EVALUATOR)
        occasion = the_occasion(now, occasion_id)
        if changed is not None and not is_to_write(now, occasion):
            raise changed
        return _page(now, occasion, form, changed)

    return page


@once
def _save(evaluation_id: UUID, occasion_id: UUID) -> Response:
    """Write down what was seen. Feedback that was typed along with it goes on being the author's draft."""
    try:
        loaded = take_up(evaluation_id, Action.WRITE_AS_EVALUATOR)
        record(loaded, the_occasion(loaded, occasion_id), typed(loaded.agreement))
        if _feedback_is_typed():
            keep_drafted()
    except Problem as problem:
        return shown_again(problem, _page_again(evaluation_id, occasion_id), field_names(problem))
    return _to_the_occasion(evaluation_id, occasion_id)


def _feedback_is_typed() -> bool:
    return any(request.form.get(name, "").strip() for name in ("strengths", "next_steps"))


def _keep_feedback(key: str) -> None:
    """Saving what was seen does not send the feedback: what is typed of it is kept as the author's draft."""
    session = visit().session
    assert session is not None, "whoever writes is signed in"
    if _feedback_is_typed():
        close(visit())  # the draft is written on a connection of its own
        fields = {name: value for name, value in touched_fields().items() if name != "do"}
        save_fields(session, key, fields, base=posted_revision())


def _check(evaluation_id: UUID, occasion_id: UUID) -> Response:
    """Everything is tried as if it were sent, then undone; the page that follows says exactly what sending will do."""
    try:
        said, late = _tried(evaluation_id, occasion_id, record_and_send)
    except Problem as problem:
        return shown_again(problem, _page_again(evaluation_id, occasion_id), field_names(problem))
    kept = keep_checked()
    present = about(evaluation_id, Action.WRITE_AS_EVALUATOR)
    occasion = the_occasion(present, occasion_id)
    return make_response(_confirm(present, occasion, said, late, kept))


def _ask_before_saving(evaluation_id: UUID, occasion_id: UUID) -> Response | None:
    """Saving is tried, then undone: the page that asks about what would be late and an end that nobody typed, or the form with
    what is wrong in it; None where there is nothing to ask."""
    try:
        said, late = _tried(evaluation_id, occasion_id, record)
    except Problem as problem:
        return shown_again(problem, _page_again(evaluation_id, occasion_id), field_names(problem))
    if not late and not said.end_untyped:
        return None
    kept = keep_checked()
    present = about(evaluation_id, Action.WRITE_AS_EVALUATOR)
    occasion = the_occasion(present, occasion_id)
    values = _asked(present, occasion, said, late, kept)
    return make_response(render_template("evaluation/observation_save.html", **values))


def _tried(
    evaluation_id: UUID, occasion_id: UUID, act: Callable[[Loaded, Occasion, Typed], Evaluation]
) -> tuple[Typed, Sequence[MadeLate]]:
    """Carried out as if it were meant, then undone: what was typed, and what of it would be late."""
    loaded = take_up(evaluation_id, Action.WRITE_AS_EVALUATOR)
    said = typed(loaded.agreement)
    late = made_late(loaded.evaluation, act(loaded, the_occasion(loaded, occasion_id), said), loaded.agreement)
    rollback()
    return said, late


def _confirm(present: About, occasion: Occasion, said: Typed, late: Sequence[MadeLate], kept: list[Beside]) -> str:
    tagged = counts(said.notes)
    components = [one for one in present.agreement.instrument.components() if one.id in tagged]
    return render_template(
        "evaluation/observation_check.html",
        **_asked(present, occasion, said, late, kept),
        planned=moment(occasion.scheduled_from) if occasion.scheduled_from else "",
        moved=occasion.scheduled_from not in (None, said.held_from),
        tagged_words=", ".join(f"{one.id} ({tagged[one.id]})" for one in components) or _("no component"),
    )


def _asked(
    present: About, occasion: Occasion, said: Typed, late: Sequence[MadeLate], kept: list[Beside]
) -> dict[str, Any]:
    """What either page shows that asks before something stands on the record."""
    return {
        "about": present,
        "occasion": occasion,
        "title": occasion_title(present, occasion),
        "said": said,
        "held": _("%(span)s (%(minutes)s min)", span=span(said), minutes=said.minutes),
        "late": late,
        "typed": {name: value for name, value in posted().items() if name != "do"},
        "beside": kept,
        "names": names_of_fields(kept),
    }


def feedback(evaluation_id: UUID, occasion_id: UUID) -> Response:
    """Send the feedback, with the script where it is new. The address itself leads to what was sent."""
    if request.method == "POST":
        sent: Response = _send(evaluation_id, occasion_id)
        return sent
    present = about(evaluation_id)
    the_occasion(present, occasion_id)
    return _to_the_occasion(evaluation_id, occasion_id)


@once
def _send(evaluation_id: UUID, occasion_id: UUID) -> Response:
    try:
        loaded = take_up(evaluation_id, Action.WRITE_AS_EVALUATOR)
        record_and_send(loaded, the_occasion(loaded, occasion_id), typed(loaded.agreement))
    except Problem as problem:
        return shown_again(problem, _page_again(evaluation_id, occasion_id), field_names(problem))
    return _to_the_occasion(evaluation_id, occasion_id)


def _to_the_occasion(evaluation_id: UUID, occasion_id: UUID) -> Response:
    address = url_for("occasions.show", evaluation_id=evaluation_id, occasion_id=occasion_id)
    return redirect(address, 303)
