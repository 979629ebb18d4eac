"""What people are called, from a service's copy of the directory."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

_NAMES = text(
    "SELECT person_id, given_name, family_name FROM people_person "
    "WHERE district_id = :district AND person_id = ANY(:people)"
)


def people_named(connection: Connection, district_id: UUID, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Names by id, of those of the district. One statement."""
    rows = connection.execute(_NAMES, {"district": district_id, "people": list(ids)}).all()
    return {row.person_id: f"{row.given_name} {row.family_name}" for row in rows}
