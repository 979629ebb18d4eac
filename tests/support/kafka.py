"""A real Kafka broker for the whole test run, shared by its worker processes.

    @pytest.mark.kafka
    def test_something(kafka_servers: str): ...             # "host:port" for KafkaBus and Settings(bus="kafka", bus_url=…)

    @pytest.mark.kafka
    def test_restart(own_broker: KafkaBroker): ...          # this test's own, to stop and to kill

Topics of the shared broker are shared too: give them names of the test's own, or read from the end.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from accord.kafka_broker import KafkaBroker, KafkaError, lacking
from tests.support.session import abandoned_folders, locked, session_folder


def _broker(folder: Path) -> KafkaBroker:
    return KafkaBroker(folder / "kafka")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Stop brokers of runs that were killed, before their folders go."""
    if not hasattr(config, "workerinput"):
        for folder in abandoned_folders():
            with suppress(KafkaError):
                _broker(folder).stop()


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and (session_folder() / "kafka").exists():
        _broker(session_folder()).stop()


@pytest.fixture(scope="session")
def kafka_servers() -> str:
    """Address of the broker; KAFKA_BOOTSTRAP_SERVERS where that is set."""
    if servers := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        return servers
    if problem := lacking():
        pytest.skip(problem)
    broker = _broker(session_folder())
    with locked("kafka"):
        broker.start()
    return broker.bootstrap_servers


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[KafkaBroker]:
    """A broker of this test's own, running."""
    if problem := lacking():
        pytest.skip(problem)
    broker = KafkaBroker(tmp_path / "kafka")
    broker.start()
    yield broker
    broker.stop()
