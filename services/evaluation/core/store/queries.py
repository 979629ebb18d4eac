"""What pages read of one evaluation. Few statements, whatever it holds; nothing here decides or changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, and_, select

from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.store import tables as t
from services.evaluation.core.store.repository import decode_evaluation, decode_summary
from services.evaluation.core.store.summary import Summary


@dataclass(frozen=True)
class Shown:
    """One evaluation with everything its pages name."""

    evaluation: Evaluation
    agreement_hash: str
    cycle_title: str
    school: str | None
    people: Mapping[UUID, str]
    """Names of the subject and of everyone who is or was the evaluator."""
    summary: Summary

    def name(self, person_id: UUID | None) -> str:
        """The person's name; empty where the directory no longer says."""
        return self.people.get(person_id, "") if person_id else ""


def shown(connection: Connection, district_id: UUID, evaluation_id: UUID) -> Shown | None:
    """One evaluation for its pages, or None where this district has none of that id."""
    e, person, school = t.evaluation, t.PEOPLE.person, t.PEOPLE.school
    row = connection.execute(
        select(e.c.state, e.c.summary, e.c.agreement_hash, t.cycle.c.title, school.c.name)
        .join(t.cycle, and_(t.cycle.c.district_id == e.c.district_id, t.cycle.c.cycle_id == e.c.cycle_id))
        .outerjoin(school, and_(school.c.district_id == e.c.district_id, school.c.school_id == e.c.school_id))
        .where(e.c.district_id == district_id, e.c.evaluation_id == evaluation_id)
    ).one_or_none()
    if row is None:
        return None
    evaluation = decode_evaluation(row.state)
    ids = {evaluation.subject_id, *(one.evaluator_id for one in evaluation.assignments)}
    ids |= {one.by_id for one in evaluation.assignments}
    names = connection.execute(
        select(person.c.person_id, person.c.given_name, person.c.family_name).where(
            person.c.district_id == district_id, person.c.person_id.in_(ids)
        )
    ).all()
    people = {one.person_id: f"{one.given_name} {one.family_name}" for one in names}
    return Shown(evaluation, row.agreement_hash, row.title, row.name, people, decode_summary(row.summary))


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


def people_named(connection: Connection, district_id: UUID, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Names by id."""
    person = t.PEOPLE.person
    rows = connection.execute(
        select(person.c.person_id, person.c.given_name, person.c.family_name).where(
            person.c.district_id == district_id, person.c.person_id.in_(ids)
        )
    ).all()
    return {row.person_id: f"{row.given_name} {row.family_name}" for row in rows}
