"""Whom the records of a roster are about: people by their sourcedId, and those that a new one probably means."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

from services.directory.oneroster.findings import Findings
from services.directory.oneroster.kinds import N_
from services.directory.oneroster.staged import StagedPerson, StagedRoster
from services.directory.people import Person
from services.directory.planning.own import OWN, Owners, own_key
from services.directory.planning.plan import Present
from shared.ids import derived_id
from shared.letters import key_of

FILE = "users.csv"
T = TypeVar("T", StagedPerson, Person)
_BY_HAND = N_("%(id)s has the e-mail address of %(name)s, who was entered here by hand.")
_NEW_KEY: Mapping[str, str] = {
    "username": N_("%(id)s has the username %(value)s of %(name)s, who was %(was)s in the roster until now."),
    "email": N_("%(id)s has the e-mail address %(value)s of %(name)s, who was %(was)s in the roster until now."),
    "identifier": N_("%(id)s has the staff number %(value)s of %(name)s, who was %(was)s in the roster until now."),
}
_ANOTHER = N_("%(id)s belonged to %(was)s until now, and %(name)s would take over their account and record.")
_TAKEN = N_(
    "%(id)s belonged to %(was)s until now, and comes with the username, e-mail address or staff number of %(name)s "
    "(%(key)s), who would take over their account and record."
)


@dataclass(frozen=True)
class Known:
    """People here by the roster's identifier. `joined`: by an identifier that is new, whom it is taken for after a yes: who
    was entered by hand, or whom the roster would let go of under the identifier they had. `doubted`: identifiers under which
    somebody else probably comes now."""

    by_source: Mapping[str, Person]
    joined: Mapping[str, Person]
    doubted: frozenset[str]

    def find(self, source_id: str) -> Person | None:
        return self.by_source.get(source_id) or self.joined.get(source_id)

    @property
    def given_up(self) -> frozenset[str]:
        """Identifiers whose people go on under another."""
        return frozenset(person.source_id for person in self.joined.values() if person.source_id)

    @property
    def taken_up(self) -> frozenset[str]:
        """Identifiers under which they go on."""
        return frozenset(name for name, person in self.joined.items() if person.source_id)


def known_people(present: Present, roster: StagedRoster, findings: Findings) -> Known:
    """Whom the roster's records are about. Where that is not certain, it is asked."""
    by_source = {person.source_id: person for person in present.people if person.source_id}
    owners = Owners(present.people, present.today)
    probable = _probable(present, roster, by_source, owners)
    doubted = set()
    for one in roster.people:
        if one.source_id in probable:
            person, column = probable[one.source_id]
            _ask(one, person, column, findings)
        elif (was := by_source.get(one.source_id)) is not None and owners.is_somebody_else(one, was):
            doubted.add(one.source_id)
            _ask_who(one, was, owners.another(one, was), findings)
    return Known(by_source, {name: person for name, (person, _) in probable.items()}, frozenset(doubted))


def _ask_who(one: StagedPerson, was: Person, owner: Person | None, findings: Findings) -> None:
    """Of a known identifier, whether its record is still the same person's. `owner`: whose own it states instead."""
    about: dict[str, Any] = {"id": one.source_id, "was": was.name, "name": f"{one.given_name} {one.family_name}"}
    template = _ANOTHER
    if owner is not None and key_of(about["name"]) == key_of(was.name):  # the names don't tell the two apart
        template = _TAKEN
        about |= {"name": owner.name, "key": owner.source_id or owner.username}
    findings.add("OR073", template, file=FILE, column="sourcedId", line=one.line, **about)


def _ask(one: StagedPerson, person: Person, column: str, findings: Findings) -> None:
    about: dict[str, Any] = {"id": one.source_id, "name": person.name}
    if person.source_id is None:
        findings.add("OR073", _BY_HAND, file=FILE, column=column, line=one.line, **about)
        return
    about |= {"value": OWN[column](one) or "", "was": person.source_id}
    findings.add("OR073", _NEW_KEY[column], file=FILE, column=column, line=one.line, **about)


def _probable(
    present: Present, roster: StagedRoster, by_source: Mapping[str, Person], owners: Owners
) -> dict[str, tuple[Person, str]]:
    """New identifier -> (whom it probably means, the column that says so). Nobody where two could be meant, on either side."""
    new = [one for one in roster.people if one.source_id not in by_source]
    stated = {one.source_id for one in roster.people}
    leaving = [person for name, person in by_source.items() if name not in stated and has_left(person, roster)]
    by_hand = [person for person in present.people if person.source_id is None]
    found: dict[tuple[str, UUID], tuple[Person, str]] = {}
    for column in OWN:
        here = (*leaving, *by_hand) if column == "email" else leaving
        for one, person in _alike(new, here, column, owners):
            found.setdefault((one.source_id, person.person_id), (person, column))
    meanings = Counter(name for name, _ in found)
    meant = Counter(person_id for _, person_id in found)
    return {name: match for (name, person_id), match in found.items() if meanings[name] == 1 and meant[person_id] == 1}


def _alike(
    new: Iterable[StagedPerson], here: Iterable[Person], column: str, owners: Owners
) -> Iterator[tuple[StagedPerson, Person]]:
    """Those with the same value, which is nobody's own where two of either side share it."""
    coming, known = _by_value(new, column), _by_value(here, column)
    for value, ones in coming.items():
        people = known.get(value, [])
        if len(ones) != 1 or len(people) != 1:
            continue
        if people[0].source_id is None or not owners.is_somebody_else(ones[0], people[0]):
            yield ones[0], people[0]


def _by_value(people: Iterable[T], column: str) -> Mapping[str, list[T]]:
    found: defaultdict[str, list[T]] = defaultdict(list)
    for one in people:
        if value := own_key(one, column):
            found[value].append(one)
    return found


def has_left(was: Person, roster: StagedRoster) -> bool:
    """Whether a person who is not stated has left: a whole file leaves them out, or a delta says so."""
    if not was.on_roster:
        return False
    return roster.mode("users") == "bulk" or was.source_id in roster.gone.get("users", ())


def unused_id(taken: Collection[UUID], *names: str) -> UUID:
    """The id that these names lead to; the next one where that stands for what goes on under other names by now."""
    numbered = (derived_id(*names, *([str(at)] if at else [])) for at in count())
    return next(one for one in numbered if one not in taken)
