"""Lists of evaluations and cycles. Each function is one statement, whatever the number of people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, and_, func, literal, select
from sqlalchemy.engine import Row

from services.evaluation.core.store import tables as t
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


_subject = t.PEOPLE.person.alias("subject")
_evaluator = t.PEOPLE.person.alias("evaluator")


def _listing() -> Select[Any]:
    e, school = t.evaluation, t.PEOPLE.school
    return (
        select(
            e.c.evaluation_id,
            e.c.version,
            e.c.summary,
            e.c.next_due,
            e.c.closed_at,
            e.c.subject_id,
            e.c.evaluator_id,
            _subject.c.given_name,
            _subject.c.family_name,
            _evaluator.c.given_name.label("evaluator_given"),
            _evaluator.c.family_name.label("evaluator_family"),
            school.c.name.label("school"),
            t.cycle.c.title.label("cycle_title"),
        )
        .join(t.cycle, and_(t.cycle.c.district_id == e.c.district_id, t.cycle.c.cycle_id == e.c.cycle_id))
        .outerjoin(_subject, and_(_subject.c.district_id == e.c.district_id, _subject.c.person_id == e.c.subject_id))
        .outerjoin(
            _evaluator, and_(_evaluator.c.district_id == e.c.district_id, _evaluator.c.person_id == e.c.evaluator_id)
        )
        .outerjoin(school, and_(school.c.district_id == e.c.district_id, school.c.school_id == e.c.school_id))
    )


def _listed(row: Row[Any]) -> ListedEvaluation:
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
    )


_ORDER: Mapping[str, tuple[Any, ...]] = {
    "name": (_subject.c.family_name, _subject.c.given_name),
    "due": (t.evaluation.c.next_due.asc().nulls_last(), _subject.c.family_name),
    "school": (t.PEOPLE.school.c.name.asc().nulls_last(), _subject.c.family_name),
    "evaluator": (_evaluator.c.family_name.asc().nulls_first(), _subject.c.family_name),
}


def evaluated_by(
    connection: Connection, district_id: UUID, evaluator_id: UUID, *, sort: str = "name", closed: bool = False
) -> list[ListedEvaluation]:
    """The people somebody evaluates: an evaluator has twenty to forty, and sees them on one page (200 at most)."""
    e = t.evaluation
    statement = _listing().where(e.c.district_id == district_id, e.c.evaluator_id == evaluator_id)
    statement = statement.where(e.c.closed_at.is_not(None) if closed else e.c.closed_at.is_(None))
    rows = connection.execute(statement.order_by(*_ORDER[sort], e.c.evaluation_id).limit(200)).all()
    return [_listed(row) for row in rows]


def evaluations_of(connection: Connection, district_id: UUID, subject_id: UUID) -> list[ListedEvaluation]:
    """One person's own evaluations, newest first."""
    e = t.evaluation
    rows = connection.execute(
        _listing()
        .where(e.c.district_id == district_id, e.c.subject_id == subject_id)
        .order_by(e.c.opened_at.desc())
        .limit(PAGE)
    ).all()
    return [_listed(row) for row in rows]


@dataclass(frozen=True)
class BoardFilter:
    """What HR's cycle board is narrowed to. `state`: open, late, unassigned, delivered, closed, or all."""

    school_id: UUID | None = None
    evaluator_id: UUID | None = None
    state: str = "all"
    search: str = ""
    sort: str = "name"
    page: int = 1


def cycle_board(
    connection: Connection, district_id: UUID, cycle_id: UUID, wanted: BoardFilter, today: date
) -> tuple[list[ListedEvaluation], bool]:
    """A page of a cycle's evaluations, and whether there is a next page."""
    e = t.evaluation
    statement = _listing().where(e.c.district_id == district_id, e.c.cycle_id == cycle_id)
    if wanted.school_id is not None:
        statement = statement.where(e.c.school_id == wanted.school_id)
    if wanted.evaluator_id is not None:
        statement = statement.where(e.c.evaluator_id == wanted.evaluator_id)
    statement = statement.where(*_in_state(wanted.state, today))
    if wanted.search:
        escaped = wanted.search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        pattern = f"%{escaped}%"
        full_name = _subject.c.given_name + " " + _subject.c.family_name
        statement = statement.where(full_name.ilike(pattern))
    order = _ORDER.get(wanted.sort, _ORDER["name"])
    rows = connection.execute(
        statement.order_by(*order, e.c.evaluation_id).limit(PAGE + 1).offset((wanted.page - 1) * PAGE)
    ).all()
    return [_listed(row) for row in rows[:PAGE]], len(rows) > PAGE


def _in_state(state: str, today: date) -> tuple[Any, ...]:
    e = t.evaluation
    return {
        "open": (e.c.closed_at.is_(None),),
        "late": (e.c.closed_at.is_(None), e.c.next_due < today),
        "unassigned": (e.c.closed_at.is_(None), e.c.evaluator_id.is_(None)),
        "closed": (e.c.closed_at.is_not(None),),
    }.get(state, ())


def board_choices(
    connection: Connection, district_id: UUID, cycle_id: UUID
) -> tuple[list[tuple[UUID, str]], list[tuple[UUID, str]]]:
    """The schools and the evaluators that occur in a cycle, by name: what its board can be narrowed to."""
    e, school = t.evaluation, t.PEOPLE.school
    found = (
        select(e.c.school_id, e.c.evaluator_id)
        .where(e.c.district_id == district_id, e.c.cycle_id == cycle_id)
        .distinct()
        .subquery()
    )
    schools = select(
        school.c.school_id.label("id"), school.c.name.label("name"), literal("school").label("what")
    ).where(school.c.district_id == district_id, school.c.school_id.in_(select(found.c.school_id)))
    evaluators_found = select(
        _evaluator.c.person_id, _evaluator.c.given_name + " " + _evaluator.c.family_name, literal("evaluator")
    ).where(_evaluator.c.district_id == district_id, _evaluator.c.person_id.in_(select(found.c.evaluator_id)))
    rows = connection.execute(schools.union_all(evaluators_found).order_by("name")).all()
    return (
        [(row.id, row.name) for row in rows if row.what == "school"],
        [(row.id, row.name) for row in rows if row.what == "evaluator"],
    )


def evaluations_named(
    connection: Connection, district_id: UUID, cycle_id: UUID, ids: Sequence[UUID]
) -> list[ListedEvaluation]:
    """These evaluations of a cycle, by name; what is not of the cycle is left out."""
    e = t.evaluation
    rows = connection.execute(
        _listing()
        .where(e.c.district_id == district_id, e.c.cycle_id == cycle_id, e.c.evaluation_id.in_(ids))
        .order_by(*_ORDER["name"])
        .limit(2000)
    ).all()
    return [_listed(row) for row in rows]


@dataclass(frozen=True)
class ListedCycle:
    id: UUID
    title: str
    agreement_title: str
    agreement_hash: str
    first_day: date
    last_day: date
    total: int
    closed: int
    unassigned: int
    late: int


def cycles(connection: Connection, district_id: UUID, today: date) -> list[ListedCycle]:
    """Every cycle with its counts, newest first."""
    e, c, a = t.evaluation, t.cycle, t.agreement
    is_open = e.c.closed_at.is_(None)
    counts = (
        select(
            e.c.cycle_id,
            func.count().label("total"),
            func.count(e.c.closed_at).label("closed"),
            func.count().filter(is_open, e.c.evaluator_id.is_(None)).label("unassigned"),
            func.count().filter(is_open, e.c.next_due < today).label("late"),
        )
        .where(e.c.district_id == district_id)
        .group_by(e.c.cycle_id)
        .subquery()
    )
    rows = connection.execute(
        select(c.c.cycle_id, c.c.title, a.c.title, c.c.agreement_hash, c.c.first_day, c.c.last_day)
        .add_columns(*(func.coalesce(counts.c[name], 0) for name in ("total", "closed", "unassigned", "late")))
        .join(a, and_(a.c.district_id == c.c.district_id, a.c.content_hash == c.c.agreement_hash))
        .outerjoin(counts, counts.c.cycle_id == c.c.cycle_id)
        .where(c.c.district_id == district_id)
        .order_by(c.c.first_day.desc(), c.c.title)
    ).all()
    return [ListedCycle(*row) for row in rows]
