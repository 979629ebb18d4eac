"""The first shape: what is due, what people were told, the letters of it, and what every service holds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import MetaData

from services.notifications.store.functions import FUNCTIONS
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


def upgrade() -> None:
    first_revision.create_outbox_tables()
    first_revision.create_inbox_tables()
    first_revision.create_people_tables()
    first_revision.create_web_tables()
    _create_due_tables()
    _create_message_table()
    _create_delivery_table()
    statements = [
        *outbox_statements(outbox_tables(MetaData())),
        *inbox_statements(inbox_tables(MetaData())),
        *people_statements(people_tables(MetaData())),
        *web_statements(web_tables(MetaData())),
        *_own_statements(),
        *FUNCTIONS,
    ]
    for statement in statements:
        op.execute(sa.text(statement))


def _own_statements() -> list[str]:
    """A page may mark a message read and ask for another try of a letter; everything else is the worker's to write."""
    return [
        *district_policy("evaluation"),
        *district_policy("due_item"),
        *district_policy("message", worker_sees_all=True),
        *district_policy("delivery", worker_sees_all=True),
        *grants("evaluation", web="SELECT"),
        *grants("due_item", web="SELECT"),
        *grants("message", web="SELECT, UPDATE (read_at)", worker="SELECT, INSERT, UPDATE"),
        *grants(
            "delivery",
            web="SELECT, UPDATE (state, attempts, next_attempt_at, settled_at)",
            worker="SELECT, INSERT, UPDATE",
        ),
    ]


def _create_due_tables() -> None:
    op.create_table(
        "evaluation",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_title", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("evaluator_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("district_id", "evaluation_id"),
    )
    op.create_index(
        "evaluation_open_of_evaluator",
        "evaluation",
        ["district_id", "evaluator_id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "evaluation_unassigned",
        "evaluation",
        ["district_id"],
        unique=False,
        postgresql_where=sa.text("evaluator_id IS NULL AND closed_at IS NULL"),
    )
    op.create_table(
        "due_item",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("bearer_id", sa.Uuid(), nullable=True),
        sa.Column("duty", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("planned_on", sa.Date()),
        sa.Column("not_before", sa.Date()),
        sa.Column(
            "due_by", sa.Date(), sa.Computed("COALESCE(LEAST(due_on, planned_on), '9999-12-31'::date)", persisted=True)
        ),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('planned', 'open')", name="due_item_state"),
        sa.PrimaryKeyConstraint("district_id", "evaluation_id", "step_id"),
    )
    op.create_index(
        "due_item_of_office",
        "due_item",
        ["district_id", "state", "required", "due_by"],
        unique=False,
        postgresql_where=sa.text("duty = 'office'"),
    )
    op.create_index(
        "due_item_of_person", "due_item", ["district_id", "bearer_id", "state", "required", "due_by"], unique=False
    )


def _create_message_table() -> None:
    op.create_table(
        "message",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=True),
        sa.Column("cycle_title", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("step_id", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("held_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id", "recipient_id", "kind", name="message_once"),
    )
    op.create_index("message_of_person", "message", ["district_id", "recipient_id", "created_at", "id"], unique=False)
    op.create_index(
        "message_of_step", "message", ["district_id", "evaluation_id", "step_id", "recipient_id"], unique=False
    )
    op.create_index(
        "message_unread",
        "message",
        ["district_id", "recipient_id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )


def _create_delivery_table() -> None:
    op.create_table(
        "delivery",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("mail_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("together_id", sa.Uuid(), nullable=True),
        sa.Column("gathers_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("smtp_code", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_id", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'sent', 'failed', 'gave_up', 'not_sent', 'together')", name="delivery_state"
        ),
        sa.CheckConstraint("(state = 'together') = (together_id IS NOT NULL)", name="delivery_together"),
        sa.ForeignKeyConstraint(["together_id"], ["delivery.id"]),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id", "channel", name="delivery_once"),
    )
    op.create_index("delivery_by_state", "delivery", ["district_id", "state", "created_at"], unique=False)
    op.create_index(
        "delivery_of_letter",
        "delivery",
        ["together_id"],
        unique=False,
        postgresql_where=sa.text("together_id IS NOT NULL"),
    )
    op.create_index(
        "delivery_gathering",
        "delivery",
        ["district_id"],
        unique=False,
        postgresql_where=sa.text("gathers_until IS NOT NULL"),
    )
    op.create_index(
        "delivery_due", "delivery", ["next_attempt_at"], unique=False, postgresql_where=sa.text("state = 'pending'")
    )
