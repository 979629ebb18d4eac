"""Statements for a service's first migration that wall off the outbox and grant it; run after the tables exist."""

from shared.db import district_policy, grants
from shared.outbox.tables import OutboxTables


def outbox_statements(tables: OutboxTables) -> list[str]:
    """Web may only add events, of its district; the worker's relay sees every district's."""
    statements: list[str] = []
    for table in (tables.outbox, tables.stream):
        statements += district_policy(table.name, worker_sees_all=True)
    statements += grants(tables.outbox.name, web="INSERT", worker="SELECT, INSERT, UPDATE")
    statements += grants(tables.stream.name, web="SELECT, INSERT, UPDATE", worker="SELECT, INSERT, UPDATE")
    return statements
