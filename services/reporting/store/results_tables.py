"""What came out: made from `accord.results`, and read by the reports on ratings alone. The audit never touches these."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Index, Integer, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.reporting.store.metadata import METADATA

agreement = Table(
    "report_agreement",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("content_hash", Text, primary_key=True),
    Column("structure_hash", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("in_force_from", Date, nullable=False),
    Column("final_levels", JSONB, nullable=False),
    Column("components", JSONB, nullable=False),
)
"""Names of levels and components: [{level_id, label}], [{component_id, standard_id, title, scale}]; lowest level first."""

result = Table(
    "report_result",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("evaluation_id", Uuid, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("cycle_id", Uuid, nullable=False),
    Column("agreement_hash", Text, nullable=False),
    Column("school_id", Uuid),
    Column("evaluator_id", Uuid, nullable=False),
    Column("final_level", Text, nullable=False),
    Column("delivered_at", DateTime(timezone=True), nullable=False),
    Column("final_at", DateTime(timezone=True)),
    Index("report_result_of_series", "district_id", "cycle_id", "agreement_hash", "delivered_at"),
)
"""One row a delivery (`sequence`: of the event); the newest is the one in force. `final_at`: when the evaluation closed."""

rating = Table(
    "report_rating",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("evaluation_id", Uuid, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("component_id", Text, primary_key=True),
    Column("level", Text),
)
"""`level` NULL: not applicable."""

result_count = Table(
    "report_result_count",
    METADATA,
    Column("district_id", Uuid, nullable=False),
    Column("cycle_id", Uuid, nullable=False),
    Column("agreement_hash", Text, nullable=False),
    Column("school_id", Uuid),
    Column("delivered", Integer, nullable=False, server_default=text("0")),
    Column("final", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint(
        "district_id",
        "cycle_id",
        "agreement_hash",
        "school_id",
        name="report_result_count_once",
        postgresql_nulls_not_distinct=True,
    ),
)
"""How many results have been delivered and closed; never at which level."""

series = Table(
    "report_series",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("cycle_id", Uuid, primary_key=True),
    Column("agreement_hash", Text, primary_key=True),
    Column("first_delivered_at", DateTime(timezone=True), nullable=False),
)
"""The results of one cycle under one agreement: what one publication is about."""

release = Table(
    "report_release",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("cycle_id", Uuid, primary_key=True),
    Column("agreement_hash", Text, primary_key=True),
    Column("cut_at", DateTime(timezone=True), nullable=False),
    Column("minimum", Integer, nullable=False),
    Column("included", Integer, nullable=False),
    Column("schools", Integer, nullable=False),
)
"""The one publication of a series: results delivered up to `cut_at`. Written once; later results never change it."""

release_cell = Table(
    "report_release_cell",
    METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("cycle_id", Uuid, primary_key=True),
    Column("agreement_hash", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    Column("people", Integer, nullable=False),
)
"""A published number. `subject`: '' for the final level, else a component. `part`: 'district', 'others', or the id of a
school ('none': people without one). `first`, `last`: places in the scale, lowest 0; -1 is "not applicable"."""

PROJECTED = (agreement, result, rating, result_count, series)
PUBLISHED = (release, release_cell)
"""Made from the others once, and kept through a replay: a figure never changes, whatever the minimum or the secret is then."""
TABLES = (*PROJECTED, *PUBLISHED)
