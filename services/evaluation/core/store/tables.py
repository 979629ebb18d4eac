"""The tables of one evaluation service. The same on every kind's database; each has its own."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    and_,
    cast,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB
from sqlalchemy.types import TypeDecorator

from shared.inbox.tables import inbox_tables
from shared.outbox.tables import outbox_tables
from shared.people.tables import people_tables
from shared.web.tables import web_tables


class JsonText(TypeDecorator[str]):
    """A json column read and written as text: msgspec encodes and decodes it, once, with types."""

    impl = JSON
    cache_ok = True

    def bind_processor(self, dialect: Any) -> None:
        return None

    def result_processor(self, dialect: Any, coltype: Any) -> None:
        return None

    def bind_expression(self, bindvalue: Any) -> Any:
        return cast(cast(bindvalue, Text), JSON)

    def column_expression(self, column: Any) -> Any:
        return cast(column, Text)


METADATA = MetaData()

agreement = Table(
    "agreement", METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("content_hash", Text, primary_key=True),
    Column("structure_hash", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("in_force_from", Date, nullable=False),
    Column("document", Text, nullable=False),
    Column("signatures", JSONB, nullable=False),  # [{party, name, on}]: who ratified for each party
    Column("ratified_at", DateTime(timezone=True), nullable=False),
)  # fmt: skip
"""Ratified versions. A trigger refuses every change and deletion."""

cycle = Table(
    "cycle", METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("cycle_id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("agreement_hash", Text, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("opened_by", Uuid, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(["district_id", "agreement_hash"], ["agreement.district_id", "agreement.content_hash"]),
    UniqueConstraint("district_id", "title"),
)  # fmt: skip

evaluation = Table(
    "evaluation", METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("evaluation_id", Uuid, primary_key=True),
    Column("cycle_id", Uuid, nullable=False),
    Column("agreement_hash", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("evaluator_id", Uuid),
    Column("school_id", Uuid),
    Column("version", Integer, nullable=False),
    Column("state", JsonText, nullable=False),
    Column("summary", JsonText, nullable=False),  # store/summary.py: what lists show, without reading the state
    Column("people", ARRAY(Uuid), nullable=False),  # whom its pages name: subject, evaluators, the office
    Column("next_due", Date),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("ended_early_at", DateTime(timezone=True)),
    ForeignKeyConstraint(["district_id", "cycle_id"], ["cycle.district_id", "cycle.cycle_id"]),
    UniqueConstraint("district_id", "cycle_id", "subject_id"),
    Index("evaluation_by_evaluator", "district_id", "evaluator_id"),
    Index("evaluation_by_subject", "district_id", "subject_id"),
    Index("evaluation_by_school", "district_id", "cycle_id", "school_id"),
    Index("evaluation_of_evaluator", "district_id", "cycle_id", "evaluator_id"),
    Index(
        "evaluation_due", "district_id", "cycle_id", "next_due",
        postgresql_where=text("closed_at IS NULL AND ended_early_at IS NULL"),
    ),
)  # fmt: skip

IS_OPEN = and_(evaluation.c.closed_at.is_(None), evaluation.c.ended_early_at.is_(None))
"""Neither closed nor ended early."""

cycle_count = Table(
    "cycle_count", METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("cycle_id", Uuid, primary_key=True),
    Column("total", Integer, nullable=False),
    Column("closed", Integer, nullable=False),
    Column("unassigned", Integer, nullable=False),
    Column("ended_early", Integer, nullable=False, server_default=text("0")),
)  # fmt: skip
"""How many evaluations a cycle has. Kept by a trigger on evaluation, at commit: whoever changes several evaluations holds
all of them by then, so that two who wait for the counts never wait for each other. A change that counts nothing (a step done,
a note written) never touches it."""

record = Table(
    "record", METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("evaluation_id", Uuid, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("type", Text, nullable=False),
    Column("part", Text),
    Column("by_id", Uuid),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("data", JsonText, nullable=False),
    ForeignKeyConstraint(
        ["district_id", "evaluation_id"], ["evaluation.district_id", "evaluation.evaluation_id"]
    ),
)  # fmt: skip
"""Everything that happened, in order, dense per evaluation. Only ever added to: web holds no right to change it."""

PEOPLE = people_tables(METADATA, evaluators=True)
INBOX = inbox_tables(METADATA)
OUTBOX = outbox_tables(METADATA)
WEB = web_tables(METADATA)
