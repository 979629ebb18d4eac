"""The shape of what a consumer does with an event."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Connection

from shared.contracts.envelope import Envelope
from shared.contracts.registry import Event

Apply = Callable[[Connection, UUID, Event, Envelope], None]
"""(connection, bound to the district; district id; event; envelope). Writes in the transaction it is given and never
commits. What it writes must depend on nothing but the event and on earlier events of the same key: keys come from
several partitions, in any order."""
