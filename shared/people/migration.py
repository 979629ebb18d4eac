"""Statements for a service's first migration that make the copy of the directory, walled off and granted."""

from shared.db import district_policy, grants
from shared.people.tables import PeopleTables
from shared.people.viewer import VIEWER_FUNCTION


def people_statements(tables: PeopleTables, *, web: str = "SELECT") -> list[str]:
    """Policies, grants and the viewer function; run after the tables exist. Only the directory's web role writes here."""
    statements: list[str] = []
    for table in tables.all():
        statements += district_policy(table.name, worker_sees_all=True)
        statements += grants(table.name, web=web)
    statements.append(VIEWER_FUNCTION)
    return statements
