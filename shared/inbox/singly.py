"""Message by message, each in its own transaction: slower, and only the message at fault is set aside."""

import time
from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Connection, and_, func, select

from shared.bus.port import TopicPartition
from shared.inbox.batch import (
    Counts,
    Inbox,
    PositionMovedError,
    Run,
    apply_batch,
    apply_parked,
    own_inbox,
    set_poison_aside,
)
from shared.inbox.faults import is_passing, name_of
from shared.inbox.parking import WAITING, Parked, parked_from
from shared.inbox.reading import Item
from shared.inbox.streams import Verdict, load, store

_PAUSES = (0.1, 0.5)
"""Seconds between the attempts at one message; after the last it is set aside."""


def apply_singly(connection: Connection, inbox: Inbox, item: Item, positions: Mapping[TopicPartition, int]) -> Run:
    """Apply one message, or set it aside after a few attempts. Raises what apply_batch raises, and passing faults."""
    reason = ""
    for pause in (*_PAUSES, None):
        try:
            with connection.begin():
                return apply_batch(connection, inbox, [item], positions, with_waiting=False)
        except PositionMovedError:
            raise
        except Exception as error:
            if is_passing(error):
                raise
            reason = f"Its applier failed: {name_of(error)}."
            if pause is not None:
                time.sleep(pause)
    with connection.begin():
        return set_poison_aside(connection, inbox, item, reason, positions)


def apply_waiting_singly(connection: Connection, inbox: Inbox) -> Counts:
    """Apply every message that waits and whose turn has come; one that fails turns into poison."""
    counts: Counts = Counter()
    while True:
        failed: tuple[Parked, str] | None = None
        with connection.begin():
            own_inbox(connection)
            waiting = _ready(connection, inbox)
        if waiting is None:
            return counts
        try:
            with connection.begin():
                own_inbox(connection)
                streams = load(connection, inbox.tables, inbox.compacted, [waiting.stream])
                apply_parked(connection, inbox, streams, waiting, None)
                store(connection, inbox.tables, streams)
            counts[waiting.stream[0], str(Verdict.APPLY)] += 1
        except Exception as error:
            if is_passing(error):
                raise
            failed = waiting, f"Its applier failed: {name_of(error)}."
        if failed is not None:
            with connection.begin():
                own_inbox(connection)
                inbox.turn_into_poison(connection, *failed)
            counts[waiting.stream[0], str(Verdict.POISON)] += 1


def _ready(connection: Connection, inbox: Inbox) -> Parked | None:
    """A message that waits and is the very next of its stream."""
    parked, stream = inbox.tables.parked, inbox.tables.stream
    same = and_(stream.c.topic == parked.c.topic, stream.c.key == parked.c.key)
    ready = (
        select(parked)
        .select_from(parked.outerjoin(stream, same))
        .where(parked.c.settled_at.is_(None), parked.c.kind == WAITING)
        .where(parked.c.sequence == func.coalesce(stream.c.sequence, 0) + 1)
        .order_by(parked.c.id)
        .limit(1)
    )
    row = connection.execute(ready).one_or_none()
    return parked_from(row) if row is not None else None
