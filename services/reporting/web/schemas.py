"""What the API takes and answers."""

from marshmallow import fields, validate

from services.reporting.reports.entries import COLUMNS
from shared.web.forms import Schema

_PLACE = {
    "school": {"description": "A school's id, or none: people who belong to no school. Left out: the whole district"},
    "evaluator": {"description": "With a school: an evaluator's id, or none"},
}


class CycleQuery(Schema):
    cycle = fields.UUID(
        load_default=None,
        metadata={"description": "Left out: of those under way the one with the most evaluations, else the newest"},
    )


_NAMED = {"description": "Of a district's schools, those with these words in the name"}


class PlaceQuery(CycleQuery):
    school = fields.String(load_default=None, metadata=_PLACE["school"])
    evaluator = fields.String(load_default=None, metadata=_PLACE["evaluator"])
    after = fields.String(load_default=None, metadata={"description": "`next` of the page before"})
    named = fields.String(load_default="", validate=validate.Length(max=100), metadata=_NAMED)


class AuditQuery(CycleQuery):
    school = fields.String(load_default=None, metadata=_PLACE["school"])
    evaluator = fields.String(
        load_default=None, metadata={"description": "An evaluator's mark; or none, with a school"}
    )
    after = fields.String(load_default=None, metadata={"description": "`next` of the page before"})
    named = fields.String(load_default="", validate=validate.Length(max=100), metadata=_NAMED)


class _Entries(Schema):
    step = fields.String(load_default="", metadata={"description": "`key` of a row of the board. Left out: every step"})
    column = fields.String(load_default="required", validate=validate.OneOf(COLUMNS))


class EntriesQuery(PlaceQuery, _Entries):
    pass


class AuditEntriesQuery(AuditQuery, _Entries):
    pass


class SeriesQuery(Schema):
    series = fields.String(load_default=None, metadata={"description": "Left out: the newest that is published"})


class RubricQuery(SeriesQuery):
    part = fields.String(
        load_default="district", metadata={"description": "district, others, or the id of a school shown alone"}
    )


class CycleOut(Schema):
    cycle_id = fields.UUID(required=True)
    title = fields.String(required=True)


class CountOut(Schema):
    """required = done + open; done = on_time + done_late; late = done_late + overdue."""

    required = fields.Integer(required=True)
    done = fields.Integer(required=True)
    on_time = fields.Integer(required=True)
    done_late = fields.Integer(required=True)
    overdue = fields.Integer(required=True, metadata={"description": "Not done, and the due date has ended"})
    late = fields.Integer(required=True)
    open = fields.Integer(required=True)
    signed = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    unsigned = fields.Integer(
        required=True, metadata={"description": "Neither signed nor refused, as somebody noted; done, and late"}
    )
    opened = fields.Integer(required=True, metadata={"description": "Opened by the person evaluated"})
    filed = fields.Integer(required=True)
    evaluations = fields.Integer(required=True)
    closed = fields.Integer(required=True)
    ended_early = fields.Integer(required=True)


class StepOut(Schema):
    """A row: one step as the evaluations counted in it have it."""

    key = fields.String(
        required=True, metadata={"description": "Of the row; the entries behind it are asked for by it"}
    )
    step = fields.String(
        required=True,
        metadata={
            "description": "The step as the agreement names it. Several rows have it where tracks give it another title, "
            "phase, clause or duty"
        },
    )
    title = fields.String(required=True)
    phase = fields.String(required=True)
    clause = fields.String(required=True)
    duty = fields.String(required=True)
    count = fields.Nested(CountOut, required=True)


class SchoolOut(Schema):
    school_id = fields.UUID(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    count = fields.Nested(CountOut, required=True)


class EvaluatorOut(Schema):
    evaluator_id = fields.UUID(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    count = fields.Nested(CountOut, required=True)


class MarkedEvaluatorOut(Schema):
    evaluator = fields.String(
        required=True, allow_none=True, attribute="mark", metadata={"description": "A mark, no id"}
    )
    count = fields.Nested(CountOut, required=True)


class _EvaluationOut(Schema):
    required = fields.Integer(required=True)
    done = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    next_due = fields.Date(required=True, allow_none=True)


class PersonOut(_EvaluationOut):
    evaluation_id = fields.UUID(required=True)
    name = fields.String(required=True, allow_none=True)
    track = fields.String(required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_early_at = fields.AwareDateTime(required=True, allow_none=True)


class MarkedEvaluationOut(_EvaluationOut):
    evaluation = fields.String(required=True, attribute="mark", metadata={"description": "A mark, no id"})


class _BoardOut(Schema):
    cycle = fields.Nested(CycleOut, required=True)
    as_of = fields.Date(required=True, metadata={"description": "The district's day; what is late is late on it"})
    total = fields.Nested(CountOut, required=True, allow_none=True)
    steps = fields.List(fields.Nested(StepOut), required=True)
    schools = fields.List(fields.Nested(SchoolOut), required=True)
    next = fields.String(required=True, allow_none=True)


class BoardOut(_BoardOut):
    evaluators = fields.List(fields.Nested(EvaluatorOut), required=True)
    evaluations = fields.List(fields.Nested(PersonOut), required=True)


class AuditOut(_BoardOut):
    evaluators = fields.List(fields.Nested(MarkedEvaluatorOut), required=True)
    evaluations = fields.List(fields.Nested(MarkedEvaluationOut), required=True)


class _StepStateOut(Schema):
    step_id = fields.String(required=True)
    title = fields.String(required=True)
    phase = fields.String(required=True)
    clause = fields.String(required=True, allow_none=True)
    duty = fields.String(required=True)
    required = fields.Boolean(required=True)
    state = fields.String(
        required=True,
        metadata={
            "description": "planned, open, done, signed, refused, unsigned (neither, as somebody else noted), filed, lapsed or "
            "withdrawn"
        },
    )
    late = fields.Boolean(required=True, metadata={"description": "Done late, or not done and the date has ended"})
    due_on = fields.Date(required=True, allow_none=True)
    not_before = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "Of an open step: the first day on which it can be done"},
    )
    opened_on = fields.Date(required=True, allow_none=True)
    done_on = fields.Date(required=True, allow_none=True)
    done_by = fields.String(
        required=True, allow_none=True, metadata={"description": "subject, evaluator, other or clock"}
    )
    held_on = fields.Date(required=True, allow_none=True)
    document_opened_on = fields.Date(required=True, allow_none=True)
    done_earlier_on = fields.List(
        fields.Date(),
        metadata={"description": "In the record of one evaluation: when it was done before it was done again"},
    )
    held_earlier_on = fields.List(
        fields.Date(allow_none=True),
        metadata={"description": "For what day it then was: held, or announced for, in the same order"},
    )
    opened_earlier_on = fields.List(
        fields.Date(allow_none=True),
        metadata={"description": "When the person evaluated opened what then stood, in the same order"},
    )
    due_earlier_on = fields.List(
        fields.Date(allow_none=True), metadata={"description": "By when it then had to be done, in the same order"}
    )
    late_earlier = fields.List(
        fields.Boolean(), metadata={"description": "Whether it was late then, in the same order"}
    )


class EntryOut(_StepStateOut):
    evaluation_id = fields.UUID(required=True)
    name = fields.String(required=True, allow_none=True)
    school = fields.String(required=True, allow_none=True)


class MarkedEntryOut(_StepStateOut):
    evaluation = fields.String(required=True, metadata={"description": "A mark, no id"})
    evaluator = fields.String(required=True, allow_none=True, metadata={"description": "A mark, no id"})
    school = fields.String(required=True, allow_none=True)


class EntriesOut(Schema):
    entries = fields.List(fields.Nested(EntryOut), required=True)
    next = fields.String(required=True, allow_none=True)


class MarkedEntriesOut(Schema):
    entries = fields.List(fields.Nested(MarkedEntryOut), required=True)
    next = fields.String(required=True, allow_none=True)


class RecordOut(Schema):
    evaluation = fields.String(required=True, metadata={"description": "A mark, no id"})
    cycle = fields.String(required=True)
    school = fields.String(required=True, allow_none=True)
    opened_on = fields.Date(required=True)
    closed_on = fields.Date(required=True, allow_none=True)
    ended_early_on = fields.Date(required=True, allow_none=True)
    evaluators = fields.List(fields.String(), required=True, metadata={"description": "Marks, one after another"})
    steps = fields.List(fields.Nested(_StepStateOut), required=True)


class ClassOut(Schema):
    level_from = fields.String(required=True)
    level_to = fields.String(required=True)
    people = fields.Integer(required=True)
    percent = fields.Integer(required=True)


class PublishedOut(Schema):
    group = fields.String(
        required=True, metadata={"description": "district, others (all other schools as one) or school"}
    )
    school_id = fields.String(required=True, allow_none=True)
    school = fields.String(required=True, allow_none=True)
    levels = fields.List(fields.Nested(ClassOut), required=True)


class _SeriesOut(Schema):
    series = fields.String(required=True)
    cycle = fields.String(required=True)
    agreement = fields.String(required=True)
    minimum = fields.Integer(required=True, metadata={"description": "No number counts fewer people"})
    results_until = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "null: not published yet"}
    )


class RatingsOut(_SeriesOut):
    opened = fields.Integer(required=True, metadata={"description": "Evaluations, without those ended early"})
    delivered = fields.Integer(required=True)
    final = fields.Integer(required=True)
    ended_early = fields.Integer(required=True)
    rows = fields.List(fields.Nested(PublishedOut), required=True)


class ComponentOut(Schema):
    component_id = fields.String(required=True)
    title = fields.String(required=True)
    levels = fields.List(fields.Nested(ClassOut), required=True)


class RubricOut(_SeriesOut):
    part = fields.String(required=True)
    components = fields.List(fields.Nested(ComponentOut), required=True)
