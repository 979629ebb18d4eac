"""Writing the directory's events into the copy. Each event is the whole present state, so applying is replacing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Uuid, any_, bindparam, delete
from sqlalchemy.dialects.postgresql import ARRAY

from shared.contracts.access import SessionEnded
from shared.contracts.directory import (
    CalendarChanged,
    DistrictChanged,
    EarlierSessionEnded,
    PersonChanged,
    SchoolChanged,
)
from shared.contracts.envelope import Envelope
from shared.contracts.registry import Event, declaration_of
from shared.inbox.appliers import Apply
from shared.inbox.gathering import together
from shared.people.leaving import people_told
from shared.people.tables import PeopleTables
from shared.rows import put


def apply_people(connection: Connection, tables: PeopleTables, district_id: UUID, events: Iterable[Event]) -> None:
    """Write any number of directory events in a handful of statements; of several about one subject the last counts.

    The directory writes its own tables so, in the transaction of its decision; consumers come through people_appliers.
    """
    latest = {(type(event), declaration_of(type(event)).key_of(event, district_id)): event for event in events}
    present = list(latest.values())
    put(connection, tables.district, list(_of(DistrictChanged, present)))
    put(connection, tables.school, [_row(district_id, event) for event in _of(SchoolChanged, present)])
    put(connection, tables.calendar, [_row(district_id, event) for event in _of(CalendarChanged, present)])
    ended = [event for event in present if isinstance(event, EarlierSessionEnded | SessionEnded)]
    put(connection, tables.ended_session, [_ended(district_id, event) for event in ended])
    _people(connection, tables, district_id, list(_of(PersonChanged, present)))


def people_appliers(tables: PeopleTables) -> Mapping[type[Event], Apply]:
    """What to do with each directory event, for a consumer's table of appliers."""

    def apply(connection: Connection, district_id: UUID, events: Sequence[tuple[Event, Envelope]]) -> None:
        apply_people(connection, tables, district_id, (event for event, _ in events))

    return dict.fromkeys(
        (DistrictChanged, SchoolChanged, PersonChanged, CalendarChanged, EarlierSessionEnded, SessionEnded),
        together(apply),
    )


E = TypeVar("E", bound=Event)


def _of(kind: type[E], events: Iterable[Event]) -> Iterator[E]:
    return (event for event in events if isinstance(event, kind))


def _row(district_id: UUID, event: Event) -> dict[str, object]:
    return {"district_id": district_id, **msgspec.structs.asdict(event)}


def _ended(district_id: UUID, event: EarlierSessionEnded | SessionEnded) -> dict[str, object]:
    return {"district_id": district_id, "session_id": event.session_id, "expires_at": event.expires_at}


def _people(connection: Connection, tables: PeopleTables, district_id: UUID, events: Sequence[PersonChanged]) -> None:
    if not events:
        return
    rows = [_row(district_id, event) for event in events]
    for row in rows:
        del row["roles"]
    put(connection, tables.person, rows)
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
    put(connection, role, held)
    if tables.evaluator is not None:
        people_told(connection, district_id, [event.person_id for event in events])
