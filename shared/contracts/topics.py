"""The topics, who writes them and who reads them; a test compares this with the processes that exist."""

from dataclasses import dataclass

PARTITIONS = 6
"""Fixed for life: a changed count would send a key to another partition and lose its order."""


@dataclass(frozen=True)
class Topic:
    """`compacted`: each event is the whole present state of its key, so the newest alone suffices and gaps are no alarm.
    `urgent`: published and read ahead of whatever waits in other topics (docs/decisions/access-has-a-lane-of-its-own.md)."""

    name: str
    carries: str
    producers: frozenset[str]
    consumers: frozenset[str]
    compacted: bool = False
    urgent: bool = False
    partitions: int = PARTITIONS


DIRECTORY = Topic(
    "accord.directory",
    "people, schools, roles, calendars, links made, passwords set and addresses changed",
    producers=frozenset({"directory"}),
    consumers=frozenset({"teacher", "notifications", "reporting"}),
    compacted=True,
)
ACCESS = Topic(
    "accord.access",
    "sessions that ended, by whatever ended them",
    producers=frozenset({"directory"}),
    consumers=frozenset({"teacher", "notifications", "reporting"}),
    compacted=True,
    urgent=True,
)
AGREEMENTS = Topic(
    "accord.agreements",
    "ratified agreement versions, keyed by content hash",
    producers=frozenset({"teacher"}),
    consumers=frozenset({"reporting"}),
    compacted=True,
)
PROCESS = Topic(
    "accord.process",
    "steps, dates, signatures; no rating, no text",
    producers=frozenset({"teacher"}),
    consumers=frozenset({"notifications", "reporting"}),
)
RESULTS = Topic(
    "accord.results",
    "ratings and scores of delivered and closed evaluations",
    producers=frozenset({"teacher"}),
    consumers=frozenset({"reporting"}),
)
DEAD_LETTERS = Topic(
    "accord.dead-letters",
    "messages a consumer could not apply, with the reason; read by people, not by a service",
    producers=frozenset({"teacher", "notifications", "reporting"}),
    consumers=frozenset(),
)
TOPICS = {topic.name: topic for topic in (ACCESS, DIRECTORY, AGREEMENTS, PROCESS, RESULTS, DEAD_LETTERS)}
