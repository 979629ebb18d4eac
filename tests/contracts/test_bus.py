"""What a bus promises, held by both adapters against the real thing."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient
from sqlalchemy import create_engine, text

from shared.bus.kafka import KafkaBus
from shared.bus.partition import partition_of
from shared.bus.port import (
    LARGEST_MESSAGE,
    Bus,
    BusUnavailableError,
    Received,
    Subscriber,
    TopicDriftError,
    TopicPartition,
)
from shared.bus.postgres import PostgresBus
from shared.contracts.envelope import Message
from shared.contracts.topics import Topic
from shared.db import sqlalchemy_url


@dataclass
class Case:
    """One adapter, a topic of this test's own on it, and how to lose that topic."""

    bus: Bus
    topic: Topic
    lose: Callable[[str], None]
    elsewhere: Bus
    """The same adapter at an address where nothing answers."""

    @property
    def places(self) -> list[TopicPartition]:
        return [TopicPartition(self.topic.name, number) for number in range(self.topic.partitions)]

    def message(self, key: str, value: str = "{}", topic: str | None = None) -> Message:
        return Message(topic or self.topic.name, key, {"ce_id": "1", "ce_type": "naïve ✓"}, value.encode())

    def publish(self, *messages: Message) -> list[bool]:
        publisher = self.bus.publisher("test")
        try:
            return [outcome.acknowledged for outcome in publisher.publish(messages)]
        finally:
            publisher.close()

    def reader(self, start: int = 0) -> Subscriber:
        subscriber = self.bus.subscriber("test")
        subscriber.assign(dict.fromkeys(self.places, start))
        return subscriber


@pytest.fixture(params=["postgres", pytest.param("kafka", marks=pytest.mark.kafka)])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    topic = Topic(f"test.{uuid4().hex}", "", producers=frozenset(), consumers=frozenset())
    if request.param == "postgres":
        url = request.getfixturevalue("bus_database")
        nowhere = PostgresBus("postgresql://nobody@127.0.0.1:9/none")
        found = Case(PostgresBus(url), topic, lambda name: _lose_on_postgres(url, name), nowhere)
    else:
        servers = request.getfixturevalue("kafka_servers")
        found = Case(KafkaBus(servers), topic, lambda name: _lose_on_kafka(servers, name), KafkaBus("127.0.0.1:9"))
    found.bus.ensure_topics([topic])
    yield found
    found.bus.close()
    found.elsewhere.close()


def _lose_on_postgres(url: str, name: str) -> None:
    engine = create_engine(sqlalchemy_url(url))
    with engine.begin() as connection:
        for table, column in (("bus_message", "topic"), ("bus_partition", "topic"), ("bus_topic", "name")):
            connection.execute(text(f"DELETE FROM {table} WHERE {column} = :name"), {"name": name})
    engine.dispose()


def _lose_on_kafka(servers: str, name: str) -> None:
    with KafkaAdminClient(bootstrap_servers=servers) as admin:
        admin.delete_topics([name])
        while name in admin.list_topics():
            time.sleep(0.05)


def _read(subscriber: Subscriber, count: int, seconds: float = 15) -> list[Received]:
    received: list[Received] = []
    deadline = time.monotonic() + seconds
    while len(received) < count and time.monotonic() < deadline:
        received += subscriber.poll(0.2, 500)
    return received


def test_what_goes_in_comes_out_unchanged(case: Case) -> None:
    sent = case.message("clé-1", '{"a": "ü"}')
    assert case.publish(sent) == [True]
    (received,) = _read(case.reader(), 1)
    assert received.message == sent
    assert received.offset == 0
    assert received.place == TopicPartition(case.topic.name, partition_of("clé-1", case.topic.partitions))


def test_order_is_kept_per_key_and_offsets_rise(case: Case) -> None:
    sent = [case.message(f"key-{number % 7}", str(number)) for number in range(200)]
    assert all(case.publish(*sent))
    received = _read(case.reader(), 200)
    assert len(received) == 200
    for key in {message.key for message in sent}:
        values = [one.message.value for one in received if one.message.key == key]
        assert values == [message.value for message in sent if message.key == key]
    for place in case.places:
        offsets = [one.offset for one in received if one.place == place]
        assert offsets == list(range(len(offsets)))


def test_a_key_goes_where_murmur2_says(case: Case) -> None:
    keys = [str(uuid4()) for _ in range(50)]
    case.publish(*[case.message(key) for key in keys])
    for one in _read(case.reader(), 50):
        assert one.place.partition == partition_of(one.message.key, case.topic.partitions)


def test_topics_are_made_once_and_drift_is_refused(case: Case) -> None:
    case.publish(case.message("k"))
    case.bus.ensure_topics([case.topic])
    assert len(_read(case.reader(), 1)) == 1
    with pytest.raises(TopicDriftError, match="6 partitions; 4 are declared"):
        case.bus.ensure_topics([replace(case.topic, partitions=4)])


def test_a_poison_message_holds_its_own_key_and_no_other(case: Case) -> None:
    messages = [
        case.message("a", "1"),
        case.message("a", "x" * (LARGEST_MESSAGE + 1)),
        case.message("a", "3"),
        case.message("b", "4"),
        case.message("c", "5", topic="test.never-made"),
    ]
    publisher = case.bus.publisher("test")
    outcomes = publisher.publish(messages)
    publisher.close()
    assert [outcome.acknowledged for outcome in outcomes] == [True, False, False, True, False]
    reasons = [outcome.poison_reason for outcome in outcomes]
    assert reasons[1] and "bytes" in reasons[1] and "xxx" not in reasons[1]
    assert reasons[2] is None
    assert reasons[4] and "test.never-made" in reasons[4]
    assert sorted(one.message.value for one in _read(case.reader(), 3, seconds=1)) == [b"1", b"4"]


def test_a_message_just_within_the_limit_passes(case: Case) -> None:
    empty = case.message("k", "")
    room = LARGEST_MESSAGE - len("k") - sum(len(n.encode()) + len(v.encode()) for n, v in empty.headers.items())
    assert case.publish(case.message("k", "x" * room)) == [True]
    assert len(_read(case.reader(), 1)[0].message.value) == room


def test_reading_starts_where_it_is_told_and_the_last_word_counts(case: Case) -> None:
    case.publish(*[case.message("k", str(number)) for number in range(10)])
    place = TopicPartition(case.topic.name, partition_of("k", case.topic.partitions))
    subscriber = case.bus.subscriber("test")
    subscriber.assign({place: 7})
    assert [one.offset for one in _read(subscriber, 3)] == [7, 8, 9]
    subscriber.assign({place: 2})
    assert [one.offset for one in _read(subscriber, 8)] == list(range(2, 10))
    subscriber.assign({other: 0 for other in case.places if other != place})
    assert subscriber.poll(0.3, 10) == []


def test_an_offset_the_log_does_not_have_reads_from_the_start(case: Case) -> None:
    case.publish(*[case.message(f"key-{number}") for number in range(20)])
    assert len(_read(case.reader(start=1000), 20)) == 20


def test_no_more_than_asked_and_no_partition_waits_for_ever(case: Case) -> None:
    busy = next(f"busy-{n}" for n in range(99) if partition_of(f"busy-{n}", 6) == 0)
    quiet = next(f"quiet-{n}" for n in range(99) if partition_of(f"quiet-{n}", 6) == 5)
    case.publish(*[case.message(busy, str(number)) for number in range(300)], case.message(quiet))
    subscriber = case.reader()
    polls = [subscriber.poll(1, 10) for _ in range(31)]
    assert max(len(poll) for poll in polls) == 10
    assert quiet in {one.message.key for poll in polls for one in poll}


def test_poll_waits_no_longer_than_told_and_wakes_for_a_message(case: Case) -> None:
    subscriber = case.reader()
    subscriber.poll(0.5, 10)
    started = time.monotonic()
    assert subscriber.poll(0.3, 10) == []
    assert 0.25 < time.monotonic() - started < 1.5
    case.publish(case.message("warm"))
    _read(subscriber, 1)
    sender = threading.Timer(0.3, lambda: case.publish(case.message("k")))
    sender.start()
    started = time.monotonic()
    assert len(subscriber.poll(10, 10)) == 1
    assert time.monotonic() - started < 3
    sender.join()


def test_ends_are_told_of_a_topic_that_was_not_heard_of_before(case: Case) -> None:
    """Beside one that was: kafka-python leaves out what it does not know yet."""
    later = replace(case.topic, name=f"{case.topic.name}.later")
    case.bus.ensure_topics([later])
    subscriber = case.bus.subscriber("test")
    assert set(subscriber.end_offsets(case.places)) == set(case.places)
    both = [*case.places, *(TopicPartition(later.name, number) for number in range(later.partitions))]
    assert set(subscriber.end_offsets(both)) == set(both)
    subscriber.close()


def test_end_offsets_count_what_was_published(case: Case) -> None:
    subscriber = case.bus.subscriber("test")
    assert set(subscriber.end_offsets(case.places).values()) == {0}
    case.publish(*[case.message("k") for _ in range(5)])
    assert sum(subscriber.end_offsets(case.places).values()) == 5


def test_a_topic_made_anew_has_another_id(case: Case) -> None:
    case.publish(case.message("k"))
    subscriber = case.bus.subscriber("test")
    before = subscriber.log_ids([case.topic.name])
    assert before == subscriber.log_ids([case.topic.name])
    case.lose(case.topic.name)
    with pytest.raises(BusUnavailableError):
        subscriber.log_ids([case.topic.name])
    case.bus.ensure_topics([case.topic])
    assert subscriber.log_ids([case.topic.name]) != before


def test_writers_side_by_side_lose_and_reorder_nothing(case: Case) -> None:
    """A reader that follows eight writers sees every message, each writer's in order."""
    subscriber = case.reader()

    def write(writer: int) -> None:
        publisher = case.bus.publisher(f"writer-{writer}")
        for batch in range(20):
            publisher.publish([case.message(f"{writer}-{key}", f"{batch}") for key in range(5)])
        publisher.close()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    received = _read(subscriber, 8 * 20 * 5, seconds=30)
    for writer in writers:
        writer.join()
    assert len(received) == 800
    for key in {one.message.key for one in received}:
        assert [int(one.message.value) for one in received if one.message.key == key] == list(range(20))


def test_a_bus_that_is_not_there_says_so(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.bus.kafka._PROBE_MILLISECONDS", 500)
    monkeypatch.setattr("shared.bus.kafka._SILENCE_SECONDS", 0.5)
    threads = threading.active_count()
    with pytest.raises(BusUnavailableError):
        case.elsewhere.check()
    with pytest.raises(BusUnavailableError):
        case.elsewhere.ensure_topics([case.topic])
    publisher = case.elsewhere.publisher("test")
    for _ in range(3):
        with pytest.raises(BusUnavailableError):
            publisher.publish([case.message("k")])
    subscriber = case.elsewhere.subscriber("test")
    subscriber.assign(dict.fromkeys(case.places, 0))
    with pytest.raises(BusUnavailableError):
        for _ in range(20):
            subscriber.poll(0.2, 10)
    publisher.close()
    subscriber.close()
    time.sleep(0.5)
    assert threading.active_count() <= threads, "a client left a thread behind"
