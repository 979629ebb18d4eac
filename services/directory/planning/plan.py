"""The plan of an import: every change with the state before and after it, and what asks for a person's yes."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Generic, Literal, TypeVar
from uuid import UUID

import msgspec

from services.directory.oneroster.findings import Report
from services.directory.people import Calendar, Organisation, Person

Action = Literal["added", "changed", "ended", "returned"]
ACTIONS: tuple[Action, ...] = ("added", "changed", "ended", "returned")
T = TypeVar("T")
SOON = timedelta(days=30)
"""An import that ends somebody's work, or part in evaluations, so soon is asked about as if it did so today."""


@dataclass(frozen=True)
class Change(Generic[T]):
    """`before` is None for what is added."""

    action: Action
    before: T | None
    after: T


@dataclass(frozen=True)
class Present:
    """The directory as it is. `guard_percent`: the share of staff whose work, or part in evaluations, an import may end
    without being asked; and of those who evaluate, whose evaluating. `schools`: the ids of all that are or were schools, also
    where no organisation tells of it."""

    district_id: UUID
    today: date
    people: Sequence[Person] = ()
    organisations: Sequence[Organisation] = ()
    calendars: Sequence[Calendar] = ()
    guard_percent: int = 20
    schools: Collection[UUID] = frozenset()


@dataclass(frozen=True)
class Plan:
    """`staff_before`: people of rosters who can work here today. `ending`: those of them who, by this import, could not on
    some day from today until SOON after it: shut out, without a role, or with one that begins only later or ends before.
    `losing`: those who could go on working, but without the role by which they are evaluated, or evaluate, today.
    `untouched`: by sort, what stays as it is."""

    today: date
    organisations: tuple[Change[Organisation], ...]
    calendars: tuple[Change[Calendar], ...]
    people: tuple[Change[Person], ...]
    staff_before: int
    ending: int
    losing: int
    report: Report
    untouched: Mapping[str, int]

    @property
    def schools(self) -> tuple[Change[Organisation], ...]:
        """Changes of organisations that are, or were, schools."""
        return tuple(
            change
            for change in self.organisations
            if change.after.is_school or (change.before is not None and change.before.is_school)
        )

    @property
    def empty(self) -> bool:
        return not (self.organisations or self.calendars or self.people)

    def counts(self) -> dict[str, dict[str, int]]:
        """sort -> action -> how many; `untouched` among the actions."""
        sorts: Mapping[str, Counter[str]] = {
            "schools": Counter(change.action for change in self.schools),
            "calendars": Counter(change.action for change in self.calendars),
            "people": Counter(change.action for change in self.people),
        }
        return {sort: {**actions, "untouched": self.untouched[sort]} for sort, actions in sorts.items()}

    def fingerprint(self) -> str:
        """Equal for plans that change the same things, from what they are to the same, and ask for the same numbers, whatever
        the day they are made on."""
        whole = hashlib.sha256()
        whole.update(
            msgspec.json.encode([(change.action, change.before, change.after) for change in self.organisations])
        )
        whole.update(msgspec.json.encode([(change.action, change.before, change.after) for change in self.calendars]))
        dateless = [(change.action, change.before, _dateless(change.after, self.today)) for change in self.people]
        whole.update(msgspec.json.encode(dateless))
        asked = ("OR070", self.ending), ("OR074", self.losing)
        whole.update(str([one for one in asked if one[0] in self.report.counts]).encode())
        return whole.hexdigest()


def _dateless(person: Person, today: date) -> Person:
    """The person with "ends today" written as one fixed day."""
    held = tuple(replace(one, ends=date.max) if one.ends == today else one for one in person.appointments)
    return replace(person, appointments=held)


def changes_between(before: Mapping[str, T], after: Mapping[str, T], on: Callable[[T], bool]) -> tuple[Change[T], ...]:
    """Every key of `after` whose state differs, in order. `on`: whether a state counts as being there."""
    found: list[Change[T]] = []
    for key, state in after.items():
        was = before.get(key)
        if was is None:
            found.append(Change("added", None, state))
        elif was != state:
            gone, back = on(was) and not on(state), on(state) and not on(was)
            found.append(Change("ended" if gone else "returned" if back else "changed", was, state))
    return tuple(found)
