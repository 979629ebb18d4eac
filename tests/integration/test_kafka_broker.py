"""The broker starts from its jars, survives kill -9 with its data, and ends when told to."""

import os
import signal
import time
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from accord.kafka_broker import KafkaBroker

pytestmark = pytest.mark.kafka


def test_keeps_what_it_acknowledged_through_kill_and_restart(own_broker: KafkaBroker) -> None:
    servers = own_broker.bootstrap_servers
    admin = KafkaAdminClient(bootstrap_servers=servers)
    admin.create_topics([NewTopic("kept", 1, 1)])
    producer = KafkaProducer(bootstrap_servers=servers, acks="all")
    producer.send("kept", b"before").get(timeout=20)
    killed = own_broker.pid()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while own_broker.pid() is not None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert own_broker.pid() is None
    own_broker.start()
    assert own_broker.bootstrap_servers == servers
    assert own_broker.pid() not in (None, killed)
    producer.send("kept", b"after").get(timeout=20)
    consumer = KafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest", consumer_timeout_ms=20_000)
    consumer.assign([TopicPartition("kept", 0)])
    assert [next(consumer).value, next(consumer).value] == [b"before", b"after"]
    for client in (admin, producer, consumer):
        client.close()
    own_broker.stop()
    assert own_broker.pid() is None


def test_the_shared_broker_makes_no_topic_by_itself(kafka_servers: str) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka_servers, max_block_ms=2000)
    with pytest.raises(Exception, match=r"(?i)topic|metadata"):
        producer.send(f"nobody-made-{uuid4().hex}", b"lost").get(timeout=5)
    producer.close()
