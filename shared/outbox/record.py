"""Writing events to the outbox, inside the caller's transaction."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from itertools import groupby
from uuid import UUID

from sqlalchemy import Connection, insert
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.contracts.envelope import encode
from shared.contracts.registry import Event, declaration_of
from shared.ids import new_id
from shared.outbox.tables import OutboxTables


def _stream_of(event: Event, district_id: UUID) -> tuple[str, str]:
    declared = declaration_of(type(event))
    return declared.topic.name, declared.key_of(event, district_id)


def record_events(
    connection: Connection,
    tables: OutboxTables,
    events: Iterable[Event],
    *,
    source: str,
    district_id: UUID,
    at: datetime,
) -> None:
    """Write `events` in order. The caller has locked the aggregate's row; streams are locked in sorted order."""
    rows: list[dict[str, object]] = []
    stream_of = partial(_stream_of, district_id=district_id)
    for (topic, key), group in groupby(sorted(events, key=stream_of), key=stream_of):
        members = list(group)
        stream = tables.stream
        statement = upsert(stream).values(topic=topic, key=key, district_id=district_id, sequence=len(members))
        last = connection.execute(
            statement.on_conflict_do_update(
                index_elements=[stream.c.topic, stream.c.key],
                set_={"sequence": stream.c.sequence + len(members)},
            ).returning(stream.c.sequence)
        ).scalar_one()
        first = last - len(members) + 1
        for sequence, event in enumerate(members, start=first):
            event_id = new_id()
            message = encode(
                event, event_id=event_id, source=source, sequence=sequence, district_id=district_id, time=at
            )
            rows.append(
                {
                    "district_id": district_id,
                    "event_id": event_id,
                    "topic": topic,
                    "key": key,
                    "sequence": sequence,
                    "headers": message.headers,
                    "value": message.value,
                }
            )
    if rows:
        connection.execute(insert(tables.outbox), rows)
