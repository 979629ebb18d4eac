"""Small parts of the bus."""

import subprocess
import sys
from datetime import timedelta

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner import murmur2
from sqlalchemy.exc import DBAPIError

from shared.bus.backoff import LONGEST, SHORTEST, Backoff, pause_after
from shared.bus.partition import partition_of
from shared.bus.progress import Progress
from shared.clock import now
from shared.inbox.faults import is_passing, name_of


@given(st.text(max_size=80), st.integers(1, 50))
def test_the_partitioner_is_kafkas(key: str, partitions: int) -> None:
    assert partition_of(key, partitions) == (murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def test_pauses_double_up_to_a_limit_and_vary() -> None:
    assert all(SHORTEST <= pause_after(attempts) <= LONGEST for attempts in range(1, 2000))
    assert max(pause_after(30) for _ in range(200)) > 0.8 * LONGEST
    assert len({pause_after(5) for _ in range(20)}) > 1
    backoff = Backoff()
    for _ in range(8):
        backoff.failed()
    backoff.succeeded()
    assert backoff.failed() <= 1


def test_progress_tells_trouble_and_silence() -> None:
    progress = Progress()
    assert progress.problem() == "not started"
    progress.made()
    assert progress.problem() is None
    progress.hindered("the broker is away")
    assert progress.problem() == "the broker is away"
    progress.made()
    progress.at = now() - timedelta(seconds=200)
    assert "nothing done since" in str(progress.problem())


@pytest.mark.parametrize(
    ("cause", "passing"),
    [
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.DeadlockDetected(), True),
        (psycopg.errors.ReadOnlySqlTransaction(), True),
        (psycopg.errors.DiskFull(), True),
        (psycopg.OperationalError("server closed the connection"), True),
        (psycopg.errors.PipelineAborted(), False),
        (psycopg.errors.UniqueViolation(), False),
        (psycopg.errors.UndefinedTable(), False),
        (psycopg.errors.InFailedSqlTransaction(), False),
        (psycopg.DataError("text fields cannot contain NUL bytes"), False),
    ],
)
def test_a_fault_of_the_database_is_told_from_one_of_the_message(cause: psycopg.Error, passing: bool) -> None:
    assert is_passing(cause) is passing
    assert is_passing(DBAPIError("SELECT 'secret'", {"a": "secret"}, cause)) is passing
    assert not is_passing(KeyError("secret"))


def test_a_fault_is_named_without_its_words() -> None:
    try:
        raise ValueError("secret")
    except ValueError as error:
        name = name_of(error)
    assert name.startswith("ValueError at test_parts.py:") and "secret" not in name


def test_kafka_is_loaded_only_where_it_is_the_bus() -> None:
    program = (
        "import sys, shared.bus.open as o; from types import SimpleNamespace as S; "
        "o.open_bus(S(bus='postgres', bus_url='postgresql://x@/y')); print('kafka' in sys.modules); "
        "o.open_bus(S(bus='kafka', bus_url='127.0.0.1:9')); print('kafka' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "True"]
