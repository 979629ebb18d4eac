"""Beginning evaluations: whose, under which track; a page that says what will happen; and then it happens."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from services.evaluation.core.domain.agreement import Step, Track
from services.evaluation.core.domain.steps import fixed_days_of
from services.evaluation.core.handlers import Cycle
from services.evaluation.core.store.candidates import Among, Candidate
from services.evaluation.core.web.acting import repository
from services.evaluation.core.web.beginning import AddSchema, begin_many, carried_words, chosen_words, the_chosen
from services.evaluation.core.web.office_acts import MOST_NAMED, possible_subjects, the_cycle, today
from shared.people.choices import sought
from shared.people.names import people_named
from shared.web.context import connection, district_id
from shared.web.forms import Form, FormInvalid, form_version, open_form, parse
from shared.web.once import once
from shared.web.typed import posted

MOST_LISTED = 200
"""People on the page; who is not among them is found by the school's name."""


class BeginSchema(AddSchema):
    """The page's. `do`: which of its buttons was pressed."""

    do = fields.String(load_default="check")


def add(cycle_id: UUID) -> Response | str | tuple[str, int]:
    """Begin evaluations of many people at once: choose, check, begin. Going back keeps what was chosen."""
    cycle = the_cycle(cycle_id)
    do = request.form.get("do", "check") if request.method == "POST" else "choose"
    if do == "begin":
        answer: Response | tuple[str, int] = _begin(cycle)
        return answer
    if do == "check":
        return _check(cycle)
    if do == "back":
        return _choose(cycle, Form(posted(), version=form_version()))
    return _choose(cycle, None)


@once
def _begin(cycle: Cycle) -> Response | tuple[str, int]:
    try:
        begun = begin_many(cycle, parse(BeginSchema)).count
    except FormInvalid as problem:
        return _choose(cycle, problem.form()), 422
    return redirect(url_for("office.board", cycle_id=cycle.id, begun=begun), 303)


def _choose(cycle: Cycle, form: Form | None) -> str:
    """`form`: None where the page is opened: everybody is chosen then, or with `?choose=none` nobody."""
    school = sought(request.args.get("school"))
    people = possible_subjects(cycle.id, Among(waiting=True, school=school, most=MOST_LISTED + 1))
    shown = people[:MOST_LISTED]
    if form is None:
        none = request.args.get("choose") == "none"
        form = open_form({"propose": "true", "person_ids": [] if none else [str(one.person_id) for one in shown]})
    return render_template(
        "office/add.html",
        form=form,
        cycle=cycle,
        people=shown,
        tracks=list(_tracks(cycle)),
        more=len(people) > MOST_LISTED,
        school=school,
        most=MOST_LISTED,
        names=_evaluators(shown),
    )


def _check(cycle: Cycle) -> str | tuple[str, int]:
    try:
        data = parse(BeginSchema)
        chosen = the_chosen(cycle, data)
    except FormInvalid as problem:
        return _choose(cycle, problem.form()), 422
    track = next((one for one in _tracks(cycle) if one.id == data["track"]), None)
    evaluators = _evaluators([one.person for one in chosen]) if data["propose"] else None
    return render_template(
        "office/add_check.html",
        cycle=cycle,
        track=track,
        count=len(chosen),
        names=[one.person.name for one in chosen],
        each=[chosen_words(one, evaluators) for one in chosen],
        carried=carried_words(cycle, data["track"], chosen),
        most=MOST_NAMED,
        propose=data["propose"],
        without=sum(one.person.evaluator_id is None for one in chosen),
        passed=_dates_passed(cycle, track) if track is not None else [],
        typed={name: value for name, value in posted().items() if name != "do"},
    )


def _tracks(cycle: Cycle) -> Sequence[Track]:
    agreement = repository().agreement(cycle.agreement_hash)
    assert agreement is not None, "a cycle's agreement is kept for good"
    return tuple(agreement.procedure.tracks.values())


def _evaluators(people: Sequence[Candidate]) -> Any:
    ids = {one.evaluator_id for one in people if one.evaluator_id}
    return people_named(connection(), district_id(), list(ids))


def _dates_passed(cycle: Cycle, track: Track) -> list[tuple[Step, date]]:
    """Required steps that would be late from the moment they begin: the agreement names a day for them, or for an occasion
    that the track asks for, and it has gone by. The agreement makes no exception for an evaluation that begins late, so
    neither does Accord; the office is told."""
    agreement = repository().agreement(cycle.agreement_hash)
    assert agreement is not None, "a cycle's agreement is kept for good"
    types = {type_id for step in track.steps for type_id in step.occasions}
    asked = (step for type_id in types for step in agreement.procedure.occasions[type_id].steps)
    dated = fixed_days_of((*track.steps, *asked), cycle.first_day)
    return [(step, day) for step, day in dated if step.required and day < today()]
