"""What came out: results and ratings, and what is published of them. In tables of their own, which the audit never reads."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.db import district_policy, grants

revision = "0002"
down_revision = "0001"

_RESULTS = (
    "report_agreement",
    "report_result",
    "report_rating",
    "report_result_count",
    "report_series",
    "report_release",
    "report_release_cell",
)
_OF_ALL_DISTRICTS = ("report_series", "report_release")  # where the worker looks for what is due to be published


def upgrade() -> None:
    _create_agreement()
    _create_result()
    _create_rating()
    _create_result_count()
    _create_series()
    _create_release()
    _create_release_cell()
    for table in _RESULTS:
        policy = district_policy(table, worker_sees_all=table in _OF_ALL_DISTRICTS)
        for statement in (*policy, *grants(table, web="SELECT")):
            op.execute(sa.text(statement))


def _create_agreement() -> None:
    op.create_table(
        "report_agreement",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("structure_hash", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("final_levels", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("components", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "content_hash"),
    )


def _create_result() -> None:
    op.create_table(
        "report_result",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_hash", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("evaluator_id", sa.Uuid(), nullable=False),
        sa.Column("final_level", sa.Text(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("district_id", "evaluation_id", "sequence"),
    )
    op.create_index(
        "report_result_of_series",
        "report_result",
        ["district_id", "cycle_id", "agreement_hash", "delivered_at"],
        unique=False,
    )


def _create_rating() -> None:
    op.create_table(
        "report_rating",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("component_id", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("district_id", "evaluation_id", "sequence", "component_id"),
    )


def _create_result_count() -> None:
    op.create_table(
        "report_result_count",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_hash", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("delivered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("final", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.UniqueConstraint(
            "district_id",
            "cycle_id",
            "agreement_hash",
            "school_id",
            name="report_result_count_once",
            postgresql_nulls_not_distinct=True,
        ),
    )


def _create_series() -> None:
    op.create_table(
        "report_series",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_hash", sa.Text(), nullable=False),
        sa.Column("first_delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "cycle_id", "agreement_hash"),
    )


def _create_release() -> None:
    op.create_table(
        "report_release",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_hash", sa.Text(), nullable=False),
        sa.Column("cut_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=False),
        sa.Column("included", sa.Integer(), nullable=False),
        sa.Column("schools", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "cycle_id", "agreement_hash"),
    )


def _create_release_cell() -> None:
    op.create_table(
        "report_release_cell",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_hash", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "cycle_id", "agreement_hash", "subject", "part", "first"),
    )
