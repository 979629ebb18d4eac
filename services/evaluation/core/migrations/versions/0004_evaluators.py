"""Who is or was an evaluator, and from when on each acts with no end foreseen."""

import sqlalchemy as sa
from alembic import op

from shared.people.leaving import evaluator_statements

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "people_evaluator",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("acts_from", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "person_id"),
    )
    op.create_index("people_evaluator_by_day", "people_evaluator", ["district_id", "acts_from"])
    for statement in evaluator_statements():
        op.execute(sa.text(statement))
