"""The shortest way to the database, for the few statements that run at every request.

To SQLAlchemy's Connection such a statement costs as much again as the driver and the database need for it: what it compiled is
looked up, and a result is described that has one row. Here the driver is asked, on the same connection and in the same
transaction; what goes wrong is told by the same errors.
"""

from collections.abc import Sequence
from typing import Any, NoReturn

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def ask(connection: Connection, statement: str, values: Sequence[object]) -> tuple[Any, ...] | None:
    """The first row that `statement` answers, or None; values stand as %s in it. It must answer rows.

    Columns come as psycopg reads them: cast json to text where it is to stay text. Raises sqlalchemy.exc.DBAPIError as
    Connection.execute does.
    """
    return _execute(connection, statement, values).fetchone()


def tell(connection: Connection, statement: str, values: Sequence[object]) -> None:
    """Execute a statement that answers nothing, or nothing of interest. Raises as `ask`."""
    _execute(connection, statement, values)


def _execute(connection: Connection, statement: str, values: Sequence[object]) -> psycopg.Cursor[tuple[Any, ...]]:
    if not connection.in_transaction():
        connection.begin()
    for listener in connection.engine.dispatch.before_cursor_execute:  # who counts statements counts these too
        listener(connection, None, statement, values, None, False)
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    try:
        return driver.execute(statement, values)
    except psycopg.Error as error:
        _raise_as_sqlalchemy(connection, driver, statement, error)


def _raise_as_sqlalchemy(
    connection: Connection, driver: psycopg.Connection[Any], statement: str, error: psycopg.Error
) -> NoReturn:
    if driver.closed or driver.broken:
        # SQLAlchemy finds it lost as well, and lets go of it and of every connection of the pool that is as old.
        connection.exec_driver_sql("SELECT 1")
    told = DBAPIError.instance(statement, None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect)
    raise told from error
