"""Every service's migrated database is what its metadata says, and every district's rows are walled off."""

from collections.abc import Callable

import psycopg
import pytest

from accord import services
from shared import migrations
from shared.config import Settings

EVERY = [service.name for service in services.ALL]


@pytest.mark.parametrize("name", EVERY)
def test_migrations_make_what_the_metadata_says(name: str, service_settings: Callable[..., Settings]) -> None:
    settings = service_settings(name)
    assert migrations.differences(settings.database_urls["owner"], services.BY_NAME[name].metadata()) == []


@pytest.mark.parametrize("name", EVERY)
def test_every_table_of_a_district_is_walled_off(name: str, service_settings: Callable[..., Settings]) -> None:
    settings = service_settings(name)
    with psycopg.connect(settings.database_urls["owner"]) as connection:
        open_tables = connection.execute(
            """
            SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'district_id'
            WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
              AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                       AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))
            """
        ).fetchall()
    assert open_tables == [], "Use shared.db.district_policy in the migration that makes the table."


@pytest.mark.parametrize("name", EVERY)
def test_running_roles_own_nothing_and_bypass_nothing(name: str, service_settings: Callable[..., Settings]) -> None:
    settings = service_settings(name)
    with psycopg.connect(settings.database_urls["owner"]) as connection:
        owners = connection.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
        unsafe = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'accord%' AND (rolsuper OR rolbypassrls OR rolcreaterole)"
        ).fetchall()
    assert owners == [("accord_owner",)]
    assert unsafe == []
