"""Migrations of one service, run by alembic without an alembic.ini or an env.py.

A service keeps its history in `migrations/versions/0001_<what>.py`, `0002_…`: ordinary alembic revision files with
`revision`, `down_revision` and `upgrade()`. They run as the database role `owner`, all in one transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Engine, Index, MetaData, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import SchemaItem

from shared.db import sqlalchemy_url

_LOCK = 4_203_112  # one migrator a database at a time; the number only has to be nobody else's
_VERSION_TABLE = "alembic_version"


class MigrationError(Exception):
    """A database can't be brought to this version; the text says why, and what to do."""


class UnknownRevisionError(MigrationError):
    """The database stands at a revision this program does not have: it was migrated by a newer one."""


def upgrade(owner_url: str, versions: Path) -> list[str]:
    """Bring a database up to the newest revision; answers the revisions it applied, oldest first (empty: nothing to do).

    `owner_url`: address of the database as its owner. `versions`: the folder of revision files.
    Two callers at once are safe: the second waits and finds nothing to do. Raises MigrationError; then nothing has changed.
    """
    script = _script(versions)
    with _owner(owner_url) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        applied = _pending(connection, script)
        if applied:
            try:
                _run(connection, script)
            except DBAPIError as error:
                raise MigrationError(
                    f"The database {connection.engine.url.database} can't be brought to this version: {error.orig}. It stands "
                    "as it was. Run the version that made it; one that an unfinished build made can only be begun afresh "
                    "(make reset)."
                ) from error
            connection.execute(text(f"GRANT SELECT ON {_VERSION_TABLE} TO accord_web, accord_worker"))
        connection.commit()
    return applied


def pending(engine: Engine, versions: Path) -> list[str]:
    """Revisions the database still lacks, oldest first; for readiness, with the role web or worker.

    Raises UnknownRevisionError.
    """
    with engine.connect() as connection:
        return _pending(connection, _script(versions))


def current(engine: Engine) -> str | None:
    """The revision a database stands at; None where it was never migrated."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def differences(owner_url: str, metadata: MetaData) -> list[Any]:
    """What a migrated database has otherwise than `metadata` says, as alembic words it; empty where they agree."""
    with _owner(owner_url) as connection:
        opts = {"compare_type": True, "compare_server_default": True, "include_object": _is_comparable}
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, metadata))


def _is_comparable(item: SchemaItem, _name: str | None, kind: str, _reflected: bool, _other: SchemaItem | None) -> bool:
    """An index of an expression comes back in PostgreSQL's own words, so it is held by a test of its own instead."""
    return kind != "index" or not isinstance(item, Index) or all(isinstance(one, Column) for one in item.expressions)


def _script(versions: Path) -> ScriptDirectory:
    return ScriptDirectory(versions.parent, version_locations=[versions])


@contextmanager
def _owner(url: str) -> Iterator[Connection]:
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _pending(connection: Connection, script: ScriptDirectory) -> list[str]:
    here = MigrationContext.configure(connection).get_current_revision()
    newest_first = [revision.revision for revision in script.walk_revisions()]
    if here is None:
        return newest_first[::-1]
    if here not in newest_first:
        raise UnknownRevisionError(
            f"The database stands at revision {here}, which this version of Accord does not have. "
            "Run the version that migrated it, or a newer one."
        )
    return newest_first[: newest_first.index(here)][::-1]


def _run(connection: Connection, script: ScriptDirectory) -> None:
    def to_head(revision: Any, _context: MigrationContext) -> Any:
        return script._upgrade_revs("head", revision)

    with EnvironmentContext(Config(), script, fn=to_head) as environment:
        environment.configure(connection=connection)
        with environment.begin_transaction():
            environment.run_migrations()
