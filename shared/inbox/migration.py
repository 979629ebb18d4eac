"""Statements for a service's first migration that wall off the inbox and grant it; run after the tables exist."""

from shared.db import district_policy
from shared.inbox.tables import InboxTables


def inbox_statements(tables: InboxTables) -> list[str]:
    """The worker's alone: parked messages hold what events hold, and the other two tables hold offsets and counters."""
    statements = district_policy(tables.parked.name, worker_sees_all=True)
    for table in (tables.position, tables.stream, tables.parked):
        statements.append(f"GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON {table.name} TO accord_worker")
    return statements


STOPS = (
    "ALTER TABLE inbox_position ADD COLUMN stopped text",
    "CREATE INDEX inbox_parked_known ON inbox_parked (key) "
    "WHERE settled_at IS NULL OR settled_as IN ('dismissed', 'let through', 'seen before')",
)
"""For a later migration of each service that reads: partitions that stand still, and what a replay recognises."""
