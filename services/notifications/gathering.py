"""Letters that wait a little for others to the same person: who is given forty evaluations gets one letter that lists them.

The first of them is the letter; the rows of the others say which one tells them too. Others join it until a sender takes it
up, and from then on it never changes, however often it is tried. Each message keeps an entry of its own in the inbox.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Uuid, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from services.notifications.store.tables import delivery, message
from services.notifications.wording import TOGETHER

LONGEST = 5
"""However many follow one another, the first waits no longer than so many times what one waits."""
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('accord.letters.gathering'))")
"""Two consumers of different partitions would each begin a letter for the same person. Taken for assignments alone."""


def _among(column: Any, name: str) -> Any:
    return column == func.any(bindparam(name, type_=ARRAY(Uuid)))


_WRITTEN = select(delivery.c.message_id).where(_among(delivery.c.message_id, "messages"))
_GATHERING = (
    select(message.c.recipient_id, message.c.kind, message.c.service, delivery.c.id)
    .join(message, message.c.id == delivery.c.message_id)
    .where(
        delivery.c.district_id == bindparam("district"),
        delivery.c.gathers_until.is_not(None),
        _among(message.c.recipient_id, "people"),
    )
    .with_for_update(of=delivery)
)
"""Held until the end of the transaction, so that no sender takes one of them up meanwhile."""
_WAIT_ON = (
    update(delivery)
    .where(_among(delivery.c.id, "letters"))
    .values(next_attempt_at=func.least(bindparam("until"), delivery.c.gathers_until))
)


@dataclass(frozen=True)
class Gathering:
    """`wait`: how long a letter waits for the next one."""

    wait: timedelta

    def join(
        self,
        connection: Connection,
        district_id: UUID,
        told: Iterable[tuple[Mapping[str, Any], dict[str, Any]]],
        now: datetime,
    ) -> None:
        """Let new letters that gather begin one or join one. `told`: rows of message and delivery; the latter are changed.

        A message whose letter stands already, as in a replay, begins and joins none.
        """
        fresh = [pair for pair in told if pair[0]["kind"] in TOGETHER and pair[1]["state"] == "pending"]
        if not fresh:
            return
        connection.execute(_ONE_AT_A_TIME)
        written = set(connection.execute(_WRITTEN, {"messages": [row["id"] for row, _ in fresh]}).scalars())
        people = list({row["recipient_id"] for row, _ in fresh})
        gathering = connection.execute(_GATHERING, {"district": district_id, "people": people})
        letters = {(one.recipient_id, one.kind, one.service): one.id for one in gathering}
        before = set(letters.values())
        joined = set()
        for row, letter in fresh:
            if row["id"] in written:
                continue
            first = letters.setdefault((row["recipient_id"], row["kind"], row["service"]), letter["id"])
            if first == letter["id"]:
                letter.update(gathers_until=now + LONGEST * self.wait, next_attempt_at=now + self.wait)
            else:
                letter.update(state="together", together_id=first)
                joined.add(first)
        if longer := joined & before:
            connection.execute(_WAIT_ON, {"letters": list(longer), "until": now + self.wait})
