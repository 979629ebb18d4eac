"""From a service's outbox through the bus into another's tables: order, duplicates, gaps."""

import random
from uuid import uuid4

from shared.inbox.lag import consumer_lag
from tests.support.bus import BusService, message, new_keys, running, wait_until


def test_what_is_recorded_is_applied_once_and_in_order(bus_service: BusService) -> None:
    keys = new_keys(5)
    for number in range(1, 21):
        for key in keys:
            bus_service.say(key, str(number))
    expected = " ".join(str(number) for number in range(1, 21))
    consumer = bus_service.consumer()
    with running(bus_service.relay(), consumer):
        wait_until(lambda: bus_service.applied() == dict.fromkeys(keys, expected))
        wait_until(lambda: bus_service.unpublished() == 0)
    subscriber = bus_service.bus.subscriber("test")
    from tests.support.bus import INBOX

    with bus_service.engine.connect() as connection:
        lag = consumer_lag(connection, INBOX, subscriber, consumer.places)
    assert set(lag.values()) == {0}
    subscriber.close()


def test_a_duplicate_changes_nothing(bus_service: BusService) -> None:
    keys = new_keys(4)
    once = [message(key, sequence) for sequence in range(1, 11) for key in keys]
    doubled = [one for one in once for _ in range(3)]
    bus_service.publish(*doubled)
    repeated = random.Random(5).sample(once, len(once))
    bus_service.publish(*repeated)
    expected = " ".join(str(number) for number in range(1, 11))
    with running(bus_service.consumer()):
        wait_until(lambda: bus_service.applied() == dict.fromkeys(keys, expected))
        bus_service.publish(message(other := uuid4(), 1))
        wait_until(lambda: other in bus_service.applied())
    assert bus_service.applied() == dict.fromkeys(keys, expected) | {other: "1"}
    assert bus_service.parked().waiting == 0


def test_a_gap_waits_until_the_missing_one_comes(bus_service: BusService) -> None:
    key, other = new_keys(2)
    bus_service.publish(message(key, 1), message(key, 3), message(key, 4), message(other, 1))
    with running(bus_service.consumer()):
        wait_until(lambda: bus_service.applied() == {key: "1", other: "1"})
        wait_until(lambda: bus_service.parked().waiting == 2)
        bus_service.publish(message(key, 4), message(key, 2))
        wait_until(lambda: bus_service.applied() == {key: "1 2 3 4", other: "1"})
    assert bus_service.parked().waiting == 0
