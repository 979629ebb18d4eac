"""How much may stand aside. Past a topic's limit the partition of the next such message stands still in front of it.

What stood aside in an earlier reading (before a replay) does so again whatever the limit: it has been seen.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, func, select, tuple_, update

from shared.bus.port import TopicPartition
from shared.inbox.parking import POISON, was_set_aside
from shared.inbox.reading import Item
from shared.inbox.tables import InboxTables

WHAT_TO_DO = (
    "Look at them with `accord events parked`, mend the cause and run `accord events retry`, or give them up with "
    "`accord events dismiss`; then reading goes on by itself"
)


class Room:
    """Room for poison, in one transaction. The database is asked at the first message that needs some."""

    def __init__(self, connection: Connection, tables: InboxTables, limit: int) -> None:
        self._connection, self._tables, self._limit = connection, tables, limit
        self._unsettled: dict[str, int] | None = None

    def refusal(self, item: Item, reason: str) -> str | None:
        """Why a message with that fault must not be set aside, in words; None where it may, and then it is counted."""
        if self._unsettled is None:
            self._unsettled = unsettled_poison(self._connection, self._tables)
        (topic, partition), offset = item.received.place, item.received.offset
        unsettled = self._unsettled.get(topic, 0)
        if unsettled >= self._limit and not was_set_aside(self._connection, self._tables.parked, item.received):
            return (
                f"{unsettled} messages could not be applied and stand aside unsettled; the limit of {topic} is "
                f"{self._limit}. Partition {partition} stands still at {offset}, where the next one is: {reason}"
            )
        self._unsettled[topic] = unsettled + 1
        return None


def let_go_on(
    connection: Connection, tables: InboxTables, limit: int, stopped: Iterable[TopicPartition]
) -> list[TopicPartition]:
    """Of the partitions that stand still, those whose topic has room again; they are noted as reading."""
    unsettled = unsettled_poison(connection, tables)
    free = [place for place in stopped if unsettled.get(place.topic, 0) < limit]
    position = tables.position
    if free:
        here = tuple_(position.c.topic, position.c.partition).in_(free)
        connection.execute(update(position).where(here).values(stopped=None))
    return free


def unsettled_poison(connection: Connection, tables: InboxTables) -> dict[str, int]:
    """By topic."""
    parked = tables.parked.c
    wanted = select(parked.topic, func.count()).where(parked.settled_at.is_(None), parked.kind == POISON)
    return {row[0]: row[1] for row in connection.execute(wanted.group_by(parked.topic))}
