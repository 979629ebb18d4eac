"""What pages read. Each function is one statement, whatever the number of people; nothing here decides or changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Select, and_, func, or_, select
from sqlalchemy.engine import Row

from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.store import tables as t
from services.evaluation.core.store.repository import decode_evaluation, decode_summary
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


Sort = Literal["name", "due", "school", "evaluator"]
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


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be evaluated in a cycle, or who may evaluate. `evaluator_id`: who the directory proposes."""

    person_id: UUID
    name: str
    school_id: UUID | None
    school: str | None
    evaluator_id: UUID | None = None
    has_evaluation: bool = False


def _in_force(role: Any, today: date) -> Any:
    return and_(or_(role.c.begins.is_(None), role.c.begins <= today), or_(role.c.ends.is_(None), role.c.ends > today))


def subjects(
    connection: Connection, district_id: UUID, cycle_id: UUID, roles: Sequence[str], today: date
) -> list[Candidate]:
    """Everyone who holds one of `roles` now, once, with the evaluator the directory proposes: the first one named there,
    else the principal of the school."""
    person, role, school = t.PEOPLE.person, t.PEOPLE.role, t.PEOPLE.school
    e = t.evaluation
    head = role.alias("head")
    principal = (
        select(head.c.person_id)
        .where(
            head.c.district_id == role.c.district_id,
            head.c.school_id == role.c.school_id,
            head.c.role == "principal",
            _in_force(head, today),
        )
        .order_by(head.c.person_id)
        .limit(1)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            person.c.person_id,
            person.c.given_name,
            person.c.family_name,
            role.c.school_id,
            school.c.name,
            func.coalesce(person.c.evaluator_ids[1], principal).label("evaluator_id"),
            e.c.evaluation_id,
        )
        .distinct(person.c.family_name, person.c.given_name, person.c.person_id)
        .join(role, and_(role.c.district_id == person.c.district_id, role.c.person_id == person.c.person_id))
        .outerjoin(school, and_(school.c.district_id == role.c.district_id, school.c.school_id == role.c.school_id))
        .outerjoin(
            e,
            and_(
                e.c.district_id == person.c.district_id,
                e.c.subject_id == person.c.person_id,
                e.c.cycle_id == cycle_id,
            ),
        )
        .where(person.c.district_id == district_id, person.c.active, role.c.role.in_(roles), _in_force(role, today))
        .order_by(person.c.family_name, person.c.given_name, person.c.person_id, role.c.number)
    ).all()
    return [
        Candidate(
            row.person_id,
            f"{row.given_name} {row.family_name}",
            row.school_id,
            row.name,
            row.evaluator_id if row.evaluator_id != row.person_id else None,
            row.evaluation_id is not None,
        )
        for row in rows
    ]


def evaluators(connection: Connection, district_id: UUID, roles: Sequence[str], today: date) -> list[Candidate]:
    """Everyone who may be named as an evaluator: holders of `roles` now, by name."""
    person, role, school = t.PEOPLE.person, t.PEOPLE.role, t.PEOPLE.school
    rows = connection.execute(
        select(person.c.person_id, person.c.given_name, person.c.family_name, role.c.school_id, school.c.name)
        .distinct(person.c.family_name, person.c.given_name, person.c.person_id)
        .join(role, and_(role.c.district_id == person.c.district_id, role.c.person_id == person.c.person_id))
        .outerjoin(school, and_(school.c.district_id == role.c.district_id, school.c.school_id == role.c.school_id))
        .where(person.c.district_id == district_id, person.c.active, role.c.role.in_(roles), _in_force(role, today))
        .order_by(person.c.family_name, person.c.given_name, person.c.person_id, role.c.number)
    ).all()
    return [Candidate(row.person_id, f"{row.given_name} {row.family_name}", row.school_id, row.name) for row in rows]


def last_final_levels(
    connection: Connection, district_id: UUID, subject_ids: Sequence[UUID]
) -> dict[UUID, tuple[str, str]]:
    """Person -> (track, final level) of their newest closed evaluation, for a track that carries it forward."""
    e = t.evaluation
    rows = connection.execute(
        select(e.c.subject_id, e.c.state)
        .distinct(e.c.subject_id)
        .where(e.c.district_id == district_id, e.c.subject_id.in_(subject_ids), e.c.closed_at.is_not(None))
        .order_by(e.c.subject_id, e.c.closed_at.desc())
    ).all()
    levels: dict[UUID, tuple[str, str]] = {}
    for row in rows:
        evaluation = decode_evaluation(row.state)
        if evaluation.summative is not None:
            levels[row.subject_id] = (evaluation.track, evaluation.summative.final_level)
    return levels
