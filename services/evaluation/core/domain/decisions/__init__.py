"""Deciding: given the evaluation, the agreement and a command, refuse with a reason or say what happens.

One small function a command; the table of them is DECISIONS. Every path ends in `conclude`, which opens the steps whose
turn has come and finishes what finishes by itself.
"""

from collections.abc import Callable, Mapping
from typing import Any

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain.decisions import assignment, ending, forms, occasions, summative
from services.evaluation.core.domain.decisions.guards import Case, Decision
from services.evaluation.core.domain.decisions.progress import conclude

DECISIONS: Mapping[type[c.Command], Callable[[Case, Any], Decision]] = {
    c.AssignEvaluator: assignment.assign_evaluator,
    c.SubmitForm: forms.submit_form,
    c.AgreeToForm: forms.agree_to_form,
    c.ReturnForm: forms.return_form,
    c.BeginOccasion: occasions.begin_occasion,
    c.Reschedule: occasions.reschedule,
    c.WithdrawOccasion: occasions.withdraw_occasion,
    c.HoldConference: occasions.hold_conference,
    c.RecordObservation: occasions.record_observation,
    c.SendFeedback: occasions.send_feedback,
    c.AddContext: occasions.add_context,
    c.OpenDocument: occasions.open_document,
    c.SendSummative: summative.send_summative,
    c.Sign: ending.sign,
    c.RefuseToSign: ending.refuse_to_sign,
    c.NoteUnsigned: ending.note_unsigned,
    c.FileResponse: ending.file_response,
    c.WaiveResponse: ending.waive_response,
    c.Close: ending.close,
    c.EndEarly: ending.end_early,
}


def decide(case: Case, command: c.Command) -> Decision:
    """What happens when `command` is carried out now; raises Refused."""
    return conclude(case, DECISIONS[type(command)](case, command))
