"""`accord.results` -> results, ratings and how many there are; and the names of levels and components.

Many events at once cost hardly more statements than one.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import msgspec
from sqlalchemy import Connection, func, text
from sqlalchemy.dialects.postgresql import insert as upsert

from services.reporting.store import results_tables as t
from shared.contracts.agreements import AgreementRatified
from shared.contracts.envelope import Envelope
from shared.contracts.registry import Event
from shared.contracts.results import ResultFinal, SummativeDelivered
from shared.rows import add, put


class NothingDeliveredError(Exception):
    """A result became final that was never delivered; it is set aside with this reason."""


def agreement_ratified(connection: Connection, district_id: UUID, event: Event, _envelope: Envelope) -> None:
    told = cast("AgreementRatified", event)
    row = {
        "district_id": district_id,
        "content_hash": told.content_hash,
        "structure_hash": told.structure_hash,
        "title": told.title,
        "in_force_from": told.in_force_from,
        "final_levels": msgspec.to_builtins(told.final_levels),
        "components": msgspec.to_builtins(told.components),
    }
    put(connection, t.agreement, [row])


def project_results(connection: Connection, district_id: UUID, events: Sequence[tuple[Event, Envelope]]) -> None:
    """Apply events of one district: results sent to their subjects, and results that became final."""
    delivered = [(event, envelope.sequence) for event, envelope in events if isinstance(event, SummativeDelivered)]
    final = [(event, envelope.sequence) for event, envelope in events if isinstance(event, ResultFinal)]
    counts = _Counts(district_id)
    if delivered:
        _deliver(connection, district_id, delivered)
        for event, sequence in delivered:
            if sequence == 1:  # a second delivery stands beside the first, and counts for no one more
                counts.add("delivered", event.cycle_id, event.agreement_hash, event.school_id)
    if final:
        for cycle_id, agreement_hash, school_id in _settle(connection, district_id, final):
            counts.add("final", cycle_id, agreement_hash, school_id)
    counts.write(connection)


class _Counts:
    def __init__(self, district_id: UUID) -> None:
        self._district_id = district_id
        self._counts: dict[tuple[UUID, str, UUID | None], Counter[str]] = {}

    def add(self, what: str, cycle_id: UUID, agreement_hash: str, school_id: UUID | None) -> None:
        self._counts.setdefault((cycle_id, agreement_hash, school_id), Counter())[what] += 1

    def write(self, connection: Connection) -> None:
        rows = [
            {
                "district_id": self._district_id,
                "cycle_id": cycle,
                "agreement_hash": agreement,
                "school_id": school,
                "delivered": count["delivered"],
                "final": count["final"],
            }
            for (cycle, agreement, school), count in self._counts.items()
        ]
        add(connection, t.result_count, "report_result_count_once", rows)


def _deliver(connection: Connection, district_id: UUID, delivered: Sequence[tuple[SummativeDelivered, int]]) -> None:
    """The newest delivery of an evaluation is the one in force; the earlier ones stay."""
    results, ratings = [], []
    first: dict[tuple[UUID, str], datetime] = {}
    for event, sequence in delivered:
        keys = {"district_id": district_id, "evaluation_id": event.evaluation_id, "sequence": sequence}
        results.append(
            {
                **keys,
                "cycle_id": event.cycle_id,
                "agreement_hash": event.agreement_hash,
                "school_id": event.school_id,
                "evaluator_id": event.evaluator_id,
                "final_level": event.final_level,
                "delivered_at": event.at,
            }
        )
        ratings += [{**keys, "component_id": one.component_id, "level": one.level} for one in event.ratings]
        series = (event.cycle_id, event.agreement_hash)
        first[series] = min(event.at, first.get(series, event.at))
    put(connection, t.result, results)
    put(connection, t.rating, ratings)
    statement = upsert(t.series).values(
        [
            {"district_id": district_id, "cycle_id": cycle, "agreement_hash": agreement, "first_delivered_at": at}
            for (cycle, agreement), at in first.items()
        ]
    )
    earliest = func.least(t.series.c.first_delivered_at, statement.excluded.first_delivered_at)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(t.series.primary_key), set_={"first_delivered_at": earliest}
        )
    )


_SETTLE = text(
    """
    UPDATE report_result r SET final_at = w.at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:sequences AS bigint[]), CAST(:moments AS timestamptz[]))
      AS w (evaluation_id, sequence, at)
    WHERE r.district_id = :district AND r.evaluation_id = w.evaluation_id AND r.sequence = (
      SELECT max(o.sequence) FROM report_result o
      WHERE o.district_id = :district AND o.evaluation_id = w.evaluation_id AND o.sequence < w.sequence)
    RETURNING r.cycle_id, r.agreement_hash, r.school_id
    """
)


def _settle(
    connection: Connection, district_id: UUID, final: Sequence[tuple[ResultFinal, int]]
) -> list[tuple[UUID, str, UUID | None]]:
    """The evaluations closed: the deliveries then in force are final. Answers where they count."""
    values = {
        "ids": [event.evaluation_id for event, _ in final],
        "sequences": [sequence for _, sequence in final],
        "moments": [event.at for event, _ in final],
    }
    rows = [tuple(row) for row in connection.execute(_SETTLE, {"district": district_id, **values})]
    if len(rows) != len(final):
        raise NothingDeliveredError("A result became final that was never delivered.")
    return rows
