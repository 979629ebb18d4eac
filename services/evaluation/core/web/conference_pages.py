"""Conferences, of the track and of its observations: noted that they were held, checked, then recorded for good; read."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from flask import make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from services.evaluation.core.domain.commands import FORM_TEXT_LIMIT, HoldConference
from services.evaluation.core.domain.steps import Located, is_open, waiting_for
from services.evaluation.core.web.about import About, about
from services.evaluation.core.web.acting import carry_out_on, is_office, seen, take_up
from services.evaluation.core.web.again import shown_again
from services.evaluation.core.web.forms_of_track import WRITING, the_step
from services.evaluation.core.web.local_time import typed_day
from services.evaluation.core.web.made_late import MadeLate, made_late
from services.evaluation.core.web.observing import field_names, local_moment
from services.evaluation.core.web.phases import occasion_title, step_row
from services.evaluation.core.web.schemas import ConferenceSchema
from shared.clock import local_date
from shared.web.beside import give_way
from shared.web.context import clock, rollback, viewer, zone
from shared.web.forms import Form, form_as_typed, open_form, parse
from shared.web.keeping import keep_checked
from shared.web.language import gettext as _
from shared.web.language import ngettext
from shared.web.once import once
from shared.web.problems import Problem
from shared.web.typed import BUTTON, posted
from shared.web.wording import clock_time, long_day


def conference(evaluation_id: UUID, step: str) -> Response | str:
    """Note that a conference was held, when, and what was said, checked before it stands for good; read it afterwards."""
    do = request.form.get(BUTTON, "") if request.method == "POST" else ""
    if do == "send":
        recorded: Response = _record(evaluation_id, step)
        return recorded
    if request.method == "POST":
        give_way()
    present = about(evaluation_id)
    located = the_step(present, step, "conference")
    if request.method == "GET":
        stored = {"day": typed_day(clock(), zone())}
        form = open_form(stored, version=present.version, draft=f"conference:{evaluation_id}:{step}")
        return _page(present, located, form)
    if do == "back":
        return _page(present, located, form_as_typed())
    return _check(present, located)


@once
def _record(evaluation_id: UUID, step: str) -> Response:
    present = about(evaluation_id)
    located = the_step(present, step, "conference")
    try:
        _hold(present, located, _typed())
    except Problem as problem:
        return shown_again(problem, _page_again(evaluation_id, located), field_names(problem))
    occasion = located.occasion
    there = present.href if occasion is None else present.at("occasions.show", occasion_id=occasion.id)
    return redirect(there, 303)


def _check(present: About, located: Located) -> Response:
    """Tried as if it were recorded, then undone; the page that follows says exactly what recording will do."""
    try:
        held_from, note = typed = _typed()
        late = _hold(present, located, typed)
        rollback()
    except Problem as problem:
        return shown_again(problem, _page_again(present.evaluation.id, located), field_names(problem))
    kept = keep_checked()
    page = render_template(
        "evaluation/conference_check.html",
        about=present,
        located=located,
        title=_title(present, located),
        held=_("%(day)s, %(time)s", day=long_day(local_date(held_from, zone())), time=clock_time(held_from)),
        past=_past(present, held_from),
        late=late,
        note=note,
        typed={name: value for name, value in posted().items() if name != BUTTON},
        beside=kept,
    )
    return make_response(page)


def _typed() -> tuple[datetime, str]:
    """When it began, and what was said. Raises FormInvalid."""
    data = parse(ConferenceSchema)
    return local_moment(data["day"], data["begins"], "begins"), data["note"]


def _hold(present: About, located: Located, typed: tuple[datetime, str]) -> Sequence[MadeLate]:
    """Carry it out; answers what of it is late."""
    held_from, note = typed
    loaded = take_up(present.evaluation.id, WRITING[located.step.duty])
    command = HoldConference(
        evaluation_id=present.evaluation.id,
        actor_id=viewer().person_id,
        office=is_office(),
        seen=seen(),
        step=located.key,
        held_from=held_from,
        note=note,
    )
    return made_late(loaded.evaluation, carry_out_on(loaded, [command]), loaded.agreement)


def _past(present: About, held_from: datetime) -> str:
    """How long ago it was; empty where it was today, as it mostly is."""
    days = (present.today - local_date(held_from, zone())).days
    return ngettext("That was yesterday.", "That was %(num)s days ago.", days) if days else ""


def _page_again(evaluation_id: UUID, located: Located) -> Callable[[Form, Problem | None], str]:
    def page(form: Form, changed: Problem | None) -> str:
        now = about(evaluation_id, WRITING[located.step.duty])
        if changed is not None and not is_open(now.evaluation, located.key):
            raise changed
        return _page(now, the_step(now, located.key, "conference"), form, changed)

    return page


def _title(present: About, located: Located) -> str:
    occasion = located.occasion
    return f"{occasion_title(present, occasion)}: {located.step.title}" if occasion else located.step.title


def _page(present: About, located: Located, form: Form, changed: Problem | None = None) -> str:
    occasion = located.occasion
    notes = occasion.conferences if occasion is not None else present.evaluation.conferences
    open_now = present.evaluation.is_open and is_open(present.evaluation, located.key)
    return render_template(
        "evaluation/conference.html",
        about=present,
        located=located,
        occasion=occasion,
        title=_title(present, located),
        step=step_row(present, located),
        state=present.evaluation.steps.get(located.key),
        note=notes.get(located.key, ""),
        mine=open_now and present.has_duty(located.step.duty),
        missing=waiting_for(present.evaluation, present.agreement, located),
        form=form,
        changed=changed,
        limit=FORM_TEXT_LIMIT,
    )
