"""What the office does to many evaluations at once. Its pages and its API read their input by the same schemas and do it here."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validate

from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.domain.policy import Action
from services.evaluation.core.domain.refusals import Refused, StaleVersion, UnknownVersion
from services.evaluation.core.handlers import (
    Assigned,
    Cycle,
    NoSuchEvaluation,
    assign_evaluators,
)
from services.evaluation.core.store import candidates
from services.evaluation.core.store.agreement_store import RatifiedAgreement, ratified_agreements
from services.evaluation.core.store.queries import shown
from services.evaluation.core.web.acting import kind, refused_problem, repository, require, version_number
from services.evaluation.core.web.wording import fault
from shared.clock import local_date
from shared.people.names import people_named
from shared.web.context import clock, connection, district_id, viewer, zone
from shared.web.forms import FormInvalid, Schema, invalid
from shared.web.language import gettext as _
from shared.web.problems import Problem, changed_meanwhile, not_found, unknown_version
from shared.web.typed import is_form
from shared.web.wording import moment

MOST_AT_ONCE = 2000
MOST_NAMED = 10
"""People whom a sentence names; of more it says how many, and a list under it names them all."""
_FEW = validate.Length(max=MOST_AT_ONCE)


class _Chosen(fields.List[str]):
    """What a page's ticked boxes say: "<evaluation>@<version>" of each."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> dict[UUID, int]:  # type: ignore[override]
        parts = [str(one).partition("@") for one in super()._deserialize(*args, **kwargs) or ()]
        try:
            return {UUID(evaluation): version_number(version) for evaluation, _at, version in parts}
        except ValueError:
            raise ValidationError(_("Choose them on the board again.")) from None


class AssignSchema(Schema):
    """What a page and the API have in common; `evaluations`, each with the version that was seen, they write in their own
    ways."""

    evaluator_id = fields.UUID(required=True)
    reason = fields.String(
        load_default="",
        validate=validate.Length(max=500),
        metadata={"description": "Wanted where somebody else was the evaluator before; it stands on the record"},
    )


class AssignOnPage(AssignSchema):
    evaluations = _Chosen(fields.String(), load_default=dict, validate=_FEW)


def ratified(content_hash: str) -> tuple[Agreement, RatifiedAgreement]:
    """A ratified version, and what is kept beside it; a 404 problem where the district has none of that hash."""
    found = repository().agreement(content_hash)
    versions = ratified_agreements(connection(), district_id())
    stored = next((one for one in versions if one.content_hash == content_hash), None)
    if found is None or stored is None:
        raise not_found(_("this agreement"))
    return found, stored


def today() -> date:
    """In the district's zone."""
    return local_date(clock(), zone())


def the_cycle(cycle_id: UUID) -> Cycle:
    """The cycle, or a 404."""
    found = repository().cycle(cycle_id)
    if found is None:
        raise not_found(_("this cycle"))
    return found


def possible_subjects(cycle_id: UUID, among: candidates.Among = candidates.EVERYBODY) -> list[candidates.Candidate]:
    """Whose evaluation the viewer can begin in the cycle, each with the evaluator the directory proposes."""
    found = candidates.subjects(connection(), district_id(), cycle_id, kind(), today(), among=among)
    return [one for one in found if one.person_id != viewer().person_id]


def possible_evaluators(among: candidates.Among = candidates.EVERYBODY) -> list[candidates.Candidate]:
    """Who may be named as an evaluator."""
    return candidates.evaluators(connection(), district_id(), kind().evaluator_roles, today(), among=among)


def assign_many(cycle: Cycle, data: Mapping[str, Any]) -> Assigned:
    """Give evaluations of a cycle to one evaluator, with a reason where somebody had them before. `data`: of AssignSchema.
    All or none, but for those that were ended early. Raises FormInvalid, also where somebody else has assigned one of them
    meanwhile."""
    if not data["evaluations"]:
        raise invalid(evaluations=_("Choose at least one evaluation on the board."))
    if not possible_evaluators(candidates.Among(only=[data["evaluator_id"]])):
        raise invalid(evaluator_id=_("Choose somebody from the list: only they may evaluate."))

    def allow(evaluation: Evaluation) -> None:
        require(Action.ASSIGN, evaluation)
        if evaluation.cycle_id != cycle.id:
            raise not_found(_("this evaluation"))

    try:
        return assign_evaluators(
            repository(),
            data["evaluations"],
            clock(),
            evaluator_id=data["evaluator_id"],
            actor_id=viewer().person_id,
            reason=data["reason"],
            allow=allow,
        )
    except NoSuchEvaluation:
        raise not_found(_("this evaluation")) from None
    except StaleVersion as stale:
        raise _assigned_meanwhile(stale) from None
    except UnknownVersion as unknown:
        raise unknown_version(str(unknown.current)) from None
    except Refused as refusal:
        if not refusal.fields:
            raise refused_problem(refusal) from None
        raise invalid(**{name: fault(code) for name, code in refusal.fields.items()}) from None


def _assigned_meanwhile(stale: StaleVersion) -> FormInvalid | Problem:
    found = shown(connection(), district_id(), stale.evaluation_id)
    assert found is not None, "it was locked a moment ago"
    evaluation, last = found.evaluation, found.evaluation.assignments[-1]
    names = people_named(connection(), district_id(), [evaluation.subject_id, last.evaluator_id, last.by_id])
    meanwhile = _(
        "%(by)s gave the evaluation of %(subject)s to %(evaluator)s meanwhile, %(when)s. Nothing was changed now; look at "
        "the list below again.",
        by=names.get(last.by_id, _("Somebody")),
        subject=names.get(evaluation.subject_id, _("somebody")),
        evaluator=names.get(last.evaluator_id, _("somebody")),
        when=moment(last.at),
    )
    return invalid(evaluations=meanwhile) if is_form() else changed_meanwhile(meanwhile)
