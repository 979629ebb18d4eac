"""A whole installation: kill -9 of any process under load (web, workers, database, broker), and the bus away for a while.

Evaluators send observations by the pages meanwhile, and press again whenever nothing came back. In the end every
acknowledged observation is on the record once, and log, inbox and report agree with the record, in order.
"""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from accord.databases import BUS_DATABASE
from accord.home import Home
from accord.kafka_broker import KafkaBroker, lacking
from benchmarks.district import Open
from tests.support import settled
from tests.support.bus import kill_broker, wait_until
from tests.support.busy_district import PASSWORD, make_busy_district
from tests.support.installation import Installation, processes_of
from tests.support.killing import Killer
from tests.support.observers import Observer, at_work

Away = Callable[[bool], None]
BUSES = ["postgres", pytest.param("kafka", marks=pytest.mark.kafka)]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    for process in processes_of(tmp_path / "home"):
        process.kill()


def started(folder: Path, bus: str) -> Installation:
    if bus == "kafka" and (problem := lacking()):
        pytest.skip(problem)
    accord = Installation(folder, None, "--no-demo", "--bus", bus)
    accord.wait_until_up()
    return accord


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("bus", BUSES)
@pytest.mark.parametrize("kills", [6, pytest.param(100, marks=pytest.mark.faults)])
def test_kills_lose_double_and_reorder_no_submission(folder: Path, bus: str, kills: int) -> None:
    accord = started(folder, bus)
    environment = Home(accord.home).environment_now()
    # Enough to send, slowly enough: a hundred kills with a broker among them take six minutes and more.
    each, pause = (4, 0.2) if kills < 10 else (40, 0.6)
    district = make_busy_district(environment, folder, each=each)
    observers = [Observer(accord.port, name, PASSWORD, pile, pause) for name, pile in district.waiting.items()]
    killer = Killer(accord, random.Random(kills), with_broker=bus == "kafka")
    began = time.monotonic()
    with at_work(observers):
        for _ in range(kills):
            killer.kill_one(lambda since: any(one.sent_since(since) for one in observers))
        assert any(not one.is_done for one in observers), "the load ended before the kills did"
    took, last = time.monotonic() - began, killer.killed[-1][1]
    killer.wait_until_whole()
    assert [words for one in observers for words in one.strange] == []
    settled.settle(environment)
    settling = time.monotonic() - last
    sent = [one for observer in observers for one, _, _ in observer.acknowledged]
    settled.record_holds_once(environment, sent)
    settled.inbox_tells_once(environment, sent)
    steps = settled.report_agrees(environment)
    log = settled.log_is_in_order(environment)
    wait = settled.longest_wait(environment)
    settled.reading_again_changes_nothing(environment)
    print(f"{bus}: {len(killer.killed)} kills in {took:.0f} s: {killer.counts()}")
    print(
        f"{len(sent)} submissions acknowledged, {sum(one.repeats for one in observers)} requests sent again, "
        f"{sum(one.resent for one in observers)} of them the submission itself, "
        f"{sum(one.pressed_twice for one in observers)} more pressed twice"
    )
    print(f"{steps} steps done in the report; {log.events} events, {log.repeated} of them on the bus more than once")
    print(f"after a kill, the next one sent was acknowledged in {recovery(killer, observers)}")
    print(f"from commit to the bus {wait[0]:.2f} s (median), {wait[1]:.1f} s (longest)")
    print(f"everything settled {settling:.1f} s after the last kill")
    assert accord.end() == 0
    assert processes_of(accord.home) == []


def recovery(killer: Killer, observers: list[Observer]) -> str:
    """From each kill to the acknowledgement of something first sent after it: median and longest, seconds."""
    sends = sorted((acknowledged, sent) for one in observers for _, sent, acknowledged in one.acknowledged)
    waits = []
    for _, at in killer.killed:
        after = [acknowledged - at for acknowledged, sent in sends if sent > at]
        if after:
            waits.append(min(after))
    waits.sort()
    return f"{waits[len(waits) // 2]:.1f} s (median), {waits[-1]:.1f} s (longest)" if waits else "no time"


@pytest.fixture
def bus_away(bus: str, folder: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Away:
    """bus_away(True) takes the bus away, bus_away(False) brings it back; nobody else does."""
    if bus == "kafka":
        if problem := lacking():
            pytest.skip(problem)
        broker: KafkaBroker = request.getfixturevalue("own_broker")
        monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrap_servers)
        return lambda gone: kill_broker(broker) if gone else broker.start()

    def on_postgres(gone: bool) -> None:
        with psycopg.connect(Home(folder / "home").server.url(), autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {BUS_DATABASE} WITH ALLOW_CONNECTIONS {not gone}")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [BUS_DATABASE]
            )

    return on_postgres


@pytest.mark.timeout(900)
@pytest.mark.parametrize("bus", BUSES)
def test_with_the_bus_away_submissions_go_on_and_are_delivered_when_it_is_back(
    folder: Path, bus: str, bus_away: Away
) -> None:
    accord = started(folder, bus)
    environment = Home(accord.home).environment_now()
    district = make_busy_district(environment, folder, each=1)
    observers = [Observer(accord.port, name, PASSWORD, pile, 0.0) for name, pile in district.waiting.items()]

    def sent() -> list[Open]:
        return [one for observer in observers for one, _, _ in observer.acknowledged]

    bus_away(True)
    try:
        with at_work(observers):
            wait_until(lambda: len(sent()) >= 20, seconds=120)
        settled.inbox_tells_once(environment, [])  # nobody has been told
        waiting = settled.waiting(environment)
    finally:
        bus_away(False)
    assert [words for one in observers for words in one.strange] == []
    assert sum(one.repeats for one in observers) == 0, "somebody had to press again"
    settled.record_holds_once(environment, sent())
    assert waiting >= 2 * len(sent()), "what is sent waits in the outbox"
    settled.settle(environment)
    settled.inbox_tells_once(environment, sent())
    settled.report_agrees(environment)
    settled.log_is_in_order(environment)
    assert accord.end() == 0
