"""What is called something else than a school today, and was one, is known as the school it was."""

import sqlalchemy as sa
from alembic import op

from shared.ids import derived_id

revision = "0004"
down_revision = "0003"

_TABLES = ("organisation", "people_school")
_LOST = "SELECT district_id, source_id FROM organisation WHERE kind <> 'school' AND school_id IS NULL"
_FOUND = """
UPDATE organisation o SET school_id = :school_id WHERE district_id = :district_id AND source_id = :source_id
  AND EXISTS (SELECT FROM people_school s WHERE s.district_id = o.district_id AND s.school_id = :school_id)
  AND NOT EXISTS (SELECT FROM organisation h WHERE h.district_id = o.district_id AND h.school_id = :school_id)
"""


def upgrade() -> None:
    connection = op.get_bind()
    for table in _TABLES:  # the owner sees every district's
        op.execute(sa.text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
    lost = [
        {
            "district_id": row.district_id,
            "source_id": row.source_id,
            "school_id": derived_id(str(row.district_id), "school", row.source_id),
        }
        for row in connection.execute(sa.text(_LOST))
    ]
    if lost:
        connection.execute(sa.text(_FOUND), lost)
    for table in _TABLES:
        op.execute(sa.text(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"))
