"""Drafts of a script that two devices write on: the fields of a line are merged together or not at all."""

import sqlalchemy as sa
from alembic import op

from shared.web.migration import DRAFT_SAVE

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute(sa.text(DRAFT_SAVE))
