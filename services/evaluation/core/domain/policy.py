"""Who may do and see what in one evaluation: the one table, by relation. The role in the district is not enough:
a principal sees the evaluations of the people he or she evaluates, and no others.

Routes are opened by role in web/routes; here stands what the viewer is to the evaluation at hand.
"""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from services.evaluation.core.domain.evaluation import Evaluation


class Relation(StrEnum):
    """What somebody is to an evaluation. Who has none learns nothing, not even that it exists."""

    SUBJECT = "subject"
    EVALUATOR = "evaluator"
    FORMER_EVALUATOR = "former_evaluator"
    LAPSED_EVALUATOR = "lapsed_evaluator"  # named still, and holds no role any more by which people evaluate
    OFFICE = "office"


class Action(StrEnum):
    """What can be done with an evaluation; every route of one names its action."""

    READ = "read"  # the steps, and what has been delivered
    READ_OWN_WORK = "read_own_work"  # what the evaluator writes and has not sent
    READ_RECORD = "read_record"
    WRITE_AS_SUBJECT = "write_as_subject"  # forms, context, signature, response
    WRITE_AS_EVALUATOR = "write_as_evaluator"  # occasions, conferences, summative, no signature, close
    ASSIGN = "assign"
    END_EARLY = "end_early"


MAY: Mapping[Action, frozenset[Relation]] = {
    Action.READ: frozenset({Relation.SUBJECT, Relation.EVALUATOR, Relation.OFFICE}),
    Action.READ_OWN_WORK: frozenset({Relation.EVALUATOR}),
    Action.READ_RECORD: frozenset({Relation.SUBJECT, Relation.EVALUATOR, Relation.OFFICE}),
    Action.WRITE_AS_SUBJECT: frozenset({Relation.SUBJECT}),
    Action.WRITE_AS_EVALUATOR: frozenset({Relation.EVALUATOR}),
    Action.ASSIGN: frozenset({Relation.OFFICE}),
    Action.END_EARLY: frozenset({Relation.OFFICE}),
}
"""A former evaluator stays in the history and sees nothing any more; neither does one whose role has ended."""


def relations(evaluation: Evaluation, person_id: UUID, *, office: bool, evaluates: bool) -> frozenset[Relation]:
    """What `person_id` is to the evaluation. `office`: holds a role of the district office; `evaluates`: one by which people
    evaluate. Nobody's own evaluation is theirs to administer, so a subject is never the office."""
    if person_id == evaluation.subject_id:
        return frozenset({Relation.SUBJECT})
    found: set[Relation] = {Relation.OFFICE} if office else set()
    if person_id == evaluation.evaluator_id:
        found.add(Relation.EVALUATOR if evaluates else Relation.LAPSED_EVALUATOR)
    elif any(one.evaluator_id == person_id for one in evaluation.assignments):
        found.add(Relation.FORMER_EVALUATOR)
    return frozenset(found)


def may(action: Action, held: frozenset[Relation]) -> bool:
    """Whether somebody with these relations may."""
    return bool(MAY[action] & held)
