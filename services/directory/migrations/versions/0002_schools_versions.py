"""Schools entered by hand have a version, so that two who change one at once are told of each other."""

import sqlalchemy as sa
from alembic import op

from shared.db import district_policy, grants

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "school_record",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("district_id", "school_id"),
    )
    op.execute(
        "INSERT INTO school_record SELECT s.district_id, s.school_id, 1, now() FROM people_school s WHERE NOT EXISTS "
        "(SELECT FROM organisation o WHERE o.district_id = s.district_id AND o.school_id = s.school_id)"
    )
    statements = [
        *district_policy("school_record"),
        *grants("school_record", web="SELECT, INSERT, UPDATE", worker="SELECT"),
    ]
    for statement in statements:
        op.execute(sa.text(statement))
