"""The relay: what is committed is published, in order, by one at a time."""

import random
import threading
import time
from uuid import UUID

import pytest
from sqlalchemy import TextClause, func, select, text, update

from shared.bus.port import LARGEST_MESSAGE, TopicPartition
from shared.clock import now
from shared.contracts.topics import RESULTS
from shared.db import transaction
from shared.outbox.backlog import outbox_backlog, release_parked, republish
from shared.outbox.record import record_events
from tests.support.bus import DISTRICT, OUTBOX, BusService, new_keys, running, wait_until, word


def log_of(service: BusService) -> dict[UUID, list[int]]:
    """key -> sequences as they stand in the log of the topic, duplicates included."""
    places = {TopicPartition(RESULTS.name, number): 0 for number in range(RESULTS.partitions)}
    service.bus.ensure_topics([RESULTS])
    subscriber = service.bus.subscriber("test")
    total = sum(subscriber.end_offsets(list(places)).values())
    subscriber.assign(places)
    found: dict[UUID, list[int]] = {}
    seen = 0
    deadline = time.monotonic() + 30
    while seen < total and time.monotonic() < deadline:
        for one in subscriber.poll(0.5, 1000):
            seen += 1
            found.setdefault(UUID(one.message.key), []).append(int(one.message.headers["ce_sequence"]))
    subscriber.close()
    return found


def first_occurrences(sequences: list[int]) -> list[int]:
    return list(dict.fromkeys(sequences))


def test_a_poison_event_holds_its_key_and_no_other(bus_service: BusService) -> None:
    large, other = new_keys(2)
    bus_service.say(large, "1", "x" * (LARGEST_MESSAGE + 1), "3")
    bus_service.say(other, "1", "2", "3")
    with running(bus_service.relay()):
        wait_until(lambda: bus_service.unpublished() == 2)
        bus_service.say(large, "4")
        bus_service.say(other, "4")
        wait_until(lambda: log_of(bus_service) == {large: [1], other: [1, 2, 3, 4]})
        time.sleep(1.2)  # longer than a key rests after a failure
        assert log_of(bus_service)[large] == [1]
        with bus_service.engine.begin() as connection:
            backlog = outbox_backlog(connection, OUTBOX)
            assert (backlog.waiting, backlog.parked) == (2, 1)
            assert backlog.oldest_seconds > 0
            outbox = OUTBOX.outbox
            mended = update(outbox).where(outbox.c.key == str(large), outbox.c.sequence == 2)
            connection.execute(mended.values(value=b"{}"))
            assert release_parked(connection, OUTBOX, RESULTS.name) == 1
        wait_until(lambda: log_of(bus_service).get(large) == [1, 2, 3, 4])
    assert bus_service.unpublished() == 0


def test_an_unknown_topic_holds_nobody_up(bus_service: BusService) -> None:
    lost, good = new_keys(2)
    bus_service.say(lost, "1")
    with bus_service.engine.begin() as connection:
        connection.execute(update(OUTBOX.outbox).values(topic="accord.never-declared"))
    bus_service.say(good, "1", "2")
    with running(bus_service.relay()):
        wait_until(lambda: log_of(bus_service) == {good: [1, 2]})
    with bus_service.engine.connect() as connection:
        reason = connection.execute(select(OUTBOX.outbox.c.parked_reason).where(OUTBOX.outbox.c.key == str(lost)))
        assert "accord.never-declared" in reason.scalar_one()


def test_of_two_relays_one_publishes_and_the_other_takes_over(bus_service: BusService) -> None:
    """The leader's database session is ended again and again under load; the log stays in order and whole."""
    keys = new_keys(5)
    stop = threading.Event()
    said = dict.fromkeys(keys, 0)

    def write() -> None:
        while not stop.is_set():
            for key in keys:
                said[key] += 1
                bus_service.say(key, str(said[key]))

    slowest, leader = 0.0, 0
    with running(bus_service.relay(), bus_service.relay()):
        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(5):
                ended = time.monotonic()
                leader = _leader(bus_service, other_than=leader)
                slowest = max(slowest, time.monotonic() - ended)
                time.sleep(0.3)
                assert _number(bus_service, text("SELECT pg_terminate_backend(:leader)::int"), leader=leader) == 1
        finally:
            stop.set()
            writer.join()
        wait_until(lambda: bus_service.unpublished() == 0)
    assert slowest < 5, f"taking over took {slowest:.1f} s"
    log = log_of(bus_service)
    for key in keys:
        assert first_occurrences(log[key]) == list(range(1, said[key] + 1))


def _leader(service: BusService, *, other_than: int) -> int:
    """The database session that holds the lock of the relay, once another one does: what was ended may linger."""
    holding = text(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    wait_until(lambda: _number(service, holding) not in (0, other_than))
    return _number(service, holding)


def _number(service: BusService, question: TextClause, **values: int) -> int:
    with service.engine.connect() as connection:
        answer: int = connection.execute(question, values).scalars().first() or 0
        connection.commit()
        return answer


class NaiveRelay:
    """What must not be done: a cursor over ids. It is here to show that the test below can fail."""

    def __init__(self, service: BusService) -> None:
        self._service = service
        self.read: list[tuple[str, int]] = []

    def run(self, stop: threading.Event) -> None:
        last = 0
        outbox = OUTBOX.outbox.c
        while not stop.is_set():
            with self._service.engine.connect() as connection:
                newer = select(outbox.id, outbox.key, outbox.sequence).where(outbox.id > last).order_by(outbox.id)
                for row in connection.execute(newer.limit(200)):
                    last = row.id
                    self.read.append((row.key, row.sequence))
            time.sleep(0.005)


def test_transactions_that_overtake_one_another_lose_nothing(bus_service: BusService) -> None:
    """Eight writers, some slow between writing and commit, some rolled back: the relay misses nothing, a cursor does."""
    keys = new_keys(20)
    until = time.monotonic() + 3

    def write(number: int) -> None:
        chance = random.Random(number)
        while time.monotonic() < until:
            try:
                with transaction(bus_service.web, DISTRICT) as connection:
                    events = [word(chance.choice(keys), "a")]
                    record_events(connection, OUTBOX, events, source="teacher", district_id=DISTRICT, at=now())
                    if chance.random() < 0.05:
                        time.sleep(0.05)
                    if chance.random() < 0.05:
                        raise InterruptedError
            except InterruptedError:
                pass

    naive = NaiveRelay(bus_service)
    with running(bus_service.relay(), naive):
        writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        wait_until(lambda: bus_service.unpublished() == 0)
        time.sleep(0.2)
    with bus_service.engine.connect() as connection:
        outbox = OUTBOX.outbox.c
        committed = {(row.key, row.sequence) for row in connection.execute(select(outbox.key, outbox.sequence))}
        last = dict(connection.execute(select(outbox.key, func.max(outbox.sequence)).group_by(outbox.key)).all())
    log = log_of(bus_service)
    assert {str(key): sequences for key, sequences in log.items()} == {
        key: list(range(1, count + 1)) for key, count in last.items()
    }
    assert len(committed) > 100
    assert committed - set(naive.read), "the cursor over ids lost nothing: this test no longer shows what it is for"


@pytest.mark.parametrize("again", [1, 2])
def test_republishing_repeats_and_changes_nothing(bus_service: BusService, again: int) -> None:
    keys = new_keys(3)
    for key in keys:
        bus_service.say(key, "1", "2", "3")
    with running(bus_service.relay(), bus_service.consumer()):
        wait_until(lambda: bus_service.applied() == dict.fromkeys(keys, "1 2 3"))
        for _ in range(again):
            wait_until(lambda: bus_service.unpublished() == 0)
            with bus_service.engine.begin() as connection:
                assert republish(connection, OUTBOX, RESULTS.name) == 9
        wait_until(lambda: bus_service.unpublished() == 0)
        bus_service.say(keys[0], "4")
        wait_until(lambda: bus_service.applied() == dict.fromkeys(keys, "1 2 3") | {keys[0]: "1 2 3 4"})
    assert log_of(bus_service)[keys[1]] == [1, 2, 3] * (again + 1)
