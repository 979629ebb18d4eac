"""The office's board of a cycle: a page of its evaluations, and what it can be narrowed to. Neither reads the whole cycle."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Connection, FromClause, and_, literal_column, select, text

from services.evaluation.core.store import tables as t
from services.evaluation.core.store.by_name import by_name
from services.evaluation.core.store.lists import EVALUATOR, PAGE, SUBJECT, ListedEvaluation, listed, listing
from services.evaluation.core.store.orphans import evaluator_gone, waiting
from shared.people.choices import EVERYTHING, FEW, Choice, Sought, choice, is_person, is_school
from shared.people.searching import is_named

_e, _school = t.evaluation, t.PEOPLE.school
_BY_SUBJECT = (by_name(SUBJECT),)
_ORDER: Mapping[str, tuple[Any, ...]] = {
    "name": _BY_SUBJECT,
    "due": (_e.c.next_due.asc().nulls_last(), *_BY_SUBJECT),
    "school": (_school.c.name.asc().nulls_last(), *_BY_SUBJECT),
    "evaluator": (by_name(EVALUATOR).asc().nulls_first(), *_BY_SUBJECT),
}


@dataclass(frozen=True)
class BoardFilter:
    """What HR's cycle board is narrowed to. `state`: open, late, unassigned, left (open, though the person has left), closed,
    ended_early, or all."""

    school: Sought = EVERYTHING
    evaluator: Sought = EVERYTHING
    state: str = "all"
    search: str = ""
    sort: str = "name"
    page: int = 1


def cycle_board(
    connection: Connection, district_id: UUID, cycle_id: UUID, wanted: BoardFilter, today: date
) -> tuple[list[ListedEvaluation], bool]:
    """A page of a cycle's evaluations, and whether there is a next page.

    The page's keys are found first, by name along an index; what its rows show is read for them alone.
    """
    order = (*_ORDER.get(wanted.sort, _ORDER["name"]), _e.c.evaluation_id)
    keys = (
        select(_e.c.evaluation_id)
        .select_from(_sorted_from(wanted.sort))
        .where(_e.c.district_id == district_id, _e.c.cycle_id == cycle_id, SUBJECT.c.district_id == district_id)
        .where(*_narrowed(district_id, cycle_id, wanted, today))
        .order_by(*order)
        .limit(PAGE + 1)
        .offset((wanted.page - 1) * PAGE)
        .subquery()
    )
    gone = and_(t.IS_OPEN, literal_column(evaluator_gone("evaluator", today), Boolean))
    left = and_(t.IS_OPEN, SUBJECT.c.active.is_(False))
    statement = (
        listing()
        .add_columns(gone.label("gone"), left.label("has_left"))
        .where(_e.c.district_id == district_id, _e.c.evaluation_id.in_(select(keys.c.evaluation_id)))
    )
    rows = connection.execute(statement.order_by(*order)).all()
    shown = [
        replace(listed(row), evaluator_gone=bool(row.gone), subject_gone=bool(row.has_left)) for row in rows[:PAGE]
    ]
    return shown, len(rows) > PAGE


def _sorted_from(sort: str) -> FromClause:
    """Evaluations with whom they are about, and with what else the order needs."""
    of_subject = and_(SUBJECT.c.district_id == _e.c.district_id, SUBJECT.c.person_id == _e.c.subject_id)
    joined = SUBJECT.join(_e, of_subject)
    if sort == "school":
        here = and_(_school.c.district_id == _e.c.district_id, _school.c.school_id == _e.c.school_id)
        return joined.outerjoin(_school, here)
    if sort == "evaluator":
        by = and_(EVALUATOR.c.district_id == _e.c.district_id, EVALUATOR.c.person_id == _e.c.evaluator_id)
        return joined.outerjoin(EVALUATOR, by)
    return joined


def _narrowed(district_id: UUID, cycle_id: UUID, wanted: BoardFilter, today: date) -> list[Any]:
    conditions: list[Any] = list(_in_state(wanted.state, today))
    if wanted.state == "unassigned":
        conditions.append(text(waiting(today)).bindparams(in_district=district_id, in_cycle=cycle_id))
    if wanted.school:
        conditions.append(is_school(_e.c.school_id, _school, district_id, wanted.school))
    if wanted.evaluator:
        conditions.append(is_person(_e.c.evaluator_id, t.PEOPLE.person, district_id, wanted.evaluator))
    if wanted.search:
        conditions += is_named(SUBJECT, wanted.search)
    return conditions


def _in_state(state: str, today: date) -> tuple[Any, ...]:
    return {
        "open": (t.IS_OPEN,),
        "late": (t.IS_OPEN, _e.c.next_due < today),
        "unassigned": (t.IS_OPEN,),
        "left": (t.IS_OPEN, SUBJECT.c.active.is_(False)),
        "closed": (_e.c.closed_at.is_not(None),),
        "ended_early": (_e.c.ended_early_at.is_not(None),),
    }.get(state, ())


_CHOICES = text(
    """
    WITH RECURSIVE held (id, place) AS (
      (SELECT evaluator_id, 1 FROM evaluation
       WHERE district_id = :district AND cycle_id = :cycle AND evaluator_id IS NOT NULL ORDER BY evaluator_id LIMIT 1)
      UNION ALL
      SELECT next.id, held.place + 1 FROM held CROSS JOIN LATERAL (
        SELECT evaluator_id AS id FROM evaluation
        WHERE district_id = :district AND cycle_id = :cycle AND evaluator_id > held.id ORDER BY evaluator_id LIMIT 1) next
      WHERE held.place < :most)
    (SELECT 'school' AS what, s.school_id AS id, s.name FROM people_school s
     WHERE s.district_id = :district AND EXISTS (
       SELECT 1 FROM evaluation e
       WHERE e.district_id = :district AND e.cycle_id = :cycle AND e.school_id = s.school_id)
     ORDER BY s.name, s.school_id LIMIT :most)
    UNION ALL
    (SELECT 'evaluator', p.person_id, p.given_name || ' ' || p.family_name FROM held
     JOIN people_person p ON p.district_id = :district AND p.person_id = held.id
     ORDER BY p.family_name, p.given_name, p.person_id)
    UNION ALL
    SELECT 'school', school_id, name FROM people_school WHERE district_id = :district AND school_id = :school
    UNION ALL
    SELECT 'evaluator', person_id, given_name || ' ' || family_name FROM people_person
    WHERE district_id = :district AND person_id = :evaluator
    """
)
"""The distinct evaluators of a cycle are found by leaping along an index from one to the next, and only so many of them."""


def board_choices(
    connection: Connection, district_id: UUID, cycle_id: UUID, wanted: BoardFilter
) -> tuple[Choice, Choice]:
    """The schools and the evaluators that occur in a cycle, by name: what its board can be narrowed to. One statement."""
    values = {"district": district_id, "cycle": cycle_id, "most": FEW + 1}
    chosen = {"school": wanted.school.id, "evaluator": wanted.evaluator.id}
    rows = connection.execute(_CHOICES, {**values, **chosen}).all()
    schools = [(row.id, row.name) for row in rows if row.what == "school"]
    evaluators = [(row.id, row.name) for row in rows if row.what == "evaluator"]
    return choice(schools, wanted.school), choice(evaluators, wanted.evaluator)
