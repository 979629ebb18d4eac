"""How an evaluation ends: signature or refusal, written response, close."""

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.decisions.guards import (
    Case,
    Decision,
    done,
    require_open,
    require_text,
    require_turn,
)
from services.evaluation.core.domain.refusals import Missing, Refused
from services.evaluation.core.domain.steps import Located, all_steps, first_of_kind, local_day


def _the(case: Case, kind: str) -> Located:
    located = first_of_kind(case.evaluation, case.agreement, kind)
    if located is None:
        raise Refused("no_such_step")
    return located


def sign(case: Case, command: c.Sign) -> Decision:
    """Shows that the summative was received; not that the signer agrees."""
    located = require_turn(case, command, _the(case, "signature").key, "signature")
    signed = e.Signed(by_id=command.actor_id, at=case.at, note=command.note)
    return [signed, done(case, command, located, "signed")]


def refuse_to_sign(case: Case, command: c.RefuseToSign) -> Decision:
    """Not signing is a right; the reason stands on the record, and the evaluation goes on."""
    located = require_turn(case, command, _the(case, "signature").key, "signature")
    require_text("note", command.note)
    refused = e.SignatureRefused(by_id=command.actor_id, at=case.at, note=command.note)
    return [refused, done(case, command, located, "refused")]


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
    missing: list[Missing] = []
    lapsed: list[e.Event] = []
    for located in all_steps(case.evaluation, case.agreement):
        state = case.evaluation.steps.get(located.key)
        if located.key == closing.key or state is None or state.status != "open":
            continue
        window_open = state.due_on is not None and local_day(case.evaluation, case.at) <= state.due_on
        if located.step.required or window_open:
            missing.append(Missing(located.key, located.step.title, located.step.duty))
        else:
            lapsed.append(e.StepDone(by_id=None, at=case.at, step=located.key, outcome="lapsed"))
    if missing:
        raise Refused("not_yet", missing=tuple(missing), title=closing.step.title)
    closed = e.EvaluationClosed(by_id=command.actor_id, at=case.at)
    return [*lapsed, done(case, command, closing), closed]
