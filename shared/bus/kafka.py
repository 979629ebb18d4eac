"""The bus on Apache Kafka, through kafka-python 3.0.12; the only place that knows it.

What the client does of itself and what is done about it here (facts: reliability.md 1.A.2):
- its producer accepts without limit and answers later: at most IN_FLIGHT messages are out, and every future is waited on;
- after a broker has lost or forgotten something a producer may never recover: any fault that is not one message's own
  drops the producer, and the next call builds another;
- its consumer's `poll` answers "nothing" for ever when the broker is gone: after a while of nothing the broker is asked;
- topics must never make themselves, or a key's partition would depend on a broker's default.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka import TopicPartition as KafkaPlace
from kafka import errors as kafka

from shared import logs
from shared.bus.partition import partition_of
from shared.bus.port import (
    ACKNOWLEDGED,
    TRY_AGAIN,
    BusUnavailableError,
    Outcome,
    Publisher,
    Received,
    Subscriber,
    TopicPartition,
    check_partitions,
    poison,
    too_large,
)
from shared.contracts.envelope import Message
from shared.contracts.topics import Topic

log = logs.get(__name__)

IN_FLIGHT = 500
_DELIVERY_SECONDS = 20
_SILENCE_SECONDS = 10.0
"""After so long without a message the broker is asked whether it is there."""
_PROBE_MILLISECONDS = 5_000
_COMMON: dict[str, Any] = {
    "api_version": (3, 9),  # the oldest broker we run on; unset, the constructor blocks until a broker answers
    "reconnect_backoff_max_ms": 2_000,
}
_PRODUCER: dict[str, Any] = _COMMON | {
    "acks": "all",
    "enable_idempotence": True,  # said aloud, so that a setting in conflict with it raises instead of switching it off
    "max_in_flight_requests_per_connection": 5,
    "request_timeout_ms": 10_000,
    "delivery_timeout_ms": _DELIVERY_SECONDS * 1_000,
    "max_block_ms": 5_000,
    "linger_ms": 5,
    "batch_size": 131_072,
    "allow_auto_create_topics": False,
    "metrics_enabled": False,
}
_CONSUMER: dict[str, Any] = _COMMON | {
    "group_id": None,
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",  # an offset the log does not have: from the start, duplicates are absorbed
    "isolation_level": "read_committed",
    "allow_auto_create_topics": False,
    "request_timeout_ms": 30_000,
    "fetch_max_wait_ms": 500,
    "check_crcs": True,
    "metrics_enabled": False,
}
_OWN_FAULT = (
    kafka.MessageSizeTooLargeError,
    kafka.RecordListTooLargeError,
    kafka.InvalidTopicError,
    kafka.InvalidRecordError,
    TypeError,
    ValueError,
)
"""Faults that say of one message that it can never be accepted."""


class KafkaBus:
    """`servers`: bootstrap servers, `host:port` separated by commas."""

    def __init__(self, servers: str) -> None:
        self._servers = [server.strip() for server in servers.split(",")]
        # The client writes whole tracebacks of passing faults past our own log; what matters is said here.
        logging.getLogger("kafka").setLevel(logging.CRITICAL)

    def ensure_topics(self, topics: Sequence[Topic]) -> None:
        with _admin(self._servers) as admin:
            found = _described(admin, [topic.name for topic in topics])
            missing = [topic for topic in topics if topic.name not in found]
            if missing:
                with suppress(kafka.TopicAlreadyExistsError):  # another process was quicker
                    admin.create_topics({topic.name: _as_kafka_wants(topic) for topic in missing})
                admin.wait_for_topics([topic.name for topic in missing])
                found = _described(admin, [topic.name for topic in topics])
        for topic in topics:
            if topic.name not in found:
                raise BusUnavailableError(f"The topic {topic.name} has not come to be yet.")
            check_partitions(topic, len(found[topic.name]["partitions"]))

    def publisher(self, client_id: str) -> Publisher:
        return KafkaPublisher(self._servers, client_id)

    def subscriber(self, client_id: str) -> Subscriber:
        return KafkaSubscriber(self._servers, client_id)

    def check(self) -> None:
        with _admin(self._servers) as admin:
            admin.describe_cluster()

    def close(self) -> None:
        """Nothing to let go of: every client belongs to its publisher or subscriber."""


@contextmanager
def _admin(servers: Sequence[str]) -> Iterator[KafkaAdminClient]:
    """An administrator's client for a few questions; every fault of it is the bus being unavailable."""
    # A constructor that fails leaves its thread and sockets behind, so it is run where they can be closed.
    admin = KafkaAdminClient.__new__(KafkaAdminClient)
    try:
        try:
            admin.__init__(
                bootstrap_servers=servers,
                client_id="accord-admin",
                bootstrap_timeout_ms=_PROBE_MILLISECONDS,
                request_timeout_ms=10_000,
                **_COMMON,
            )
        except BaseException:
            admin._closed = False
            raise
        yield admin
    except (kafka.KafkaError, OSError, RuntimeError) as error:
        raise BusUnavailableError(f"The Kafka broker does not answer ({type(error).__name__}).") from error
    finally:
        with suppress(Exception):
            admin.close()


def _described(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the broker says of each topic that it has."""
    described = {topic["name"]: topic for topic in admin.describe_topics(list(names))}
    for name, topic in described.items():
        error = kafka.for_code(topic["error_code"])
        if error not in (kafka.NoError, kafka.UnknownTopicOrPartitionError):
            raise error(name)
    return {name: topic for name, topic in described.items() if topic["error_code"] == 0}


def _as_kafka_wants(topic: Topic) -> dict[str, Any]:
    policy = "compact" if topic.compacted else "delete"
    return {
        "num_partitions": topic.partitions,
        "replication_factor": -1,
        "configs": {"cleanup.policy": policy, "retention.ms": "-1", "retention.bytes": "-1"},
    }


class KafkaPublisher:
    def __init__(self, servers: Sequence[str], client_id: str) -> None:
        self._servers = servers
        self._client_id = client_id
        self._producer: KafkaProducer | None = None
        self._partitions: dict[str, int] = {}

    def publish(self, messages: Sequence[Message]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        held: set[tuple[str, str]] = set()
        for start in range(0, len(messages), IN_FLIGHT):
            outcomes += self._publish(messages[start : start + IN_FLIGHT], held)
            if self._producer is None:
                outcomes += [TRY_AGAIN] * (len(messages) - len(outcomes))
                break
        if messages and all(outcome is TRY_AGAIN for outcome in outcomes):
            raise BusUnavailableError("The Kafka broker acknowledged nothing.")
        return outcomes

    def _publish(self, messages: Sequence[Message], held: set[tuple[str, str]]) -> list[Outcome]:
        """`held`: keys of which nothing more may be sent; grows by those that fail."""
        self._look_up({message.topic for message in messages})
        if self._producer is None:
            self._producer = KafkaProducer(bootstrap_servers=self._servers, client_id=self._client_id, **_PRODUCER)
        sent = []
        unsent = set(held)
        for message in messages:
            sent.append(self._send(message, unsent))
            if isinstance(sent[-1], Outcome):
                unsent.add((message.topic, message.key))
        return self._await(messages, sent, held)

    def _send(self, message: Message, unsent: set[tuple[str, str]]) -> Any:
        """The client's future, or the outcome where the message was not sent."""
        if self._producer is None or (message.topic, message.key) in unsent:
            return TRY_AGAIN
        if message.topic not in self._partitions:
            return poison(f"There is no topic {message.topic}.")
        if (large := too_large(message)) is not None:
            return large
        try:
            return self._producer.send(
                message.topic,
                key=message.key.encode(),
                value=message.value,
                headers=[(name, value.encode()) for name, value in message.headers.items()],
                partition=partition_of(message.key, self._partitions[message.topic]),
            )
        except _OWN_FAULT as error:
            return poison(f"Kafka does not take it ({type(error).__name__}).")
        except kafka.KafkaError as error:
            self._drop(error)
            return TRY_AGAIN

    def _await(self, messages: Sequence[Message], sent: Sequence[Any], held: set[tuple[str, str]]) -> list[Outcome]:
        deadline = time.monotonic() + _DELIVERY_SECONDS + 5
        if self._producer is not None:
            with suppress(kafka.KafkaError):  # each future tells what became of its message
                self._producer.flush(timeout=_DELIVERY_SECONDS + 5)
        outcomes = []
        for message, answer in zip(messages, sent, strict=True):
            outcome = answer if isinstance(answer, Outcome) else self._answer(answer, deadline)
            if outcome is ACKNOWLEDGED and (message.topic, message.key) in held:
                outcome = TRY_AGAIN  # it is in the log, but ahead of one that is not: it must come again
            elif outcome is not ACKNOWLEDGED:
                held.add((message.topic, message.key))
            outcomes.append(outcome)
        return outcomes

    def _answer(self, future: Any, deadline: float) -> Outcome:
        try:
            future.get(timeout=max(0.0, deadline - time.monotonic()))
        except _OWN_FAULT as error:
            return poison(f"The Kafka broker refuses it ({type(error).__name__}).")
        except kafka.KafkaError as error:
            self._drop(error)
            return TRY_AGAIN
        return ACKNOWLEDGED

    def _look_up(self, topics: set[str]) -> None:
        """Learn how many partitions topics have; one that is not there is asked for again the next time."""
        if unknown := topics - set(self._partitions):
            with _admin(self._servers) as admin:
                for name, described in _described(admin, sorted(unknown)).items():
                    self._partitions[name] = len(described["partitions"])

    def _drop(self, error: Exception) -> None:
        if self._producer is not None:
            log.warning("producer_dropped", error=type(error).__name__)
        self.close()

    def close(self) -> None:
        producer, self._producer, self._partitions = self._producer, None, {}
        if producer is not None:
            # With the broker gone `close` raises and leaves its thread; only forcing the sender ends it.
            with suppress(Exception):
                producer.close(timeout=1)
            with suppress(Exception):
                producer._sender.force_close()


class KafkaSubscriber:
    def __init__(self, servers: Sequence[str], client_id: str) -> None:
        self._servers = servers
        self._consumer = KafkaConsumer(bootstrap_servers=servers, client_id=client_id, **_CONSUMER)
        self._assigned: tuple[TopicPartition, ...] = ()
        self._heard = time.monotonic()

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        self._assigned = tuple(positions)
        self._consumer.assign([KafkaPlace(*place) for place in positions])
        for place, offset in positions.items():
            self._consumer.seek(KafkaPlace(*place), offset)
        self._heard = time.monotonic()

    def poll(self, seconds: float, most: int) -> list[Received]:
        try:
            fetched = self._consumer.poll(timeout_ms=seconds * 1000, max_records=most)
        except kafka.LogTruncationError as error:
            # The broker lost the end of its log. What was read is applied; what comes in its place must be read.
            log.warning("log_truncated", partitions=[f"{p.topic}/{p.partition}" for p in error.divergent_offsets])
            self._consumer.seek_to_beginning(*error.divergent_offsets)
            return []
        except kafka.KafkaError as error:
            raise BusUnavailableError(f"Kafka can't be read ({type(error).__name__}).") from error
        received: list[Received] = []
        for kafka_place, records in fetched.items():
            place = TopicPartition(*kafka_place)
            received += [_received(place, record) for record in records]
        if received:
            self._heard = time.monotonic()
        elif time.monotonic() - self._heard > _SILENCE_SECONDS and self._assigned:
            self.end_offsets(self._assigned[:1])
            self._heard = time.monotonic()
        return received

    def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        if not places:
            return {}
        wanted = [KafkaPlace(*place) for place in places]
        deadline = time.monotonic() + _PROBE_MILLISECONDS / 1000
        while True:
            try:
                found = self._consumer.end_offsets(wanted, timeout_ms=_PROBE_MILLISECONDS)
            except kafka.KafkaError as error:
                raise BusUnavailableError(f"The Kafka broker does not answer ({type(error).__name__}).") from error
            except KeyError as error:  # the library has asked where that one is, and leaves it out until it knows
                if time.monotonic() > deadline:
                    where = "{0.topic} {0.partition}".format(error.args[0])
                    raise BusUnavailableError(f"The Kafka broker does not say where {where} is.") from None
                time.sleep(0.02)
            else:
                return {TopicPartition(*place): offset for place, offset in found.items()}

    def log_ids(self, topics: Sequence[str]) -> dict[str, str]:
        with _admin(self._servers) as admin:
            found = _described(admin, topics)
        if missing := set(topics) - set(found):
            raise BusUnavailableError(f"The topic {sorted(missing)[0]} is not there.")
        return {name: str(found[name]["topic_id"]) for name in topics}

    def close(self) -> None:
        with suppress(kafka.KafkaError):
            self._consumer.close(autocommit=False, timeout_ms=1_000)


def _received(place: TopicPartition, record: Any) -> Received:
    headers = {name.replace("\x00", "\ufffd"): _words(value) for name, value in record.headers}
    message = Message(place.topic, _words(record.key), headers, record.value or b"")
    return Received(place, record.offset, message)


def _words(raw: bytes | None) -> str:
    """Text of a key or header. What is no text, or could not be written to a database, turns into replacement marks
    and so into a malformed message, not into a fault of the reader."""
    words = raw.decode("utf-8", "replace") if raw else ""
    return words.replace("\x00", "\ufffd") if "\x00" in words else words
