"""The bus away, the bus emptied, the database away: nothing is lost, nothing doubled, and all goes on by itself."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from accord.databases import OWNER, WEB, WORKER, create_database, prepare_roles
from accord.postgres import PostgresServer
from shared.bus.port import TopicDriftError
from shared.config import Settings
from shared.contracts.topics import RESULTS
from shared.inbox.replay import ReplayRefusedError, replay
from shared.outbox.backlog import outbox_backlog, republish
from tests.support.bus import (
    APPLIED,
    OUTBOX,
    BusService,
    kill_broker,
    lose_everything,
    make_tables,
    new_keys,
    open_service,
    running,
    wait_until,
)


@pytest.fixture
def away(bus_service: BusService, postgres: PostgresServer) -> Callable[[bool], None]:
    """away(True) takes the bus away, away(False) brings it back, as abruptly as it gets."""

    def on_kafka(gone: bool) -> None:
        assert bus_service.broker is not None
        if gone:
            kill_broker(bus_service.broker)
        else:
            bus_service.broker.start()

    def on_postgres(gone: bool) -> None:
        name = bus_service.settings.bus_url.split("@/")[1].split("?")[0]
        allowed = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}").format(
            sql.Identifier(name), sql.SQL("false" if gone else "true")
        )
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            connection.execute(allowed)
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

    return on_kafka if bus_service.broker is not None else on_postgres


def test_with_the_bus_away_events_gather_and_are_delivered_when_it_is_back(
    bus_service: BusService, away: Callable[[bool], None]
) -> None:
    keys = new_keys(3)
    relay, consumer = bus_service.relay(), bus_service.consumer()
    with running(relay, consumer):
        for key in keys:
            bus_service.say(key, "1")
        wait_until(lambda: bus_service.applied() == dict.fromkeys(keys, "1"))
        away(True)
        for number in range(2, 12):
            for key in keys:
                bus_service.say(key, str(number))
        wait_until(lambda: relay.progress.trouble, seconds=40)
        with bus_service.engine.connect() as connection:
            backlog = outbox_backlog(connection, OUTBOX)
        assert backlog.waiting == 30 and backlog.parked == 0
        away(False)
        expected = " ".join(map(str, range(1, 12)))
        wait_until(lambda: bus_service.applied() == dict.fromkeys(keys, expected), seconds=60)
        wait_until(lambda: relay.progress.problem() is None and consumer.progress.problem() is None, seconds=40)
    assert bus_service.parked().waiting == bus_service.parked().poison == 0


def test_roles_started_without_a_bus_wait_for_it(bus_service: BusService, away: Callable[[bool], None]) -> None:
    (key,) = new_keys(1)
    away(True)
    relay, consumer = bus_service.relay(), bus_service.consumer()
    with running(relay, consumer):
        bus_service.say(key, "1")
        wait_until(lambda: relay.progress.trouble and consumer.progress.trouble, seconds=30)
        away(False)
        wait_until(lambda: bus_service.applied() == {key: "1"}, seconds=60)


def test_a_bus_that_comes_back_empty_is_filled_again(bus_service: BusService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Topics are made again with the declared partitions; republishing restores the log; readers begin anew in it."""
    monkeypatch.setattr("shared.bus.kafka._DELIVERY_SECONDS", 12)
    monkeypatch.setattr("shared.bus.kafka._PRODUCER", _impatient())
    monkeypatch.setattr("shared.inbox.consumer._LOG_ID_SECONDS", 1.0)
    keys = new_keys(10)
    with running(bus_service.relay(), bus_service.consumer()):
        for number in (1, 2, 3):
            for key in keys:
                bus_service.say(key, str(number))
        wait_until(lambda: bus_service.applied() == dict.fromkeys(keys, "1 2 3"))
        wait_until(lambda: bus_service.unpublished() == 0)
        lose_everything(bus_service.settings.bus_url, bus_service.broker)
        for key in keys:
            bus_service.say(key, "4")
        wait_until(lambda: bus_service.applied() == dict.fromkeys(keys, "1 2 3 4"), seconds=90)
        wait_until(lambda: bus_service.unpublished() == 0)
        with pytest.raises(ReplayRefusedError, match=r"results holds 10 messages, and 40 have .* Nothing was emptied"):
            replay(bus_service.consumer(), [APPLIED])
        assert bus_service.applied() == dict.fromkeys(keys, "1 2 3 4")
        with bus_service.engine.begin() as connection:
            assert republish(connection, OUTBOX, RESULTS.name) == 40
        wait_until(lambda: bus_service.unpublished() == 0)
        bus_service.say(keys[0], "5")
        wait_until(lambda: bus_service.applied()[keys[0]] == "1 2 3 4 5")
    assert replay(bus_service.consumer(), [APPLIED]).messages == 51
    assert bus_service.parked().waiting == bus_service.parked().poison == 0


def _impatient() -> dict[str, object]:
    from shared.bus import kafka

    return kafka._PRODUCER | {"delivery_timeout_ms": 12_000}


def test_roles_refuse_a_topic_with_another_number_of_partitions(bus_service: BusService) -> None:
    bus_service.bus.ensure_topics([replace(RESULTS, partitions=4)])
    for role in (bus_service.relay(), bus_service.consumer()):
        with pytest.raises(TopicDriftError, match="4 partitions; 6 are declared"):
            role.run(threading.Event())


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[PostgresServer]:
    """A database server of this test's own, which it may kill."""
    server = PostgresServer(tmp_path / "pg")
    server.start()
    yield server
    server.stop()


def test_a_killed_database_server_costs_a_pause(own_server: PostgresServer, tmp_path: Path) -> None:
    """kill -9 of the server that holds the outbox, the inbox and the bus, under load; what was committed arrives once."""
    with psycopg.connect(own_server.url(), autocommit=True) as connection:
        prepare_roles(connection)
        create_database(connection, "service")
        create_database(connection, "bus", owner=WORKER, users=(WORKER,))
    roles = {"owner": OWNER, "web": WEB, "worker": WORKER}
    settings = Settings(
        service="teacher",
        database_urls={name: own_server.url("service", role) for name, role in roles.items()},  # type: ignore[misc]
        bus="postgres",
        bus_url=own_server.url("bus", WORKER),
        secret_key="",
        session_verify_key=tmp_path,
        session_signing_key=None,
    )
    make_tables(settings)
    service = open_service(settings)
    keys, said = new_keys(4), 0
    with running(service.relay(), service.consumer()):
        for _ in range(3):
            for _ in range(10):
                said += 1
                for key in keys:
                    service.say(key, str(said))
            os.kill(own_server.pid() or 0, signal.SIGKILL)
            time.sleep(0.5)
            own_server.start()
            service.web.dispose()  # the writer is no part of this test; its pool would meet the lost sessions
        expected = " ".join(map(str, range(1, said + 1)))
        wait_until(lambda: service.applied() == dict.fromkeys(keys, expected), seconds=60)
    assert service.parked().waiting == service.parked().poison == 0
    service.close()
