"""The first shape: people and what stands behind them, sign-in, imports, and what every service holds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql

from shared import first_revision
from shared.db import district_policy, grants
from shared.outbox.migration import outbox_statements
from shared.outbox.tables import outbox_tables
from shared.people.migration import people_statements
from shared.people.tables import people_tables
from shared.web.migration import web_statements
from shared.web.tables import web_tables

revision = "0001"
down_revision = None

_NEVER_DELETED = ("people_district", "people_school", "people_person", "people_calendar")


def upgrade() -> None:
    first_revision.create_outbox_tables()
    first_revision.create_people_tables()
    first_revision.create_web_tables()
    _create_setting()
    _create_account()
    _create_appointment()
    _create_organisation()
    _create_calendar_source()
    _create_credential()
    _create_sign_in_session()
    _create_sign_in_attempt()
    _create_one_time_link()
    _create_import_batch()
    statements = [
        *outbox_statements(outbox_tables(MetaData())),
        *people_statements(people_tables(MetaData()), web="SELECT, INSERT, UPDATE, DELETE"),
        *web_statements(web_tables(MetaData())),
        *_own_statements(),
    ]
    for statement in statements:
        op.execute(sa.text(statement))


def _own_statements() -> list[str]:
    """Nobody is ever deleted; the worker clears away what is over. Whoever is not signed in may see districts' names."""
    statements = [f"REVOKE DELETE ON {table} FROM accord_web" for table in _NEVER_DELETED]
    statements.append("CREATE POLICY people_district_names ON people_district FOR SELECT TO accord_web USING (true)")
    for table in ("setting", "account", "appointment", "organisation", "calendar_source", "credential"):
        statements += [*district_policy(table), *grants(table, web="SELECT, INSERT, UPDATE", worker="SELECT")]
    for table in ("sign_in_session", "one_time_link", "import_batch"):
        statements += district_policy(table, worker_sees_all=True)
        statements += grants(table, web="SELECT, INSERT, UPDATE", worker="SELECT, UPDATE, DELETE")
    statements += district_policy("sign_in_attempt", worker_sees_all=True)
    statements += grants("sign_in_attempt", web="SELECT, INSERT, UPDATE", worker="SELECT, DELETE")
    return statements


def _create_setting() -> None:
    op.create_table(
        "setting",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("guard_percent", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid()),
        sa.CheckConstraint("guard_percent BETWEEN 1 AND 100", name="setting_guard_percent"),
        sa.PrimaryKeyConstraint("district_id"),
    )


def _create_account() -> None:
    op.create_table(
        "account",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("username_key", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=True),
        sa.Column("identifier", sa.Text(), nullable=True),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("search_key", sa.Text(), nullable=False),
        sa.Column("on_roster", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("deactivated", sa.Boolean(), nullable=False),
        sa.Column("roster_evaluators", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("hand_evaluators", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("district_id", "person_id"),
        sa.UniqueConstraint("district_id", "source_id"),
        sa.UniqueConstraint("district_id", "username_key"),
    )
    op.create_index("account_by_email", "account", ["district_id", "email_key"], unique=False)
    op.create_index("account_by_name", "account", ["district_id", "sort_key", "person_id"], unique=False)


def _create_appointment() -> None:
    op.create_table(
        "appointment",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("begins", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("district_id", "appointment_id"),
        sa.UniqueConstraint("district_id", "person_id", "source_id"),
    )
    op.create_index("appointment_by_person", "appointment", ["district_id", "person_id"], unique=False)
    op.create_index("appointment_at_school", "appointment", ["district_id", "school_id"], unique=False)


def _create_organisation() -> None:
    op.create_table(
        "organisation",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("on_roster", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "source_id"),
    )
    op.create_index("organisation_of_school", "organisation", ["district_id", "school_id"], unique=False)


def _create_calendar_source() -> None:
    op.create_table(
        "calendar_source",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("calendar_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("district_id", "calendar_id"),
        sa.UniqueConstraint("district_id", "source_id"),
    )


def _create_credential() -> None:
    op.create_table(
        "credential",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "person_id"),
    )


def _create_sign_in_session() -> None:
    op.create_table(
        "sign_in_session",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("district_id", "session_id"),
    )
    op.create_index("sign_in_session_by_age", "sign_in_session", ["expires_at"], unique=False)
    op.create_index(
        "sign_in_session_open",
        "sign_in_session",
        ["district_id", "person_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _create_sign_in_attempt() -> None:
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("account_key", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("sign_in_attempt_by_account", "sign_in_attempt", ["district_id", "account_key", "at"], unique=False)
    op.create_index("sign_in_attempt_by_address", "sign_in_attempt", ["district_id", "address", "at"], unique=False)
    op.create_index("sign_in_attempt_by_age", "sign_in_attempt", ["at"], unique=False)


def _create_one_time_link() -> None:
    op.create_table(
        "one_time_link",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("district_id", "link_id"),
        sa.UniqueConstraint("district_id", "token_hash"),
    )
    op.create_index("one_time_link_by_age", "one_time_link", ["expires_at"], unique=False)
    op.create_index("one_time_link_by_person", "one_time_link", ["district_id", "person_id"], unique=False)


def _create_import_batch() -> None:
    op.create_table(
        "import_batch",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("summary", postgresql.JSONB(), nullable=True),
        sa.Column("staged", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('checked', 'refused', 'applied', 'discarded', 'expired')", name="import_batch_state"
        ),
        sa.PrimaryKeyConstraint("district_id", "batch_id"),
    )
    op.create_index("import_batch_by_time", "import_batch", ["district_id", "checked_at"], unique=False)
