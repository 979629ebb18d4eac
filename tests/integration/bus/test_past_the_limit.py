"""More that can't be applied than may stand aside: as little as possible stands still, visibly, and goes on once settled."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, func, select

from shared.bus.partition import partition_of
from shared.clock import now
from shared.contracts.access import SessionEnded
from shared.contracts.envelope import Envelope, Message, encode
from shared.contracts.registry import REGISTRY, Event
from shared.contracts.results import ResultFinal
from shared.contracts.topics import ACCESS, RESULTS
from shared.ids import new_id
from shared.inbox import consumer as consumer_module
from shared.inbox.consumer import Consumer
from shared.inbox.lag import stopped_places
from shared.inbox.replay import ReplayStalledError, replay
from shared.inbox.retry import dismiss_parked, list_parked, retry_parked
from tests.support.bus import APPLIED, DISTRICT, INBOX, OUTBOX, BusService, append, message, running, wait_until

UNREADABLE = Message(RESULTS.name, "x", {"ce_id": "x", "ce_type": "process.step-done"}, b"\xff not json")
STOPPED = partition_of("x", RESULTS.partitions)


def _keys(partition: int, count: int) -> list[UUID]:
    """New keys whose messages go to that partition."""
    found: list[UUID] = []
    while len(found) < count:
        key = uuid4()
        if partition_of(str(key), RESULTS.partitions) == partition:
            found.append(key)
    return found


def _elsewhere(count: int) -> list[UUID]:
    return _keys((STOPPED + 1) % RESULTS.partitions, count)


def _numbers(service: BusService) -> list[int]:
    with service.engine.connect() as connection:
        return [parked.id for parked in list_parked(connection, service.consumer().inbox)]


def _dismiss(service: BusService, numbers: Sequence[int]) -> None:
    for number in numbers:
        dismiss_parked(service.engine, service.consumer().inbox, number)


def _stopped(service: BusService) -> dict[int, str]:
    with service.engine.connect() as connection:
        return {place.partition: reason for place, reason in stopped_places(connection, INBOX).items()}


def _reached(service: BusService) -> dict[int, int]:
    position = INBOX.position.c
    with service.engine.connect() as connection:
        rows = connection.execute(
            select(position.partition, position.next_offset).where(position.topic == RESULTS.name)
        )
        return {row.partition: row.next_offset for row in rows}


def _tables(service: BusService) -> dict[str, list[tuple[object, ...]]]:
    with service.engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in (APPLIED, INBOX.stream, INBOX.position)
        }


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the consumer logs, by name."""
    names: list[str] = []

    class Noting:
        def __getattr__(self, _level: str) -> Any:
            return lambda name, **_fields: names.append(name)

    monkeypatch.setattr(consumer_module, "log", Noting())
    return names


def test_what_was_set_aside_up_to_the_limit_stays_and_reading_stands_there(
    bus_service: BusService, said: list[str]
) -> None:
    same, other = _keys(STOPPED, 1) + _elsewhere(1)
    bus_service.publish(message(same, 1), *[UNREADABLE] * 13, message(same, 2), message(other, 1))
    consumer = bus_service.consumer(poison_limit=10)
    with running(consumer):
        wait_until(lambda: bus_service.parked().poison == 10)
        wait_until(lambda: bus_service.applied() == {same: "1", other: "1"})
        assert list(_stopped(bus_service)) == [STOPPED]
        wait_until(consumer.progress.problem)
        assert "10 messages" in str(consumer.progress.problem())
        bus_service.publish(message(other, 2))  # other partitions go on
        wait_until(lambda: bus_service.applied() == {same: "1", other: "1 2"})
        wait_until(lambda: said.count("consumer_stopped") == 1)
        _dismiss(bus_service, _numbers(bus_service)[:2])
        wait_until(lambda: _reached(bus_service)[STOPPED] == 13)
        wait_until(lambda: said.count("consumer_stopped") == 2)
        assert (bus_service.parked().poison, list(_stopped(bus_service))) == (10, [STOPPED])
        _dismiss(bus_service, _numbers(bus_service)[:1])
        wait_until(lambda: bus_service.applied() == {same: "1 2", other: "1 2"})
        wait_until(lambda: consumer.progress.problem() is None)
    assert _stopped(bus_service) == {}
    assert bus_service.unpublished() == 13, "a dead letter for each"


def test_a_restarted_consumer_stands_where_the_last_one_stood(bus_service: BusService, said: list[str]) -> None:
    bus_service.publish(*[UNREADABLE] * 5)
    with running(bus_service.consumer(poison_limit=3)):
        wait_until(lambda: _stopped(bus_service))
    said.clear()
    second = bus_service.consumer(poison_limit=3)
    with running(second):
        wait_until(lambda: second.progress.trouble)
        (key,) = _elsewhere(1)
        bus_service.publish(message(key, 1))
        wait_until(lambda: bus_service.applied() == {key: "1"})
        assert said.count("consumer_stopped") == 1
        assert (bus_service.parked().poison, _reached(bus_service)[STOPPED]) == (3, 3)


def _both(service: BusService, **options: Any) -> Consumer:
    """Reads whose sessions ended too."""

    def ended(connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
        assert isinstance(event, SessionEnded)
        append(
            connection,
            district_id,
            ResultFinal(evaluation_id=event.session_id, final_level="out", at=now()),
            envelope,
        )

    appliers = service.appliers | {SessionEnded: ended}
    topics = [ACCESS, RESULTS]
    return Consumer(
        service.engine, INBOX, service.bus, topics, appliers, "reporting", outbox=OUTBOX, poison_limit=3, **options
    )


def test_a_sign_out_is_heard_within_two_seconds_while_another_topic_stands(bus_service: BusService) -> None:
    bus_service.bus.ensure_topics([ACCESS])
    bus_service.publish(*[replace(UNREADABLE, key=str(key)) for key in range(40)])
    with running(_both(bus_service)):
        wait_until(lambda: len(_stopped(bus_service)) == RESULTS.partitions)
        publisher = bus_service.bus.publisher("test")
        for _ in range(3):
            session = uuid4()
            event = SessionEnded(session_id=session, person_id=uuid4(), ended_at=now(), expires_at=now())
            sent = encode(event, event_id=new_id(), source="directory", sequence=1, district_id=DISTRICT, time=now())
            publisher.publish([sent])
            wait_until(lambda: session in bus_service.applied(), seconds=2)  # noqa: B023
        publisher.close()
    assert bus_service.parked().poison == 3


def test_refusals_of_an_applier_stop_alike(bus_service: BusService) -> None:
    bad, (good, other) = _keys(STOPPED, 5), _keys(STOPPED, 1) + _elsewhere(1)

    def refuse(connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
        assert isinstance(event, ResultFinal)
        if event.final_level == "bad":
            raise ValueError
        append(connection, district_id, event, envelope)

    bus_service.appliers[ResultFinal] = refuse
    bus_service.publish(*[message(key, 1, "bad") for key in bad], message(good, 1), message(other, 1))
    consumer = bus_service.consumer(poison_limit=3)
    with running(consumer):
        wait_until(lambda: _stopped(bus_service) and bus_service.applied() == {other: "1"})
        assert (bus_service.parked().poison, _reached(bus_service)[STOPPED]) == (3, 3)
        _dismiss(bus_service, _numbers(bus_service))
        wait_until(lambda: bus_service.applied() == {good: "1", other: "1"})


def _of_a_later_version(sent: Message) -> Message:
    return replace(sent, headers=sent.headers | {"ce_type": "org.accord.results.evaluation-final.v7"})


def test_a_rolling_upgrade_applies_what_the_old_build_did_not_know(
    bus_service: BusService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old build sets aside up to the limit and stands; the new one, once told to retry, has lost and reordered nothing."""
    keys, (other,) = _keys(STOPPED, 6), _elsewhere(1)
    sent = [_of_a_later_version(message(key, 1)) for key in keys]
    bus_service.publish(*sent, *[message(key, 2) for key in keys], message(other, 1))
    with running(bus_service.consumer(poison_limit=4)):
        wait_until(lambda: _stopped(bus_service) and bus_service.applied() == {other: "1"})
        assert bus_service.parked().poison == 4
        assert "v7" in _stopped(bus_service)[STOPPED]
    known = REGISTRY["org.accord.results.evaluation-final.v1"]
    monkeypatch.setitem(REGISTRY, "org.accord.results.evaluation-final.v7", known)
    consumer = bus_service.consumer(poison_limit=4)
    with running(consumer):
        assert retry_parked(bus_service.engine, consumer.inbox).remaining == 0
        wait_until(lambda: bus_service.applied() == dict.fromkeys(keys, "1 2") | {other: "1"})


@pytest.mark.parametrize("consuming", [False, True], ids=["alone", "beside the consumer"])
def test_a_replay_past_the_limit_fills_the_tables_and_says_what_to_do(bus_service: BusService, consuming: bool) -> None:
    same, other = _keys(STOPPED, 1) + _elsewhere(1)
    bus_service.publish(message(same, 1), *[UNREADABLE] * 13, message(same, 2), message(other, 1))
    consumer = bus_service.consumer(poison_limit=10)
    with running(consumer):
        wait_until(lambda: bus_service.parked().poison == 10)
        wait_until(lambda: other in bus_service.applied())
        if consuming:
            _replay_stops(bus_service)
    if not consuming:
        _replay_stops(bus_service)
    assert bus_service.applied() == {same: "1", other: "1"}
    assert bus_service.parked().poison == 10
    with running(bus_service.consumer(poison_limit=10)):
        _dismiss(bus_service, _numbers(bus_service))
        wait_until(lambda: bus_service.applied() == {same: "1 2", other: "1"})
    before = _tables(bus_service)
    assert bus_service.parked().poison == 3
    replay(bus_service.consumer(poison_limit=10), [APPLIED], patience=10)
    assert _tables(bus_service) == before
    assert bus_service.parked().poison == 3, "what was given up stays given up"


def _replay_stops(service: BusService) -> None:
    with pytest.raises(ReplayStalledError, match=r"stands at 12 of 16 messages.*accord events dismiss.*by itself"):
        replay(service.consumer(poison_limit=10), [APPLIED], patience=20)


def test_a_replay_asks_nobody_again_about_what_an_earlier_reading_set_aside(bus_service: BusService) -> None:
    """More than the limit were set aside over time, some of them applied since: the second reading is no stricter."""
    same, other = _keys(STOPPED, 1) + _elsewhere(1)
    refusing = {"bad"}

    def refuse(connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
        assert isinstance(event, ResultFinal)
        if event.final_level in refusing:
            raise ValueError
        append(connection, district_id, event, envelope)

    bus_service.appliers[ResultFinal] = refuse
    late = _keys(STOPPED, 4)
    bus_service.publish(message(same, 1), *[message(key, 1, "bad") for key in late], *[UNREADABLE] * 2)
    consumer = bus_service.consumer(poison_limit=4)
    with running(consumer):
        wait_until(lambda: _stopped(bus_service))
        refusing.clear()
        assert retry_parked(bus_service.engine, consumer.inbox).remaining == 0
        bus_service.publish(message(same, 2), message(other, 1))
        wait_until(lambda: bus_service.applied().get(same) == "1 2" and other in bus_service.applied())
    assert bus_service.parked().poison == 2
    refusing.add("bad")
    replay(bus_service.consumer(poison_limit=4), [APPLIED], patience=10)
    assert bus_service.applied() == {same: "1 2", other: "1"}
    assert bus_service.parked().poison == 6


def test_a_replay_lets_through_what_was_let_through(bus_service: BusService) -> None:
    gap, bad = _keys(STOPPED, 2)
    bus_service.publish(message(gap, 3), message(gap, 4), replace(message(bad, 1), value=b"no"), message(bad, 2))
    with running(bus_service.consumer()):
        wait_until(lambda: bus_service.parked().waiting == 3 and bus_service.parked().poison == 1)
        _dismiss(bus_service, [number for place, number in enumerate(_numbers(bus_service)) if place in (0, 2)])
    assert bus_service.applied() == {gap: "3 4", bad: "2"}
    before = _tables(bus_service)
    for _ in range(2):
        replay(bus_service.consumer(), [APPLIED], patience=10)
        assert _tables(bus_service) == before
    with bus_service.engine.connect() as connection:
        open_ = select(func.count()).select_from(INBOX.parked).where(INBOX.parked.c.settled_at.is_(None))
        assert connection.execute(open_).scalar_one() == 0


def test_what_stands_aside_is_not_set_aside_twice_where_it_is_read_again(bus_service: BusService) -> None:
    (good,) = _keys(STOPPED, 1)
    beyond = message(good, 1)
    beyond = replace(beyond, headers=beyond.headers | {"ce_sequence": str(10**30)})
    bus_service.publish(*[UNREADABLE] * 3, beyond, message(good, 1))
    with running(bus_service.consumer()):
        wait_until(lambda: bus_service.applied() == {good: "1"})
        _dismiss(bus_service, _numbers(bus_service)[:1])
        with bus_service.engine.begin() as connection:
            connection.execute(INBOX.position.update().values(next_offset=0))
        bus_service.publish(message(good, 2))
        wait_until(lambda: bus_service.applied() == {good: "1 2"})
    assert (bus_service.parked().poison, bus_service.unpublished()) == (3, 4)


def test_a_replay_by_a_faulty_build_sets_aside_no_more_than_the_limit(bus_service: BusService) -> None:
    faulty: list[bool] = []

    def apply(connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
        if faulty:
            raise ValueError
        append(connection, district_id, event, envelope)

    bus_service.appliers[ResultFinal] = apply
    keys = _keys(STOPPED, 8)
    bus_service.publish(*[message(key, 1) for key in keys])
    consumer = bus_service.consumer(poison_limit=3)
    with running(consumer):
        wait_until(lambda: len(bus_service.applied()) == len(keys))
    before = _tables(bus_service)
    faulty.append(True)
    with pytest.raises(ReplayStalledError, match="stands at 3 of 8 messages"):
        replay(bus_service.consumer(poison_limit=3), [APPLIED], patience=20)
    assert bus_service.parked().poison == 3
    faulty.clear()
    with running(consumer):
        assert retry_parked(bus_service.engine, consumer.inbox).remaining == 0
        wait_until(lambda: _tables(bus_service) == before)
