"""Who may give which role, and whose account is whose to change: one answer for single acts and for imports."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.directory.people import Person
from shared.people.roles import SYSTEM_ADMINISTRATOR


@dataclass(frozen=True)
class Hand:
    """Whoever acts. `person_id` None: the command line or the demo, which may do all."""

    person_id: UUID | None
    administers: bool
    """Whether they hold the role of system administrator today."""

    @property
    def may_all(self) -> bool:
        return self.person_id is None or self.administers


def why_not_give(hand: Hand, role: str, to: UUID | None) -> str | None:
    """The code of why `hand` may not give or end this role, or None: a system administrator is made and unmade by system
    administrators only, and nobody else gives themselves a role. `to`: who gets it; None where it is ended."""
    if hand.may_all:
        return None
    if role == SYSTEM_ADMINISTRATOR:
        return "not_yours_to_give"
    return "own_role" if to is not None and to == hand.person_id else None


def why_not_reach(hand: Hand, *, administrator: bool) -> str | None:
    """The code of why `hand` may not change an account, or None. That of a system administrator is in the hands of system
    administrators: who could make a link to it could sign in as them, and then do anything."""
    return "not_yours_to_reach" if administrator and not hand.may_all else None


def is_administrator(person: Person, today: date) -> bool:
    """Whether they hold the role of system administrator, now or later."""
    return any(held.role == SYSTEM_ADMINISTRATOR and not held.over(today) for held in person.appointments)
