"""An entry of the inbox says which transaction brought it, so that nothing is marked read that came after somebody looked."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    arrived = sa.text("pg_current_xact_id()::text::bigint")
    op.add_column("message", sa.Column("arrived_in", sa.BigInteger(), server_default=arrived, nullable=False))
