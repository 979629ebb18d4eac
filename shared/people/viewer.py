"""Who is asking: loaded with one statement that also binds the transaction to the district."""

from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from shared.direct import ask
from shared.people.roles import out_of_place


class RoleAt(msgspec.Struct, frozen=True):
    """A role in force today. `school_id` None: in the whole district."""

    role: str
    school_id: UUID | None


@dataclass(frozen=True)
class Viewer:
    """The signed-in person, with the roles in force on the district's today."""

    person_id: UUID
    district_id: UUID
    session_id: UUID
    given_name: str
    family_name: str
    district_name: str
    zone: str
    roles: tuple[RoleAt, ...]

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    def has(self, *roles: str) -> bool:
        """Whether the viewer holds any of these roles where it allows something."""
        return any(held.role in roles and not out_of_place(held.role, held.school_id) for held in self.roles)

    def schools_as(self, *roles: str) -> frozenset[UUID]:
        """The schools at which the viewer holds any of these roles."""
        return frozenset(held.school_id for held in self.roles if held.role in roles and held.school_id)


class _Row(msgspec.Struct, frozen=True):
    given_name: str
    family_name: str
    district_name: str
    zone: str
    roles: tuple[RoleAt, ...]


VIEWER_FUNCTION = """
CREATE OR REPLACE FUNCTION accord_viewer(district uuid, viewer uuid, session uuid) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.district', district::text, true);
  RETURN (
    SELECT json_build_object(
      'given_name', p.given_name, 'family_name', p.family_name, 'district_name', d.name, 'zone', d.zone,
      'roles', coalesce((
        SELECT json_agg(json_build_object('role', r.role, 'school_id', r.school_id) ORDER BY r.number)
        FROM people_role r
        WHERE r.district_id = p.district_id AND r.person_id = p.person_id
          AND (r.begins IS NULL OR r.begins <= (now() AT TIME ZONE d.zone)::date)
          AND (r.ends IS NULL OR r.ends > (now() AT TIME ZONE d.zone)::date)), '[]'::json))::text
    FROM people_person p JOIN people_district d ON d.district_id = p.district_id
    WHERE p.district_id = district AND p.person_id = viewer AND p.active AND d.active
      AND NOT EXISTS (
        SELECT FROM people_ended_session s WHERE s.district_id = p.district_id AND s.session_id = session));
END $$
"""
"""SQL for a migration: sets the district, then answers the viewer as JSON, or NULL where the person is not active or
the session has ended. One round trip instead of two on every page."""

_decoder = msgspec.json.Decoder(_Row)
_VIEWER = "SELECT accord_viewer(%s, %s, %s)"


def load_viewer(connection: Connection, *, district_id: UUID, person_id: UUID, session_id: UUID) -> Viewer | None:
    """The viewer, with the transaction bound to the district; None where the session no longer holds."""
    found = ask(connection, _VIEWER, (district_id, person_id, session_id))
    if found is None or found[0] is None:
        return None
    row = _decoder.decode(found[0])
    return Viewer(
        person_id,
        district_id,
        session_id,
        row.given_name,
        row.family_name,
        row.district_name,
        row.zone,
        row.roles,
    )
