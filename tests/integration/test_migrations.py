"""Migrations run without alembic's own files, once, and say where a database stands."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import psycopg
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, create_engine

from shared import migrations
from shared.config import Settings
from shared.db import connect


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations" / "versions"
    folder.mkdir(parents=True)
    _revision(folder, "0001", None, "op.create_table('thing', sa.Column('id', sa.Integer, primary_key=True))")
    return folder


def _revision(folder: Path, number: str, after: str | None, body: str) -> None:
    (folder / f"{number}_step.py").write_text(
        dedent(f"""\
        import sqlalchemy as sa
        from alembic import op

        revision = {number!r}
        down_revision = {after!r}

        def upgrade() -> None:
            {body}
        """)
    )


def test_applies_what_is_missing_and_then_nothing(versions: Path, empty_settings: Callable[..., Settings]) -> None:
    settings = empty_settings()
    owner, web = settings.database_urls["owner"], connect(settings, "web")
    assert migrations.upgrade(owner, versions) == ["0001"]
    assert migrations.upgrade(owner, versions) == []
    assert migrations.pending(web, versions) == []
    _revision(versions, "0002", "0001", "op.add_column('thing', sa.Column('word', sa.Text))")
    assert migrations.pending(web, versions) == ["0002"]
    assert migrations.upgrade(owner, versions) == ["0002"]
    assert migrations.current(web) == "0002"


def test_a_failing_step_leaves_nothing_behind(versions: Path, empty_settings: Callable[..., Settings]) -> None:
    settings = empty_settings()
    _revision(versions, "0002", "0001", "op.execute('CREATE TABLE half (id int); SELECT 1/0')")
    with pytest.raises(migrations.MigrationError, match=r"division by zero.*It stands as it was"):
        migrations.upgrade(settings.database_urls["owner"], versions)
    with psycopg.connect(settings.database_urls["owner"]) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_a_database_from_the_future_is_refused(versions: Path, empty_settings: Callable[..., Settings]) -> None:
    settings = empty_settings()
    _revision(versions, "0002", "0001", "pass")
    migrations.upgrade(settings.database_urls["owner"], versions)
    (versions / "0002_step.py").unlink()
    with pytest.raises(migrations.UnknownRevisionError, match="0002"):
        migrations.upgrade(settings.database_urls["owner"], versions)


def test_tells_where_tables_and_metadata_differ(versions: Path, empty_settings: Callable[..., Settings]) -> None:
    settings = empty_settings()
    owner = settings.database_urls["owner"]
    migrations.upgrade(owner, versions)
    metadata = MetaData()
    thing = Table("thing", metadata, Column("id", Integer, primary_key=True))
    assert migrations.differences(owner, metadata) == []
    thing.append_column(Column("more", Integer))
    assert [difference[0] for difference in migrations.differences(owner, metadata)] == ["add_column"]


def test_web_and_worker_own_nothing_and_create_nothing(empty_settings: Callable[..., Settings]) -> None:
    settings = empty_settings()
    for role in ("web", "worker"):
        engine = create_engine(settings.database_urls[role].replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect() as connection, pytest.raises(Exception, match="permission denied"):
            connection.exec_driver_sql("CREATE TABLE mine (id int)")
