"""The directory's tables. The people_* tables that every service holds a copy of are the directory's own; beside them
stand what only the directory knows: accounts, appointments, sources, credentials, sessions, links, imports."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.outbox.tables import outbox_tables
from shared.people.tables import people_tables
from shared.web.tables import web_tables

METADATA = MetaData()
PEOPLE = people_tables(METADATA)
OUTBOX = outbox_tables(METADATA, urgent=True)
WEB = web_tables(METADATA)


def _versioned() -> tuple[Column[Any], ...]:
    """Of what people change by hand (store.versions). `changed_by` NULL: an import, or the command line."""
    return (
        Column("version", Integer, nullable=False),
        Column("changed_at", DateTime(timezone=True), nullable=False),
        Column("changed_by", Uuid),
    )


setting = Table(
    "setting",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("guard_percent", Integer, nullable=False),
    *_versioned(),
    CheckConstraint("guard_percent BETWEEN 1 AND 100", name="setting_guard_percent"),
)
"""`guard_percent`: the share of staff whose work, or part in evaluations, an import may end without being asked; and of those who
evaluate, whose evaluating."""

account = Table(
    "account",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("source_id", Text),
    Column("username", Text, nullable=False),
    Column("username_key", Text),
    Column("email_key", Text),
    Column("identifier", Text),
    Column("sort_key", Text, nullable=False),
    Column("search_key", Text, nullable=False),
    Column("on_roster", Boolean, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("deactivated", Boolean, nullable=False),
    Column("roster_evaluators", ARRAY(Uuid), nullable=False),
    Column("hand_evaluators", ARRAY(Uuid), nullable=False),
    *_versioned(),
    UniqueConstraint("district_id", "source_id"),
    UniqueConstraint("district_id", "username_key"),
    Index("account_by_email", "district_id", "email_key"),
    Index("account_by_name", "district_id", "sort_key", "person_id"),
    Index(
        "account_kept_by_hand",
        "district_id",
        "person_id",
        postgresql_where=text("source_id IS NOT NULL AND NOT on_roster AND username_key IS NOT NULL"),
    ),
)
"""What stands behind a row of people_person. `username_key`: the username without regard to capitals, NULL while its
owner has left. `email_key` likewise; two may share one, and then it signs nobody in. `sort_key`, `search_key`: names without
marks and capitals, so that Łukasz stands among the L and nguyen finds Nguyễn."""

appointment = Table(
    "appointment",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("appointment_id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("source_id", Text),
    Column("role", Text, nullable=False),
    Column("school_id", Uuid),
    Column("begins", Date),
    Column("ends", Date),
    UniqueConstraint("district_id", "person_id", "source_id"),
    Index("appointment_by_person", "district_id", "person_id"),
    Index("appointment_at_school", "district_id", "school_id"),
)
"""A role held; people_role is made from it. `source_id` NULL: appointed by hand, and no import touches it."""

organisation = Table(
    "organisation",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("parent", Text),
    Column("school_id", Uuid),
    Column("on_roster", Boolean, nullable=False),
    Index("organisation_of_school", "district_id", "school_id"),
)

school_record = Table(
    "school_record",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("school_id", Uuid, primary_key=True),
    *_versioned(),
)
"""What stands behind a row of people_school that was entered by hand; those of a roster are changed by imports alone."""

calendar_source = Table(
    "calendar_source",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("calendar_id", Uuid, primary_key=True),
    Column("source_id", Text),
    Column("kind", Text, nullable=False),
    Column("parent_id", Uuid),
    *_versioned(),
    UniqueConstraint("district_id", "source_id"),
)

credential = Table(
    "credential",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("set_at", DateTime(timezone=True), nullable=False),
)

sign_in_session = Table(
    "sign_in_session",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("session_id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("address", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("renewed_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Index(
        "sign_in_session_open",
        "district_id",
        "person_id",
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index("sign_in_session_by_age", "expires_at"),
)

sign_in_attempt = Table(
    "sign_in_attempt",
    METADATA,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("district_id", Uuid, nullable=False),
    Column("account_key", LargeBinary, nullable=False),
    Column("address", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Index("sign_in_attempt_by_account", "district_id", "account_key", "at"),
    Index("sign_in_attempt_by_address", "district_id", "address", "at"),
    Index("sign_in_attempt_by_age", "at"),
)
"""`account_key`: a keyed hash of what was typed as the name, for people type their password there too."""

one_time_link = Table(
    "one_time_link",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("link_id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("token_hash", LargeBinary, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("made_by", Uuid),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    UniqueConstraint("district_id", "token_hash"),
    Index("one_time_link_by_person", "district_id", "person_id"),
    Index("one_time_link_by_age", "expires_at"),
)
"""Only a hash of the link's secret is kept; the link itself is shown once. `made_by` NULL: the command line."""

import_batch = Table(
    "import_batch",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("batch_id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("file_size", BigInteger, nullable=False),
    Column("file_hash", Text, nullable=False),
    Column("checked_at", DateTime(timezone=True), nullable=False),
    Column("checked_by", Uuid),
    Column("report", JSONB, nullable=False),
    Column("summary", JSONB(none_as_null=True)),
    Column("staged", JSONB(none_as_null=True)),
    Column("fingerprint", Text),
    Column("settled_at", DateTime(timezone=True)),
    Column("settled_by", Uuid),
    CheckConstraint("state IN ('checked', 'refused', 'applied', 'discarded', 'expired')", name="import_batch_state"),
    Index("import_batch_by_time", "district_id", "checked_at"),
)
"""One upload: what was found and what it would change. `staged`: the staff as read, until the batch is settled."""

OWN = (
    setting,
    account,
    appointment,
    organisation,
    school_record,
    calendar_source,
    credential,
    sign_in_session,
    sign_in_attempt,
    one_time_link,
    import_batch,
)
