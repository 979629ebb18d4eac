"""The broker starts from its jars, survives kill -9 with its data, and ends when told to."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from accord.kafka_broker import KafkaBroker, KafkaError, lacking
from tests.support.bus import kill_broker, wait_until

pytestmark = pytest.mark.kafka


def test_keeps_what_it_acknowledged_through_kill_and_restart(own_broker: KafkaBroker) -> None:
    servers = own_broker.bootstrap_servers
    admin = KafkaAdminClient(bootstrap_servers=servers)
    admin.create_topics([NewTopic("kept", 1, 1)])
    producer = KafkaProducer(bootstrap_servers=servers, acks="all")
    producer.send("kept", b"before").get(timeout=20)
    killed = own_broker.pid()
    kill_broker(own_broker)
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


def test_it_comes_back_where_it_was_or_not_at_all(own_broker: KafkaBroker) -> None:
    """Whoever was told of its port has nowhere else to look."""
    servers = own_broker.bootstrap_servers
    kill_broker(own_broker)
    taken = socket.create_server(("127.0.0.1", int(servers.rpartition(":")[2])))
    with taken, pytest.raises(KafkaError, match="Another program has taken port"):
        own_broker.start()
    own_broker.start()
    assert own_broker.bootstrap_servers == servers


def test_a_folder_of_any_name(tmp_path: Path) -> None:
    if problem := lacking():
        pytest.skip(problem)
    broker = KafkaBroker(tmp_path / "a é, b" / "kafka")
    try:
        broker.start()
        assert broker.pid() is not None
        assert (broker.folder / "data" / "meta.properties").exists()
        assert [path.name for path in tmp_path.iterdir()] == ["a é, b"]
        assert "meta.properties" not in [path.name for path in broker.folder.iterdir()]
    finally:
        broker.stop()
    assert broker.pid() is None


_HALF_GONE = """
import ctypes, socket, threading, time
server = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=time.sleep, args=(60,)).start()
print(server.getsockname()[1], flush=True)
ctypes.CDLL(None).pthread_exit(None)
"""
"""A process whose first thread has ended while another still runs, as after kill -9 of many threads, only for longer."""


def test_it_is_not_gone_while_a_thread_of_it_holds_its_ports(tmp_path: Path) -> None:
    broker = KafkaBroker(tmp_path)
    child = subprocess.Popen([sys.executable, "-c", _HALF_GONE], stdout=subprocess.PIPE)
    process = psutil.Process(child.pid)
    note = {"pid": child.pid, "created": process.create_time()}
    (tmp_path / "broker.json").write_text(json.dumps(note), encoding="utf-8")
    wait_until(lambda: process.status() == psutil.STATUS_ZOMBIE)
    assert broker.pid() == child.pid
    process.kill()
    wait_until(lambda: broker.pid() is None)
    child.wait()


def test_the_shared_broker_makes_no_topic_by_itself(kafka_servers: str) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka_servers, max_block_ms=2000)
    with pytest.raises(Exception, match=r"(?i)topic|metadata"):
        producer.send(f"nobody-made-{uuid4().hex}", b"lost").get(timeout=5)
    producer.close()
