"""What must be known at once is found in the outbox without a look at all that waits there."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index(
        "outbox_urgent",
        "outbox",
        ["id"],
        unique=False,
        postgresql_where=sa.text("published_at IS NULL AND parked_reason IS NULL AND topic IN ('accord.access')"),
    )
