"""How far the events of an evaluation have marked entries read is kept, so that a replay marks none again."""

import sqlalchemy as sa
from alembic import op

from shared.db import district_policy, grants

revision = "0006"
down_revision = "0005"

_READ_SO_FAR = """
INSERT INTO message_stream (district_id, evaluation_id, sequence)
SELECT e.district_id, e.evaluation_id, s.sequence
FROM evaluation e JOIN inbox_stream s ON s.topic = 'accord.process' AND s.key = e.evaluation_id\\:\\:text
"""
"""What has been applied by now has marked what it marks."""


def upgrade() -> None:
    op.create_table(
        "message_stream",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "evaluation_id"),
    )
    statements = [
        "ALTER TABLE evaluation NO FORCE ROW LEVEL SECURITY",  # the owner sees every district's
        _READ_SO_FAR,
        "ALTER TABLE evaluation FORCE ROW LEVEL SECURITY",
        *district_policy("message_stream"),
        *grants("message_stream", web="SELECT", worker="SELECT, INSERT, UPDATE"),
    ]
    for statement in statements:
        op.execute(sa.text(statement))
