"""Scoring under an agreement: from the words people and forms use to a worked score, and back to its proof."""

from collections.abc import Mapping

from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.scoring.compute import ScoreInputError, compute
from services.evaluation.core.domain.scoring.trace import Origin, Trace
from services.evaluation.core.domain.scoring.tree import ScoreInput
from services.evaluation.core.domain.scoring.values import InputValue, Judgment, NotApplicable, Rated, Value

NOT_APPLICABLE = "not_applicable"
"""The word a form sends for "not applicable", in the place of a level."""
YES, NO = "yes", "no"


class OtherAgreementError(ValueError):
    """The trace was computed under another agreement, or under a track this one doesn't have."""


def score(agreement: Agreement, track: str, answers: Mapping[str, str]) -> Trace:
    """The worked score of `answers`: input id -> level id, "not_applicable", or "yes" and "no" for a judgment.

    The inputs a track asks for are `agreement.scoring[track].inputs`; one nobody answered is left out of `answers`, and
    the score is then not computable. Raises ScoreInputError for an answer that has no place.
    """
    scoring = agreement.scoring[track]
    places = {one.id: one for one in scoring.inputs}
    inputs = {}
    for name, word in answers.items():
        if name not in places:
            raise ScoreInputError(name, "the scoring has no such input")
        inputs[name] = input_value(places[name], word)
    return score_values(agreement, track, inputs)


def carries_from(agreement: Agreement, track: str) -> tuple[str, ...]:
    """The tracks whose last result this track's score rests on."""
    return tuple(one.track for one in agreement.scoring[track].inputs if one.kind == "earlier" and one.track)


def may_come_out(agreement: Agreement, track: str, earlier: str | None) -> bool:
    """Whether a score can come out of this track for somebody whose earlier result is that level; None: none is known."""
    scales, inputs = agreement.instrument.scales, agreement.scoring[track].inputs
    asked = {one.id: one.scale for one in inputs if one.kind == "earlier"}
    # Something for everything that is yet to come: what is still lacking then lies in the earlier result alone.
    answers = {one.id: _some_answer(agreement, one) for one in inputs if one.id not in asked}
    answers |= {name: earlier for name, scale in asked.items() if earlier and scale and earlier in scales[scale]}
    return not any(lack.input in asked for lack in score(agreement, track, answers).lacks)


def _some_answer(agreement: Agreement, place: ScoreInput) -> str:
    return agreement.instrument.scales[place.scale].levels[0].id if place.scale is not None else NO


def score_values(
    agreement: Agreement, track: str, inputs: Mapping[str, InputValue], given: Mapping[str, Value] | None = None
) -> Trace:
    """As `score`, from values. `given` replaces the results of nodes."""
    origin = Origin(agreement.system, agreement.title, agreement.content_hash, track)
    return compute(agreement.scoring[track], inputs, origin=origin, given=given)


def input_value(place: ScoreInput, word: str) -> InputValue:
    """What a form's word means for an input; raises ScoreInputError where it means nothing."""
    if place.kind == "judgment":
        if word not in (YES, NO):
            raise ScoreInputError(place.id, "a judgment is yes or no")
        return Judgment(word == YES)
    if word == NOT_APPLICABLE:
        return NotApplicable()
    assert place.scale is not None, "ratings and earlier results have a scale"
    return Rated(place.scale, word)


def recompute(trace: Trace, agreement: Agreement) -> Trace:
    """The same inputs worked out anew under `agreement`; equal to `trace` if nobody changed it. A trace that an earlier
    version of the program made may differ in its sentences; its `calculation` is equal all the same.

    Raises OtherAgreementError where the trace names another agreement, ScoreInputError where its inputs don't fit.
    """
    origin = trace.origin
    if origin.content_hash != agreement.content_hash or origin.track not in agreement.scoring:
        raise OtherAgreementError(
            f"The trace names agreement {origin.content_hash} and track {origin.track}; "
            f"this is agreement {agreement.content_hash} with tracks {', '.join(agreement.scoring)}."
        )
    inputs = {one.id: one.value for one in trace.inputs if one.value is not None}
    return score_values(agreement, origin.track, inputs, {one.id: one.value for one in trace.given})
