"""A cycle in which nothing has begun can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute(sa.text("GRANT DELETE ON cycle TO accord_web"))
