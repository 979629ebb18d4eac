"""What the tests of reporting share: a migrated database, and looking at all of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from services.reporting.store import process_tables, results_tables
from shared.config import Settings
from shared.db import connect, transaction

TABLES = (*process_tables.TABLES, *results_tables.TABLES)
Dump = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def engine(service_settings: Callable[..., Settings]) -> Engine:
    """Of the role worker, on a fresh reporting database."""
    return connect(service_settings("reporting"), "worker")


@pytest.fixture
def dump() -> Callable[[Engine, UUID], Dump]:
    """Every row of every projection of a district and of what was published, in an order of its own."""

    def read(engine: Engine, district_id: UUID) -> Dump:
        with transaction(engine, district_id) as connection:
            return {
                table.name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
                for table in TABLES
            }

    return read


@pytest.fixture
def empty() -> Callable[[Engine], None]:
    """Empties every projection, as a replay does first, and what was published too: as if nothing had been read yet."""

    def truncate(engine: Engine) -> None:
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE " + ", ".join(table.name for table in TABLES)))

    return truncate
