"""Evaluations that the district office ended early: when, and how many."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("report_evaluation", sa.Column("ended_early_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "report_evaluation_ended_early",
        "report_evaluation",
        ["district_id", "cycle_id", "agreement_hash", "school_id"],
        unique=False,
        postgresql_where=sa.text("ended_early_at IS NOT NULL"),
    )
    count = sa.Column("ended_early", sa.Integer(), server_default=sa.text("0"), nullable=False)
    op.add_column("report_step_count", count)
