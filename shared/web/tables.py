"""The shell's own tables in each service: answers already given, and drafts."""

from dataclasses import dataclass

from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB


@dataclass(frozen=True)
class WebTables:
    once: Table
    draft: Table

    def all(self) -> tuple[Table, ...]:
        return (self.once, self.draft)


def web_tables(metadata: MetaData) -> WebTables:
    """Add `web_once` and `web_draft` to a service's metadata."""
    once = Table(
        "web_once", metadata,
        Column("district_id", Uuid, primary_key=True),
        Column("person_id", Uuid, primary_key=True),
        Column("endpoint", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("request_hash", LargeBinary, nullable=False),
        Column("status", Integer),
        Column("location", Text),
        Column("body", Text),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    )  # fmt: skip
    draft = Table(
        "web_draft", metadata,
        Column("district_id", Uuid, primary_key=True),
        Column("person_id", Uuid, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("revision", Integer, nullable=False),
        Column("fields", JSONB, nullable=False),
        Column("others", JSONB, nullable=False, server_default=text("'{}'")),
        Column("saved_at", DateTime(timezone=True), nullable=False),
    )  # fmt: skip
    return WebTables(once, draft)
