"""Statements that go straight to the driver: in the same transaction, with the same errors, seen by the same watchers."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from shared.db import connect
from shared.direct import ask, tell


@pytest.fixture
def engine(empty_settings) -> Iterator[Engine]:
    settings = empty_settings()
    owner = connect(settings, "owner")
    with owner.begin() as connection:
        connection.execute(text("CREATE TABLE word (word text PRIMARY KEY)"))
        connection.execute(text("GRANT SELECT, INSERT ON word TO accord_web"))
    owner.dispose()
    made = connect(settings, "web")
    yield made
    made.dispose()


def _words(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [row.word for row in connection.execute(text("SELECT word FROM word ORDER BY word"))]


def test_it_belongs_to_the_transaction_of_its_connection(engine):
    with engine.connect() as connection:
        tell(connection, "INSERT INTO word VALUES (%s)", ("undone",))
        connection.rollback()
        tell(connection, "INSERT INTO word VALUES (%s)", ("kept",))
        connection.execute(text("INSERT INTO word VALUES ('beside')"))
        assert ask(connection, "SELECT count(*) FROM word", ()) == (2,)
        assert ask(connection, "SELECT word FROM word WHERE word = %s", ("undone",)) is None
        assert _words(engine) == []
        connection.commit()
    assert _words(engine) == ["beside", "kept"]


def test_its_errors_are_those_of_sqlalchemy(engine):
    with engine.connect() as connection:
        tell(connection, "INSERT INTO word VALUES (%s)", ("secret",))
        with pytest.raises(IntegrityError) as twice:
            tell(connection, "INSERT INTO word VALUES (%s)", ("secret",))
        assert not twice.value.connection_invalidated and twice.value.params is None
        connection.rollback()
        assert ask(connection, "SELECT 1", ()) == (1,)


def test_a_lost_connection_is_told_as_lost_and_every_one_as_old_is_let_go_of(engine):
    with engine.connect() as one, engine.connect() as other:
        pids = [ask(connection, "SELECT pg_backend_pid()", ()) for connection in (one, other)]
    with engine.connect() as connection:
        mine = ask(connection, "SELECT pg_backend_pid()", ())
        with pytest.raises(OperationalError) as lost:
            ask(connection, "SELECT pg_terminate_backend(pg_backend_pid())", ())
        assert lost.value.connection_invalidated
    with engine.connect() as connection:
        assert mine in pids
        assert ask(connection, "SELECT pg_backend_pid()", ()) not in pids, "an old one might be as lost"


def test_who_counts_statements_counts_these(engine):
    seen = []
    event.listen(engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    with engine.connect() as connection:
        ask(connection, "SELECT 1", ())
    assert seen == ["SELECT 1"]
