"""Schools that were entered by hand before they had versions have one: 0002 read them as an owner who sees no row."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TABLES = ("people_school", "organisation", "school_record")
_BY_HAND = """
INSERT INTO school_record (district_id, school_id, version, changed_at)
SELECT s.district_id, s.school_id, 1, now() FROM people_school s
WHERE NOT EXISTS (SELECT FROM organisation o WHERE o.district_id = s.district_id AND o.school_id = s.school_id)
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    statements = [
        *(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY" for table in _TABLES),  # the owner sees every district's
        _BY_HAND,
        *(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for table in _TABLES),
    ]
    for statement in statements:
        op.execute(sa.text(statement))
