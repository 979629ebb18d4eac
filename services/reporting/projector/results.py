"""`accord.results` -> results, ratings and how many there are; and the names of levels and components."""

from typing import cast
from uuid import UUID

import msgspec
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.reporting.store import results_tables as t
from services.reporting.store.writing import add
from shared.contracts.agreements import AgreementRatified
from shared.contracts.envelope import Envelope
from shared.contracts.registry import Event
from shared.contracts.results import ResultFinal, SummativeDelivered


class NothingDeliveredError(Exception):
    """A result became final that was never delivered; it is set aside with this reason."""


def agreement_ratified(connection: Connection, district_id: UUID, event: Event, _envelope: Envelope) -> None:
    told = cast("AgreementRatified", event)
    values = {
        "structure_hash": told.structure_hash,
        "title": told.title,
        "in_force_from": told.in_force_from,
        "final_levels": msgspec.to_builtins(told.final_levels),
        "components": msgspec.to_builtins(told.components),
    }
    statement = upsert(t.agreement).values(district_id=district_id, content_hash=told.content_hash, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=list(t.agreement.primary_key), set_=values))


def delivered(connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
    """A result was sent to its subject. A second delivery stands beside the first; the newest is in force."""
    told = cast("SummativeDelivered", event)
    keys = {"district_id": district_id, "evaluation_id": told.evaluation_id, "sequence": envelope.sequence}
    earlier = (
        select(func.count())
        .select_from(t.result)
        .where(t.result.c.district_id == district_id, t.result.c.evaluation_id == told.evaluation_id)
    )
    again = connection.execute(earlier).scalar_one()
    connection.execute(
        insert(t.result).values(
            **keys,
            cycle_id=told.cycle_id,
            agreement_hash=told.agreement_hash,
            school_id=told.school_id,
            evaluator_id=told.evaluator_id,
            final_level=told.final_level,
            delivered_at=told.at,
        )
    )
    ratings = [{**keys, "component_id": one.component_id, "level": one.level} for one in told.ratings]
    if ratings:
        connection.execute(insert(t.rating), ratings)
    if not again:
        _note_series(connection, district_id, told)
        _count(connection, district_id, told.cycle_id, told.agreement_hash, told.school_id, delivered=1)


def _note_series(connection: Connection, district_id: UUID, told: SummativeDelivered) -> None:
    statement = upsert(t.series).values(
        district_id=district_id,
        cycle_id=told.cycle_id,
        agreement_hash=told.agreement_hash,
        first_delivered_at=told.at,
    )
    first = func.least(t.series.c.first_delivered_at, statement.excluded.first_delivered_at)
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(t.series.primary_key), set_={"first_delivered_at": first})
    )


def final(connection: Connection, district_id: UUID, event: Event, _envelope: Envelope) -> None:
    """The evaluation closed: the delivery in force is final."""
    told = cast("ResultFinal", event)
    result = t.result
    newest = (
        select(func.max(result.c.sequence))
        .where(result.c.district_id == district_id, result.c.evaluation_id == told.evaluation_id)
        .scalar_subquery()
    )
    row = connection.execute(
        update(result)
        .where(
            result.c.district_id == district_id,
            result.c.evaluation_id == told.evaluation_id,
            result.c.sequence == newest,
        )
        .values(final_at=told.at)
        .returning(result.c.cycle_id, result.c.agreement_hash, result.c.school_id)
    ).one_or_none()
    if row is None:
        raise NothingDeliveredError("A result became final that was never delivered.")
    _count(connection, district_id, row.cycle_id, row.agreement_hash, row.school_id, final=1)


def _count(
    connection: Connection,
    district_id: UUID,
    cycle_id: UUID,
    agreement_hash: str,
    school_id: UUID | None,
    *,
    delivered: int = 0,
    final: int = 0,
) -> None:
    row = {
        "district_id": district_id,
        "cycle_id": cycle_id,
        "agreement_hash": agreement_hash,
        "school_id": school_id,
        "delivered": delivered,
        "final": final,
    }
    add(connection, t.result_count, "report_result_count_once", [row])
