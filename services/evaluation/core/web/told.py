"""What of the record somebody may know, and so at which entry they see the evaluation stand.

An unannounced observation is kept from the person evaluated until it has been held. A version that rose when it was begun,
or a count of entries with two more than are shown, would tell of it; so both are made of what they see.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.domain.policy import Relation
from services.evaluation.core.domain.sight import seen_by
from services.evaluation.core.domain.steps import locate
from services.evaluation.core.store.queries import record_of
from shared.web.context import connection, district_id

_WHOLE = 100_000
"""Entries: more than any evaluation has."""


def is_told_of(seen: Evaluation, agreement: Agreement, data: Mapping[str, Any]) -> bool:
    """Whether whoever sees the evaluation so knows of the occasion that an entry is about, if it is about one."""
    occasion_id, step = data.get("occasion_id"), data.get("step")
    if occasion_id is not None and seen.occasion(UUID(occasion_id)) is None:
        return False
    return step is None or locate(seen, agreement, step) is not None


def entries_told(whole: Evaluation, agreement: Agreement, held: frozenset[Relation]) -> Sequence[int]:
    """The numbers of the entries that somebody with these relations may see, in order. One statement where some are kept
    from them, else none."""
    seen = seen_by(held, whole, agreement)
    if len(seen.occasions) == len(whole.occasions):
        return range(1, whole.version + 1)
    entries = record_of(connection(), district_id(), whole.id, most=_WHOLE)
    return [one.sequence for one in entries if is_told_of(seen, agreement, msgspec.json.decode(one.data))]


def version_told(whole: Evaluation, agreement: Agreement, held: frozenset[Relation]) -> int:
    """The last entry that they may see: for them the evaluation's version."""
    told = entries_told(whole, agreement, held)
    return told[-1] if told else 0
