"""How many statements something takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import event


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements that the application sends to its database meanwhile."""
    statements: list[str] = []
    engine = app.extensions["accord.engine"]

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
