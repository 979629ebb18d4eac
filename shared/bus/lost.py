"""Whether a topic still holds what is known to have been in it: a broker may come back without its log."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.bus.port import KnowsEnds, TopicPartition
from shared.contracts.topics import TOPICS

WHAT_TO_DO = "Put what was published in line again: accord events republish"


@dataclass(frozen=True)
class Lost:
    """A topic that has held fewer messages since it was made than are known to have been in it."""

    topic: str
    held: int
    known: int

    def __str__(self) -> str:
        return f"{self.topic} holds {self.held} messages, and {self.known} have been in it"


def lost(subscriber: KnowsEnds, known: Mapping[str, int]) -> list[Lost]:
    """Topics that hold less than is known. `known`: topic -> a number of messages that its log has held at least, counted
    before this is asked. What compaction takes out counts as held. Raises BusUnavailableError."""
    topics = {name: TOPICS[name] for name, count in known.items() if count and name in TOPICS}
    places = [TopicPartition(name, number) for name, topic in topics.items() for number in range(topic.partitions)]
    ends = subscriber.end_offsets(places) if places else {}
    held = {name: sum(end for place, end in ends.items() if place.topic == name) for name in topics}
    return [Lost(name, held[name], known[name]) for name in topics if held[name] < known[name]]
