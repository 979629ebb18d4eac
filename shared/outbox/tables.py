"""The outbox: events written in the transaction of the change they tell of, published afterwards by the relay.

Made by one function for each service's own metadata. `outbox_stream` holds the last sequence per (topic, key); taking
its row lock first is what makes sequence order commit order within a key (facts: reliability.md 1.B.2).
"""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

URGENT = "topic IN ('accord.access')"
"""The topics declared urgent, in SQL. The condition of an index: a statement names it as it is."""
URGENT_UNPUBLISHED = f"published_at IS NULL AND parked_reason IS NULL AND {URGENT}"


@dataclass(frozen=True)
class OutboxTables:
    outbox: Table
    stream: Table


def outbox_tables(metadata: MetaData, *, urgent: bool = False) -> OutboxTables:
    """Add the outbox to a service's metadata. `urgent`: whether the service has urgent things to say."""
    outbox = Table(
        "outbox",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("district_id", Uuid, nullable=False),
        Column("event_id", Uuid, nullable=False, unique=True),
        Column("topic", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("sequence", BigInteger, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("value", LargeBinary, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("published_at", DateTime(timezone=True)),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("parked_reason", Text),
        UniqueConstraint("topic", "key", "sequence"),
        Index(
            "outbox_unpublished",
            "id",
            postgresql_where=text("published_at IS NULL AND parked_reason IS NULL"),
        ),
        Index(
            "outbox_parked",
            "topic",
            "key",
            postgresql_where=text("published_at IS NULL AND parked_reason IS NOT NULL"),
        ),
    )
    stream = Table(
        "outbox_stream",
        metadata,
        Column("topic", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("district_id", Uuid, nullable=False),
        Column("sequence", BigInteger, nullable=False),
    )
    if urgent:
        Index("outbox_urgent", outbox.c.id, postgresql_where=text(URGENT_UNPUBLISHED))
    return OutboxTables(outbox, stream)
