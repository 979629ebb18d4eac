"""What every service holds, and how evaluations went."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql

from shared import first_revision
from shared.db import district_policy, grants
from shared.inbox.migration import inbox_statements
from shared.inbox.tables import inbox_tables
from shared.outbox.migration import outbox_statements
from shared.outbox.tables import outbox_tables
from shared.people.migration import people_statements
from shared.people.tables import people_tables
from shared.web.migration import web_statements
from shared.web.tables import web_tables

revision = "0001"
down_revision = None

_PROCESS = (
    "report_cycle",
    "report_evaluation",
    "report_assignment",
    "report_evaluator",
    "report_step",
    "report_step_type",
    "report_step_count",
    "report_step_due",
    "report_evaluation_count",
)


def upgrade() -> None:
    first_revision.create_outbox_tables()
    first_revision.create_inbox_tables()
    first_revision.create_people_tables()
    first_revision.create_web_tables()
    _create_process_tables()
    statements = [
        *outbox_statements(outbox_tables(MetaData())),
        *inbox_statements(inbox_tables(MetaData())),
        *people_statements(people_tables(MetaData())),
        *web_statements(web_tables(MetaData())),
    ]
    for table in _PROCESS:
        statements += district_policy(table)
        statements += grants(table, web="SELECT")
    for statement in statements:
        op.execute(sa.text(statement))


def _create_process_tables() -> None:
    _create_cycle()
    _create_evaluation()
    _create_assignment()
    _create_evaluator()
    _create_step()
    _create_step_indexes()
    _create_step_type()
    _create_step_count()
    _create_step_due()
    _create_evaluation_count()


def _create_cycle() -> None:
    op.create_table(
        "report_cycle",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("first_opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_evaluation_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "cycle_id"),
    )


def _create_evaluation() -> None:
    op.create_table(
        "report_evaluation",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("evaluator_id", sa.Uuid(), nullable=True),
        sa.Column("agreement_hash", sa.Text(), nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("steps_seen", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "evaluation_id"),
    )
    op.create_index("report_evaluation_by_mark", "report_evaluation", ["district_id", "mark"], unique=True)
    op.create_index(
        "report_evaluation_of_cycle",
        "report_evaluation",
        ["district_id", "cycle_id", "agreement_hash", "opened_at"],
        unique=False,
    )
    op.create_index(
        "report_evaluation_of_evaluator",
        "report_evaluation",
        ["district_id", "cycle_id", "school_id", "evaluator_id", "mark"],
        unique=False,
    )


def _create_assignment() -> None:
    op.create_table(
        "report_assignment",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("evaluator_id", sa.Uuid(), nullable=False),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "evaluation_id", "sequence"),
    )


def _create_evaluator() -> None:
    op.create_table(
        "report_evaluator",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("evaluator_id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.UniqueConstraint(
            "district_id",
            "cycle_id",
            "school_id",
            "evaluator_id",
            name="report_evaluator_once",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("report_evaluator_by_mark", "report_evaluator", ["district_id", "mark"], unique=False)


def _create_step() -> None:
    op.create_table(
        "report_step",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("evaluator_id", sa.Uuid(), nullable=True),
        sa.Column("step_key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("duty", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_order", sa.Date(), nullable=False),
        sa.Column("not_before", sa.Date(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.Column("held_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("earlier", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'open', 'done', 'signed', 'refused', 'filed', 'lapsed', 'withdrawn')",
            name="report_step_state",
        ),
        sa.PrimaryKeyConstraint("district_id", "evaluation_id", "step_id"),
    )


def _create_step_indexes() -> None:
    op.create_index(
        "report_step_in_district",
        "report_step",
        ["district_id", "cycle_id", "step_key", "required", "state", "late", "due_order", "mark", "step_id"],
        unique=False,
    )
    op.create_index(
        "report_step_in_school",
        "report_step",
        [
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
        ],
        unique=False,
    )
    op.create_index(
        "report_step_read",
        "report_step",
        ["district_id", "cycle_id", "step_key", "due_order", "mark", "step_id"],
        unique=False,
        postgresql_where=sa.text("document_opened_at IS NOT NULL"),
    )


def _create_step_type() -> None:
    op.create_table(
        "report_step_type",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("step_key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("duty", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "cycle_id", "step_key"),
    )


def _create_step_count() -> None:
    op.create_table(
        "report_step_count",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("evaluator_id", sa.Uuid(), nullable=True),
        sa.Column("step_key", sa.Text(), nullable=False),
        sa.Column("evaluations", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("closed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("required", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("done_late", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("signed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("refused", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("opened", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("filed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.UniqueConstraint(
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


def _create_step_due() -> None:
    op.create_table(
        "report_step_due",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("evaluator_id", sa.Uuid(), nullable=True),
        sa.Column("step_key", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("waiting", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.UniqueConstraint(
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
    )
    op.create_index(
        "report_step_due_waiting",
        "report_step_due",
        ["district_id", "cycle_id", "scope", "school_id", "evaluator_id", "step_key", "due_on"],
        unique=False,
        postgresql_where=sa.text("waiting > 0"),
    )


def _create_evaluation_count() -> None:
    op.create_table(
        "report_evaluation_count",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_hash", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("opened", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.UniqueConstraint(
            "district_id",
            "cycle_id",
            "agreement_hash",
            "school_id",
            name="report_evaluation_count_once",
            postgresql_nulls_not_distinct=True,
        ),
    )
