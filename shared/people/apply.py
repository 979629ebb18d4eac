"""Writing the directory's events into the copy. Each event is the whole present state, so applying is replacing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Table, Uuid, any_, bindparam, delete, insert
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.contracts.directory import (
    CalendarChanged,
    DistrictChanged,
    PersonChanged,
    SchoolChanged,
    SessionEnded,
)
from shared.contracts.envelope import Envelope
from shared.contracts.registry import Event, declaration_of
from shared.inbox.appliers import Apply
from shared.people.tables import PeopleTables


def apply_people(connection: Connection, tables: PeopleTables, district_id: UUID, events: Iterable[Event]) -> None:
    """Write any number of directory events in a handful of statements; of several about one subject the last counts.

    The directory writes its own tables so, in the transaction of its decision; consumers come through people_appliers.
    """
    latest = {(type(event), declaration_of(type(event)).key_of(event, district_id)): event for event in events}
    present = list(latest.values())
    _replace(connection, tables.district, [_district(event) for event in _of(DistrictChanged, present)])
    _replace(connection, tables.school, [_row(district_id, event) for event in _of(SchoolChanged, present)])
    _replace(connection, tables.calendar, [_calendar(district_id, event) for event in _of(CalendarChanged, present)])
    _replace(connection, tables.ended_session, [_ended(district_id, event) for event in _of(SessionEnded, present)])
    _people(connection, tables, district_id, list(_of(PersonChanged, present)))


def people_appliers(tables: PeopleTables) -> Mapping[type[Event], Apply]:
    """What to do with each directory event, for a consumer's table of appliers."""

    def apply(connection: Connection, district_id: UUID, event: Event, _envelope: Envelope) -> None:
        apply_people(connection, tables, district_id, (event,))

    return dict.fromkeys((DistrictChanged, SchoolChanged, PersonChanged, CalendarChanged, SessionEnded), apply)


E = TypeVar("E", bound=Event)


def _of(kind: type[E], events: Iterable[Event]) -> Iterator[E]:
    return (event for event in events if isinstance(event, kind))


def _replace(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    if not rows:
        return
    statement = upsert(table)
    rest = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    connection.execute(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest), rows)


def _row(district_id: UUID, event: Event) -> dict[str, object]:
    return {"district_id": district_id, **msgspec.structs.asdict(event)}


def _district(event: DistrictChanged) -> dict[str, object]:
    return msgspec.structs.asdict(event)


def _calendar(district_id: UUID, event: CalendarChanged) -> dict[str, object]:
    return _row(district_id, event) | {"days": msgspec.to_builtins(event.days)}


def _ended(district_id: UUID, event: SessionEnded) -> dict[str, object]:
    return {"district_id": district_id, "session_id": event.session_id, "expires_at": event.expires_at}


def _people(connection: Connection, tables: PeopleTables, district_id: UUID, events: Sequence[PersonChanged]) -> None:
    if not events:
        return
    rows = [_row(district_id, event) | {"evaluator_ids": list(event.evaluator_ids)} for event in events]
    for row in rows:
        del row["roles"]
    _replace(connection, tables.person, rows)
    role = tables.role
    whose = role.c.person_id == any_(bindparam("people", type_=ARRAY(Uuid)))
    connection.execute(
        delete(role).where(role.c.district_id == district_id, whose), {"people": [event.person_id for event in events]}
    )
    held = [
        {"district_id": district_id, "person_id": event.person_id, "number": number, **msgspec.structs.asdict(one)}
        for event in events
        for number, one in enumerate(event.roles)
    ]
    if held:
        connection.execute(insert(role), held)
