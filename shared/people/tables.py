"""People as every service knows them: the directory writes these tables from its own decisions, every other service
from the directory's events, both through shared.people.apply. One shape everywhere."""

from dataclasses import dataclass

from sqlalchemy import Boolean, Column, Date, DateTime, Index, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB


@dataclass(frozen=True)
class PeopleTables:
    district: Table
    school: Table
    person: Table
    role: Table
    calendar: Table
    ended_session: Table
    evaluator: Table | None = None
    """Where evaluations are kept: who is or was an evaluator (see shared.people.leaving)."""

    def all(self) -> tuple[Table, ...]:
        """Those of every service."""
        return (self.district, self.school, self.person, self.role, self.calendar, self.ended_session)


def people_tables(metadata: MetaData, *, evaluators: bool = False) -> PeopleTables:
    """Add the copy of the directory to a service's metadata. Names of tables: people_*. `evaluators`: whether the service
    has a table of evaluations."""
    district = Table(
        "people_district", metadata,
        Column("district_id", Uuid, primary_key=True),
        Column("name", Text, nullable=False),
        Column("zone", Text, nullable=False),
        Column("active", Boolean, nullable=False),
    )  # fmt: skip
    school = Table(
        "people_school", metadata,
        Column("district_id", Uuid, primary_key=True),
        Column("school_id", Uuid, primary_key=True),
        Column("name", Text, nullable=False),
        Column("active", Boolean, nullable=False),
        Index("people_school_by_name", "district_id", "name", "school_id"),
    )  # fmt: skip
    person = Table(
        "people_person", metadata,
        Column("district_id", Uuid, primary_key=True),
        Column("person_id", Uuid, primary_key=True),
        Column("given_name", Text, nullable=False),
        Column("family_name", Text, nullable=False),
        Column("email", Text),
        Column("active", Boolean, nullable=False),
        Column("evaluator_ids", ARRAY(Uuid), nullable=False),
        Index("people_person_by_name", "district_id", "family_name", "given_name"),
    )  # fmt: skip
    role = Table(
        "people_role", metadata,
        Column("district_id", Uuid, primary_key=True),
        Column("person_id", Uuid, primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("role", Text, nullable=False),
        Column("school_id", Uuid),
        Column("begins", Date),
        Column("ends", Date),
        Index("people_role_by_school", "district_id", "role", "school_id"),
    )  # fmt: skip
    ended_session = Table(
        "people_ended_session", metadata,
        Column("district_id", Uuid, primary_key=True),
        Column("session_id", Uuid, primary_key=True),
        Column("expires_at", DateTime(timezone=True), nullable=False),
    )  # fmt: skip
    evaluator = _evaluator(metadata) if evaluators else None
    return PeopleTables(district, school, person, role, _calendar(metadata), ended_session, evaluator)


def _evaluator(metadata: MetaData) -> Table:
    return Table(
        "people_evaluator", metadata,
        Column("district_id", Uuid, primary_key=True),
        Column("person_id", Uuid, primary_key=True),
        Column("acts_from", Date, nullable=False),
        Index("people_evaluator_by_day", "district_id", "acts_from"),
    )  # fmt: skip


def _calendar(metadata: MetaData) -> Table:
    return Table(
        "people_calendar", metadata,
        Column("district_id", Uuid, primary_key=True),
        Column("calendar_id", Uuid, primary_key=True),
        Column("school_id", Uuid),
        Column("title", Text, nullable=False),
        Column("first_day", Date, nullable=False),
        Column("last_day", Date, nullable=False),
        Column("days", JSONB, nullable=False),
        Column("active", Boolean, nullable=False),
    )  # fmt: skip
