"""Ratified agreements: written once, read often. A parsed version is kept per process, since its text can't change."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from services.evaluation.core.agreements import read_agreement
from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.refusals import Refused
from services.evaluation.core.publishing import agreement_ratified
from services.evaluation.core.store import tables as t
from shared.outbox.record import record_events

_parsed: dict[str, Agreement] = {}
"""By content hash, which is the same for every district that ratified the same text."""
_ratified: set[tuple[UUID, str]] = set()
"""Which district is known to have which; nobody takes one back."""


def agreement_of(connection: Connection, district_id: UUID, content_hash: str) -> Agreement | None:
    """The agreement of that content hash, or None where this district has none ratified."""
    if (district_id, content_hash) in _ratified:
        return _parsed[content_hash]
    table = t.agreement
    document = connection.execute(
        select(table.c.document).where(table.c.district_id == district_id, table.c.content_hash == content_hash)
    ).scalar_one_or_none()
    if document is None:
        return None
    if content_hash not in _parsed:
        _parsed[content_hash] = read_agreement(document, name=f"agreement {content_hash[:12]}")
    _ratified.add((district_id, content_hash))
    return _parsed[content_hash]


def ratify(
    connection: Connection,
    district_id: UUID,
    document: str,
    signatures: Sequence[dict[str, str]],
    at: datetime,
    *,
    service: str,
) -> Agreement:
    """Keep a version that both parties signed, for good, and tell everyone. Known already: nothing happens.

    `signatures`: {"party": its id in the document, "name", "on"} of every signatory. Raises AgreementError where the
    document does not hold, Refused where a party has not signed or is none of the document's.
    """
    agreement = read_agreement(document, name="the agreement")
    _require_every_party(agreement, signatures)
    table = t.agreement
    kept = connection.execute(
        insert(table)
        .values(
            district_id=district_id,
            content_hash=agreement.content_hash,
            structure_hash=agreement.structure_hash,
            system=agreement.system,
            title=agreement.title,
            in_force_from=agreement.in_force_from,
            document=document,
            signatures=list(signatures),
            ratified_at=at,
        )
        .on_conflict_do_nothing()
        .returning(table.c.content_hash)
    )
    if kept.one_or_none() is not None:
        told = agreement_ratified(agreement, document)
        record_events(connection, t.OUTBOX, [told], source=service, district_id=district_id, at=at)
    return agreement


def _require_every_party(agreement: Agreement, signatures: Sequence[dict[str, str]]) -> None:
    signed = {one["party"] for one in signatures}
    for party in agreement.parties:
        if party.id not in signed:
            raise Refused("party_missing", party=party.title)
    strangers = sorted(signed - {party.id for party in agreement.parties})
    if strangers:
        raise Refused("no_such_party", party=strangers[0])


@dataclass(frozen=True)
class RatifiedAgreement:
    """A stored version. `signatures`: {"party", "name", "on"} of every signatory."""

    content_hash: str
    structure_hash: str
    title: str
    system: str
    in_force_from: date
    signatures: list[dict[str, str]]
    ratified_at: datetime


def ratified_agreements(connection: Connection, district_id: UUID) -> list[RatifiedAgreement]:
    """Every version this district may open a cycle under, newest first."""
    table = t.agreement
    rows = connection.execute(
        select(*(table.c[field.name] for field in fields(RatifiedAgreement)))
        .where(table.c.district_id == district_id)
        .order_by(table.c.in_force_from.desc(), table.c.ratified_at.desc())
    ).all()
    return [RatifiedAgreement(*row) for row in rows]
