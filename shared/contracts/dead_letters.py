"""Messages a consumer could not apply, each with the reason, for the people who look after the system."""

from datetime import datetime

from shared.contracts.fields import Content, Process
from shared.contracts.registry import Event, event
from shared.contracts.topics import DEAD_LETTERS

LONGEST_COPY = 512 * 1024
"""Bytes. A longer value is left out of its dead letter; the consumer's own table of parked messages keeps it."""


@event(name="dead-letter", version=1, topic=DEAD_LETTERS, key="stream")
class DeadLetter(Event, frozen=True, kw_only=True):
    stream: Process[str]
    """`<service>/<topic>/<key>`: which consumer met it, and in which stream."""
    service: Process[str]
    """The service that could not apply it."""
    topic: Process[str]
    partition: Process[int]
    offset: Process[int]
    reason: Process[str]
    """Why, in words; never quotes the value."""
    parked_at: Process[datetime]
    headers: Process[dict[str, str]]
    """The envelope as it came."""
    value: Content[bytes | None]
    """The value as it came, base64 in JSON; None where it is longer than LONGEST_COPY."""
