"""The inbox notes partitions that stand still, and knows again what was set aside before a replay."""

import sqlalchemy as sa
from alembic import op

from shared.inbox.migration import STOPS

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for statement in STOPS:
        op.execute(sa.text(statement))
