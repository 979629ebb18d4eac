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

LARGEST_MESSAGE = 1_000_000
"""Bytes of key, headers and value together; a larger one is poison on every adapter (Kafka's own default is 1,048,576)."""


class TopicPartition(NamedTuple):
    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Received:
    """A message with its place in the log; `offset` rises by partition, not always by one."""

    place: TopicPartition
    offset: int
    message: Message


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message handed to `publish`: exactly one of acknowledged, poison, or try again."""

    acknowledged: bool
    poison_reason: str | None = None
    """Set where this very message can never be accepted (too large, unknown topic); never quotes its value."""


ACKNOWLEDGED = Outcome(acknowledged=True)
TRY_AGAIN = Outcome(acknowledged=False)


def poison(reason: str) -> Outcome:
    return Outcome(acknowledged=False, poison_reason=reason)


class BusUnavailableError(Exception):
    """The broker can't be reached now; nothing is known to be lost, try again later."""


class TopicDriftError(Exception):
    """A topic stands with another number of partitions than declared; the service refuses to start."""


class Publisher(Protocol):
    """Used by one thread of the worker. Never made in a web process."""

    def publish(self, messages: Sequence[Message]) -> list[Outcome]:
        """Send in order and wait for the broker's answers; one outcome a message. Within a key nothing after a
        failure is acknowledged. Raises BusUnavailableError where no answer is to be had."""

    def close(self) -> None: ...


class KnowsEnds(Protocol):
    """A subscriber, or whatever asks one."""

    def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]: ...


class Subscriber(Protocol):
    """Used by one thread of the worker."""

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        """Read just these partitions, each from that offset (0: from the start). Replaces what was assigned before.
        An offset the log no longer has, or does not have yet, reads from the start."""

    def poll(self, seconds: float, most: int) -> list[Received]:
        """Up to `most` messages, waiting up to `seconds` for the first; in offset order per partition.
        Raises BusUnavailableError where the broker has not answered for a while."""

    def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset the next message of each partition will get: for lag and for replays that must end.
        Raises BusUnavailableError."""

    def log_ids(self, topics: Sequence[str]) -> dict[str, str]:
        """Which making of each topic stands at the broker: a topic lost and made anew has another id, and offsets
        reached in the old one mean nothing in it. Raises BusUnavailableError, also where a topic is missing."""

    def close(self) -> None: ...


class Bus(Protocol):
    """One adapter. Cheap to make: connects when something is first asked of it."""

    def ensure_topics(self, topics: Sequence[Topic]) -> None:
        """Create what is missing; raise TopicDriftError where one stands with another number of partitions,
        BusUnavailableError where the broker does not answer."""

    def publisher(self, client_id: str) -> Publisher: ...

    def subscriber(self, client_id: str) -> Subscriber: ...

    def check(self) -> None:
        """Raise BusUnavailableError unless the broker answers within a few seconds."""

    def close(self) -> None:
        """Let go of connections the bus itself holds; publishers and subscribers are closed by themselves."""


def size_of(message: Message) -> int:
    """Bytes of a message as LARGEST_MESSAGE counts them."""
    headers = sum(len(name.encode()) + len(value.encode()) for name, value in message.headers.items())
    return len(message.key.encode()) + headers + len(message.value)


def too_large(message: Message) -> Outcome | None:
    """The outcome of a message over the limit, None for one within it."""
    size = size_of(message)
    return poison(f"The message is {size} bytes; at most {LARGEST_MESSAGE} pass.") if size > LARGEST_MESSAGE else None


def check_partitions(topic: Topic, found: int) -> None:
    """Raise TopicDriftError where a topic stands with another number of partitions than declared."""
    if found != topic.partitions:
        raise TopicDriftError(
            f"The topic {topic.name} has {found} partitions; {topic.partitions} are declared. Another count sends a key "
            "to another partition and loses its order. Make the topic anew with the declared count, then republish it "
            "(accord events republish)."
        )
