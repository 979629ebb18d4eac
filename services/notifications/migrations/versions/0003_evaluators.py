"""Who is or was an evaluator, and from when on each acts with no end foreseen; the home page asks there who is gone."""

import sqlalchemy as sa
from alembic import op

from services.notifications.store.functions import HOME
from shared.people.leaving import evaluator_statements

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for statement in (*evaluator_statements(), HOME.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)):
        op.execute(sa.text(statement))
