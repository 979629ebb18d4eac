"""Opening a cycle, and taking one back in which nothing has begun: by page and API alike."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validate

from services.evaluation.core.domain.refusals import Refused
from services.evaluation.core.handlers import Cycle, open_cycle, take_back_cycle
from services.evaluation.core.store import lists
from services.evaluation.core.web.acting import refused_problem, repository
from services.evaluation.core.web.office_acts import the_cycle, today
from services.evaluation.core.web.wording import reason
from shared.ids import new_id
from shared.letters import shows_something
from shared.web.context import clock, connection, district_id, viewer
from shared.web.forms import Schema, invalid
from shared.web.language import gettext as _
from shared.web.lines import Words
from shared.web.typed import is_form
from shared.web.wording import day


def _seen(title: str) -> None:
    if not shows_something(title):
        raise ValidationError(_("Fill this in."))


class CycleSchema(Schema):
    title = Words(required=True, validate=[_seen, validate.Length(max=120)])
    agreement_hash = fields.String(required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    second = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Wanted where another cycle under the same agreement shares days with this one: whoever is evaluated "
            "in both has two evaluations side by side, and true says that it is meant"
        },
    )


def begin_round(data: Mapping[str, Any]) -> Cycle:
    """Open a cycle, inside the view's `once`. `data`: of CycleSchema. Raises FormInvalid, also where a second cycle over the
    same days is not said to be meant; what was opened is undone with that answer."""
    given = {name: value for name, value in data.items() if name != "second"}
    cycle = Cycle(new_id(), district_id(), opened_by=viewer().person_id, opened_at=clock(), **given)
    try:
        open_cycle(repository(), cycle, today())
    except Refused as refusal:
        if not refusal.fields:
            raise refused_problem(refusal) from None
        raise invalid(**{name: reason(refusal) for name in refusal.fields}) from None
    if not data["second"] and (like := _cycle_like(cycle)) is not None:
        raise invalid(second=_second_asked(like))
    return cycle


def _cycle_like(cycle: Cycle) -> lists.ListedCycle | None:
    """The newest other cycle under the same agreement that shares days with this one."""
    for one in lists.cycles(connection(), district_id(), today()):
        together = one.first_day <= cycle.last_day and cycle.first_day <= one.last_day
        if together and one.agreement_hash == cycle.agreement_hash and one.id != cycle.id:
            return one
    return None


def _second_asked(like: lists.ListedCycle) -> str:
    runs = _(
        "“%(title)s” runs under the same agreement from %(first)s to %(last)s. Whoever is evaluated in both has two "
        "evaluations side by side.",
        title=like.title,
        first=day(like.first_day),
        last=day(like.last_day),
    )
    meant = _("Tick this if that is meant.") if is_form() else _("Send “second” as true if that is meant.")
    return f"{runs} {meant}"


def take_back(cycle_id: UUID) -> None:
    """Take a cycle back, inside the view's `once`. Raises a 404, or 409 where an evaluation has begun in it."""
    the_cycle(cycle_id)
    try:
        take_back_cycle(repository(), cycle_id)
    except Refused as refusal:
        raise refused_problem(refusal) from None
