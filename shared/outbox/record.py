"""Writing events to the outbox, inside the caller's transaction."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from shared.contracts.envelope import encode
from shared.contracts.registry import Event
from shared.direct import tell
from shared.ids import new_id
from shared.outbox.tables import OutboxTables


def record_events(
    connection: Connection,
    tables: OutboxTables,
    events: Iterable[Event],
    *,
    source: str,
    district_id: UUID,
    at: datetime,
) -> None:
    """Write `events` in order, however many in one statement.

    The caller has locked the aggregates' rows; streams are locked in sorted order.
    """
    rows: list[dict[str, object]] = []
    places = Counter[tuple[str, str]]()
    for event in events:
        event_id = new_id()
        # Its sequence is known when its stream is locked: the statement puts it into the header.
        message = encode(event, event_id=event_id, source=source, sequence=0, district_id=district_id, time=at)
        stream = message.topic, message.key
        places[stream] += 1
        rows.append(
            {
                "event_id": event_id,
                "topic": message.topic,
                "key": message.key,
                "place": places[stream],
                "headers": message.headers,
                "value": msgspec.Raw(message.value),
            }
        )
    if rows:
        told = msgspec.json.encode(rows).decode()
        tell(connection, _statement(tables), (told, district_id, district_id))


@cache
def _statement(tables: OutboxTables) -> str:
    """Locks each stream's row, moves its sequence on by its count, and numbers its events by that. Web may add to the
    outbox, not read it back."""
    return f"""
    WITH event AS MATERIALIZED (
      SELECT * FROM ROWS FROM (json_to_recordset(%s::json) AS (
        event_id uuid, topic text, key text, place bigint, headers jsonb, value json)) WITH ORDINALITY),
    counted AS (SELECT topic, key, count(*) AS many FROM event GROUP BY topic, key),
    advanced AS (
      INSERT INTO {tables.stream.name} AS stream (topic, key, district_id, sequence)
      SELECT topic, key, %s, many FROM counted ORDER BY topic, key
      ON CONFLICT (topic, key) DO UPDATE SET sequence = stream.sequence + excluded.sequence
      RETURNING topic, key, sequence AS last)
    INSERT INTO {tables.outbox.name} (district_id, event_id, topic, key, sequence, headers, value)
    SELECT %s, event_id, topic, key, sequence,
      headers || jsonb_build_object('ce_sequence', lpad(CAST(sequence AS text), 12, '0')),
      convert_to(CAST(value AS text), 'UTF8')
    FROM (SELECT *, last - many + place AS sequence FROM event JOIN counted USING (topic, key)
      JOIN advanced USING (topic, key)) AS numbered
    ORDER BY ordinality
    """  # noqa: S608 - names from our own tables
