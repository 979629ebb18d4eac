"""The same over JSON: one agreement, with every id that a caller sends. What its page shows to people."""

from typing import Any

import flask_smorest
from marshmallow import fields

from services.evaluation.core.domain.agreement import Agreement, Due, DueOn, Form, OccasionType, Step, Track
from services.evaluation.core.web.office_acts import ratified
from shared.web.forms import Schema

WHERE = "GET /agreements/{content_hash}, with the evaluation's agreement_hash, has them"
"""For the description of a field that takes ids of the agreement."""


class PartyOut(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True)
    role = fields.String(required=True, metadata={"description": "labor, management or body (a board that adopts)"})


class LevelOut(Schema):
    id = fields.String(required=True)
    label = fields.String(required=True)
    value = fields.Decimal(
        required=True,
        allow_none=True,
        as_string=True,
        metadata={"type": ["string", "null"], "description": "Points, as a decimal number; null: only an order"},
    )
    descriptor = fields.String(required=True)


class ScaleOut(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True)
    levels = fields.List(fields.Nested(LevelOut), required=True, metadata={"description": "Lowest first"})


class ComponentOut(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True)
    standard_id = fields.String(required=True)
    standard = fields.String(required=True)
    scale_id = fields.String(required=True, metadata={"description": "The scale whose levels it is rated on"})
    evidence_required = fields.Boolean(
        required=True, metadata={"description": "Without evidence tagged to it, it may not be rated"}
    )


class DueOut(Schema):
    """Either a day of the cycle's year, or days after a step."""

    on = fields.String(allow_none=True, required=True, metadata={"description": "Month and day, such as 05-15"})
    first_only = fields.Boolean(required=True, metadata={"description": "Of several occasions it binds the first"})
    after = fields.String(allow_none=True, required=True, metadata={"description": "A step beside this one"})
    days = fields.Integer(allow_none=True, required=True, metadata={"description": "Calendar days after it"})


class StepOut(Schema):
    key = fields.String(
        required=True,
        metadata={
            "description": "Its name in an evaluation; of an occasion's step what follows the occasion's type and number, "
            "as in announced/1/feedback"
        },
    )
    title = fields.String(required=True)
    kind = fields.String(required=True)
    duty = fields.String(required=True, metadata={"description": "Whose turn: subject, evaluator or office"})
    required = fields.Boolean(required=True, metadata={"description": "False: an opportunity, no duty"})
    phase = fields.String(required=True, allow_none=True, metadata={"description": "Of an occasion's step: null"})
    after = fields.List(fields.String(), required=True, metadata={"description": "Steps beside it that come first"})
    due = fields.Nested(DueOut, required=True, allow_none=True)
    clause = fields.String(required=True, allow_none=True)
    form_id = fields.String(required=True, allow_none=True)
    occasions = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "Of a step that asks for occasions: their type, and how many"},
    )
    rates = fields.List(
        fields.String(), required=True, metadata={"description": "Of a summative: the components rated in it"}
    )
    unsigned = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Of a signature: who may note that it was not signed, once its last day has passed (evaluator); "
            "null: nobody"
        },
    )


class TrackOut(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True)
    steps = fields.List(fields.Nested(StepOut), required=True)


class ItemOut(Schema):
    id = fields.String(required=True, metadata={"description": "Stands before its answer in `answers`"})
    label = fields.String(required=True)
    hint = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "text, or level: answered with a level's id"})
    required = fields.Boolean(required=True)
    component_id = fields.String(
        required=True, allow_none=True, metadata={"description": "Of a level: the component on whose scale it stands"}
    )


class FormOut(Schema):
    id = fields.String(required=True)
    title = fields.String(required=True)
    items = fields.List(fields.Nested(ItemOut), required=True)


class AgreementReadOut(Schema):
    content_hash = fields.String(required=True)
    title = fields.String(required=True)
    in_force_from = fields.Date(required=True)
    parties = fields.List(fields.Nested(PartyOut), required=True)
    scales = fields.List(fields.Nested(ScaleOut), required=True)
    components = fields.List(fields.Nested(ComponentOut), required=True)
    tracks = fields.List(fields.Nested(TrackOut), required=True)
    occasion_types = fields.List(fields.Nested(TrackOut), required=True)
    forms = fields.List(fields.Nested(FormOut), required=True)


def add_to(blueprint: flask_smorest.Blueprint) -> None:
    """The address of one agreement."""

    @blueprint.route("/agreements/<content_hash>")
    @blueprint.response(200, AgreementReadOut)
    def show_agreement(content_hash: str) -> dict[str, Any]:
        """A ratified version: who signed, what is rated on which levels, the steps of each track, the forms

        Every id that a form's answers, notes, ratings and occasions are sent with stands here.
        """
        found, stored = ratified(content_hash)
        return {**_said(found), "in_force_from": stored.in_force_from}


def _said(of: Agreement) -> dict[str, Any]:
    return {
        "content_hash": of.content_hash,
        "title": of.title,
        "parties": of.parties,
        "scales": list(of.instrument.scales.values()),
        "components": [_component(of, component.id) for component in of.instrument.components()],
        "tracks": [_steps(track) for track in of.procedure.tracks.values()],
        "occasion_types": [_steps(occasion) for occasion in of.procedure.occasions.values()],
        "forms": [_form(form) for form in of.procedure.forms.values()],
    }


def _component(of: Agreement, component_id: str) -> dict[str, Any]:
    component, standard = of.instrument.component(component_id), of.instrument.standard_of(component_id)
    return {
        "id": component.id,
        "title": component.title,
        "standard_id": standard.id,
        "standard": standard.title,
        "scale_id": component.scale,
        "evidence_required": component.evidence_required,
    }


def _steps(of: Track | OccasionType) -> dict[str, Any]:
    phases = {phase.id: phase.title for phase in of.phases} if isinstance(of, Track) else {}
    return {"id": of.id, "title": of.title, "steps": [_step(step, phases.get(step.phase or "")) for step in of.steps]}


def _step(step: Step, phase: str | None) -> dict[str, Any]:
    copied = ("title", "kind", "duty", "required", "after", "clause", "occasions", "rates", "unsigned")
    own = {name: getattr(step, name) for name in copied}
    return {**own, "key": step.id, "phase": phase, "due": _due(step.due), "form_id": step.form}


def _due(due: Due | None) -> dict[str, Any] | None:
    if due is None:
        return None
    if isinstance(due, DueOn):
        return {"on": f"{due.month:02}-{due.day:02}", "first_only": due.first_only, "after": None, "days": None}
    return {"on": None, "first_only": False, "after": due.step, "days": due.days}


def _form(form: Form) -> dict[str, Any]:
    copied = ("id", "label", "hint", "kind", "required")
    items = [{**{name: getattr(item, name) for name in copied}, "component_id": item.component} for item in form.items]
    return {"id": form.id, "title": form.title, "items": items}
