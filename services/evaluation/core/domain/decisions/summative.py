"""The overall judgment: every component rated or said not to apply, the score worked out, sent to the subject."""

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.decisions.guards import Case, Decision, done, require_open, require_turn
from services.evaluation.core.domain.refusals import Missing, Refused
from services.evaluation.core.domain.score import NO, NOT_APPLICABLE, YES, score
from services.evaluation.core.domain.scoring.trace import Trace
from services.evaluation.core.domain.scoring.trace_json import trace_to_json
from services.evaluation.core.domain.steps import (
    Located,
    all_steps,
    evidence_count,
    first_of_kind,
    occasion_titled,
    rated_components,
)


def send_summative(case: Case, command: c.SendSummative) -> Decision:
    """Rates, scores and sends; what is sent can't be changed. Refused where the score can't be worked out."""
    require_open(case)
    summative = first_of_kind(case.evaluation, case.agreement, "summative")
    if summative is None:
        raise Refused("no_such_step")
    located = require_turn(case, command, summative.key, "summative")
    _require_everything_sent(case, located)
    _require_ratings(case, command)
    trace = worked_score(case, dict(command.ratings), raised=command.raised)
    level = trace.level
    if level is None:
        lacking = {lack.input: f"lack_{lack.why}" for lack in trace.lacks}
        raise Refused("not_computable", fields=lacking)
    sent = e.SummativeSent(
        by_id=command.actor_id,
        at=case.at,
        ratings=dict(command.ratings),
        comment=command.comment,
        final_level=level,
        trace=trace_to_json(trace),
    )
    return [sent, done(case, command, located)]


def _require_everything_sent(case: Case, summative: Located) -> None:
    """What was seen is before the subject when it is rated: of no observation that was held may the feedback be lacking,
    and none that was begun may still be to come."""
    to_come = tuple(
        Missing(one.key, occasion_titled(one, case.agreement), one.step.duty)
        for one in all_steps(case.evaluation, case.agreement)
        if one.occasion is not None
        and one.step.kind == "observation"
        and one.occasion.status != "withdrawn"
        and not one.occasion.notes
    )
    if to_come:
        raise Refused("observation_to_come", missing=to_come)
    lacking = tuple(
        Missing(one.key, one.step.title, one.step.duty)
        for one in all_steps(case.evaluation, case.agreement)
        if one.occasion is not None
        and one.step.kind == "feedback"
        and one.occasion.status != "withdrawn"
        and one.occasion.notes
        and one.occasion.feedback is None
    )
    if lacking:
        raise Refused("not_yet", missing=lacking, title=summative.step.title)


def _require_ratings(case: Case, command: c.SendSummative) -> None:
    """Every component this track rates has a level of its scale or "not applicable", and evidence where it must."""
    rated = rated_components(case.evaluation, case.agreement)
    strangers = sorted(set(command.ratings) - set(rated))
    if strangers:
        known = strangers[0] in case.agreement.instrument.component_ids
        code = "not_rated_here" if known else "no_such_component"
        raise Refused(code, fields={f"ratings/{strangers[0]}": code}, component=strangers[0])
    evidence = evidence_count(case.evaluation)
    wrong: dict[str, str] = {}
    for component_id in rated:
        component = case.agreement.instrument.component(component_id)
        if component_id not in command.ratings:
            wrong[component_id] = "rating_wanted"
            continue
        level = command.ratings[component_id]
        if level is not None and level not in case.agreement.instrument.scale_of(component_id):
            wrong[component_id] = "no_such_level"
        elif level is not None and component.evidence_required and not evidence.get(component_id):
            wrong[component_id] = "evidence_wanted"
    inputs = case.agreement.scoring[case.evaluation.track].inputs
    if command.raised and not any(evidence.values()) and any(one.evidence_required for one in inputs):
        wrong["raised"] = "evidence_wanted"
    if wrong:
        raise Refused("ratings_incomplete", fields=wrong)


def worked_score(case: Case, ratings: dict[str, str | None], *, raised: bool) -> Trace:
    """The score of these ratings, with whatever is lacking named; also shown while the evaluator is still choosing."""
    scoring = case.agreement.scoring[case.evaluation.track]
    answers: dict[str, str] = {}
    for place in scoring.inputs:
        if place.kind == "judgment":
            answers[place.id] = YES if raised else NO
        elif place.kind == "earlier":
            if case.evaluation.previous_final is not None:
                answers[place.id] = case.evaluation.previous_final
        elif place.id in ratings:
            answers[place.id] = ratings[place.id] or NOT_APPLICABLE
    return score(case.agreement, case.evaluation.track, answers)
