"""Usernames and addresses are found however they are composed: the stored keys become what services.directory.letters makes.

Where two people would have the same key from now on, the second keeps the old one, by which nobody finds it; the office
sees the two usernames and changes one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NO_FORCE = "ALTER TABLE account NO FORCE ROW LEVEL SECURITY"
_FORCE = "ALTER TABLE account FORCE ROW LEVEL SECURITY"
_USERNAMES = """
UPDATE account a SET username_key = normalize(a.username_key, NFKC)
WHERE normalize(a.username_key, NFKC) <> a.username_key
  AND NOT EXISTS (
    SELECT FROM account o
    WHERE o.district_id = a.district_id AND o.person_id <> a.person_id
      AND normalize(o.username_key, NFKC) = normalize(a.username_key, NFKC)
      AND (o.username_key = normalize(o.username_key, NFKC) OR o.person_id < a.person_id))
"""
_ADDRESSES = """
UPDATE account SET email_key = normalize(email_key, NFKC) WHERE normalize(email_key, NFKC) <> email_key
"""
STATEMENTS = (_NO_FORCE, _USERNAMES, _ADDRESSES, _FORCE)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(sa.text(statement))
