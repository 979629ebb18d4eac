"""What one person may see of an evaluation. The rest is taken out here, once, before a page is built from it.

The texts of an observation are the evaluator's alone until the feedback is sent. Those of one that was withdrawn stay so,
and those of an earlier evaluator are shown to nobody: they were meant for one reader, who may not come back. The subject
learns of an observation nobody announced when it has been held.
"""

from dataclasses import replace

from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.evaluation import Evaluation, Occasion
from services.evaluation.core.domain.policy import Action, Relation, may
from services.evaluation.core.domain.steps import (
    Located,
    all_steps,
    is_announced,
    observation_state,
    occasion_key,
    occasion_type,
)


def seen_by(held: frozenset[Relation], evaluation: Evaluation, agreement: Agreement) -> Evaluation:
    """The evaluation as somebody with these relations may see it."""
    if may(Action.READ_OWN_WORK, held):
        kept = (
            replace(one, notes=()) if is_anothers(evaluation, agreement, one) else one for one in evaluation.occasions
        )
        return replace(evaluation, occasions=tuple(kept))
    shown = [one for one in evaluation.occasions if is_told(held, evaluation, agreement, one)]
    untold = tuple(f"{one.type}/{one.number}/" for one in evaluation.occasions if one not in shown)
    return replace(
        evaluation,
        occasions=tuple(_without_unsent(one) for one in shown),
        steps={key: state for key, state in evaluation.steps.items() if not key.startswith(untold)},
    )


DOCUMENTS = ("notice", "feedback", "summative")
"""Kinds of steps that deliver something to read."""


def unopened(evaluation: Evaluation, agreement: Agreement) -> list[Located]:
    """What has been delivered and the subject has not opened yet, in the agreement's order."""
    return [
        located
        for located in all_steps(evaluation, agreement)
        if located.step.kind in DOCUMENTS
        and (state := evaluation.steps.get(located.key)) is not None
        and state.status == "done"
        and state.read_at is None
    ]


def without_unopened(evaluation: Evaluation, agreement: Agreement) -> Evaluation:
    """For the subject, anywhere but where opening is noted: the texts of what was delivered and not opened are left out."""
    waiting = unopened(evaluation, agreement)
    kinds = {located.step.kind for located in waiting}
    unread = {one.occasion.id for one in waiting if one.occasion is not None and one.step.kind == "feedback"}
    kept = tuple(replace(one, notes=(), feedback=None) if one.id in unread else one for one in evaluation.occasions)
    return replace(evaluation, occasions=kept, summative=None if "summative" in kinds else evaluation.summative)


def is_told(held: frozenset[Relation], evaluation: Evaluation, agreement: Agreement, occasion: Occasion) -> bool:
    """Whether somebody with these relations knows that the occasion exists."""
    return Relation.SUBJECT not in held or subject_knows_of(evaluation, agreement, occasion)


def subject_knows_of(evaluation: Evaluation, agreement: Agreement, occasion: Occasion) -> bool:
    """An unannounced observation is its evaluator's alone until it has been held."""
    return is_announced(agreement, occasion) or was_held(evaluation, agreement, occasion)


def subject_knows(evaluation: Evaluation, agreement: Agreement, located: Located) -> bool:
    """Whether the subject knows of a step."""
    return located.occasion is None or subject_knows_of(evaluation, agreement, located.occasion)


def is_anothers(evaluation: Evaluation, agreement: Agreement, occasion: Occasion) -> bool:
    """Whether what was seen was written down by an earlier evaluator, who never sent it."""
    state = observation_state(evaluation, agreement, occasion)
    if occasion.feedback is not None or state is None or state.status != "done":
        return False
    return state.by_id != evaluation.evaluator_id


def was_held(evaluation: Evaluation, agreement: Agreement, occasion: Occasion) -> bool:
    """Whether something of it that is held at a time has been held."""
    keys = [
        occasion_key(occasion, step.id)
        for step in occasion_type(agreement, occasion).steps
        if step.kind in ("observation", "conference")
    ]
    return any((state := evaluation.steps.get(key)) is not None and state.status == "done" for key in keys)


def _without_unsent(occasion: Occasion) -> Occasion:
    return occasion if occasion.feedback is not None else replace(occasion, notes=())
