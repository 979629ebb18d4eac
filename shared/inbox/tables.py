"""What a consumer remembers: how far it has read, how far each stream has come, and what it set aside.

All three are written in the transaction of the projection itself, so that a crash leaves neither a lost nor a doubled event.
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
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

KNOWN = "settled_at IS NULL OR settled_as IN ('dismissed', 'let through', 'seen before')"
"""Parked messages that are recognised where they are read again. The condition of an index: a statement names it as it is."""


@dataclass(frozen=True)
class InboxTables:
    position: Table
    stream: Table
    parked: Table


def inbox_tables(metadata: MetaData) -> InboxTables:
    """Add the inbox to a service's metadata."""
    position = Table(
        "inbox_position",
        metadata,
        Column("topic", Text, primary_key=True),
        Column("partition", Integer, primary_key=True),
        Column("next_offset", BigInteger, nullable=False),
        Column("log_id", Text),  # which making of the topic the offset counts in; a topic made anew has another
        Column("stopped", Text),  # why reading stands still here; empty while it goes on
    )
    stream = Table(
        "inbox_stream",
        metadata,
        Column("topic", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("sequence", BigInteger, nullable=False),
    )
    parked = Table(
        "inbox_parked",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("topic", Text, nullable=False),
        Column("partition", Integer, nullable=False),
        Column("offset", BigInteger, nullable=False),
        Column("key", Text, nullable=False),
        Column("district_id", Uuid),
        Column("sequence", BigInteger),
        Column("headers", JSONB, nullable=False),
        Column("value", LargeBinary, nullable=False),
        Column("reason", Text, nullable=False),
        Column(
            "kind", Text, nullable=False
        ),  # poison: can't be applied. waiting: an earlier one of its key is missing.
        Column("parked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("settled_at", DateTime(timezone=True)),
        Column("settled_as", Text),  # applied, superseded, dismissed; let through, seen before (for replays)
        Index(
            "inbox_parked_unsettled",
            "topic",
            "key",
            "sequence",
            unique=True,
            postgresql_where=text("settled_at IS NULL"),
        ),
        Index("inbox_parked_known", "key", postgresql_where=text(KNOWN)),
    )
    return InboxTables(position, stream, parked)
