"""Beginning evaluations of many people: who was chosen, and what each carries forward from an earlier evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marshmallow import fields, validate

from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.commands import OpenEvaluation
from services.evaluation.core.domain.refusals import Refused
from services.evaluation.core.domain.score import carries_from, may_come_out
from services.evaluation.core.handlers import Cycle, open_evaluations
from services.evaluation.core.store import candidates
from services.evaluation.core.web.about import listed
from services.evaluation.core.web.acting import repository
from services.evaluation.core.web.office_acts import MOST_AT_ONCE, possible_subjects, the_cycle
from services.evaluation.core.web.wording import fault
from shared.ids import new_id
from shared.people.choices import sought
from shared.web.context import clock, connection, district_id, viewer, zone
from shared.web.forms import Schema, invalid
from shared.web.language import gettext as _


class AddSchema(Schema):
    track = fields.String(required=True)
    person_ids = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=MOST_AT_ONCE))
    school = fields.String(
        load_default="",
        metadata={
            "description": "By id, or part of the name: where they were looked for. Who has a role at several schools is "
            "evaluated at this one"
        },
    )
    propose = fields.Boolean(
        load_default=False, metadata={"description": "Assign each the evaluator the directory proposes"}
    )


@dataclass(frozen=True)
class Chosen:
    """Somebody whose evaluation is to begin. `earlier`: the result that it carries forward, None where there is none."""

    person: candidates.Candidate
    earlier: candidates.Earlier | None = None


@dataclass(frozen=True)
class Begun:
    """How many evaluations began. `carrying`: whose, where their track carries an earlier result forward."""

    count: int
    carrying: Sequence[Chosen]


def the_chosen(cycle: Cycle, data: Mapping[str, Any]) -> list[Chosen]:
    """Whom `data` (of AddSchema) names, with the result that each carries forward. Raises FormInvalid where it names nobody,
    or somebody who can't be evaluated, or not under this track."""
    chosen = set(data["person_ids"])
    if not chosen:
        raise invalid(person_ids=_("Choose at least one person."))
    if viewer().person_id in chosen:
        raise invalid(person_ids=fault("begins_own"))
    found = possible_subjects(cycle.id, candidates.Among(only=list(chosen), school=sought(data["school"])))
    if len(found) < len(chosen):
        raise invalid(person_ids=_("Somebody you chose can't be evaluated here any more. Look at the list again."))
    return _with_earlier(cycle, data["track"], found)


def carries(agreement: Agreement, track: str) -> tuple[str, ...]:
    """The tracks whose last result this one carries forward; none where the agreement has no such track."""
    return carries_from(agreement, track) if track in agreement.procedure.tracks else ()


def _with_earlier(cycle: Cycle, track: str, found: Sequence[candidates.Candidate]) -> list[Chosen]:
    """Each with the result that the track carries forward, where it does. Raises FormInvalid where it can't for some. Who
    has an evaluation in the cycle is passed over, and so carries nothing."""
    agreement = repository().agreement(cycle.agreement_hash)
    if agreement is None or not (tracks := carries(agreement, track)):
        return [Chosen(one) for one in found]  # a track that there is not is refused with everything else
    ids = [one.person_id for one in found if not one.has_evaluation]
    # In this order: what is closed in between is read with its result.
    still_open = candidates.still_open(connection(), district_id(), ids, tracks, cycle.first_day)
    results = candidates.last_results(connection(), district_id(), ids, tracks, cycle.first_day)
    chosen = [Chosen(one, results.get(one.person_id)) for one in found]
    if faults := _faults(agreement, track, chosen, still_open):
        raise invalid(track=" ".join(faults))
    return chosen


def _faults(
    agreement: Agreement, track: str, chosen: Sequence[Chosen], still_open: Mapping[UUID, Sequence[str]]
) -> list[str]:
    """Why the track can't carry an earlier result forward for some: which is still open, and who has none."""
    waiting = [one for one in chosen if not one.person.has_evaluation]
    names = [
        _("%(name)s (%(cycle)s)", name=one.person.name, cycle=listed(still_open[one.person.person_id]))
        for one in waiting
        if one.person.person_id in still_open
    ]
    unfit = [
        one.person.name
        for one in waiting
        if one.person.person_id not in still_open
        and not may_come_out(agreement, track, one.earlier.level if one.earlier is not None else None)
    ]
    faults = []
    if names:
        faults.append(
            _(
                "This track carries the result of an earlier evaluation forward, and that evaluation is still open for "
                "%(names)s. Have it closed, or end it early, first; or choose another track for them.",
                names=listed(names),
            )
        )
    if unfit:
        faults.append(
            _(
                "This track carries an earlier result forward, and none that it accepts is on record for %(names)s. "
                "Choose another track for them.",
                names=listed(unfit),
            )
        )
    return faults


def chosen_words(one: Chosen, evaluators: Mapping[UUID, str] | None) -> str:
    """Who is evaluated, at which school and by whom. `evaluators`: names of those whom the directory proposes; None where
    nobody is assigned yet."""
    words = {"name": one.person.name, "school": one.person.school or _("The district")}
    if evaluators is None:
        return _("%(name)s: %(school)s", **words)
    if one.person.evaluator_id is None:
        return _("%(name)s: %(school)s, evaluated by nobody yet", **words)
    by = evaluators.get(one.person.evaluator_id) or _("somebody the directory no longer names")
    return _("%(name)s: %(school)s, evaluated by %(evaluator)s", **words, evaluator=by)


def carried_words(cycle: Cycle, track: str, chosen: Sequence[Chosen]) -> tuple[str, list[str]] | None:
    """The tracks whose result this one carries forward, and of each person which it is; None where it carries none."""
    agreement = repository().agreement(cycle.agreement_hash)
    if agreement is None or not (tracks := carries(agreement, track)):
        return None
    scales = [one.scale for one in agreement.scoring[track].inputs if one.kind == "earlier" and one.scale]
    labels = {level.id: level.label for scale in scales for level in agreement.instrument.scales[scale].levels}
    titles = [agreement.procedure.tracks[one].title for one in tracks]
    return listed(titles), [_carried(one, labels) for one in chosen if not one.person.has_evaluation]


def _carried(one: Chosen, labels: Mapping[str, str]) -> str:
    if one.earlier is None:
        return _("%(name)s: none is on record", name=one.person.name)
    level = labels.get(one.earlier.level, one.earlier.level)
    return _("%(name)s: %(level)s, from %(cycle)s", name=one.person.name, level=level, cycle=one.earlier.cycle_title)


def begin_many(cycle: Cycle, data: Mapping[str, Any]) -> Begun:
    """Begin evaluations of those chosen; who has one already is passed over. `data`: of AddSchema. All or none."""
    repository().hold_cycles()
    cycle = the_cycle(cycle.id)  # it may have been taken back meanwhile
    begun = [one for one in the_chosen(cycle, data) if not one.person.has_evaluation]
    try:
        count = open_evaluations(repository(), cycle, [_opening(cycle, data, one) for one in begun], clock())
    except Refused as refusal:
        raise invalid(**{name: fault(code) for name, code in refusal.fields.items()}) from None
    agreement = repository().agreement(cycle.agreement_hash)
    return Begun(count, begun if agreement is not None and carries(agreement, data["track"]) else ())


def _opening(cycle: Cycle, data: Mapping[str, Any], one: Chosen) -> OpenEvaluation:
    return OpenEvaluation(
        evaluation_id=new_id(),
        district_id=district_id(),
        cycle_id=cycle.id,
        track=data["track"],
        subject_id=one.person.person_id,
        school_id=one.person.school_id,
        evaluator_id=one.person.evaluator_id if data["propose"] else None,
        first_day=cycle.first_day,
        last_day=cycle.last_day,
        zone=zone(),
        actor_id=viewer().person_id,
        previous_final=one.earlier.level if one.earlier is not None else None,
    )
