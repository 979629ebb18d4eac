"""Any number of rows in one statement: they travel as one JSON text and become rows in the database."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec
from sqlalchemy import Connection, Table, TextClause, text

Rows = Sequence[msgspec.Struct] | Sequence[Mapping[str, object]]


def put(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows, or replace those with the same primary key. Rows name every column that isn't computed."""
    if rows:
        connection.execute(_put(table), {"rows": _json(rows)})


def add(connection: Connection, table: Table, key: str, rows: Rows) -> None:
    """Add to the counters of a table: every column outside its unique constraint `key` is added to what stands there."""
    if rows:
        connection.execute(_add(table, key), {"rows": _json(rows)})


def put_missing(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows but those that would stand twice. All name the same columns; the others get their defaults."""
    if rows:
        connection.execute(_put_missing(table, tuple(rows[0])), {"rows": _json(rows)})


def _json(rows: Rows) -> str:
    return msgspec.json.encode(rows).decode()


@lru_cache
def _put(table: Table) -> TextClause:
    keys = [column.name for column in table.primary_key]
    rest = [name for name in _columns(table) if name not in keys]
    changes = ", ".join(f"{name} = excluded.{name}" for name in rest)
    return text(f"{_insert(table, _columns(table))} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}")


@lru_cache
def _put_missing(table: Table, columns: tuple[str, ...]) -> TextClause:
    return text(f"{_insert(table, columns)} ON CONFLICT DO NOTHING")


@lru_cache
def _add(table: Table, key: str) -> TextClause:
    constraint = next(each for each in table.constraints if each.name == key)
    keys = {column.name for column in constraint.columns}  # type: ignore[attr-defined]
    rest = [name for name in _columns(table) if name not in keys]
    changes = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in rest)
    return text(f"{_insert(table, _columns(table))} ON CONFLICT ON CONSTRAINT {key} DO UPDATE SET {changes}")


def _columns(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if column.computed is None)


def _insert(table: Table, columns: Sequence[str]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return (
        f"INSERT INTO {table.name} ({names}) "  # noqa: S608 - names of our own tables
        f"SELECT {names} FROM jsonb_populate_recordset(NULL::{table.name}, CAST(:rows AS jsonb))"
    )
