"""The bus: one port, two adapters (`kafka`, `postgres`) held to the same contract tests.

Order is kept per key within a topic: a key always goes to the same partition (murmur2, as Kafka's own clients choose).
Delivery is at least once; consumers absorb what comes twice. Positions are the consumer's own affair: it stores the
next offset in the transaction of its writes and tells the bus where to read from, so that nothing is committed to the broker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from shared.contracts.envelope import Message
from shared.contracts.topics import Topic


class TopicPartition(NamedTuple):
    topic: str
    partition: int


@dataclass(frozen=True)
class Received:
    """A message with its place in the log; `offset` rises by partition, not always by one."""

    place: TopicPartition
    offset: int
    message: Message


@dataclass(frozen=True)
class Outcome:
    """What became of one message handed to `publish`: exactly one of acknowledged, poison, or try again."""

    acknowledged: bool
    poison_reason: str | None = None
    """Set where this very message can never be accepted (too large, unknown topic); never quotes its value."""


class BusUnavailableError(Exception):
    """The broker can't be reached now; nothing is known to be lost, try again later."""


class Publisher(Protocol):
    """Used by one thread of the worker. Never made in a web process."""

    def publish(self, messages: Sequence[Message]) -> list[Outcome]:
        """Send in order and wait for the broker's answers; one outcome a message. Within a key nothing after a
        failure is acknowledged. Raises BusUnavailableError where no answer is to be had."""

    def close(self) -> None: ...


class Subscriber(Protocol):
    """Used by one thread of the worker."""

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        """Read just these partitions, each from that offset (0: from the start). Replaces what was assigned before."""

    def poll(self, seconds: float, most: int) -> list[Received]:
        """Up to `most` messages, waiting up to `seconds` for the first; in offset order per partition.
        Raises BusUnavailableError where the broker has not answered for a while."""

    def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset the next message of each partition will get: for lag and for replays that must end."""

    def close(self) -> None: ...


class Bus(Protocol):
    """One adapter. Cheap to make: connects when something is first asked of it."""

    def ensure_topics(self, topics: Sequence[Topic]) -> None:
        """Create what is missing; raise TopicDriftError where one stands with another number of partitions."""

    def publisher(self, client_id: str) -> Publisher: ...

    def subscriber(self, client_id: str) -> Subscriber: ...

    def check(self) -> None:
        """Raise BusUnavailableError unless the broker answers within a few seconds."""


class TopicDriftError(Exception):
    """A topic stands with another number of partitions than declared; the service refuses to start."""
