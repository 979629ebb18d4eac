"""What a list can be narrowed to where there may be three schools or three hundred: a list to choose from while they are
few, part of a name to type where they are many. Neither reads more rows than it shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, exists, func, or_, select, true

from shared.people.searching import is_named, plain, plain_name

FEW = 12
"""As many as a person takes in at a glance; of more, a page asks for part of the name instead of listing them."""


@dataclass(frozen=True)
class Sought:
    """What the address narrows a list to: one by id, or all whose name holds some words. Both empty: everything."""

    id: UUID | None = None
    words: str = ""

    def __bool__(self) -> bool:
        return self.id is not None or bool(self.words)


EVERYTHING = Sought()


def sought(value: str | None) -> Sought:
    """What stands in the address: an id from a list or a link, else what somebody typed."""
    typed = (value or "").strip()[:100]
    try:
        return Sought(id=UUID(typed))
    except ValueError:
        return Sought(words=typed)


@dataclass(frozen=True)
class Choice:
    """For ui.filters. `options`: (id, name) where they are few, else None. `value`: what is chosen, as the field shows it."""

    options: list[tuple[str, str]] | None
    value: str


def choice(found: Iterable[tuple[UUID, str]], asked: Sought) -> Choice:
    """`found`: the first FEW + 1 by name, and the one asked for by its id wherever it stands."""
    names = dict(found)
    if len(names) <= FEW and not asked.words:
        return Choice([(str(one), name) for one, name in names.items()], str(asked.id or ""))
    return Choice(None, asked.words or (names.get(asked.id, "") if asked.id else ""))


def school_choice(connection: Connection, school: Table, district_id: UUID, asked: Sought) -> Choice:
    """The schools in use. One statement, at most FEW + 2 rows."""
    of_district = school.c.district_id == district_id
    first = select(school.c.school_id, school.c.name).where(of_district, school.c.active)
    first = first.order_by(school.c.name, school.c.school_id).limit(FEW + 1)
    asked_for = select(school.c.school_id, school.c.name).where(of_district, school.c.school_id == asked.id)
    rows = connection.execute(first.subquery().select().union_all(asked_for) if asked.id else first).all()
    return choice([(row.school_id, row.name) for row in rows], asked)


def is_school(column: ColumnElement[Any], school: Table, district_id: UUID, asked: Sought) -> ColumnElement[bool]:
    """Whether a column holds the school asked for, or one with such a name."""
    if asked.id:
        return column == asked.id
    name, words = func.lower(school.c.name), asked.words.lower()
    ids = select(school.c.school_id).where(school.c.district_id == district_id)
    return column.in_(_named(ids, name == words, name.contains(words, autoescape=True)))


def is_person(column: ColumnElement[Any], person: Table, district_id: UUID, asked: Sought) -> ColumnElement[bool]:
    """The same of people, by the words of their name in any order."""
    if asked.id:
        return column == asked.id
    whole = plain_name(person) == " ".join(plain(asked.words).split())
    ids = select(person.c.person_id).where(person.c.district_id == district_id)
    return column.in_(_named(ids, whole, and_(true(), *is_named(person, asked.words))))


def _named(ids: Select[tuple[UUID]], same: ColumnElement[bool], holding: ColumnElement[bool]) -> Select[tuple[UUID]]:
    """Those with just this name; where there is none, those with the words in it."""
    just = ids.where(same)
    return ids.where(or_(same, holding & ~exists(just.correlate(None))))
