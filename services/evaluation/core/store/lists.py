"""Lists of evaluations and cycles. Each function is one statement, whatever the number of people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Integer, Select, and_, func, literal_column, not_, select
from sqlalchemy.engine import Row

from services.evaluation.core.store import tables as t
from services.evaluation.core.store.by_name import by_name
from services.evaluation.core.store.orphans import left_behind
from services.evaluation.core.store.repository import decode_summary
from services.evaluation.core.store.summary import Summary

PAGE = 50


@dataclass(frozen=True)
class Person:
    id: UUID
    name: str
    family_name: str


@dataclass(frozen=True)
class ListedEvaluation:
    """A row of a list: who, by whom, how far, what next."""

    id: UUID
    version: int
    subject: Person
    evaluator: Person | None
    school: str | None
    cycle_title: str
    summary: Summary
    next_due: date | None
    closed_at: datetime | None
    ended_early_at: datetime | None
    evaluator_gone: bool = False
    """On the office's board: who is named works here no longer, and the evaluation waits for somebody else."""
    subject_gone: bool = False
    """On the office's board: who is evaluated works here no longer, so that nobody will bring it to its end."""


SUBJECT = t.PEOPLE.person.alias("subject")
EVALUATOR = t.PEOPLE.person.alias("evaluator")


def listing() -> Select[Any]:
    """What the rows of a list show, of evaluations still to be chosen."""
    e, school = t.evaluation, t.PEOPLE.school
    return (
        select(
            e.c.evaluation_id,
            e.c.version,
            e.c.summary,
            e.c.next_due,
            e.c.closed_at,
            e.c.ended_early_at,
            e.c.subject_id,
            e.c.evaluator_id,
            SUBJECT.c.given_name,
            SUBJECT.c.family_name,
            EVALUATOR.c.given_name.label("evaluator_given"),
            EVALUATOR.c.family_name.label("evaluator_family"),
            school.c.name.label("school"),
            t.cycle.c.title.label("cycle_title"),
        )
        .join(t.cycle, and_(t.cycle.c.district_id == e.c.district_id, t.cycle.c.cycle_id == e.c.cycle_id))
        .outerjoin(SUBJECT, and_(SUBJECT.c.district_id == e.c.district_id, SUBJECT.c.person_id == e.c.subject_id))
        .outerjoin(
            EVALUATOR, and_(EVALUATOR.c.district_id == e.c.district_id, EVALUATOR.c.person_id == e.c.evaluator_id)
        )
        .outerjoin(school, and_(school.c.district_id == e.c.district_id, school.c.school_id == e.c.school_id))
    )


def listed(row: Row[Any]) -> ListedEvaluation:
    """A row of `listing()`."""
    evaluator = None
    if row.evaluator_id is not None:
        name = f"{row.evaluator_given or ''} {row.evaluator_family or ''}".strip()
        evaluator = Person(row.evaluator_id, name, row.evaluator_family or "")
    subject = Person(row.subject_id, f"{row.given_name or ''} {row.family_name or ''}".strip(), row.family_name or "")
    return ListedEvaluation(
        id=row.evaluation_id,
        version=row.version,
        subject=subject,
        evaluator=evaluator,
        school=row.school,
        cycle_title=row.cycle_title,
        summary=decode_summary(row.summary),
        next_due=row.next_due,
        closed_at=row.closed_at,
        ended_early_at=row.ended_early_at,
    )


_ORDER: Mapping[str, tuple[Any, ...]] = {
    "name": (by_name(SUBJECT),),
    "due": (t.evaluation.c.next_due.asc().nulls_last(), by_name(SUBJECT)),
    "school": (t.PEOPLE.school.c.name.asc().nulls_last(), by_name(SUBJECT)),
}


def evaluated_by(
    connection: Connection, district_id: UUID, evaluator_id: UUID, *, sort: str = "name", closed: bool = False
) -> list[ListedEvaluation]:
    """The people somebody evaluates: an evaluator has twenty to forty, and sees them on one page (200 at most). `closed`:
    the evaluations that are over, those ended early among them; else those that are open."""
    e = t.evaluation
    statement = listing().where(e.c.district_id == district_id, e.c.evaluator_id == evaluator_id)
    statement = statement.where(not_(t.IS_OPEN) if closed else t.IS_OPEN)
    rows = connection.execute(statement.order_by(*_ORDER[sort], e.c.evaluation_id).limit(200)).all()
    return [listed(row) for row in rows]


def evaluations_of(connection: Connection, district_id: UUID, subject_id: UUID) -> list[ListedEvaluation]:
    """One person's own evaluations, newest first."""
    e = t.evaluation
    rows = connection.execute(
        listing()
        .where(e.c.district_id == district_id, e.c.subject_id == subject_id)
        .order_by(e.c.opened_at.desc())
        .limit(PAGE)
    ).all()
    return [listed(row) for row in rows]


def evaluations_named(
    connection: Connection, district_id: UUID, cycle_id: UUID, ids: Sequence[UUID]
) -> list[ListedEvaluation]:
    """These evaluations of a cycle, by name; what is not of the cycle is left out."""
    e = t.evaluation
    rows = connection.execute(
        listing()
        .where(e.c.district_id == district_id, e.c.cycle_id == cycle_id, e.c.evaluation_id.in_(ids))
        .order_by(*_ORDER["name"])
        .limit(2000)
    ).all()
    return [listed(row) for row in rows]


@dataclass(frozen=True)
class ListedCycle:
    """A cycle with its counts. `late`: open evaluations beyond a date, counted up to MOST_LATE + 1."""

    id: UUID
    title: str
    agreement_title: str
    agreement_hash: str
    first_day: date
    last_day: date
    total: int
    closed: int
    ended_early: int
    unassigned: int
    late: int


MOST_LATE = 99
"""Late evaluations are counted so far, in the index of open ones by date; who wants all of them opens the list."""


def cycles(connection: Connection, district_id: UUID, today: date) -> list[ListedCycle]:
    """Every cycle with its counts, newest first. Counts are kept as evaluations change, in the same transaction; whose
    evaluator is gone is looked up, for a day that ends a role changes no evaluation."""
    e, c, a, n = t.evaluation, t.cycle, t.agreement, t.cycle_count
    some_late = (
        select(e.c.evaluation_id)
        .where(e.c.district_id == c.c.district_id, e.c.cycle_id == c.c.cycle_id)
        .where(t.IS_OPEN, e.c.next_due < today)
        .limit(MOST_LATE + 1)
        .correlate(c)
    )
    late = select(func.count()).select_from(some_late.lateral()).scalar_subquery()
    behind = f"(SELECT count(*) FROM ({left_behind('cycle.district_id', 'cycle.cycle_id', today)}) behind)"  # noqa: S608 - SQL of our own
    waiting = func.coalesce(n.c.unassigned, 0) + literal_column(behind, Integer)
    rows = connection.execute(
        select(c.c.cycle_id, c.c.title, a.c.title, c.c.agreement_hash, c.c.first_day, c.c.last_day)
        .add_columns(*(func.coalesce(n.c[name], 0) for name in ("total", "closed", "ended_early")), waiting, late)
        .join(a, and_(a.c.district_id == c.c.district_id, a.c.content_hash == c.c.agreement_hash))
        .outerjoin(n, and_(n.c.district_id == c.c.district_id, n.c.cycle_id == c.c.cycle_id))
        .where(c.c.district_id == district_id)
        .order_by(c.c.first_day.desc(), c.c.title)
    ).all()
    return [ListedCycle(*row) for row in rows]
