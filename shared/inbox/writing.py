"""Writing without waiting for the answer to each statement: what makes a replay fast.

An applier that has nothing to read calls `write(connection, STATEMENT, row)` with a statement built once, at the module's
top. While a consumer applies a run of messages the rows are kept back, in their order, and sent together; anywhere else
they are executed at once. Whatever else is executed on the connection meanwhile finds them written.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Engine, Insert, Update, event
from sqlalchemy.sql.compiler import SQLCompiler

Statement = Insert | Update | Delete
_KEPT = "accord.kept_writes"


def write(connection: Connection, statement: Statement, row: Mapping[str, Any]) -> None:
    """Execute `statement` with the values of `row`, now or together with others later in the transaction.

    `statement` is to be the same object every time; it returns nothing and has no defaults made in Python.
    """
    kept = connection.info.get(_KEPT)
    if kept is None:
        connection.execute(statement, row)
    else:
        kept.append((_prepare(statement, tuple(row), connection.dialect), row))


@contextmanager
def writes_kept_back(connection: Connection) -> Iterator[None]:
    """Within the block `write` keeps rows back; at its end they are sent. An error of any of them is raised no later."""
    info = connection.info  # can't be asked for any more once the connection is lost
    info[_KEPT] = []
    try:
        yield
        _send(connection)
    finally:
        info.pop(_KEPT, None)


def send_before_anything_else(engine: Engine) -> None:
    """See to it that what is kept back on a connection of `engine` is sent before the connection executes anything."""
    if not event.contains(engine, "before_cursor_execute", _before_execute):
        event.listen(engine, "before_cursor_execute", _before_execute)


def _before_execute(connection: Connection, *_: object) -> None:
    if connection.info.get(_KEPT):
        _send(connection)


def _send(connection: Connection) -> None:
    kept = connection.info[_KEPT]
    if not kept:
        return
    connection.info[_KEPT] = []
    driver: Any = connection.connection.driver_connection
    with driver.pipeline(), driver.cursor() as cursor:
        for prepared, row in kept:
            cursor.execute(prepared.sql, prepared.values(row))


class _Prepared:
    """A statement as the driver takes it."""

    def __init__(self, compiled: SQLCompiler, dialect: Dialect) -> None:
        assert not compiled.insert_prefetch and not compiled.update_prefetch, "a column has a default made in Python"
        assert not compiled.post_compile_params, "the statement has a list of values"
        self.sql = str(compiled)
        self._fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._convert: dict[str, Callable[[Any], Any]] = {}
        for name, bind in compiled.binds.items():
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if convert is not None:
                self._convert[name] = convert

    def values(self, row: Mapping[str, Any]) -> dict[str, Any]:
        values = {**self._fixed, **row}
        for name, convert in self._convert.items():
            values[name] = convert(values[name])
        return values


@lru_cache(maxsize=1_000)
def _prepare(statement: Statement, columns: tuple[str, ...], dialect: Dialect) -> _Prepared:
    compiled = statement.compile(dialect=dialect, column_keys=list(columns))
    assert isinstance(compiled, SQLCompiler)
    return _Prepared(compiled, dialect)
