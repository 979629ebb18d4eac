"""How fast the reports are built anew from the bus, beside kafka-python alone reading the same topics.

python -m benchmarks.replaying 127.0.0.1:9092     read everything once, print messages and seconds
"""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from statistics import mean

from benchmarks.figures import Figure
from benchmarks.installation import ROOT
from benchmarks.promises import measured

READ = ("accord.directory", "accord.agreements", "accord.process", "accord.results")
"""What the reporting service reads."""
_REPLAYED = "reporting"


def replaying(environment: Mapping[str, str], servers: str) -> Figure:
    """The projector's replay, with the client alone measured before and after it."""
    from accord import events, services
    from shared.inbox.replay import replay

    alone = [_alone(servers)]
    with events.consumer_of(services.BY_NAME[_REPLAYED], environment) as consumer:
        report = replay(consumer, services.BY_NAME[_REPLAYED].projections())
    alone.append(_alone(servers))
    bare = mean(alone)
    rate = report.messages / report.seconds
    note = f"{report.messages} messages, {rate:.0f}/s; kafka-python alone {bare:.0f}/s"
    return measured("replay", rate / bare, note)


def _alone(servers: str) -> float:
    """Messages a second, by a process of its own."""
    command = [sys.executable, "-m", "benchmarks.replaying", servers]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    read = json.loads(ran.stdout)
    return float(read["messages"]) / float(read["seconds"])


def _read_all(servers: str) -> dict[str, float]:
    from kafka import KafkaConsumer, TopicPartition

    settings = {
        "group_id": None,
        "enable_auto_commit": False,
        "isolation_level": "read_committed",
        "api_version": (3, 9),
    }
    consumer = KafkaConsumer(bootstrap_servers=servers, **settings)
    places = [TopicPartition(topic, number) for topic in READ for number in consumer.partitions_for_topic(topic)]
    wanted = sum(consumer.end_offsets(places).values())
    started = time.perf_counter()
    consumer.assign(places)
    consumer.seek_to_beginning(*places)
    count = 0
    while sum(consumer.position(place) for place in places) < wanted:
        count += sum(len(records) for records in consumer.poll(timeout_ms=1000, max_records=1000).values())
    seconds = time.perf_counter() - started
    consumer.close()
    return {"messages": count, "seconds": seconds}


if __name__ == "__main__":
    print(json.dumps(_read_all(sys.argv[1])))
