"""What a received message turns out to be, before any database is asked."""

from collections.abc import Collection
from dataclasses import dataclass

from shared.bus.port import Received
from shared.contracts.envelope import Envelope, MalformedMessageError, decode, read_envelope
from shared.contracts.registry import Event, UnknownEventError, declaration_named

Stream = tuple[str, str]
"""(topic, key): what order is kept within."""


@dataclass(frozen=True, slots=True)
class Item:
    """A received message, read. `fault`: why it can't be applied at all; never quotes the value."""

    received: Received
    envelope: Envelope | None
    event: Event | None
    """None also where nobody here applies events of that type."""
    fault: str | None = None

    @property
    def stream(self) -> Stream:
        return self.received.message.topic, self.received.message.key

    @property
    def sequence(self) -> int | None:
        return self.envelope.sequence if self.envelope else None


def read(received: Received, applied: Collection[type[Event]]) -> Item:
    """`applied`: the events this consumer does something with; the values of others are left unread."""
    envelope: Envelope | None = None
    try:
        envelope = read_envelope(received.message)
        wanted = declaration_named(envelope.type).cls in applied
        return Item(received, envelope, decode(received.message) if wanted else None)
    except (MalformedMessageError, UnknownEventError) as error:
        return Item(received, envelope, None, str(error))
