"""The bus as tables in a PostgreSQL database of its own, for an installation without Kafka.

Every partition has one row that holds its next offset. A publisher locks the rows of the partitions it writes to, in one
order, until it commits: so offsets are dense and come to be visible in their own order, and a reader that has seen an
offset has seen every smaller one (facts: reliability.md 1.B.2). Only the workers' database role may connect.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    bindparam,
    create_engine,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError

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
from shared.db import sqlalchemy_url
from shared.ids import new_id

_METADATA = MetaData()
_TOPIC = Table(
    "bus_topic",
    _METADATA,
    Column("name", Text, primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("partitions", Integer, nullable=False),
)
_PARTITION = Table(
    "bus_partition",
    _METADATA,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
)
_MESSAGE = Table(
    "bus_message",
    _METADATA,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("key", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
_CREATION_LOCK = 4_203_113  # one maker of tables at a time; the number only has to be nobody else's
_PAUSE, _LONGEST_PAUSE = 0.04, 0.12
"""Seconds between two looks at an empty log; they grow where nothing comes."""
_ENDS = select(_PARTITION.c.topic, _PARTITION.c.partition, _PARTITION.c.next_offset).where(
    _PARTITION.c.topic.in_(bindparam("topics", expanding=True))
)

_READ = text(
    """
    SELECT m.topic, m.partition, m."offset", m.key, m.headers, m.value
    FROM unnest(:topics ::text[], :partitions ::int[], :offsets ::bigint[]) AS w(topic, partition, "offset")
    CROSS JOIN LATERAL (
      SELECT * FROM bus_message b
      WHERE b.topic = w.topic AND b.partition = w.partition AND b."offset" >= w."offset"
      ORDER BY b."offset" LIMIT :most
    ) m
    LIMIT :most
    """
).columns(*(column for column in _MESSAGE.c if column.name != "published_at"))


@contextmanager
def _or_unavailable() -> Iterator[None]:
    """Every fault of the database, a missing table among them, is the bus being unavailable: nothing is decided by it."""
    try:
        yield
    except (DBAPIError, NoConnectionError) as error:
        cause = type(error.orig).__name__ if isinstance(error, DBAPIError) else "no connection free"
        raise BusUnavailableError(f"The bus database does not answer ({cause}).") from error


class PostgresBus:
    """`url`: address of the bus database as a role that may make tables in it."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            sqlalchemy_url(url),
            pool_size=4,
            max_overflow=8,
            pool_timeout=5,
            hide_parameters=True,
            connect_args={"connect_timeout": 5, "application_name": "accord-bus"},
            json_serializer=lambda value: msgspec.json.encode(value).decode(),
            json_deserializer=msgspec.json.decode,
        )

    def ensure_topics(self, topics: Sequence[Topic]) -> None:
        with _or_unavailable(), self._engine.begin() as connection:
            _create_tables(connection)
            for topic in sorted(topics, key=lambda topic: topic.name):
                _ensure_topic(connection, topic)

    def publisher(self, client_id: str) -> Publisher:  # only Kafka names its clients
        return PostgresPublisher(self._engine)

    def subscriber(self, client_id: str) -> Subscriber:
        return PostgresSubscriber(self._engine)

    def check(self) -> None:
        with _or_unavailable(), self._engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        self._engine.dispose()


def _create_tables(connection: Connection) -> None:
    connection.execute(select(func.pg_advisory_xact_lock(_CREATION_LOCK)))
    _METADATA.create_all(connection)


def _ensure_topic(connection: Connection, topic: Topic) -> None:
    made = upsert(_TOPIC).values(name=topic.name, id=new_id(), partitions=topic.partitions)
    connection.execute(made.on_conflict_do_nothing())
    found = connection.execute(select(_TOPIC.c.partitions).where(_TOPIC.c.name == topic.name)).scalar_one()
    check_partitions(topic, found)
    rows = [{"topic": topic.name, "partition": number, "next_offset": 0} for number in range(topic.partitions)]
    connection.execute(upsert(_PARTITION).on_conflict_do_nothing(), rows)


class PostgresPublisher:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def publish(self, messages: Sequence[Message]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        held: set[tuple[str, str]] = set()
        accepted: list[tuple[TopicPartition, Message]] = []
        with _or_unavailable(), self._engine.begin() as connection:
            partitions = _partition_counts(connection, {message.topic for message in messages})
            for message in messages:
                outcome = self._judge(message, partitions, held)
                outcomes.append(outcome)
                if outcome is ACKNOWLEDGED:
                    number = partition_of(message.key, partitions[message.topic])
                    accepted.append((TopicPartition(message.topic, number), message))
                else:
                    held.add((message.topic, message.key))
            if accepted:
                _append(connection, accepted)
        return outcomes

    @staticmethod
    def _judge(message: Message, partitions: Mapping[str, int], held: set[tuple[str, str]]) -> Outcome:
        if (message.topic, message.key) in held:
            return TRY_AGAIN
        if message.topic not in partitions:
            return poison(f"There is no topic {message.topic}.")
        return too_large(message) or ACKNOWLEDGED

    def close(self) -> None:
        """Nothing to let go of: connections belong to the bus."""


def _partition_counts(connection: Connection, topics: set[str]) -> dict[str, int]:
    rows = connection.execute(select(_TOPIC.c.name, _TOPIC.c.partitions).where(_TOPIC.c.name.in_(topics)))
    return {row.name: row.partitions for row in rows}


def _append(connection: Connection, accepted: Sequence[tuple[TopicPartition, Message]]) -> None:
    places = sorted({place for place, _ in accepted})
    part = _PARTITION.c
    # Rows are locked in the order of the sort and answer as they stand once the lock is held.
    locked = connection.execute(
        select(part.topic, part.partition, part.next_offset)
        .where(tuple_(part.topic, part.partition).in_(places))
        .order_by(part.topic, part.partition)
        .with_for_update()
    )
    following = {TopicPartition(row.topic, row.partition): row.next_offset for row in locked}
    rows = []
    for place, message in accepted:
        rows.append(
            {
                "topic": place.topic,
                "partition": place.partition,
                "offset": following[place],
                "key": message.key,
                "headers": message.headers,
                "value": message.value,
            }
        )
        following[place] += 1
    connection.execute(insert(_MESSAGE), rows)
    connection.execute(
        update(_PARTITION)
        .where(part.topic == bindparam("of_topic"), part.partition == bindparam("of_partition"))
        .values(next_offset=bindparam("following")),
        [{"of_topic": p.topic, "of_partition": p.partition, "following": n} for p, n in following.items()],
    )


class PostgresSubscriber:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._positions: dict[TopicPartition, int] = {}
        self._pause = _PAUSE

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        self._positions = dict(positions)

    def poll(self, seconds: float, most: int) -> list[Received]:
        deadline = time.monotonic() + seconds
        while True:
            received = self._read(most)
            left = deadline - time.monotonic()
            if received:
                self._pause = _PAUSE
            if received or left <= 0:
                return received
            time.sleep(min(self._pause, left))
            self._pause = min(self._pause * 1.25, _LONGEST_PAUSE)

    def _read(self, most: int) -> list[Received]:
        ends = self.end_offsets(tuple(self._positions))
        for place, end in ends.items():
            if self._positions[place] > end:
                self._positions[place] = 0
        ready = [place for place, end in ends.items() if self._positions[place] < end]
        if not ready:
            return []
        with _or_unavailable(), self._engine.connect() as connection:
            rows = connection.execute(
                _READ,
                {
                    "topics": [place.topic for place in ready],
                    "partitions": [place.partition for place in ready],
                    "offsets": [self._positions[place] for place in ready],
                    "most": most,
                },
            ).all()
        received = [
            Received(TopicPartition(topic, partition), offset, Message(topic, key, headers, value))
            for topic, partition, offset, key, headers, value in rows
        ]
        for one in received:
            # Whoever was read goes to the back of the row, so that one busy partition does not keep the others waiting.
            self._positions.pop(one.place)
            self._positions[one.place] = one.offset + 1
        return received

    def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        if not places:
            return {}
        with _or_unavailable(), self._engine.connect() as connection:
            rows = connection.execute(_ENDS, {"topics": sorted({place.topic for place in places})}).all()
        found = {TopicPartition(topic, partition): following for topic, partition, following in rows}
        return {place: found.get(place, 0) for place in places}

    def log_ids(self, topics: Sequence[str]) -> dict[str, str]:
        with _or_unavailable(), self._engine.connect() as connection:
            rows = connection.execute(select(_TOPIC.c.name, _TOPIC.c.id).where(_TOPIC.c.name.in_(topics)))
            found = {row.name: str(row.id) for row in rows}
        if missing := set(topics) - set(found):
            raise BusUnavailableError(f"The topic {sorted(missing)[0]} is not there.")
        return found

    def close(self) -> None:
        self._positions = {}
