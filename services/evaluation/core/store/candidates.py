"""Who can be evaluated, who can evaluate, and what an earlier evaluation came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, Text, Uuid, and_, column, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from services.evaluation.core.domain.kind import Kind
from services.evaluation.core.store import tables as t
from services.evaluation.core.store.by_name import by_name
from services.evaluation.core.store.repository import decode_evaluation
from shared.people.choices import EVERYTHING, Sought, is_school
from shared.people.roles import PRINCIPAL
from shared.people.searching import is_named


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be evaluated in a cycle, or who may evaluate. `evaluator_id`: who the directory proposes."""

    person_id: UUID
    name: str
    school_id: UUID | None
    school: str | None
    evaluator_id: UUID | None = None
    has_evaluation: bool = False


_ITS_CYCLE = and_(t.cycle.c.district_id == t.evaluation.c.district_id, t.cycle.c.cycle_id == t.evaluation.c.cycle_id)
_TRACK = literal_column("evaluation.state ->> 'track'", Text)


def _in_force(role: Any, today: date) -> Any:
    return and_(or_(role.c.begins.is_(None), role.c.begins <= today), or_(role.c.ends.is_(None), role.c.ends > today))


def _principal_of_school(role: Table, today: date) -> Any:
    """The principal of the school a role is held at, as a scalar subquery; of several who work here always the same one."""
    head, person = role.alias("head"), t.PEOPLE.person.alias("principal")
    return (
        select(head.c.person_id)
        .join(person, and_(person.c.district_id == head.c.district_id, person.c.person_id == head.c.person_id))
        .where(
            head.c.district_id == role.c.district_id,
            head.c.school_id == role.c.school_id,
            head.c.role == PRINCIPAL,
            person.c.active,
            _in_force(head, today),
        )
        .order_by(head.c.person_id)
        .limit(1)
        .correlate(role)
        .scalar_subquery()
    )


def _may_evaluate(person_id: Any, district_id: UUID, roles: Sequence[str], today: date) -> Any:
    """Whether somebody works here and holds one of `roles` now: who may be named as an evaluator."""
    person, role = t.PEOPLE.person.alias("named"), t.PEOPLE.role.alias("named_role")
    return (
        select(person.c.person_id)
        .join(role, and_(role.c.district_id == person.c.district_id, role.c.person_id == person.c.person_id))
        .where(person.c.district_id == district_id, person.c.person_id == person_id, person.c.active)
        .where(role.c.role.in_(roles), _in_force(role, today))
        .exists()
    )


def _proposed(district_id: UUID, kind: Kind, today: date) -> Any:
    """Whom the directory proposes, as a scalar subquery: the first of those named there, else the principal, who is somebody
    else and may evaluate."""
    person, role = t.PEOPLE.person, t.PEOPLE.role
    named = func.array_append(person.c.evaluator_ids, _principal_of_school(role, today))
    one = (
        func.unnest(named)
        .table_valued(column("person_id", Uuid), with_ordinality="place", name="proposed")
        .render_derived()
    )
    return (
        select(one.c.person_id)
        .where(one.c.person_id != person.c.person_id)
        .where(_may_evaluate(one.c.person_id, district_id, kind.evaluator_roles, today))
        .order_by(one.c.place)
        .limit(1)
        .correlate(person, role)
        .scalar_subquery()
    )


@dataclass(frozen=True)
class Among:
    """Which candidates. `only`: of these people. `waiting`: who has no evaluation yet. `words`: in the name. `most`: so many."""

    only: Sequence[UUID] | None = None
    waiting: bool = False
    school: Sought = EVERYTHING
    words: str = ""
    most: int | None = None


EVERYBODY = Among()


def _among(among: Among, district_id: UUID) -> list[ColumnElement[bool]]:
    person, role = t.PEOPLE.person, t.PEOPLE.role
    conditions: list[ColumnElement[bool]] = []
    if among.waiting:
        conditions.append(t.evaluation.c.evaluation_id.is_(None))
    if among.only is not None:
        conditions.append(person.c.person_id.in_(among.only))
    if among.school:
        conditions.append(is_school(role.c.school_id, t.PEOPLE.school, district_id, among.school))
    if among.words:
        conditions += is_named(person, among.words)
    return conditions


def subjects(
    connection: Connection,
    district_id: UUID,
    cycle_id: UUID,
    kind: Kind,
    today: date,
    *,
    among: Among = EVERYBODY,
) -> list[Candidate]:
    """Who can be evaluated now, once, with the evaluator the directory proposes."""
    person, role, school = t.PEOPLE.person, t.PEOPLE.role, t.PEOPLE.school
    e = t.evaluation
    rows = connection.execute(
        select(
            person.c.person_id,
            person.c.given_name,
            person.c.family_name,
            role.c.school_id,
            school.c.name,
            _proposed(district_id, kind, today).label("evaluator_id"),
            e.c.evaluation_id,
        )
        .ext(distinct_on(by_name(person), person.c.person_id))
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
        .where(person.c.district_id == district_id, person.c.active)
        .where(role.c.role.in_(kind.subject_roles), _in_force(role, today))
        .where(*_among(among, district_id))
        .order_by(by_name(person), person.c.person_id, role.c.number)
        .limit(among.most)
    ).all()
    return [
        Candidate(
            row.person_id,
            f"{row.given_name} {row.family_name}",
            row.school_id,
            row.name,
            row.evaluator_id,
            row.evaluation_id is not None,
        )
        for row in rows
    ]


def evaluators(
    connection: Connection, district_id: UUID, roles: Sequence[str], today: date, *, among: Among = EVERYBODY
) -> list[Candidate]:
    """Everyone who may be named as an evaluator: holders of `roles` now, by name."""
    person, role, school = t.PEOPLE.person, t.PEOPLE.role, t.PEOPLE.school
    rows = connection.execute(
        select(person.c.person_id, person.c.given_name, person.c.family_name, role.c.school_id, school.c.name)
        .ext(distinct_on(by_name(person), person.c.person_id))
        .join(role, and_(role.c.district_id == person.c.district_id, role.c.person_id == person.c.person_id))
        .outerjoin(school, and_(school.c.district_id == role.c.district_id, school.c.school_id == role.c.school_id))
        .where(person.c.district_id == district_id, person.c.active, role.c.role.in_(roles), _in_force(role, today))
        .where(*_among(among, district_id))
        .order_by(by_name(person), person.c.person_id, role.c.number)
        .limit(among.most)
    ).all()
    return [Candidate(row.person_id, f"{row.given_name} {row.family_name}", row.school_id, row.name) for row in rows]


@dataclass(frozen=True)
class Earlier:
    """What an earlier evaluation came to, and in which cycle."""

    level: str
    cycle_title: str


def last_results(
    connection: Connection, district_id: UUID, subject_ids: Sequence[UUID], tracks: Sequence[str], until: date
) -> dict[UUID, Earlier]:
    """Person -> result of the closed evaluation on one of `tracks` whose cycle began last, on `until` at the latest: the day
    on which the cycle begins that carries it forward. Whichever was closed last."""
    e = t.evaluation
    if not tracks:
        return {}
    rows = connection.execute(
        select(e.c.subject_id, e.c.state, t.cycle.c.title)
        .ext(distinct_on(e.c.subject_id))
        .join(t.cycle, _ITS_CYCLE)
        .where(e.c.district_id == district_id, e.c.subject_id.in_(subject_ids), e.c.closed_at.is_not(None))
        .where(_TRACK.in_(tracks), t.cycle.c.first_day <= until)
        .order_by(e.c.subject_id, t.cycle.c.first_day.desc(), t.cycle.c.last_day.desc(), e.c.closed_at.desc())
    ).all()
    found: dict[UUID, Earlier] = {}
    for row in rows:
        evaluation = decode_evaluation(row.state)
        if evaluation.summative is not None:
            found[row.subject_id] = Earlier(evaluation.summative.final_level, row.title)
    return found


def still_open(
    connection: Connection, district_id: UUID, subject_ids: Sequence[UUID], tracks: Sequence[str], until: date
) -> dict[UUID, list[str]]:
    """Person -> titles of the cycles that had begun on `until`, oldest first, in which their evaluation on one of `tracks`
    is open."""
    e = t.evaluation
    if not tracks:
        return {}
    rows = connection.execute(
        select(e.c.subject_id, t.cycle.c.title)
        .join(t.cycle, _ITS_CYCLE)
        .where(e.c.district_id == district_id, e.c.subject_id.in_(subject_ids), t.IS_OPEN)
        .where(_TRACK.in_(tracks), t.cycle.c.first_day <= until)
        .order_by(t.cycle.c.first_day, t.cycle.c.title)
    ).all()
    found: dict[UUID, list[str]] = {}
    for row in rows:
        found.setdefault(row.subject_id, []).append(row.title)
    return found
