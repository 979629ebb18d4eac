"""What is urgent goes ahead of whatever waits: out of the outbox, and into the tables of who reads it."""

import threading
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, select

from shared.clock import now
from shared.contracts.access import SessionEnded
from shared.contracts.envelope import Envelope, encode
from shared.contracts.registry import Event
from shared.contracts.results import ResultFinal
from shared.contracts.topics import ACCESS, RESULTS, TOPICS
from shared.db import transaction
from shared.ids import new_id
from shared.inbox.consumer import Consumer
from shared.inbox.replay import replay
from shared.outbox.record import record_events
from shared.outbox.relay import Relay
from shared.outbox.tables import URGENT
from tests.support.bus import (
    APPLIED,
    DISTRICT,
    INBOX,
    OUTBOX,
    BusService,
    append,
    message,
    new_keys,
    running,
    wait_until,
    word,
)


def ended(session: UUID) -> SessionEnded:
    return SessionEnded(session_id=session, person_id=uuid4(), ended_at=now(), expires_at=now())


def apply_end(connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
    assert isinstance(event, SessionEnded)
    append(connection, district_id, word(event.session_id, "out"), envelope)


def reader(service: BusService) -> Consumer:
    service.bus.ensure_topics([ACCESS, RESULTS])
    appliers = service.appliers | {SessionEnded: apply_end}
    return Consumer(service.engine, INBOX, service.bus, [ACCESS, RESULTS], appliers, "reporting", outbox=OUTBOX)


def publish_end(service: BusService, session: UUID) -> None:
    told = encode(ended(session), event_id=new_id(), source="directory", sequence=1, district_id=DISTRICT, time=now())
    publisher = service.bus.publisher("test")
    assert publisher.publish([told])[0].acknowledged
    publisher.close()


def test_the_outbox_names_the_topics_that_are_declared_urgent() -> None:
    names = ", ".join(f"'{topic.name}'" for topic in TOPICS.values() if topic.urgent)
    assert f"topic IN ({names})" == URGENT


def test_it_is_published_before_what_was_written_earlier(bus_service: BusService) -> None:
    for key in new_keys(60):
        bus_service.say(key, *[str(number) for number in range(1, 11)])
    with transaction(bus_service.web, DISTRICT) as connection:
        events = [ended(session) for session in new_keys(3)]
        record_events(connection, OUTBOX, events, source="directory", district_id=DISTRICT, at=now())
    with running(Relay(bus_service.engine, OUTBOX, bus_service.bus, "directory", topics=[ACCESS, RESULTS])):
        wait_until(lambda: bus_service.unpublished() == 0)
    outbox = OUTBOX.outbox.c
    with bus_service.engine.connect() as connection:
        last_urgent = select(func.max(outbox.published_at)).where(outbox.topic == ACCESS.name).scalar_subquery()
        first, before = connection.execute(
            select(func.min(outbox.published_at) == last_urgent, func.count().filter(outbox.published_at < last_urgent))
        ).one()
    assert (first, before) == (True, 0)


def test_it_is_applied_while_a_long_run_of_other_topics_is_under_way(bus_service: BusService) -> None:
    under_way, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
        under_way.set()
        assert go_on.wait(60)
        append(connection, district_id, event, envelope)

    bus_service.appliers[ResultFinal] = slow
    consumer, keys, session = reader(bus_service), new_keys(40), uuid4()
    bus_service.publish(*[message(key, sequence) for sequence in (1, 2, 3) for key in keys])
    with running(*consumer.roles()):
        assert under_way.wait(20)
        publish_end(bus_service, session)
        try:
            wait_until(lambda: bus_service.applied() == {session: "out"})
        finally:
            go_on.set()
        wait_until(lambda: bus_service.applied() == dict.fromkeys(keys, "1 2 3") | {session: "out"})


def test_a_replay_beside_both_lanes_comes_to_the_same(bus_service: BusService) -> None:
    consumer, keys, sessions = reader(bus_service), new_keys(5), new_keys(5)
    bus_service.publish(*[message(key, sequence) for sequence in (1, 2, 3) for key in keys])
    for session in sessions:
        publish_end(bus_service, session)
    expected = dict.fromkeys(keys, "1 2 3") | dict.fromkeys(sessions, "out")
    with running(*consumer.roles()):
        wait_until(lambda: bus_service.applied() == expected)
        assert replay(reader(bus_service), [APPLIED]).messages == 20
        assert bus_service.applied() == expected
    assert replay(reader(bus_service), [APPLIED]).messages == 20
    assert bus_service.applied() == expected
