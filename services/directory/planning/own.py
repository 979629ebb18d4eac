"""What is one person's own in a roster, and whose it was until now: by that a record is somebody else's than it was."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from uuid import UUID

from services.directory.oneroster.staged import StagedPerson
from services.directory.people import Person
from shared.letters import key_of

OWN: Mapping[str, Callable[[StagedPerson | Person], str | None]] = {
    "username": lambda one: one.username,
    "email": lambda one: one.email,
    "identifier": lambda one: one.identifier,
}
"""By column: what is one person's own, so that whoever comes with it is probably that person."""
_LOGIN = ("username", "email")
ENOUGH = 2
"""Of these, from one person, that say whoever comes with them is that person."""


def own_key(one: StagedPerson | Person, column: str) -> str:
    """The value of that column as it is compared; empty where there is none."""
    return key_of(OWN[column](one) or "")


class Owners:
    """Whose usernames, addresses and staff numbers are, among the people here before an import."""

    def __init__(self, people: Iterable[Person], today: date) -> None:
        self._holding: defaultdict[tuple[str, str], list[Person]] = defaultdict(list)
        self._left: defaultdict[tuple[str, str], list[Person]] = defaultdict(list)
        for person in people:
            found = self._holding if person.holds_username(today) else self._left
            for column in OWN:
                if value := own_key(person, column):
                    found[column, value].append(person)

    def of(self, one: StagedPerson, column: str) -> list[Person]:
        """Who has what the record states there; who has left only where nobody else does."""
        where = column, own_key(one, column)
        return self._holding.get(where) or self._left.get(where) or []

    def another(self, one: StagedPerson, was: Person) -> Person | None:
        """The one other person whose own the record states: two of it, or all that it states. What several share is nobody's."""
        owners = {column: self.of(one, column) for column in OWN if own_key(one, column)}
        told = [had[0].person_id if had else None for had in owners.values() if len(had) <= 1]
        others = Counter(person_id for person_id in told if person_id not in (None, was.person_id))
        for person_id, count in others.most_common(1):
            if count >= ENOUGH or count == len(told):
                return next(had[0] for had in owners.values() if had and had[0].person_id == person_id)
        return None

    def keeps(self, one: StagedPerson, was: Person) -> bool:
        """Whether the record states something that is the person's own, and nobody else's too."""
        return any(
            own_key(one, column) == own_key(was, column) != "" and _only(self.of(one, column), was.person_id)
            for column in OWN
        )

    def is_somebody_else(self, one: StagedPerson, was: Person) -> bool:
        """Whether a record comes with another's names and another way to sign in, with another name and nothing of one's own
        kept, or with what is another's own. Whoever marries or moves keeps one."""
        other_names = [key_of(now) != key_of(before) for now, before in _names(one, was)]
        other_login = any(own_key(one, column) != own_key(was, column) for column in _LOGIN)
        if all(other_names) and other_login:
            return True
        return (any(other_names) and not self.keeps(one, was)) or self.another(one, was) is not None


def _only(people: Iterable[Person], person_id: UUID) -> bool:
    return all(person.person_id == person_id for person in people)


def _names(one: StagedPerson, was: Person) -> tuple[tuple[str, str], ...]:
    return (one.given_name, was.given_name), (one.family_name, was.family_name)
