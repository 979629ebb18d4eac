"""What is due for one person: four short lists in one statement, however many people the district has.

Each list is read by its own index range and ends after a page's worth of rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, or_, select, union_all

from services.notifications.store.tables import PEOPLE, due_item, evaluation

Group = Literal["late", "week", "later", "may"]
GROUPS: tuple[Group, ...] = ("late", "week", "later", "may")
"""late: its day has gone by. week: due by the end of this week. later: afterwards, or undated. may: no duty, an opportunity."""


@dataclass(frozen=True)
class Holder:
    """Whose turns are asked for. `office`: those of the district office besides."""

    person_id: UUID
    office: bool = False


@dataclass(frozen=True)
class DueItem:
    """One row of "Due for me". `own`: it is about the holder's own evaluation; `person`: the other one, where known."""

    group: Group
    evaluation_id: UUID
    step_id: str
    title: str
    kind: str
    due_on: date | None
    clause: str | None
    service: str
    path: str
    own: bool
    person: str | None


def end_of_week(today: date) -> date:
    """The Sunday of this week; on Saturday and Sunday that of the next, for then people plan the week that begins."""
    ahead = 6 - today.weekday()
    return today + timedelta(days=ahead if ahead > 1 else ahead + 7)


def due_for(connection: Connection, district_id: UUID, holder: Holder, *, today: date, most: int) -> Sequence[DueItem]:
    """The first `most` rows of each group, in the order in which they are due."""
    parts = [
        _rows(district_id, holder, whose, group, today).limit(most)
        for whose in _whose(district_id, holder)
        for group in GROUPS
    ]
    found = [_item(row) for row in connection.execute(_together(parts))]
    found.sort(key=_order)
    taken: list[DueItem] = []
    for group in GROUPS:
        taken += [item for item in found if item.group == group][:most]
    return taken


def due_in_group(
    connection: Connection, district_id: UUID, holder: Holder, group: Group, *, today: date, offset: int, most: int
) -> tuple[Sequence[DueItem], int]:
    """One page of one group, and how many rows the group has."""
    whose = or_(*_whose(district_id, holder))
    page = _rows(district_id, holder, whose, group, today).offset(offset).limit(most)
    count = select(func.count()).select_from(due_item).where(whose, due_item.c.state == "open", _in(group, today))
    total = connection.execute(count).scalar_one()
    return [_item(row) for row in connection.execute(page)], total


def next_for(connection: Connection, district_id: UUID, holder: Holder, *, today: date) -> DueItem | None:
    """The dated step that will be this person's turn next, though it is not yet."""
    planned = (
        _select(district_id, holder, "later")
        .where(
            _mine(district_id, holder), due_item.c.state == "planned", due_item.c.required, due_item.c.due_on >= today
        )
        .order_by(due_item.c.due_on, due_item.c.step_id)
        .limit(1)
    )
    row = connection.execute(planned).one_or_none()
    return None if row is None else _item(row)


def _mine(district_id: UUID, holder: Holder) -> ColumnElement[bool]:
    return and_(due_item.c.district_id == district_id, due_item.c.bearer_id == holder.person_id)


def _whose(district_id: UUID, holder: Holder) -> list[ColumnElement[bool]]:
    whose = [_mine(district_id, holder)]
    if holder.office:
        whose.append(and_(due_item.c.district_id == district_id, due_item.c.duty == "office"))
    return whose


def _in(group: Group, today: date) -> ColumnElement[bool]:
    day, week = due_item.c.due_on, end_of_week(today)
    if group == "late":
        return and_(due_item.c.required, day < today)
    if group == "week":
        return and_(due_item.c.required, day >= today, day <= week)
    if group == "later":
        return and_(due_item.c.required, or_(day > week, day.is_(None)))
    return and_(due_item.c.required.is_(False), or_(day >= today, day.is_(None)))


def _rows(
    district_id: UUID, holder: Holder, whose: ColumnElement[bool], group: Group, today: date
) -> Select[tuple[Any, ...]]:
    return (
        _select(district_id, holder, group)
        .where(whose, due_item.c.state == "open", _in(group, today))
        .order_by(due_item.c.due_on.asc().nulls_last(), due_item.c.evaluation_id, due_item.c.step_id)
    )


def _select(district_id: UUID, holder: Holder, group: Group) -> Select[tuple[Any, ...]]:
    """The other person is the evaluator where the evaluation is the holder's own, else its subject."""
    person = PEOPLE.person
    own = evaluation.c.subject_id == holder.person_id
    other = case((own, evaluation.c.evaluator_id), else_=evaluation.c.subject_id)
    return (
        select(
            literal(group).label("group"),
            due_item.c.evaluation_id,
            due_item.c.step_id,
            due_item.c.title,
            due_item.c.kind,
            due_item.c.due_on,
            due_item.c.clause,
            evaluation.c.service,
            due_item.c.path,
            own.label("own"),
            person.c.given_name,
            person.c.family_name,
        )
        .select_from(due_item)
        .join(
            evaluation,
            and_(
                evaluation.c.district_id == due_item.c.district_id,
                evaluation.c.evaluation_id == due_item.c.evaluation_id,
            ),
        )
        .outerjoin(person, and_(person.c.district_id == district_id, person.c.person_id == other))
    )


def _together(parts: Sequence[Select[tuple[Any, ...]]]) -> Any:
    return union_all(*(select(part.subquery()) for part in parts))


def _item(row: Any) -> DueItem:
    person = f"{row.given_name} {row.family_name}" if row.given_name is not None else None
    return DueItem(
        group=row.group,
        evaluation_id=row.evaluation_id,
        step_id=row.step_id,
        title=row.title,
        kind=row.kind,
        due_on=row.due_on,
        clause=row.clause,
        service=row.service,
        path=row.path,
        own=row.own,
        person=person,
    )


def _order(item: DueItem) -> tuple[date, UUID, str]:
    return (item.due_on or date.max, item.evaluation_id, item.step_id)
