"""Evaluations that the district office ended early, counted apart in their cycle."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

COUNTED = """
CREATE OR REPLACE FUNCTION accord_evaluation_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  more integer := 1;
  closed_more integer := (NEW.closed_at IS NOT NULL)::integer;
  ended_more integer := (NEW.ended_early_at IS NOT NULL)::integer;
  unassigned_more integer :=
    (NEW.closed_at IS NULL AND NEW.ended_early_at IS NULL AND NEW.evaluator_id IS NULL)::integer;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    more := 0;
    closed_more := closed_more - (OLD.closed_at IS NOT NULL)::integer;
    ended_more := ended_more - (OLD.ended_early_at IS NOT NULL)::integer;
    unassigned_more := unassigned_more
      - (OLD.closed_at IS NULL AND OLD.ended_early_at IS NULL AND OLD.evaluator_id IS NULL)::integer;
  END IF;
  INSERT INTO cycle_count AS kept (district_id, cycle_id, total, closed, unassigned, ended_early)
  VALUES (NEW.district_id, NEW.cycle_id, more, closed_more, unassigned_more, ended_more)
  ON CONFLICT (district_id, cycle_id) DO UPDATE SET total = kept.total + excluded.total,
    closed = kept.closed + excluded.closed, unassigned = kept.unassigned + excluded.unassigned,
    ended_early = kept.ended_early + excluded.ended_early;
  RETURN NULL;
END $$
"""
COUNTED_ANEW = """
CREATE CONSTRAINT TRIGGER evaluation_counted_anew AFTER UPDATE ON evaluation
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN ((OLD.closed_at IS NULL) <> (NEW.closed_at IS NULL) OR (OLD.evaluator_id IS NULL) <> (NEW.evaluator_id IS NULL)
  OR (OLD.ended_early_at IS NULL) <> (NEW.ended_early_at IS NULL))
EXECUTE FUNCTION accord_evaluation_counted()
"""


def upgrade() -> None:
    op.add_column("evaluation", sa.Column("ended_early_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cycle_count", sa.Column("ended_early", sa.Integer(), nullable=False, server_default=sa.text("0")))
    for statement in (COUNTED, "DROP TRIGGER evaluation_counted_anew ON evaluation", COUNTED_ANEW):
        op.execute(sa.text(statement.replace(":", "\\:")))
    op.drop_index("evaluation_due", "evaluation")
    op.create_index(
        "evaluation_due",
        "evaluation",
        ["district_id", "cycle_id", "next_due"],
        postgresql_where=sa.text("closed_at IS NULL AND ended_early_at IS NULL"),
    )
