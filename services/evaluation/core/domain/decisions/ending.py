"""How an evaluation ends: signature, refusal or neither, written response, close; or early, by the district office."""

from datetime import timedelta

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.decisions.guards import (
    Case,
    Decision,
    done,
    require_duty,
    require_its_turn,
    require_office,
    require_open,
    require_text,
    require_turn,
)
from services.evaluation.core.domain.refusals import Missing, Refused
from services.evaluation.core.domain.steps import (
    Located,
    all_steps,
    first_of_kind,
    is_open,
    local_day,
    may_still_come,
    not_before,
    unsigned_from,
)


def _the(case: Case, kind: str) -> Located:
    located = first_of_kind(case.evaluation, case.agreement, kind)
    if located is None:
        raise Refused("no_such_step")
    return located


def sign(case: Case, command: c.Sign) -> Decision:
    """Shows that the summative was received, so it has been opened; not that the signer agrees."""
    located = require_turn(case, command, _the(case, "signature").key, "signature")
    if case.evaluation.steps[_the(case, "summative").key].read_at is None:
        raise Refused("not_opened")
    signed = e.Signed(by_id=command.actor_id, at=case.at, note=command.note)
    return [signed, done(case, command, located, "signed")]


def refuse_to_sign(case: Case, command: c.RefuseToSign) -> Decision:
    """Not signing is a right; the reason stands on the record, and the evaluation goes on."""
    located = require_turn(case, command, _the(case, "signature").key, "signature")
    require_text("note", command.note)
    refused = e.SignatureRefused(by_id=command.actor_id, at=case.at, note=command.note)
    return [refused, done(case, command, located, "refused")]


def note_unsigned(case: Case, command: c.NoteUnsigned) -> Decision:
    """No act of the subject's: who may sign has until the end of the due day, and nobody notes anything before."""
    require_open(case)
    located = _the(case, "signature")
    if located.step.unsigned is None:
        raise Refused("nobody_notes_unsigned", title=located.step.title)
    require_duty(case, command, located.step.unsigned)
    require_its_turn(case, located)
    first_day = unsigned_from(case.evaluation, located)
    assert first_day is not None, "an agreement in which it may be noted gives the step a day"
    if local_day(case.evaluation, case.at) < first_day:
        missing = (Missing(located.key, located.step.title, located.step.duty),)
        until = (first_day - timedelta(days=1)).isoformat()
        raise Refused("may_still_sign", missing=missing, title=located.step.title, until=until)
    require_text("note", command.note)
    lacking = e.SignatureLacking(by_id=command.actor_id, at=case.at, note=command.note)
    return [lacking, done(case, command, located, "unsigned")]


def file_response(case: Case, command: c.FileResponse) -> Decision:
    """Attached for good. After its date it is still taken, and marked late."""
    located = require_turn(case, command, _the(case, "response").key, "response")
    require_text("text", command.text)
    filed = e.ResponseFiled(by_id=command.actor_id, at=case.at, text=command.text)
    return [filed, done(case, command, located, "filed")]


def waive_response(case: Case, command: c.WaiveResponse) -> Decision:
    located = require_turn(case, command, _the(case, "response").key, "response")
    return [done(case, command, located, "waived")]


def close(case: Case, command: c.Close) -> Decision:
    """Everything required is done, and whoever may still respond has had the time to."""
    require_open(case)
    closing = require_turn(case, command, _the(case, "close").key, "close")
    today = local_day(case.evaluation, case.at)
    first_day = not_before(case.evaluation, case.agreement, closing, today)
    if first_day is not None:
        waited = may_still_come(case.evaluation, case.agreement, today)
        missing = tuple(Missing(one.key, one.step.title, one.step.duty) for one in waited)
        until = (first_day - timedelta(days=1)).isoformat()
        raise Refused("may_still_come", missing=missing, title=closing.step.title, until=until)
    lapsed: list[e.Event] = [
        e.StepDone(by_id=None, at=case.at, step=located.key, outcome="lapsed")
        for located in all_steps(case.evaluation, case.agreement)
        if located.key != closing.key and is_open(case.evaluation, located.key)
    ]
    closed = e.EvaluationClosed(by_id=command.actor_id, at=case.at)
    return [*lapsed, done(case, command, closing), closed]


def end_early(case: Case, command: c.EndEarly) -> Decision:
    """The office ends what nobody will bring to its end. What was sent stays as it was sent; what is open is withdrawn,
    so that it is due for nobody."""
    require_open(case)
    require_office(command)
    if command.actor_id == case.evaluation.subject_id:
        raise Refused("own_evaluation")
    require_text("reason", command.reason)
    withdrawn: list[e.Event] = [
        done(case, command, located, "withdrawn")
        for located in all_steps(case.evaluation, case.agreement)
        if is_open(case.evaluation, located.key)
    ]
    return [*withdrawn, e.EvaluationEndedEarly(by_id=command.actor_id, at=case.at, reason=command.reason.strip())]
