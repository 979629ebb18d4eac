"""Waiting until what happened in one service has reached the others, so that one measurement does not run into the next."""

import time
from collections.abc import Mapping

import psycopg

from shared.config import load_settings

TOPIC = "accord.process"


def settle(environment: Mapping[str, str], patience: float = 60.0) -> float:
    """Until inbox and reports have everything the teacher service told; answers the seconds it took. Raises TimeoutError."""
    started = time.monotonic()
    told = _scalar(environment, "teacher", "SELECT coalesce(sum(sequence), 0) FROM outbox_stream WHERE topic = %s")
    while time.monotonic() - started < patience:
        reached = [
            _scalar(environment, service, "SELECT coalesce(sum(sequence), 0) FROM inbox_stream WHERE topic = %s")
            for service in ("notifications", "reporting")
        ]
        if all(one >= told for one in reached):
            return time.monotonic() - started
        time.sleep(0.1)
    raise TimeoutError(f"After {patience:.0f} s inbox and reports stand at {reached} of {told} events.")


def _scalar(environment: Mapping[str, str], service: str, query: str) -> int:
    url = load_settings(service, environment).database_urls["worker"]
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query, (TOPIC,)).fetchone()
    assert row is not None
    return int(row[0])
