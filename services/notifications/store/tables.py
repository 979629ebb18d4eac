"""What this service keeps. Emptied and replayed from the bus at will: evaluation, due_item and the copy of people.
Kept through a replay: message, message_stream and delivery, so that nothing is told or marked read twice."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)

from shared.inbox.tables import inbox_tables
from shared.outbox.tables import outbox_tables
from shared.people.tables import people_tables
from shared.web.tables import web_tables

METADATA = MetaData()
PEOPLE = people_tables(METADATA, evaluators=True)
INBOX = inbox_tables(METADATA)
OUTBOX = outbox_tables(METADATA)
WEB = web_tables(METADATA)

evaluation = Table(
    "evaluation",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("evaluation_id", Uuid, primary_key=True),
    Column("service", Text, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("cycle_title", Text, nullable=False),
    Column("school_id", Uuid),
    Column("subject_id", Uuid, nullable=False),
    Column("evaluator_id", Uuid),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),  # or ended early: nothing is due in it any more.
    Index("evaluation_open_of_evaluator", "district_id", "evaluator_id", postgresql_where=text("closed_at IS NULL")),
    Index(
        "evaluation_unassigned",
        "district_id",
        postgresql_where=text("evaluator_id IS NULL AND closed_at IS NULL"),
    ),
)

due_item = Table(
    "due_item",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("evaluation_id", Uuid, primary_key=True),
    Column("step_id", Text, primary_key=True),
    Column("state", Text, nullable=False),  # planned: its turn has not come. open: somebody is waited for.
    Column("bearer_id", Uuid),  # NULL: the office acts, or no evaluator has been named yet.
    Column("duty", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("required", Boolean, nullable=False),
    Column("due_on", Date),
    Column("planned_on", Date),
    Column("not_before", Date),  # its turn has come, but it can't be done before this day.
    Column("due_by", Date, Computed("COALESCE(LEAST(due_on, planned_on), '9999-12-31'::date)", persisted=True)),
    Column("clause", Text),
    Column("path", Text, nullable=False),
    CheckConstraint("state IN ('planned', 'open')", name="due_item_state"),
    Index("due_item_of_person", "district_id", "bearer_id", "state", "required", "due_by"),
    Index("due_item_of_office", "district_id", "state", "required", "due_by", postgresql_where=text("duty = 'office'")),
)

message = Table(  # arrived_in: the transaction that brought it; a snapshot tells whether a page could show it.
    "message",
    METADATA,
    Column("district_id", Uuid, nullable=False),
    Column("id", Uuid, primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("recipient_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("evaluation_id", Uuid),  # this and the next two: NULL of what is told about an account.
    Column("cycle_title", Text),
    Column("subject_id", Uuid),
    Column("about_id", Uuid),  # the person the sentence names; NULL where it names nobody.
    Column("step_id", Text),
    Column("title", Text),
    Column("held_from", DateTime(timezone=True)),
    Column("held_to", DateTime(timezone=True)),
    Column("due_on", Date),
    Column("clause", Text),
    Column("path", Text, nullable=False),
    Column("to_address", Text),  # where its letter goes; NULL: to the address its recipient has then.
    Column("created_at", DateTime(timezone=True), nullable=False),  # when it happened, not when it was heard of.
    Column("read_at", DateTime(timezone=True)),
    Column("arrived_in", BigInteger, nullable=False, server_default=text("pg_current_xact_id()::text::bigint")),
    UniqueConstraint("event_id", "recipient_id", "kind", name="message_once"),
    Index("message_of_person", "district_id", "recipient_id", "created_at", "id"),
    Index("message_unread", "district_id", "recipient_id", postgresql_where=text("read_at IS NULL")),
    Index("message_of_step", "district_id", "evaluation_id", "step_id", "recipient_id"),
)

message_stream = Table(  # how far the events of an evaluation have marked entries read: each does it once.
    "message_stream",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("evaluation_id", Uuid, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
)

delivery = Table(
    "delivery",
    METADATA,
    Column("district_id", Uuid, nullable=False),
    Column("id", Uuid, primary_key=True),
    Column("message_id", Uuid, ForeignKey("message.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("mail_id", Text, nullable=False),  # Message-ID of the letter, the same at every attempt.
    Column("state", Text, nullable=False),
    Column("together_id", Uuid, ForeignKey("delivery.id")),  # the letter that tells this message too.
    Column("gathers_until", DateTime(timezone=True)),  # others may join it, no longer than till then; NULL: no more.
    Column("reason", Text),  # a word of channels/failures.py; never what a mail server wrote.
    Column("smtp_code", Integer),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt_at", DateTime(timezone=True), nullable=False),
    Column("lease_id", Uuid),
    Column("leased_until", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("settled_at", DateTime(timezone=True)),
    CheckConstraint("state IN ('pending', 'sent', 'failed', 'gave_up', 'not_sent', 'together')", name="delivery_state"),
    CheckConstraint("(state = 'together') = (together_id IS NOT NULL)", name="delivery_together"),
    UniqueConstraint("message_id", "channel", name="delivery_once"),
    Index("delivery_due", "next_attempt_at", postgresql_where=text("state = 'pending'")),
    Index("delivery_by_state", "district_id", "state", "created_at"),
    Index("delivery_of_letter", "together_id", postgresql_where=text("together_id IS NOT NULL")),
    Index("delivery_gathering", "district_id", postgresql_where=text("gathers_until IS NOT NULL")),
)

REPLAYED = (evaluation, due_item)
"""Emptied before a replay. The copy of people is overwritten in place: each of its events is a whole state."""
