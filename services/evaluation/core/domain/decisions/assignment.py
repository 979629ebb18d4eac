"""Who evaluates."""

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.decisions.guards import Case, Decision, require_office, require_open
from services.evaluation.core.domain.refusals import Refused


def assign_evaluator(case: Case, command: c.AssignEvaluator) -> Decision:
    """The office names who evaluates from now on; whoever did before stays in the history."""
    require_open(case)
    require_office(command)
    if command.evaluator_id == case.evaluation.subject_id:
        raise Refused("evaluates_self", fields={"evaluator_id": "evaluates_self"})
    if command.evaluator_id == case.evaluation.evaluator_id:
        raise Refused("already_evaluator", fields={"evaluator_id": "already_evaluator"})
    if case.evaluation.evaluator_id is not None and not command.reason.strip():
        raise Refused("reason_wanted", fields={"reason": "reason_wanted"})
    return [
        e.EvaluatorAssigned(
            by_id=command.actor_id, at=case.at, evaluator_id=command.evaluator_id, reason=command.reason
        )
    ]
