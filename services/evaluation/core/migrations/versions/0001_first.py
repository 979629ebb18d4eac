"""The first shape: agreements, cycles, evaluations with their record, and what every service holds."""

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

NEVER_CHANGED = """
CREATE FUNCTION accord_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is only ever added to; what stands there can not be changed or removed', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$
"""

COUNTED = """
CREATE FUNCTION accord_evaluation_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  more integer := 1;
  closed_more integer := (NEW.closed_at IS NOT NULL)::integer;
  unassigned_more integer := (NEW.closed_at IS NULL AND NEW.evaluator_id IS NULL)::integer;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    more := 0;
    closed_more := closed_more - (OLD.closed_at IS NOT NULL)::integer;
    unassigned_more := unassigned_more - (OLD.closed_at IS NULL AND OLD.evaluator_id IS NULL)::integer;
  END IF;
  INSERT INTO cycle_count AS kept (district_id, cycle_id, total, closed, unassigned)
  VALUES (NEW.district_id, NEW.cycle_id, more, closed_more, unassigned_more)
  ON CONFLICT (district_id, cycle_id) DO UPDATE SET total = kept.total + excluded.total,
    closed = kept.closed + excluded.closed, unassigned = kept.unassigned + excluded.unassigned;
  RETURN NULL;
END $$
"""
COUNTING = (
    """
    CREATE CONSTRAINT TRIGGER evaluation_counted AFTER INSERT ON evaluation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accord_evaluation_counted()
    """,
    """
    CREATE CONSTRAINT TRIGGER evaluation_counted_anew AFTER UPDATE ON evaluation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.closed_at IS NULL) <> (NEW.closed_at IS NULL) OR (OLD.evaluator_id IS NULL) <> (NEW.evaluator_id IS NULL))
    EXECUTE FUNCTION accord_evaluation_counted()
    """,
)

PLAIN_NAME = (
    r"lower(translate(regexp_replace(normalize(family_name || E'\t' || given_name, NFKD), '["
    + "\u0300-\u036f"
    + r"]', "
    r"'', 'g'), 'ŁłĐđØøðħı’', 'LlDdOodhi'''))"
)
"""As store/by_name.py sorts: an expression of an index can't be changed by changing the program."""


def upgrade() -> None:
    first_revision.create_outbox_tables()
    first_revision.create_inbox_tables()
    first_revision.create_people_tables()
    first_revision.create_web_tables()
    _create_tables()
    statements = [
        *outbox_statements(outbox_tables(MetaData())),
        *inbox_statements(inbox_tables(MetaData())),
        *people_statements(people_tables(MetaData())),
        *web_statements(web_tables(MetaData())),
    ]
    for table, web in (
        ("agreement", "SELECT, INSERT"),
        ("cycle", "SELECT, INSERT"),
        ("evaluation", "SELECT, INSERT, UPDATE"),
        ("record", "SELECT, INSERT"),
        ("cycle_count", "SELECT, INSERT, UPDATE"),
    ):
        statements += district_policy(table) + grants(table, web=web, worker=web)
    statements.append(f"CREATE INDEX people_person_by_plain_name ON people_person (district_id, ({PLAIN_NAME}))")
    statements.append(COUNTED)
    statements += COUNTING
    statements.append(NEVER_CHANGED)
    for table in ("agreement", "record"):
        statements.append(
            f"CREATE TRIGGER {table}_never_changed BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION accord_never_changed()"
        )
        statements.append(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION accord_never_changed()"
        )
    for statement in statements:
        op.execute(sa.text(statement.replace(":", "\\:")))


def _create_tables() -> None:
    op.create_table(
        "agreement",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("structure_hash", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("signatures", postgresql.JSONB(), nullable=False),
        sa.Column("ratified_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "content_hash"),
    )
    op.create_table(
        "cycle",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("agreement_hash", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "agreement_hash"],
            ["agreement.district_id", "agreement.content_hash"],
        ),
        sa.PrimaryKeyConstraint("district_id", "cycle_id"),
        sa.UniqueConstraint("district_id", "title"),
    )
    op.create_table(
        "evaluation",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_hash", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("evaluator_id", sa.Uuid(), nullable=True),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", postgresql.JSON(), nullable=False),
        sa.Column("summary", postgresql.JSON(), nullable=False),
        sa.Column("people", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("next_due", sa.Date(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["cycle.district_id", "cycle.cycle_id"],
        ),
        sa.PrimaryKeyConstraint("district_id", "evaluation_id"),
        sa.UniqueConstraint("district_id", "cycle_id", "subject_id"),
    )
    op.create_index("evaluation_by_evaluator", "evaluation", ["district_id", "evaluator_id"], unique=False)
    op.create_index("evaluation_by_school", "evaluation", ["district_id", "cycle_id", "school_id"], unique=False)
    op.create_index("evaluation_by_subject", "evaluation", ["district_id", "subject_id"], unique=False)
    op.create_index("evaluation_of_evaluator", "evaluation", ["district_id", "cycle_id", "evaluator_id"], unique=False)
    op.create_index(
        "evaluation_due",
        "evaluation",
        ["district_id", "cycle_id", "next_due"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "cycle_count",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Integer(), nullable=False),
        sa.Column("unassigned", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "cycle_id"),
    )
    op.create_table(
        "record",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", postgresql.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "evaluation_id"],
            ["evaluation.district_id", "evaluation.evaluation_id"],
        ),
        sa.PrimaryKeyConstraint("district_id", "evaluation_id", "sequence"),
    )
