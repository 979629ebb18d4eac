"""Writing the directory's events into the copy. Each event is the whole present state, so applying is replacing."""

from collections.abc import Mapping
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Table, delete, insert
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.contracts.directory import (
    CalendarChanged,
    DistrictChanged,
    PersonChanged,
    SchoolChanged,
    SessionEnded,
)
from shared.contracts.envelope import Envelope
from shared.contracts.registry import Event
from shared.inbox.appliers import Apply
from shared.people.tables import PeopleTables


def _replace(connection: Connection, table: Table, values: dict[str, object]) -> None:
    keys = [column.name for column in table.primary_key]
    rest = {name: value for name, value in values.items() if name not in keys}
    connection.execute(upsert(table).values(**values).on_conflict_do_update(index_elements=keys, set_=rest))


def people_appliers(tables: PeopleTables) -> Mapping[type[Event], Apply]:
    """What to do with each directory event, for a consumer's table of appliers."""

    def district(connection: Connection, district_id: UUID, event: Event, _envelope: Envelope) -> None:
        assert isinstance(event, DistrictChanged)
        _replace(connection, tables.district, msgspec.structs.asdict(event))

    def school(connection: Connection, district_id: UUID, event: Event, _envelope: Envelope) -> None:
        assert isinstance(event, SchoolChanged)
        _replace(connection, tables.school, {"district_id": district_id, **msgspec.structs.asdict(event)})

    def person(connection: Connection, district_id: UUID, event: Event, _envelope: Envelope) -> None:
        assert isinstance(event, PersonChanged)
        values = msgspec.structs.asdict(event)
        roles = values.pop("roles")
        values["evaluator_ids"] = list(event.evaluator_ids)
        _replace(connection, tables.person, {"district_id": district_id, **values})
        role = tables.role
        connection.execute(delete(role).where(role.c.district_id == district_id, role.c.person_id == event.person_id))
        if roles:
            rows = [
                {
                    "district_id": district_id,
                    "person_id": event.person_id,
                    "number": number,
                    **msgspec.structs.asdict(held),
                }
                for number, held in enumerate(event.roles)
            ]
            connection.execute(insert(role), rows)

    def calendar(connection: Connection, district_id: UUID, event: Event, _envelope: Envelope) -> None:
        assert isinstance(event, CalendarChanged)
        values = msgspec.structs.asdict(event)
        values["days"] = msgspec.to_builtins(event.days)
        _replace(connection, tables.calendar, {"district_id": district_id, **values})

    def session_ended(connection: Connection, district_id: UUID, event: Event, _envelope: Envelope) -> None:
        assert isinstance(event, SessionEnded)
        _replace(
            connection,
            tables.ended_session,
            {"district_id": district_id, "session_id": event.session_id, "expires_at": event.expires_at},
        )

    return {
        DistrictChanged: district,
        SchoolChanged: school,
        PersonChanged: person,
        CalendarChanged: calendar,
        SessionEnded: session_ended,
    }
