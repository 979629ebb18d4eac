"""What follows when the subject neither signs nor refuses: from the day after it was due, the evaluator may note it."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.agreement import Agreement, Assumption
from services.evaluation.core.domain.decisions import decide
from services.evaluation.core.domain.decisions.collisions import parts
from services.evaluation.core.domain.decisions.guards import Case
from services.evaluation.core.domain.evaluation import Evaluation, Signature
from services.evaluation.core.domain.evolve import evolve
from services.evaluation.core.domain.refusals import Refused
from services.evaluation.core.publishing import publish
from services.evaluation.core.store.summary import summarize
from services.evaluation.core.web.wording import missing_sentence, reason
from shared.contracts import process
from shared.web.wording import day
from tests.support.annual_cycle import MARIA, OMAR, RUTH, SVEN
from tests.unit.evaluation.test_annual_cycle import AGREEMENT, before, refusal

NOTE = "Asked by e-mail on 3 and 9 February, and in person on the 12th."


def unanswered() -> tuple[Evaluation, datetime]:
    """Maria's evaluation with the summative opened and not signed, and the first moment at which that may be noted."""
    evaluation, _ = before(c.Sign)
    due = evaluation.steps["signature"].due_on
    assert due is not None
    return evaluation, datetime.combine(due + timedelta(days=1), time.min, ZoneInfo(evaluation.zone))


def note(evaluation: Evaluation, **changes: object) -> c.NoteUnsigned:
    values = {"evaluation_id": evaluation.id, "actor_id": RUTH, "note": NOTE}
    return c.NoteUnsigned(**{**values, **changes})  # type: ignore[arg-type]


def noted() -> tuple[Evaluation, datetime, list[e.Event]]:
    evaluation, at = unanswered()
    events = decide(Case(evaluation, AGREEMENT, at), note(evaluation))
    return evolve(evaluation, events), at, events


def test_it_is_noted_by_the_evaluator_once_the_last_day_has_ended_in_the_district() -> None:
    evaluation, at = unanswered()
    early = refusal(evaluation, note(evaluation), at - timedelta(seconds=1))
    assert early.code == "may_still_sign"
    assert [(one.step, one.duty) for one in early.missing] == [("signature", "subject")]
    assert early.values == {
        "title": "Sign the evaluation", "until": (at - timedelta(days=1)).date().isoformat()
    }  # fmt: skip
    after, _, events = noted()
    assert [type(one) for one in events[:2]] == [e.SignatureLacking, e.StepDone]
    state = after.steps["signature"]
    assert (state.status, state.outcome, state.late, state.by_id) == ("done", "unsigned", True, RUTH)
    assert after.steps["close"].status == "open", "the evaluation goes on"


def test_a_refusal_says_until_when_it_may_still_be_signed() -> None:
    evaluation, at = unanswered()
    early = refusal(evaluation, note(evaluation), at - timedelta(seconds=1))
    assert day((at - timedelta(days=1)).date()) in reason(early)
    assert "Sign the evaluation" in reason(early)
    assert str(missing_sentence(early.missing, early.code)).startswith("It may still come: Sign the evaluation")


def test_nobody_else_notes_it_and_never_without_a_note() -> None:
    evaluation, at = unanswered()
    for actor in (MARIA, OMAR, SVEN):
        assert refusal(evaluation, note(evaluation, actor_id=actor, office=actor == OMAR), at).code == "only_evaluator"
    assert refusal(evaluation, note(evaluation, note=" \n "), at).fields == {"note": "nothing_written"}


def test_only_while_the_signature_is_open() -> None:
    evaluation, moment = before(c.SendSummative)
    assert refusal(evaluation, note(evaluation), moment.at + timedelta(days=90)).code == "not_yet"
    evaluation, at = unanswered()
    sign = c.Sign(evaluation_id=evaluation.id, actor_id=MARIA)
    signed = evolve(evaluation, decide(Case(evaluation, AGREEMENT, at), sign))
    assert signed.steps["signature"].late, "a late signature is taken as long as nobody has noted that it is lacking"
    assert refusal(signed, note(signed), at).code == "already_done"
    after, at, _ = noted()
    assert refusal(after, note(after), at).code == "noted_unsigned"


def test_the_agreement_says_who_notes_it_and_that_this_is_its_own_choice() -> None:
    for track in AGREEMENT.procedure.tracks.values():
        by_kind = {one.kind: one for one in track.steps}
        signature = by_kind.pop("signature")
        assert signature.unsigned == "evaluator"
        assert isinstance(signature.unsigned_basis, Assumption)
        assert {one.unsigned for one in by_kind.values()} == {None}


def test_where_the_agreement_names_nobody_nobody_notes_it() -> None:
    """So an evaluation under an agreement of before goes on as it did."""
    evaluation, at = unanswered()
    with pytest.raises(Refused) as caught:
        decide(Case(evaluation, without_unsigned(), at), note(evaluation))
    assert caught.value.code == "nobody_notes_unsigned"


def without_unsigned() -> Agreement:
    track = AGREEMENT.procedure.tracks["comprehensive"]
    steps = tuple(replace(one, unsigned=None, unsigned_basis=None) for one in track.steps)
    tracks = {**AGREEMENT.procedure.tracks, track.id: replace(track, steps=steps)}
    return replace(AGREEMENT, procedure=replace(AGREEMENT.procedure, tracks=tracks))


def test_afterwards_the_subject_signs_and_refuses_no_more_and_may_still_respond() -> None:
    after, at, _ = noted()
    who = {"evaluation_id": after.id, "actor_id": MARIA}
    assert refusal(after, c.Sign(**who), at).code == "noted_unsigned"  # type: ignore[arg-type]
    assert refusal(after, c.RefuseToSign(**who, note="No"), at).code == "noted_unsigned"  # type: ignore[arg-type]
    assert decide(Case(after, AGREEMENT, at), c.FileResponse(**who, text="My side"))  # type: ignore[arg-type]
    closing = decide(Case(after, AGREEMENT, at), c.Close(evaluation_id=after.id, actor_id=RUTH))
    assert evolve(after, closing).closed_at == at


def test_a_signature_says_who_signed_who_refused_and_that_somebody_else_noted_that_neither_came() -> None:
    after, at, _ = noted()
    assert after.signature == Signature(False, NOTE, RUTH, at, lacking=True)
    evaluation, at = unanswered()
    for command, signed in (
        (c.Sign(evaluation_id=evaluation.id, actor_id=MARIA), True),
        (c.RefuseToSign(evaluation_id=evaluation.id, actor_id=MARIA, note="No"), False),
    ):
        answered = evolve(evaluation, decide(Case(evaluation, AGREEMENT, at), command)).signature
        assert answered is not None
        assert (answered.signed, answered.by_id, answered.lacking) == (signed, MARIA, False)


@pytest.mark.parametrize("signed", [True, False])
def test_a_signature_that_was_kept_before_is_read_as_it_was(signed: bool) -> None:
    kept = {"signed": signed, "note": "x", "by_id": str(MARIA), "at": "2026-05-20T12:00:00Z"}
    read = msgspec.convert(kept, Signature)
    assert (read.signed, read.lacking) == (signed, False), "signed, or refused"


def test_others_are_told_that_it_is_unsigned_and_not_what_was_tried() -> None:
    after, _, events = noted()
    told = publish("teacher", "2026-27", AGREEMENT, after, events)
    [done] = [one for one in told if isinstance(one, process.StepDone)]
    assert (done.outcome, done.late, done.by_id, done.kind) == ("unsigned", True, RUTH, "signature")
    assert NOTE not in repr(told)


def test_the_strip_of_steps_does_not_show_it_as_done() -> None:
    after, _, _ = noted()
    marks = {mark.step: mark.mark for mark in summarize(after, AGREEMENT).marks}
    assert marks["signature"] == "unsigned"


def test_to_sign_and_to_note_that_nobody_signed_collide() -> None:
    evaluation, at = unanswered()
    case = Case(evaluation, AGREEMENT, at)
    signing, noting = parts(case, c.Sign(evaluation_id=evaluation.id, actor_id=MARIA)), parts(case, note(evaluation))
    assert signing is not None and noting is not None
    assert {"signature"} <= set(signing) & set(noting)
    assert e.SignatureLacking(by_id=RUTH, at=at, note=NOTE).part == "signature"
