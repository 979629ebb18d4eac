"""How evaluations went: made from `accord.process` alone. Everything a union representative's audit reads stands here.

No rating, score, text or evidence is in these tables, and nothing that was computed from one; results_tables holds those.
The track, and with it the steps, may have been chosen by an earlier result (docs/decisions/small-groups.md).
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.reporting.store.metadata import METADATA

SCOPES = ("district", "school", "evaluator")
"""How wide a count is: everyone of a cycle; one school's; one school's under one evaluator."""

cycle = Table(
    "report_cycle",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("cycle_id", Uuid, primary_key=True),
    Column("service", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("first_opened_at", DateTime(timezone=True), nullable=False),
    Column("first_evaluation_id", Uuid, nullable=False),
)
"""Named as in the evaluation that was opened first, whatever order the events came in."""

evaluation = Table(
    "report_evaluation",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("evaluation_id", Uuid, primary_key=True),
    Column("mark", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("school_id", Uuid),
    Column("subject_id", Uuid, nullable=False),
    Column("evaluator_id", Uuid),
    Column("agreement_hash", Text, nullable=False),
    Column("track", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("ended_early_at", DateTime(timezone=True)),
    Column("steps_seen", Integer, nullable=False),
    Index("report_evaluation_by_mark", "district_id", "mark", unique=True),
    Index("report_evaluation_of_cycle", "district_id", "cycle_id", "agreement_hash", "opened_at"),
    Index("report_evaluation_of_evaluator", "district_id", "cycle_id", "school_id", "evaluator_id", "mark"),
    Index(
        "report_evaluation_ended_early",
        "district_id",
        "cycle_id",
        "agreement_hash",
        "school_id",
        postgresql_where=text("ended_early_at IS NOT NULL"),
    ),
)
"""`mark`: a name for the evaluation that leads nobody back to it, nor to a person (a keyed hash)."""

assignment = Table(
    "report_assignment",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("evaluation_id", Uuid, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("evaluator_id", Uuid, nullable=False),
    Column("previous_id", Uuid),
    Column("at", DateTime(timezone=True), nullable=False),
)

evaluator = Table(
    "report_evaluator",
    METADATA,
    Column("district_id", Uuid, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("school_id", Uuid),
    Column("evaluator_id", Uuid, nullable=False),
    Column("mark", Text, nullable=False),
    UniqueConstraint(
        "district_id",
        "cycle_id",
        "school_id",
        "evaluator_id",
        name="report_evaluator_once",
        postgresql_nulls_not_distinct=True,
    ),
    Index("report_evaluator_by_mark", "district_id", "mark"),
)
"""Who evaluates at a school in a cycle. Without names they go by `mark`, which is made from who and where alone, so that
"Evaluator 7F3KQ" stays that evaluator. A number would not: it depends on who else has come, and on who was first."""

step = Table(
    "report_step",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("evaluation_id", Uuid, primary_key=True),
    Column("step_id", Text, primary_key=True),
    Column("mark", Text, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("school_id", Uuid),
    Column("evaluator_id", Uuid),
    Column("step_key", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("duty", Text, nullable=False),
    Column("clause", Text),
    Column("required", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("due_on", Date),
    Column("due_order", Date, nullable=False),
    Column("not_before", Date),
    Column("opened_at", DateTime(timezone=True)),
    Column("done_at", DateTime(timezone=True)),
    Column("done_by", Text),
    Column("held_from", DateTime(timezone=True)),
    Column("held_to", DateTime(timezone=True)),
    Column("document_opened_at", DateTime(timezone=True)),
    Column("path", Text, nullable=False),
    Column("told", Boolean, nullable=False),
    Column("earlier", JSONB, nullable=False),  # [{done_at, held_from, …}]: when it was done before it was done again
    CheckConstraint(
        "state IN ('planned', 'open', 'done', 'signed', 'refused', 'unsigned', 'filed', 'lapsed', 'withdrawn')",
        name="report_step_state",
    ),
    Index(
        "report_step_in_district",
        "district_id",
        "cycle_id",
        "step_key",
        "required",
        "state",
        "late",
        "due_order",
        "mark",
        "step_id",
    ),
    Index(
        "report_step_in_school",
        "district_id",
        "cycle_id",
        "school_id",
        "step_key",
        "required",
        "state",
        "late",
        "due_order",
        "mark",
        "step_id",
    ),
    Index(
        "report_step_read",
        "district_id",
        "cycle_id",
        "step_key",
        "due_order",
        "mark",
        "step_id",
        postgresql_where=text("document_opened_at IS NOT NULL"),
    ),
)
"""Each step of each evaluation. `evaluator_id`: whose it was when it was done, or whose it is now. `step_key`: the row
of a report it is counted in (projector/evaluation.py, row_key). `late`: done after its due date (a step that is not
done is late by the calendar; nothing is written when a day ends). `due_order`: due_on, or infinity. `told`: whether the person
evaluated may know of it. One that is not told is in no number, and no report shows it: whoever reads one may be that person."""

step_type = Table(
    "report_step_type",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("cycle_id", Uuid, primary_key=True),
    Column("step_key", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("duty", Text, nullable=False),
    Column("kind", Text, nullable=False),
)
"""What the rows of a report are called. All evaluations of a row say the same title, phase, clause and duty; `position` and
`kind` are the least of what they say."""

COUNTS = (
    "evaluations",
    "closed",
    "ended_early",
    "required",
    "done",
    "done_late",
    "signed",
    "refused",
    "unsigned",
    "opened",
    "filed",
)

step_count = Table(
    "report_step_count",
    METADATA,
    Column("district_id", Uuid, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("scope", Text, nullable=False),
    Column("school_id", Uuid),
    Column("evaluator_id", Uuid),
    Column("step_key", Text, nullable=False),
    *(Column(name, Integer, nullable=False, server_default=text("0")) for name in COUNTS),
    UniqueConstraint(
        "district_id",
        "cycle_id",
        "scope",
        "school_id",
        "evaluator_id",
        "step_key",
        name="report_step_count_once",
        postgresql_nulls_not_distinct=True,
    ),
)
"""Counts of steps, kept in the transaction that writes the step. `step_key` '' is all steps of the scope together."""

step_due = Table(
    "report_step_due",
    METADATA,
    Column("district_id", Uuid, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("scope", Text, nullable=False),
    Column("school_id", Uuid),
    Column("evaluator_id", Uuid),
    Column("step_key", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("waiting", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint(
        "district_id",
        "cycle_id",
        "scope",
        "school_id",
        "evaluator_id",
        "step_key",
        "due_on",
        name="report_step_due_once",
        postgresql_nulls_not_distinct=True,
    ),
    Index(
        "report_step_due_waiting",
        "district_id",
        "cycle_id",
        "scope",
        "school_id",
        "evaluator_id",
        "step_key",
        "due_on",
        postgresql_where=text("waiting > 0"),
    ),
)
"""Required steps that are not done, by due date: how many are late is read off it on any day, with no clock to tick."""

evaluation_count = Table(
    "report_evaluation_count",
    METADATA,
    Column("district_id", Uuid, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("agreement_hash", Text, nullable=False),
    Column("school_id", Uuid),
    Column("opened", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint(
        "district_id",
        "cycle_id",
        "agreement_hash",
        "school_id",
        name="report_evaluation_count_once",
        postgresql_nulls_not_distinct=True,
    ),
)
"""How many evaluations were opened under an agreement, by school."""

TABLES = (cycle, evaluation, assignment, evaluator, step, step_type, step_count, step_due, evaluation_count)
