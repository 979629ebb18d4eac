"""On a real bus: in whatever order events come, the tables are the same; a replay and the other bus give them again."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from dataclasses import replace as replace_fields
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from services.reporting.bootstrap import PROJECTIONS, create_consumer, create_worker
from services.reporting.marks import Marks
from services.reporting.publisher import Publisher, nothing_waits
from services.reporting.releases import release_due
from services.reporting.reports.ratings import final_levels
from services.reporting.reports.ratings import series as series_of
from services.reporting.store.metadata import INBOX
from shared.bus.open import open_bus
from shared.bus.partition import partition_of
from shared.bus.port import Bus, Received, TopicPartition
from shared.clock import now
from shared.config import Settings
from shared.contracts.envelope import Message
from shared.contracts.topics import PROCESS
from shared.db import connect, transaction
from shared.inbox.consumer import Consumer
from shared.inbox.lag import consumer_lag, parked_counts
from shared.inbox.parking import POISON, park
from shared.inbox.replay import replay
from shared.inbox.retry import retry_parked
from tests.support.bus import running, wait_until
from tests.support.reporting import SECRET, World, apply_all, messages, shuffled
from tests.support.stories import Told

Dump = dict[str, list[tuple[Any, ...]]]
MUCH_LATER = datetime(2027, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class OnBus:
    settings: Settings
    engine: Engine
    bus: Bus
    consumer: Consumer
    publisher: Publisher

    def tell(self, told: list[Told]) -> None:
        self.publish(messages(told))

    def publish(self, told: list[Message]) -> None:
        self.bus.ensure_topics(self.consumer.topics)
        sender = self.bus.publisher("test")
        assert all(outcome.acknowledged for outcome in sender.publish(told))
        sender.close()

    def lag(self) -> int:
        subscriber = self.bus.subscriber("test-lag")
        with self.engine.connect() as connection:
            lag = consumer_lag(connection, INBOX, subscriber, self.consumer.places)
        subscriber.close()
        return sum(lag.values())

    def release(self) -> int:
        subscriber = self.bus.subscriber("test-release")
        try:
            return self.publisher.look(MUCH_LATER, nothing_waits(subscriber))
        finally:
            subscriber.close()


@pytest.fixture(params=["postgres", pytest.param("kafka", marks=pytest.mark.kafka)])
def on_bus(request: pytest.FixtureRequest, service_settings: Callable[..., Settings]) -> Iterator[OnBus]:
    """The reporting service's worker, once on each bus; nothing is published yet."""
    where = {}
    if request.param == "kafka":
        broker = request.getfixturevalue("emptied_broker")
        where = {"bus": "kafka", "bus_url": broker.bootstrap_servers}
    settings = service_settings("reporting", secret_key=SECRET, **where)
    engine, bus = connect(settings, "worker"), open_bus(settings)
    publisher = Publisher(engine, bus, Marks(SECRET), 5, now)
    yield OnBus(settings, engine, bus, create_consumer(settings, engine, bus), publisher)
    bus.close()
    engine.dispose()


def test_the_tables_are_what_the_events_say_on_any_bus_and_again_after_a_replay(
    on_bus: OnBus, engine: Engine, dump: Callable[[Engine, UUID], Dump]
) -> None:
    """`engine` is another database, filled without any bus and in the order in which things happened."""
    world = World(seed=31, staff=40)
    for story in world.stories[::4]:
        story.later(days=1).assign(world.principals[world.schools[1]])
    on_bus.tell(shuffled(world.told(), 7))
    assert on_bus.release() == 0, "nothing may be published before everything has been read"
    with running(on_bus.consumer):
        wait_until(lambda: on_bus.lag() == 0, 60)
    assert on_bus.release() == 1
    assert on_bus.release() == 0
    seen = dump(on_bus.engine, world.district_id)

    apply_all(engine, world.told())
    due = {"minimum": 5, "now": MUCH_LATER}
    assert release_due(engine, Marks(SECRET), read_all=lambda _connection: True, **due) == 1
    assert dump(engine, world.district_id) == seen

    report = replay(on_bus.consumer, PROJECTIONS)
    assert report.messages == len(world.told())
    assert dump(on_bus.engine, world.district_id) == seen, "and what was published is there without being made again"
    assert on_bus.release() == 0


def test_what_was_published_outlasts_a_replay_under_another_minimum_and_secret(
    on_bus: OnBus, dump: Callable[[Engine, UUID], Dump]
) -> None:
    """A figure never changes, and the pages have it as soon as everything has been read again."""
    first, later = World(seed=31, staff=40), World(seed=32, staff=40, district="south")
    on_bus.tell(first.told())
    with running(on_bus.consumer):
        wait_until(lambda: on_bus.lag() == 0, 60)
    assert on_bus.release() == 1
    seen = dump(on_bus.engine, first.district_id)
    assert seen["report_release_cell"]
    on_bus.tell(later.told())
    settings = replace(on_bus.settings, minimum_group=8, secret_key="another secret of the same length or so")
    anew = create_consumer(settings, on_bus.engine, on_bus.bus)
    publisher = Publisher(on_bus.engine, on_bus.bus, Marks(settings.secret_key), settings.minimum_group, now)
    again = replace(on_bus, settings=settings, consumer=anew, publisher=publisher)
    replay(again.consumer, PROJECTIONS)
    for table in ("report_release", "report_release_cell"):
        assert dump(on_bus.engine, first.district_id)[table] == seen[table]
    with transaction(on_bus.engine, first.district_id) as connection:
        [series] = series_of(connection, first.district_id)
        assert series.minimum == 5
        assert final_levels(connection, first.district_id, series)
    assert again.release() == 1, "what had not been published yet"
    minimum = {row[0]: row[4] for row in dump(on_bus.engine, later.district_id)["report_release"]}
    assert minimum == {first.district_id: 5, later.district_id: 8}
    assert dump(on_bus.engine, first.district_id)["report_release_cell"] == seen["report_release_cell"]


def test_what_stood_aside_for_its_offset_is_applied_by_a_retry(
    on_bus: OnBus, engine: Engine, dump: Callable[[Engine, UUID], Dump]
) -> None:
    """Earlier builds took any offset and stored none of 16 hours: the first event of a key stands aside, and what is told of
    it later has the same offset and waits."""
    world = World(seed=44, staff=5)
    key = str(world.stories[0].evaluation_id)
    told = [
        replace(one, value=_sixteen_hours_on(one.value)) if one.key == key else one for one in messages(world.told())
    ]
    first = next(one for one in told if one.key == key and one.topic == PROCESS.name)
    place = TopicPartition(PROCESS.name, partition_of(key, PROCESS.partitions))
    with on_bus.engine.begin() as connection:
        park(connection, INBOX, on_bus.consumer.inbox.read(Received(place, 0, first)), POISON, "Its applier failed.")
    on_bus.publish(told)
    with running(on_bus.consumer):
        wait_until(lambda: on_bus.lag() == 0, 60)
        assert retry_parked(on_bus.engine, on_bus.consumer.inbox).remaining == 0
    apply_all(engine, world.told())
    assert dump(on_bus.engine, world.district_id) == dump(engine, world.district_id)


def _sixteen_hours_on(value: bytes) -> bytes:
    """Each moment the same, told as clocks sixteen hours ahead would show it."""

    def told(match: re.Match[str]) -> str:
        return datetime.fromisoformat(match[0]).astimezone(timezone(timedelta(hours=16))).isoformat()

    return re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|\+00:00)", told, value.decode()).encode()


def test_two_districts_in_one_run_stay_apart(on_bus: OnBus, dump: Callable[[Engine, UUID], Dump]) -> None:
    north, south = World(seed=41, staff=6), World(seed=42, staff=6, district="south")
    on_bus.tell(shuffled([*north.told(), *south.told()], 3))
    with running(on_bus.consumer):
        wait_until(lambda: on_bus.lag() == 0, 60)
    for world in (north, south):
        rows = dump(on_bus.engine, world.district_id)
        assert len(rows["report_evaluation"]) == 6
        seen_by_all = {"report_series", "report_release"}  # where the worker looks for what is due, in every district
        assert {row[0] for name in rows if name not in seen_by_all for row in rows[name]} == {world.district_id}


def test_what_cant_be_applied_is_set_aside_and_the_others_go_on(on_bus: OnBus) -> None:
    world = World(seed=43, staff=5)
    told = world.told()
    orphan = next(one for one in told if type(one.event).__name__ == "EvaluationOpened")
    rest = [one for one in told if one.envelope.key != orphan.envelope.key]
    following = next(one for one in told if one.envelope.key == orphan.envelope.key and one is not orphan)
    renumbered = following._replace(envelope=replace_fields(following.envelope, sequence=1))
    on_bus.tell([*rest, renumbered])
    with running(on_bus.consumer):
        wait_until(lambda: on_bus.lag() == 0, 60)
    with on_bus.engine.connect() as connection:
        assert parked_counts(connection, INBOX).poison == 1
        reason = connection.execute(text("SELECT reason FROM inbox_parked")).scalar_one()
        assert "UnknownEvaluationError" in reason


def test_the_worker_has_the_roles_it_says(service_settings: Callable[..., Settings]) -> None:
    roles = create_worker(service_settings("reporting"))
    assert {(role.service, role.name) for role in roles} >= {
        ("reporting", "consumer"),
        ("reporting", "urgent-consumer"),
        ("reporting", "publisher"),
        ("reporting", "relay"),
    }
