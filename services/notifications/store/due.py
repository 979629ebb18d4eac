"""What is due for one person, however many people the district has: see functions.py for the statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from shared.direct import ask

Group = Literal["late", "week", "later", "may"]
GROUPS: tuple[Group, ...] = ("late", "week", "later", "may")
"""late: its day has gone by. week: due by the end of this week. later: afterwards, or undated. may: no duty, an opportunity."""


@dataclass(frozen=True)
class Holder:
    """Whose turns are asked for. `office`: those of the district office besides."""

    district_id: UUID
    person_id: UUID
    office: bool = False


class DueItem(msgspec.Struct, frozen=True, array_like=True):
    """One row of "Due for me", in the order in which functions.py tells it. `own`: it is about the holder's own evaluation;
    `person`: the other one, where known."""

    group: Literal["late", "week", "later", "may", "next"]
    evaluation_id: UUID
    step_id: str
    title: str
    kind: str
    due_on: date | None
    planned_on: date | None
    """The day it was announced for; sooner than `due_on`, it is where it stands."""
    not_before: date | None
    """The first day on which it can be done; before it, it is due for nobody and only what comes next."""
    clause: str | None
    path: str
    service: str
    own: bool
    person: str | None


class Unassigned(msgspec.Struct, frozen=True):
    """A cycle in which so many evaluations have no evaluator: nothing begins in them before the office names one."""

    service: str
    cycle_id: UUID
    cycle_title: str
    evaluations: int


class Home(msgspec.Struct, frozen=True):
    """Everything the home page shows. `next`: what is to come, where nothing is due. `troubled`: letters, for the office;
    `unassigned`: for the office too."""

    rows: tuple[DueItem, ...]
    next: DueItem | None
    unread: int
    troubled: int
    unassigned: tuple[Unassigned, ...]

    @property
    def groups(self) -> Mapping[Group, Sequence[DueItem]]:
        """The rows by their group, each in order; every group is there."""
        return {name: [row for row in self.rows if row.group == name] for name in GROUPS}


class _Page(msgspec.Struct, frozen=True):
    rows: tuple[DueItem, ...]
    total: int


# Made here, by one thread: msgspec 0.22 ends the process when two threads meet a type for the first time.
_home = msgspec.json.Decoder(Home)
_page = msgspec.json.Decoder(_Page)
_HOME = "SELECT accord_home(%s, %s, %s, %s, %s, %s)"
_GROUP = text(
    """
    SELECT json_build_object(
      'rows', (accord_due(:district, :person, :office, ARRAY[:in_group], :today, :sunday, :skip, :most)).rows,
      'total', accord_due_total(:district, :person, :office, :in_group, :today, :sunday))::text"""
)


def end_of_week(today: date) -> date:
    """The Sunday of this week; on Saturday and Sunday that of the next, for then people plan the week that begins."""
    ahead = 6 - today.weekday()
    return today + timedelta(days=ahead if ahead > 1 else ahead + 7)


def home_of(connection: Connection, holder: Holder, *, today: date, most: int) -> Home:
    """The home page of a person in one statement; at most `most` rows a group, in the order in which they are due."""
    return read_home(home_as_told(connection, holder, today=today, most=most))


def home_as_told(connection: Connection, holder: Holder, *, today: date, most: int) -> str:
    """The same as the database words it, for read_home; what a page keeps by it is kept by all that it shows."""
    row = ask(connection, _HOME, (*_asked(holder, today).values(), most))
    assert row is not None, "the function answers always"
    return str(row[0])


def read_home(told: str) -> Home:
    return _home.decode(told)


def due_in_group(
    connection: Connection, holder: Holder, group: Group, *, today: date, offset: int, most: int
) -> tuple[Sequence[DueItem], int]:
    """One page of one group, and how many rows the group has."""
    asked = {**_asked(holder, today), "in_group": group, "skip": offset, "most": most}
    page = _page.decode(connection.execute(_GROUP, asked).scalar_one())
    return page.rows, page.total


def _asked(holder: Holder, today: date) -> dict[str, object]:
    return {
        "district": holder.district_id,
        "person": holder.person_id,
        "office": holder.office,
        "today": today,
        "sunday": end_of_week(today),
    }
