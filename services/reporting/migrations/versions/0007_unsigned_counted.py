"""Signatures that never came are counted beside those given and refused."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_TABLES = ("report_step", "report_step_count")
_COUNTED = """
UPDATE report_step_count c SET unsigned = n.unsigned FROM (
  SELECT s.district_id, s.cycle_id, p.scope, p.at_school, p.with_evaluator, k.step_key, count(*) AS unsigned
  FROM report_step s
  CROSS JOIN LATERAL (VALUES ('district', NULL\\:\\:uuid, NULL\\:\\:uuid), ('school', s.school_id, NULL),
    ('evaluator', s.school_id, s.evaluator_id)) AS p (scope, at_school, with_evaluator)
  CROSS JOIN LATERAL (VALUES (s.step_key), ('')) AS k (step_key)
  WHERE s.told AND s.state = 'unsigned' GROUP BY 1, 2, 3, 4, 5, 6) n
WHERE c.district_id = n.district_id AND c.cycle_id = n.cycle_id AND c.scope = n.scope AND c.step_key = n.step_key
  AND c.school_id IS NOT DISTINCT FROM n.at_school AND c.evaluator_id IS NOT DISTINCT FROM n.with_evaluator
"""


def upgrade() -> None:
    count = sa.Column("unsigned", sa.Integer(), server_default=sa.text("0"), nullable=False)
    op.add_column("report_step_count", count)
    statements = [
        *(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY" for table in _TABLES),  # the owner sees every district's
        _COUNTED,
        *(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for table in _TABLES),
    ]
    for statement in statements:
        op.execute(sa.text(statement))
