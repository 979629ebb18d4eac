"""A migration on rows of before: a test takes back what it brought, then applies it, and it alone, once more."""

from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from shared.db import sqlalchemy_url


def apply_again(owner_url: str, versions: Path, *revisions: str) -> None:
    """Run these revisions of a service as its database's owner, whatever revision the database stands at."""
    script = ScriptDirectory(versions.parent, version_locations=[versions])
    engine = create_engine(sqlalchemy_url(owner_url))
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        for revision in revisions:
            script.get_revision(revision).module.upgrade()
    engine.dispose()
