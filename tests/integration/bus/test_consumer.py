"""The consumer: who reads, from where, what replays to the same tables, and in whose district it writes."""

import threading
import time
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, func, select, text, update

from shared.bus.partition import partition_of
from shared.bus.port import Received, TopicPartition
from shared.clock import now
from shared.contracts.directory import SchoolChanged
from shared.contracts.envelope import Envelope, Message, encode
from shared.contracts.registry import Event
from shared.contracts.results import ResultFinal
from shared.contracts.topics import DIRECTORY, RESULTS
from shared.ids import new_id
from shared.inbox.batch import PositionMovedError, apply_batch
from shared.inbox.consumer import Consumer
from shared.inbox.replay import ReplayStalledError, replay
from shared.inbox.retry import retry_parked
from tests.support.bus import (
    APPLIED,
    DISTRICT,
    INBOX,
    BusService,
    append,
    lose_topic,
    message,
    new_keys,
    running,
    wait_until,
)


def test_a_second_process_stands_by_and_takes_over(bus_service: BusService) -> None:
    keys = new_keys(4)
    first = bus_service.consumer()
    done_by_second: list[str] = []

    def second_applies(connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
        assert isinstance(event, ResultFinal)
        done_by_second.append(event.final_level)
        append(connection, district_id, event, envelope)

    bus_service.appliers = {ResultFinal: second_applies}
    second = bus_service.consumer()
    stop = threading.Event()
    leader = threading.Thread(target=first.run, args=(stop,))
    leader.start()
    bus_service.publish(*[message(key, 1) for key in keys])
    wait_until(lambda: bus_service.applied() == dict.fromkeys(keys, "1"))
    with running(second):
        for sequence in (2, 3, 4):
            bus_service.publish(*[message(key, sequence) for key in keys])
            wait_until(lambda: sorted(bus_service.applied().values())[-1].endswith(str(sequence)))  # noqa: B023
        wait_until(lambda: bus_service.applied() == dict.fromkeys(keys, "1 2 3 4"))
        assert second.progress.problem() is None, "standing by is being well"
        assert done_by_second == []
        stop.set()
        leader.join()
        bus_service.publish(*[message(key, 5) for key in keys])
        wait_until(lambda: bus_service.applied() == dict.fromkeys(keys, "1 2 3 4 5"))
        assert done_by_second == ["5"] * 4


def test_a_topic_made_anew_is_read_from_its_start(bus_service: BusService) -> None:
    """The old position lies within the new log: what stands before it there was never read."""
    old = uuid4()
    place = partition_of(str(old), RESULTS.partitions)
    new = next(key for key in (uuid4() for _ in range(1000)) if partition_of(str(key), RESULTS.partitions) == place)
    bus_service.publish(message(old, 1), message(old, 2))
    with running(bus_service.consumer()):
        wait_until(lambda: bus_service.applied() == {old: "1 2"})
    lose_topic(bus_service, RESULTS.name)
    bus_service.publish(message(new, 1), message(old, 1), message(old, 2), message(old, 3))
    with running(bus_service.consumer()):
        wait_until(lambda: bus_service.applied() == {old: "1 2 3", new: "1"})


def test_a_reader_whose_positions_were_moved_writes_nothing_twice(bus_service: BusService) -> None:
    """Positions go back while the consumer runs, as a replay or a restored database does it: duplicates are absorbed."""
    keys = new_keys(4)
    with running(bus_service.consumer()):
        bus_service.publish(*[message(key, sequence) for key in keys for sequence in (1, 2)])
        wait_until(lambda: bus_service.applied() == dict.fromkeys(keys, "1 2"))
        with bus_service.engine.begin() as connection:
            connection.execute(update(INBOX.position).values(next_offset=0))
        bus_service.publish(*[message(key, 3) for key in keys])
        wait_until(lambda: bus_service.applied() == dict.fromkeys(keys, "1 2 3"))
        wait_until(lambda: _positions(bus_service) == 12)
    assert bus_service.applied() == dict.fromkeys(keys, "1 2 3")


def test_a_run_read_before_the_positions_moved_writes_nothing(bus_service: BusService) -> None:
    """Else a replay beside a running consumer would lose whatever lies before the run that was under way."""
    (key,) = new_keys(1)
    bus_service.publish(message(key, 1))
    consumer = bus_service.consumer()
    with running(consumer):
        wait_until(lambda: bus_service.applied() == {key: "1"})
    sent = message(key, 2)
    place = TopicPartition(sent.topic, partition_of(sent.key, RESULTS.partitions))
    late = consumer.inbox.read(Received(place, 1, sent))
    with bus_service.engine.begin() as connection:
        connection.execute(update(INBOX.position).values(next_offset=0))
    with pytest.raises(PositionMovedError), bus_service.engine.begin() as connection:
        apply_batch(connection, consumer.inbox, [late], {place: 1})
    assert bus_service.applied() == {key: "1"}
    with bus_service.engine.begin() as connection:
        apply_batch(connection, consumer.inbox, [late], {place: 0})
    assert bus_service.applied() == {key: "1 2"}


def _positions(service: BusService) -> int:
    with service.engine.connect() as connection:
        return int(connection.execute(select(func.sum(INBOX.position.c.next_offset))).scalar_one() or 0)


def _tables(service: BusService) -> dict[str, list[tuple[object, ...]]]:
    with service.engine.connect() as connection:
        return {
            table.name: sorted(tuple(row) for row in connection.execute(select(table)))
            for table in (APPLIED, INBOX.stream, INBOX.position)
        }


@pytest.mark.parametrize("consuming", [False, True], ids=["alone", "beside the consumer"])
def test_a_replay_gives_the_same_tables(bus_service: BusService, consuming: bool) -> None:
    keys = new_keys(30)
    for start in (1, 11):
        bus_service.publish(*[message(key, sequence) for sequence in range(start, start + 10) for key in keys])
    bus_service.publish(message(keys[0], 5), message(keys[1], 23), message(keys[1], 22))
    consumer = bus_service.consumer()
    with running(consumer):
        wait_until(lambda: _positions(bus_service) == 603)
        before = _tables(bus_service)
        if consuming:
            report = replay(bus_service.consumer(), [APPLIED])
    if not consuming:
        report = replay(bus_service.consumer(), [APPLIED])
    assert report.messages == 603
    assert _tables(bus_service) == before
    assert bus_service.parked().waiting == 2
    assert bus_service.applied()[keys[0]] == " ".join(map(str, range(1, 21)))


def test_a_replay_that_gets_nowhere_says_why(bus_service: BusService) -> None:
    def refuse(connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
        raise ValueError

    bus_service.appliers[ResultFinal] = refuse
    bus_service.publish(*[message(key, 1) for key in new_keys(4)])
    with pytest.raises(ReplayStalledError, match=r"stands at \d of 4 messages: 2 messages could not be applied"):
        replay(bus_service.consumer(poison_limit=2), [APPLIED], patience=4)


def test_each_event_is_applied_in_its_own_district(bus_service: BusService) -> None:
    """Events of two districts side by side in one run: the transaction is bound to the district of each in turn."""
    bound: list[tuple[UUID, str]] = []

    def look(connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
        setting = connection.execute(text("SELECT current_setting('app.district')")).scalar_one()
        bound.append((district_id, setting))
        assert envelope.district_id == district_id

    bus_service.appliers[ResultFinal] = look
    districts = [uuid4(), uuid4()]
    sent = []
    for number in range(20):
        event = ResultFinal(evaluation_id=uuid4(), final_level="1", at=now())
        sent.append(
            encode(
                event, event_id=new_id(), source="teacher", sequence=1, district_id=districts[number % 2], time=now()
            )
        )
    bus_service.publish(*sent)
    with running(bus_service.consumer()):
        wait_until(lambda: len(bound) == 20)
    assert all(str(district) == setting for district, setting in bound)
    assert {district for district, _ in bound} == set(districts)


def test_events_nobody_applies_are_passed_over(bus_service: BusService) -> None:
    bus_service.appliers.clear()
    bus_service.publish(*[message(key, sequence) for key in new_keys(3) for sequence in (1, 2)])
    with running(bus_service.consumer()):
        wait_until(lambda: _positions(bus_service) == 6)
    assert bus_service.parked().poison == 0


def _school(key: UUID, sequence: int, name: str | None = None) -> Message:
    event = SchoolChanged(school_id=key, name=name or str(sequence))
    return encode(event, event_id=new_id(), source="directory", sequence=sequence, district_id=DISTRICT, time=now())


def _schools_into_words(connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
    assert isinstance(event, SchoolChanged)
    if event.name == "bad":
        raise ValueError
    append(
        connection, district_id, ResultFinal(evaluation_id=event.school_id, final_level=event.name, at=now()), envelope
    )


def test_in_a_compacted_topic_the_newest_counts(bus_service: BusService) -> None:
    """Gaps are no alarm there; older states are passed over; a newer state settles an older one that was set aside."""
    school, poisoned = new_keys(2)
    bus_service.bus.ensure_topics([DIRECTORY])
    publisher = bus_service.bus.publisher("test")
    sent = [_school(school, sequence) for sequence in (1, 4, 2, 4, 7)]
    publisher.publish([*sent, _school(poisoned, 1), _school(poisoned, 2, "bad")])
    appliers = {SchoolChanged: _schools_into_words}
    consumer = Consumer(bus_service.engine, INBOX, bus_service.bus, [DIRECTORY], appliers, "reporting")
    with running(consumer):
        wait_until(lambda: bus_service.applied() == {school: "1 4 7", poisoned: "1"})
        wait_until(lambda: bus_service.parked().poison == 1)
        assert bus_service.parked().waiting == 0
        publisher.publish([_school(poisoned, 3)])
        wait_until(lambda: bus_service.parked().poison == 0)
        assert bus_service.applied()[poisoned] == "1 3"
    assert retry_parked(bus_service.engine, consumer.inbox).remaining == 0
    with bus_service.engine.connect() as connection:
        settled = connection.execute(select(INBOX.parked.c.settled_as)).scalars().all()
    assert settled == ["superseded"]
    publisher.close()


def test_retrying_never_puts_an_older_state_over_a_newer(bus_service: BusService) -> None:
    (school,) = new_keys(1)
    bus_service.bus.ensure_topics([DIRECTORY])
    publisher = bus_service.bus.publisher("test")
    publisher.publish([_school(school, 1, "bad")])
    publisher.close()
    appliers = {SchoolChanged: _schools_into_words}
    consumer = Consumer(bus_service.engine, INBOX, bus_service.bus, [DIRECTORY], appliers, "reporting")
    with running(consumer):
        wait_until(lambda: bus_service.parked().poison == 1)
    with bus_service.engine.begin() as connection:  # a newer state was applied just now
        connection.execute(INBOX.stream.insert().values(topic=DIRECTORY.name, key=str(school), sequence=2))
    report = retry_parked(bus_service.engine, consumer.inbox)
    assert (report.applied, report.superseded, report.remaining) == (0, 1, 0)


def test_a_killed_reader_leaves_what_waits_to_the_next(bus_service: BusService) -> None:
    """Between a message and those that waited for it lies a commit; whoever takes the partition finishes the work."""
    (key,) = new_keys(1)
    consumer = bus_service.consumer()
    bus_service.publish(message(key, 2), message(key, 3))
    with running(consumer):
        wait_until(lambda: bus_service.parked().waiting == 2)
    with bus_service.engine.begin() as connection:
        connection.execute(INBOX.stream.insert().values(topic="accord.results", key=str(key), sequence=1))
        connection.execute(APPLIED.insert().values(key=str(key), trace="1"))
    with running(bus_service.consumer()):
        wait_until(lambda: bus_service.applied() == {key: "1 2 3"})


def test_lag_and_counts_are_shown(bus_service: BusService) -> None:
    from prometheus_client import REGISTRY

    def applied() -> float:
        labels = {"service": "reporting", "topic": "accord.results", "outcome": "applied"}
        return REGISTRY.get_sample_value("accord_events_consumed_total", labels) or 0.0

    before = applied()
    consumer = bus_service.consumer()
    bus_service.publish(*[message(key, 1) for key in new_keys(5)])
    with running(consumer):
        wait_until(lambda: applied() == before + 5)
        time.sleep(0.1)
    assert consumer.progress.at is not None
