"""Nothing is due for whoever is named as an evaluator and holds no role for it any more."""

import sqlalchemy as sa
from alembic import op

from services.notifications.store.functions import DUE, NEXT, TOTAL

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for function in (DUE, TOTAL, NEXT):
        op.execute(sa.text(function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)))
