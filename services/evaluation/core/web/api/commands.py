"""The same over JSON, acting: one address a command, the fields of the body named as the command's own.

A change builds on a version: If-Match is wanted (428 without it) wherever somebody else may change the same part; where
that part has changed since, 412 names who changed what. The answer is the evaluation after it, with its new version.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

import flask_smorest
from flask import Response
from marshmallow import Schema as AnySchema
from marshmallow import fields, post_load, validate

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain.evaluation import Note
from services.evaluation.core.domain.policy import Action
from services.evaluation.core.web.acting import carry_out, find, is_office, seen
from services.evaluation.core.web.api.agreements import WHERE
from services.evaluation.core.web.api.reading import EvaluationOut, answer_with
from shared.ids import new_id
from shared.web.access import Rule, signed_in
from shared.web.context import viewer
from shared.web.forms import Schema
from shared.web.moments import Moment
from shared.web.once import once


def _text(most: int = c.FORM_TEXT_LIMIT, *, required: bool = False) -> fields.String:
    given: dict[str, Any] = {"required": True} if required else {"load_default": ""}
    return fields.String(validate=validate.Length(max=most), **given)


def _moment(*, required: bool = True) -> Moment:
    given: dict[str, Any] = {"required": True} if required else {"load_default": None}
    return Moment(metadata={"description": "ISO 8601 with its offset"}, **given)


def _components() -> fields.List[Any]:
    return fields.List(
        fields.String(), load_default=list, metadata={"description": f"Ids of components of the agreement. {WHERE}"}
    )


class AnswersIn(Schema):
    answers = fields.Dict(
        keys=fields.String(),
        values=_text(),
        required=True,
        metadata={"description": f"Item of the form to text, or to a level's id. {WHERE}"},
    )


class ReasonIn(Schema):
    reason = _text(c.LINE_LIMIT, required=True)


class OccasionIn(Schema):
    type = fields.String(
        required=True, metadata={"description": f"An occasion type of the agreement, such as announced. {WHERE}"}
    )
    scheduled_from = _moment(required=False)
    scheduled_to = _moment(required=False)
    place = _text(c.PLACE_LIMIT)
    focus = _text(c.LINE_LIMIT)


class TimesIn(Schema):
    scheduled_from = _moment()
    scheduled_to = _moment()
    place = fields.String(
        load_default=None,
        validate=validate.Length(max=c.PLACE_LIMIT),
        metadata={"description": "Left out, or null: it stays as it is"},
    )


class ConferenceIn(Schema):
    held_from = _moment()
    note = _text()


class NoteIn(Schema):
    text = _text(c.LINE_LIMIT, required=True)
    at = _moment(required=False)
    components = _components()

    @post_load
    def note(self, data: dict[str, Any], **_: Any) -> Note:
        return Note(data["text"], data["at"], tuple(data["components"]))


class ObservationIn(Schema):
    held_from = _moment()
    held_to = _moment()
    notes = fields.List(fields.Nested(NoteIn), required=True, validate=validate.Length(max=c.NOTES_LIMIT))

    @post_load
    def frozen(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**data, "notes": tuple(data["notes"])}


class FeedbackIn(Schema):
    strengths = _text()
    next_steps = _text()


class ContextIn(Schema):
    text = _text(required=True)
    components = _components()
    occasion_id = fields.UUID(load_default=None)

    @post_load
    def frozen(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**data, "components": tuple(data["components"])}


class SummativeIn(Schema):
    ratings = fields.Dict(
        keys=fields.String(),
        values=fields.String(allow_none=True),
        required=True,
        metadata={
            "description": f"Component to level id, of those the track's summative rates. {WHERE}. null, where a score comes "
            "out without it: not applicable"
        },
    )
    comment = _text()
    raised = fields.Boolean(load_default=False, metadata={"description": "Judgment that a carried level be raised"})


class NoteOnlyIn(Schema):
    note = _text(c.LINE_LIMIT)


class TextIn(Schema):
    text = _text(required=True)


class NothingIn(Schema):
    """An empty object: the address says everything."""


@dataclass(frozen=True)
class Act:
    """One address. `makes`: the command; `names`: a field of the command that gets a new id here."""

    name: str
    path: str
    says: str
    makes: type[c.Command]
    action: Action
    body: type[AnySchema] = NothingIn
    names: str | None = None


_S, _E, _O = Action.WRITE_AS_SUBJECT, Action.WRITE_AS_EVALUATOR, Action.END_EARLY
_STEP, _OCCASION = "/steps/<path:step>", "/occasions/<uuid:occasion_id>"
ACTS: tuple[Act, ...] = (
    Act("submit_form", f"{_STEP}/form", "Send a form", c.SubmitForm, _S, AnswersIn),
    Act("agree_to_form", f"{_STEP}/agree", "Agree to what a form says", c.AgreeToForm, _E),
    Act("return_form", f"{_STEP}/return", "Hand a form back for change", c.ReturnForm, _E, ReasonIn),
    Act("hold_conference", f"{_STEP}/conference", "Say that a conference was held", c.HoldConference, _E, ConferenceIn),
    Act("open_document", f"{_STEP}/opened", "Open what was sent to you; the answer holds it", c.OpenDocument, _S),
    Act("begin_occasion", "/occasions", "Begin an observation", c.BeginOccasion, _E, OccasionIn, "occasion_id"),
    Act("reschedule", f"{_OCCASION}/reschedule", "Change the time", c.Reschedule, _E, TimesIn),
    Act("withdraw", f"{_OCCASION}/withdraw", "Withdraw an observation", c.WithdrawOccasion, _E, ReasonIn),
    Act("record_observation", f"{_OCCASION}/observation", "What was seen", c.RecordObservation, _E, ObservationIn),
    Act("send_feedback", f"{_OCCASION}/feedback", "Send the feedback", c.SendFeedback, _E, FeedbackIn),
    Act("add_context", "/contexts", "Add evidence or context", c.AddContext, _S, ContextIn, "context_id"),
    Act("send_summative", "/summative", "Send the summative evaluation", c.SendSummative, _E, SummativeIn),
    Act("sign", "/signature", "Sign", c.Sign, _S, NoteOnlyIn),
    Act("refuse_to_sign", "/refusal", "Refuse to sign", c.RefuseToSign, _S, NoteOnlyIn),
    Act("note_unsigned", "/unsigned", "Note that it was neither signed nor refused", c.NoteUnsigned, _E, NoteOnlyIn),
    Act("file_response", "/responses", "File a written response", c.FileResponse, _S, TextIn),
    Act("waive_response", "/responses/waived", "Say that no response will come", c.WaiveResponse, _S),
    Act("close", "/close", "Close the evaluation", c.Close, _E),
    Act("end_early", "/end-early", "End the evaluation early, as the district office", c.EndEarly, _O, ReasonIn),
)
"""What can be done in one evaluation; a test holds it equal to the domain's table of decisions, but for
the assignment of evaluators, which the office makes for many at once (office.py)."""

RULES: dict[str, Rule] = {f"commands.{act.name}": signed_in() for act in ACTS}
_VERSION_WORDS = (
    "The ETag of the evaluation as you saw it. An older one is taken too, as long as nobody has changed the same part since "
    "(for ending it early: any part): "
    "the step, the form that is agreed to, the observation, the summative evaluation, the signature. Else 412 says who "
    "changed what. A version that has never been is refused with 412."
)
_BEGIN_WORDS = (
    " Sent with the beginning of an observation it is refused with 412 where another one was begun since; without it, and "
    "without an Idempotency-Key, each request begins one more."
)


def make() -> flask_smorest.Blueprint:
    blueprint = flask_smorest.Blueprint(
        "commands",
        __name__,
        url_prefix="/api/v1/evaluations/<uuid:evaluation_id>",
        description="What can be done with one evaluation. Refusals say why, what is missing and whose turn it is.",
    )
    for act in ACTS:
        _register(blueprint, act)
    return blueprint


def _register(blueprint: flask_smorest.Blueprint, act: Act) -> None:
    view = _while_it_is_theirs(once(_view(act)))
    view.__name__ = act.name
    view.__doc__ = act.says
    documented = blueprint.response(200, EvaluationOut)(blueprint.arguments(act.body)(view))
    words = _VERSION_WORDS + (_BEGIN_WORDS if act.makes is c.BeginOccasion else "")
    header = {"in": "header", "name": "If-Match", "schema": {"type": "string"}, "description": words}
    documented = blueprint.doc(parameters=[{**header, "required": act.makes.needs_version}])(documented)
    blueprint.route(act.path, methods=["POST"])(documented)


def _while_it_is_theirs(view: Callable[..., Response]) -> Callable[..., Response]:
    """Whoever may no longer read the evaluation gets no answer of earlier either, which `once` would give again."""

    @wraps(view)
    def answer(data: dict[str, Any], evaluation_id: UUID, **place: Any) -> Response:
        find(evaluation_id)
        return view(data, evaluation_id=evaluation_id, **place)

    return answer


def _view(act: Act) -> Callable[..., Response]:
    def view(data: dict[str, Any], evaluation_id: UUID, **place: Any) -> Response:
        named = {act.names: new_id()} if act.names else {}
        command = act.makes(
            evaluation_id=evaluation_id,
            actor_id=viewer().person_id,
            office=is_office(),
            seen=seen(),
            **place,
            **named,
            **data,
        )
        carry_out(command, act.action)
        return answer_with(evaluation_id)

    return view
