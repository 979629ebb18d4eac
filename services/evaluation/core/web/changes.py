"""What somebody else has changed meanwhile, in the words of a sentence that names who and when."""

from collections.abc import Mapping

from flask_babel import LazyString

from services.evaluation.core.domain.refusals import Change
from shared.web.language import gettext as _
from shared.web.language import lazy_gettext as _l

OUTCOMES: Mapping[str, LazyString] = {
    "done": _l("done"),
    "moved": _l("announced anew"),
    "signed": _l("signed"),
    "refused": _l("signature refused"),
    "unsigned": _l("noted as not signed"),
    "filed": _l("filed"),
    "waived": _l("none will come"),
    "lapsed": _l("went by unused"),
    "withdrawn": _l("withdrawn"),
    "returned": _l("handed back for change"),
    "put_off": _l("put off: something else comes first"),
}
"""Outcome of a step (see events.StepDone) -> what is said of it."""


def change_words(change: Change) -> str:
    """An entry of the record in words: "feedback sent"; of a step, what came of it."""
    if change.outcome:
        return str(OUTCOMES[change.outcome])
    words = {
        "EvaluationOpened": _("evaluation opened"),
        "EvaluatorAssigned": _("evaluator assigned"),
        "StepOpened": _("step opened"),
        "FormSubmitted": _("form sent"),
        "FormReturned": _("form handed back for change"),
        "OccasionBegun": _("observation begun"),
        "OccasionRescheduled": _("time or place changed"),
        "OccasionWithdrawn": _("observation withdrawn"),
        "OccasionFinished": _("observation finished"),
        "ConferenceHeld": _("conference held"),
        "ObservationRecorded": _("what was seen written down"),
        "FeedbackSent": _("feedback sent"),
        "ContextAdded": _("context added"),
        "SummativeSent": _("summative evaluation sent"),
        "Signed": _("signed"),
        "SignatureRefused": _("signature refused"),
        "SignatureLacking": _("noted as not signed"),
        "ResponseFiled": _("response filed"),
        "DocumentOpened": _("opened for the first time"),
        "EvaluationClosed": _("evaluation closed"),
        "EvaluationEndedEarly": _("evaluation ended early"),
    }
    return str(words[change.event])
