"""Whoever has left and is kept by a role that ends by its day is found at once; the worker closes their account then."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index(
        "account_kept_by_hand",
        "account",
        ["district_id", "person_id"],
        unique=False,
        postgresql_where=sa.text("source_id IS NOT NULL AND NOT on_roster AND username_key IS NOT NULL"),
    )
    # It looks for them over all districts with one statement, and writes in one district at a time.
    for table in ("account", "appointment"):
        op.execute(sa.text(f"CREATE POLICY {table}_queue ON {table} FOR SELECT TO accord_worker USING (true)"))
    op.execute(sa.text("GRANT UPDATE (username_key, email_key) ON account TO accord_worker"))
