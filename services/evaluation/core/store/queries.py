"""What pages read of one evaluation. Few statements, whatever it holds; nothing here decides or changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Text, Uuid, and_, any_, bindparam, cast, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.store import tables as t
from services.evaluation.core.store.repository import decode_summary, read_evaluation
from services.evaluation.core.store.summary import Summary
from shared.direct import ask

_decode_names = msgspec.json.Decoder(dict[UUID, str]).decode
_read = lru_cache(maxsize=64)(read_evaluation)
"""The evaluations read last, by their whole text: a page asked for again costs a look at the text, not the reading of it."""


@dataclass(frozen=True)
class Shown:
    """One evaluation with everything its pages name."""

    evaluation: Evaluation
    agreement_hash: str
    cycle_title: str
    school: str | None
    people: Mapping[UUID, str]
    """Names of the subject, of everyone who is or was the evaluator, and of who assigned them or ended it early."""
    state: str
    """The evaluation as it is stored."""
    summarized: str

    @property
    def summary(self) -> Summary:
        return decode_summary(self.summarized)

    def name(self, person_id: UUID | None) -> str:
        """The person's name; empty where the directory no longer says."""
        return self.people.get(person_id, "") if person_id else ""


_person, _district = t.PEOPLE.person, t.PEOPLE.district
_SHOWN = """
SELECT e.state::text, e.summary::text, e.agreement_hash, c.title, s.name, d.zone, (
  SELECT json_object_agg(p.person_id, p.given_name || ' ' || p.family_name)::text FROM people_person p
  WHERE p.district_id = e.district_id AND p.person_id = ANY (e.people))
FROM evaluation e
JOIN cycle c ON c.district_id = e.district_id AND c.cycle_id = e.cycle_id
LEFT JOIN people_school s ON s.district_id = e.district_id AND s.school_id = e.school_id
LEFT JOIN people_district d ON d.district_id = e.district_id
WHERE e.district_id = %s AND e.evaluation_id = %s
"""


def shown(connection: Connection, district_id: UUID, evaluation_id: UUID) -> Shown | None:
    """One evaluation for its pages, or None where this district has none of that id."""
    row = ask(connection, _SHOWN, (district_id, evaluation_id))
    if row is None:
        return None
    state, summary, agreement_hash, cycle_title, school, zone, names = row
    people = _decode_names(names) if names else {}
    return Shown(_read(state, zone), agreement_hash, cycle_title, school, people, state, summary)


@dataclass(frozen=True)
class Entry:
    """One entry of the record; `data` as it was written."""

    sequence: int
    type: str
    by_id: UUID | None
    by_name: str | None
    at: datetime
    data: str


def record_of(
    connection: Connection, district_id: UUID, evaluation_id: UUID, *, after: int = 0, most: int = 200
) -> list[Entry]:
    """The record, oldest first, from the entry after `after`."""
    r, person = t.record, t.PEOPLE.person
    rows = connection.execute(
        select(r.c.sequence, r.c.type, r.c.by_id, person.c.given_name, person.c.family_name, r.c.at, r.c.data)
        .outerjoin(person, and_(person.c.district_id == r.c.district_id, person.c.person_id == r.c.by_id))
        .where(r.c.district_id == district_id, r.c.evaluation_id == evaluation_id, r.c.sequence > after)
        .order_by(r.c.sequence)
        .limit(most)
    ).all()
    return [
        Entry(
            row.sequence,
            row.type,
            row.by_id,
            f"{row.given_name} {row.family_name}" if row.family_name else None,
            row.at,
            row.data,
        )
        for row in rows
    ]


class _Why(msgspec.Struct):
    occasion_id: UUID
    reason: str


_decode_why = msgspec.json.Decoder(_Why).decode


@dataclass(frozen=True)
class Withdrawal:
    """That an occasion was withdrawn, by whom, when and why."""

    reason: str
    by_id: UUID
    at: datetime


def withdrawals_of(connection: Connection, district_id: UUID, evaluation_id: UUID) -> dict[UUID, Withdrawal]:
    """What was withdrawn of an evaluation, by occasion: the record keeps the reasons. One statement."""
    r = t.record
    rows = connection.execute(
        select(r.c.data, r.c.by_id, r.c.at).where(
            r.c.district_id == district_id, r.c.evaluation_id == evaluation_id, r.c.type == "OccasionWithdrawn"
        )
    ).all()
    told = [(_decode_why(row.data), row) for row in rows]
    return {why.occasion_id: Withdrawal(why.reason, row.by_id, row.at) for why, row in told}


def evaluations_with_names(
    connection: Connection, district_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, tuple[Evaluation, str]]:
    """Several evaluations of the district by id, each with its subject's name; for whom to see is not asked here. One
    statement."""
    e = t.evaluation
    rows = connection.execute(
        select(
            e.c.evaluation_id,
            cast(e.c.state, Text).label("state"),
            _person.c.given_name,
            _person.c.family_name,
            _district.c.zone,
        )
        .join(_person, and_(_person.c.district_id == e.c.district_id, _person.c.person_id == e.c.subject_id))
        .outerjoin(_district, _district.c.district_id == e.c.district_id)
        .where(e.c.district_id == district_id, e.c.evaluation_id == any_(bindparam("ids", list(ids), ARRAY(Uuid))))
    ).all()
    return {row.evaluation_id: (_read(row.state, row.zone), f"{row.given_name} {row.family_name}") for row in rows}
