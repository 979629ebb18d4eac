"""Who is or was an evaluator, and from when on each acts with no end foreseen."""

import sqlalchemy as sa
from alembic import op

from shared.people.leaving import evaluator_statements

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for statement in evaluator_statements():
        op.execute(sa.text(statement))
