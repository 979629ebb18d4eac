"""Writing events to the outbox, inside the caller's transaction."""

from collections.abc import Iterable, Mapping
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
    """Write `events` in order, however many in a handful of statements.

    The caller has locked the aggregates' rows; streams are locked in sorted order.
    """
    stream_of = partial(_stream_of, district_id=district_id)
    streams = {key: list(group) for key, group in groupby(sorted(events, key=stream_of), key=stream_of)}
    if not streams:
        return
    counts = {key: len(members) for key, members in streams.items()}
    last = _advance(connection, tables, counts, district_id)
    rows: list[dict[str, object]] = []
    for (topic, key), members in streams.items():
        for sequence, event in enumerate(members, start=last[topic, key] - len(members) + 1):
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
    connection.execute(insert(tables.outbox).inline(), rows)  # web may add rows, not read them back


def _advance(
    connection: Connection, tables: OutboxTables, counts: Mapping[tuple[str, str], int], district_id: UUID
) -> dict[tuple[str, str], int]:
    """Lock each stream's row and move its sequence on by its count; answers the new last sequences."""
    stream = tables.stream
    statement = upsert(stream)
    advanced = connection.execute(
        statement.on_conflict_do_update(
            index_elements=[stream.c.topic, stream.c.key],
            set_={"sequence": stream.c.sequence + statement.excluded.sequence},
        ).returning(stream.c.topic, stream.c.key, stream.c.sequence),
        [
            {"topic": topic, "key": key, "district_id": district_id, "sequence": count}
            for (topic, key), count in counts.items()
        ],
    )
    return {(row.topic, row.key): row.sequence for row in advanced}
