"""What the outbox still holds: for readiness and for people who look after it."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select, update

from shared.outbox.tables import OutboxTables


@dataclass(frozen=True)
class OutboxBacklog:
    """`waiting`: events not yet acknowledged (counted up to a limit, so that asking stays cheap); `parked`: events the
    broker can never take as they are, each holding back the later ones of its key."""

    waiting: int
    oldest_seconds: float
    """Age of the oldest waiting event, seconds; 0 where none waits."""
    parked: int


_COUNTED = 100_000


def outbox_backlog(connection: Connection, tables: OutboxTables) -> OutboxBacklog:
    """The backlog of every district; needs the database role worker."""
    outbox = tables.outbox
    unpublished = outbox.c.published_at.is_(None)
    waiting = select(outbox.c.created_at).where(unpublished, outbox.c.parked_reason.is_(None))
    some = waiting.order_by(outbox.c.id).limit(_COUNTED).subquery()
    age = func.extract("epoch", func.clock_timestamp() - func.min(some.c.created_at))
    row = connection.execute(select(func.count(), func.coalesce(age, 0)).select_from(some)).one()
    parked = select(func.count()).where(unpublished, outbox.c.parked_reason.is_not(None))
    return OutboxBacklog(int(row[0]), max(0.0, float(row[1])), connection.execute(parked).scalar_one())


def published(connection: Connection, tables: OutboxTables) -> dict[str, int]:
    """Topic -> how many events the bus has acknowledged; needs the database role worker."""
    outbox = tables.outbox.c
    counted = select(outbox.topic, func.count()).where(outbox.published_at.is_not(None)).group_by(outbox.topic)
    return {row[0]: row[1] for row in connection.execute(counted)}


def republish(connection: Connection, tables: OutboxTables, topic: str) -> int:
    """Put every event of a topic back in line, oldest first, for a broker that has lost it; answers how many.

    Consumers absorb what they have already applied. The caller commits.
    """
    outbox = tables.outbox
    again = update(outbox).where(outbox.c.topic == topic, outbox.c.published_at.is_not(None))
    return connection.execute(again.values(published_at=None)).rowcount


def release_parked(connection: Connection, tables: OutboxTables, topic: str) -> int:
    """Let the relay try the parked events of a topic again, the cause being mended; answers how many. The caller commits."""
    outbox = tables.outbox
    parked = update(outbox).where(outbox.c.topic == topic, outbox.c.parked_reason.is_not(None))
    return connection.execute(parked.values(parked_reason=None)).rowcount
