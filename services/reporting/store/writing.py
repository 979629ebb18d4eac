"""Any number of rows in one statement: they travel as one JSON text and become rows in the database."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec
from sqlalchemy import Connection, Table, TextClause, text

Rows = Sequence[msgspec.Struct] | Sequence[Mapping[str, object]]


def put(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows, or replace those with the same primary key. Rows name every column."""
    if rows:
        connection.execute(_put(table), {"rows": _json(rows)})


def add(connection: Connection, table: Table, key: str, rows: Rows) -> None:
    """Add to the counters of a table: every column outside its unique constraint `key` is added to what stands there."""
    if rows:
        connection.execute(_add(table, key), {"rows": _json(rows)})


def _json(rows: Rows) -> str:
    return msgspec.json.encode(rows).decode()


@lru_cache
def _put(table: Table) -> TextClause:
    keys = [column.name for column in table.primary_key]
    rest = [column.name for column in table.columns if column.name not in keys]
    changes = ", ".join(f"{name} = excluded.{name}" for name in rest)
    return text(f"{_insert(table)} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}")


@lru_cache
def _add(table: Table, key: str) -> TextClause:
    constraint = next(each for each in table.constraints if each.name == key)
    keys = {column.name for column in constraint.columns}  # type: ignore[attr-defined]
    rest = [column.name for column in table.columns if column.name not in keys]
    changes = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in rest)
    return text(f"{_insert(table)} ON CONFLICT ON CONSTRAINT {key} DO UPDATE SET {changes}")


def _insert(table: Table) -> str:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    return (
        f"INSERT INTO {table.name} ({names}) "  # noqa: S608 - names of our own tables
        f"SELECT {names} FROM jsonb_populate_recordset(NULL::{table.name}, CAST(:rows AS jsonb))"
    )
