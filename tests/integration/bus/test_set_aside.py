"""Messages that can't be applied: set aside with a reason, told about, held in order, settled once the cause is mended."""

import json
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, select, text

from shared.bus.port import TopicPartition
from shared.contracts.dead_letters import DeadLetter
from shared.contracts.envelope import Envelope, Message, decode
from shared.contracts.registry import Event
from shared.contracts.results import ResultFinal
from shared.contracts.topics import DEAD_LETTERS
from shared.inbox.retry import NothingParkedError, dismiss_parked, list_parked, retry_parked
from tests.support.bus import DISTRICT, INBOX, BusService, append, message, new_keys, running, wait_until


def _with_headers(sent: Message, **changed: str) -> Message:
    return replace(sent, headers=sent.headers | changed)


class Refusing:
    """An applier that refuses the words it is told to, until it is mended."""

    def __init__(self, *words: str) -> None:
        self.words = set(words)
        self.asked: list[str] = []

    def __call__(self, connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
        assert isinstance(event, ResultFinal)
        self.asked.append(event.final_level)
        append(connection, district_id, event, envelope)
        if event.final_level in self.words:
            raise ValueError(f"it can't be {event.final_level}")


def _reasons(service: BusService) -> dict[str, list[str]]:
    """kind -> reasons of what stands aside."""
    found: dict[str, list[str]] = {}
    with service.engine.connect() as connection:
        for parked in list_parked(connection, service.consumer().inbox):
            found.setdefault(parked.kind, []).append(parked.reason)
    return found


def test_what_can_t_be_read_is_set_aside_and_the_rest_goes_on(bus_service: BusService) -> None:
    json_, header, unknown, good = new_keys(4)
    bus_service.publish(
        replace(message(json_, 1), value=b'{"evaluation_id": "secret'),
        _with_headers(message(header, 1), ce_time="secret"),
        _with_headers(message(unknown, 1), ce_type="org.accord.results.never-declared.v1"),
        *[message(key, 2) for key in (json_, unknown)],
        *[message(good, sequence) for sequence in (1, 2, 3)],
    )
    consumer = bus_service.consumer()
    with running(consumer):
        wait_until(lambda: bus_service.applied() == {good: "1 2 3"})
        wait_until(lambda: bus_service.parked().poison == 3)
        wait_until(lambda: bus_service.parked().waiting == 2)
    told = _reasons(bus_service)
    assert any("not JSON" in reason for reason in told["poison"])
    assert any("header" in reason for reason in told["poison"])
    assert any("never-declared" in reason for reason in told["poison"])
    assert all("Number 1 of its key has not come" in reason for reason in told["waiting"])
    assert "secret" not in json.dumps(told)
    with bus_service.engine.connect() as connection:
        reached = sum(row.next_offset for row in connection.execute(select(INBOX.position)))
    assert reached == 8, "reading goes on behind what was set aside"


def test_a_dead_letter_tells_where_and_why(bus_service: BusService) -> None:
    (key,) = new_keys(1)
    bus_service.publish(replace(message(key, 1), value=b"not json"))
    places = {TopicPartition(DEAD_LETTERS.name, number): 0 for number in range(DEAD_LETTERS.partitions)}
    with running(bus_service.consumer(), bus_service.relay()):
        wait_until(lambda: bus_service.parked().poison == 1)
        wait_until(lambda: bus_service.unpublished() == 0)
        subscriber = bus_service.bus.subscriber("test")
        subscriber.assign(places)
        found = []
        wait_until(lambda: found.extend(subscriber.poll(0.5, 10)) or found)
        subscriber.close()
    letter = decode(found[0].message)
    assert isinstance(letter, DeadLetter)
    assert letter.stream == f"reporting/accord.results/{key}"
    assert letter.value == b"not json"
    assert "not JSON" in letter.reason
    assert letter.headers["ce_type"] == "org.accord.results.evaluation-final.v1"
    assert found[0].message.headers["ce_district"] == str(DISTRICT)


def test_an_applier_s_refusal_is_tried_again_then_set_aside_alone(bus_service: BusService) -> None:
    keys = new_keys(6)
    refusing = Refusing("bad")
    bus_service.appliers[ResultFinal] = refusing
    sent = [message(key, sequence) for sequence in (1, 2, 3) for key in keys]
    sent[7] = message(keys[1], 2, "bad")
    bus_service.publish(*sent)
    whole = dict.fromkeys(keys, "1 2 3")
    with running(bus_service.consumer()):
        wait_until(lambda: bus_service.applied() == whole | {keys[1]: "1"})
        wait_until(lambda: bus_service.parked().waiting == 1)
    assert 4 <= refusing.asked.count("bad") <= 9, "as often as runs of 18 were halved, then three times by itself"
    (reason,) = _reasons(bus_service)["poison"]
    assert "ValueError at test_set_aside.py" in reason and "it can't be" not in reason


def test_a_mended_cause_lets_everything_through_in_order(bus_service: BusService) -> None:
    key, other = new_keys(2)
    refusing = Refusing("2")
    bus_service.appliers[ResultFinal] = refusing
    consumer = bus_service.consumer()
    bus_service.publish(*[message(key, sequence) for sequence in (1, 2, 3, 4)])
    with running(consumer):
        wait_until(lambda: bus_service.parked().waiting == 2)
        report = retry_parked(bus_service.engine, consumer.inbox)
        assert (report.applied, report.superseded, report.remaining) == (0, 0, 3)
        refusing.words.clear()
        bus_service.publish(message(key, 2), message(other, 1))  # delivered again: still waits for whoever mends
        wait_until(lambda: other in bus_service.applied())
        assert bus_service.applied()[key] == "1"
        report = retry_parked(bus_service.engine, consumer.inbox)
        assert (report.applied, report.superseded, report.remaining) == (3, 0, 0)
        assert bus_service.applied()[key] == "1 2 3 4"
        bus_service.publish(message(key, 5))
        wait_until(lambda: bus_service.applied()[key] == "1 2 3 4 5")


def test_two_poison_messages_of_one_key_settle_one_after_the_other(bus_service: BusService) -> None:
    (key,) = new_keys(1)
    refusing = Refusing("2", "3")
    bus_service.appliers[ResultFinal] = refusing
    consumer = bus_service.consumer()
    bus_service.publish(*[message(key, sequence) for sequence in (1, 2, 3, 4)])
    with running(consumer):
        wait_until(lambda: bus_service.parked().waiting == 2)
    refusing.words = {"3"}
    report = retry_parked(bus_service.engine, consumer.inbox)
    assert (report.applied, bus_service.parked().poison, bus_service.parked().waiting) == (2, 1, 1)
    assert bus_service.applied() == {key: "1 2"}
    refusing.words.clear()
    retry_parked(bus_service.engine, consumer.inbox)
    assert bus_service.applied() == {key: "1 2 3 4"}


def test_what_will_never_apply_can_be_given_up(bus_service: BusService) -> None:
    poison, gap = new_keys(2)
    bus_service.appliers[ResultFinal] = Refusing("bad")
    consumer = bus_service.consumer()
    bus_service.publish(message(poison, 1, "bad"), message(poison, 2), message(gap, 3), message(gap, 4))
    with running(consumer):
        wait_until(lambda: bus_service.parked().waiting == 3)
        with bus_service.engine.connect() as connection:
            numbers = {
                (item.stream[1], item.kind): item.id for item in reversed(list_parked(connection, consumer.inbox))
            }
        dismiss_parked(bus_service.engine, consumer.inbox, numbers[str(poison), "poison"])
        dismiss_parked(bus_service.engine, consumer.inbox, numbers[str(gap), "waiting"])
        assert bus_service.applied() == {poison: "2", gap: "3 4"}
        with pytest.raises(NothingParkedError):
            dismiss_parked(bus_service.engine, consumer.inbox, numbers[str(poison), "poison"])
        bus_service.publish(message(poison, 3), message(gap, 2), message(gap, 5))
        wait_until(lambda: bus_service.applied() == {poison: "2 3", gap: "3 4 5"})


def test_past_the_limit_consuming_stops_and_goes_on_when_settled(bus_service: BusService) -> None:
    bad, good = new_keys(5), uuid4()
    refusing = Refusing("bad")
    bus_service.appliers[ResultFinal] = refusing
    consumer = bus_service.consumer(poison_limit=3)
    bus_service.publish(*[message(key, 1, "bad") for key in bad])
    with running(consumer):
        wait_until(lambda: consumer.progress.trouble)
        assert "3 messages could not be applied" in str(consumer.progress.problem())
        assert bus_service.parked().poison == 3
        bus_service.publish(message(good, 1))
        refusing.words.clear()
        retry_parked(bus_service.engine, consumer.inbox)
        wait_until(lambda: bus_service.applied() == dict.fromkeys(bad, "bad") | {good: "1"})
        assert consumer.progress.problem() is None


def test_a_lost_database_session_is_no_fault_of_the_message(bus_service: BusService) -> None:
    """The session ends in the middle of a run: nothing is set aside, everything is applied once."""
    keys = new_keys(3)
    ended: list[str] = []

    def ending(connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
        append(connection, district_id, event, envelope)
        assert isinstance(event, ResultFinal)
        if event.final_level in ("5", "11") and event.final_level not in ended:
            ended.append(event.final_level)
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    bus_service.appliers[ResultFinal] = ending
    bus_service.publish(*[message(key, sequence) for sequence in range(1, 21) for key in keys])
    expected = " ".join(map(str, range(1, 21)))
    with running(bus_service.consumer()):
        wait_until(lambda: bus_service.applied() == dict.fromkeys(keys, expected))
    assert ended == ["5", "11"]
    assert bus_service.parked().poison == 0
