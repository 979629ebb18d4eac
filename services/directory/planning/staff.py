"""People of a roster held against those here. A roster owns the roles and evaluators it brought, and nothing else."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.directory.letters import key_of
from services.directory.oneroster.findings import Findings
from services.directory.oneroster.kinds import N_
from services.directory.oneroster.staged import StagedOrg, StagedPerson, StagedRole, StagedRoster, school_of
from services.directory.people import Appointment, Organisation, Person
from services.directory.planning.organisations import as_staged
from services.directory.planning.plan import Present
from shared.ids import derived_id

FILE = "users.csv"


@dataclass(frozen=True)
class _Known:
    """People here by the roster's identifier, those it may be about joined by their address."""

    by_source: Mapping[str, Person]
    joined: Mapping[str, Person]

    def find(self, source_id: str) -> Person | None:
        return self.by_source.get(source_id) or self.joined.get(source_id)


def people_after(
    present: Present, roster: StagedRoster, organisations: Mapping[str, Organisation], findings: Findings
) -> dict[str, Person]:
    """By sourcedId: everyone the roster touches, as they would be."""
    known = _known(present, roster, findings)
    ids = {one.source_id: _person_id(present, known, one.source_id) for one in roster.people}
    ids = {name: person.person_id for name, person in known.by_source.items()} | ids
    after = {name: known.find(name) for name in ids}
    staged = {one.source_id: one for one in roster.people}
    roles = _Roles(present, roster, organisations)
    changed: dict[str, Person] = {}
    for name, was in after.items():
        if name in staged:
            person = _stated(staged[name], was, ids)
        elif was is not None and _left(was, roster):
            person = replace(was, on_roster=False)
        elif was is not None:
            person = was
        else:
            continue
        changed[name] = replace(person, appointments=roles.of(person))
    touched = {person.person_id for person in changed.values()}
    others = (person for person in present.people if person.person_id not in touched)
    signing_in = [person for person in (*others, *changed.values()) if person.holds_username(present.today)]
    _refuse_taken_usernames(signing_in, staged, findings)
    _warn_of_borrowed_addresses(signing_in, staged, findings)
    return changed


def _known(present: Present, roster: StagedRoster, findings: Findings) -> _Known:
    by_source = {person.source_id: person for person in present.people if person.source_id}
    by_hand: defaultdict[str, list[Person]] = defaultdict(list)
    for person in present.people:
        if person.source_id is None and person.email:
            by_hand[key_of(person.email)].append(person)
    joined: dict[str, Person] = {}
    for one in roster.people:
        same = by_hand.get(key_of(one.email), []) if one.email and one.source_id not in by_source else []
        if len(same) == 1:
            joined[one.source_id] = same[0]
            template = N_("%(id)s has the e-mail address of %(name)s, who was entered here by hand.")
            findings.add("OR073", template, file=FILE, column="email", id=one.source_id, name=same[0].name)
        if (was := by_source.get(one.source_id)) is not None and _is_somebody_else(one, was):
            template = N_(
                "%(id)s belonged to %(was)s until now, and %(name)s would take over their account and record."
            )
            about: dict[str, Any] = {
                "id": one.source_id,
                "was": was.name,
                "name": f"{one.given_name} {one.family_name}",
            }
            findings.add("OR073", template, file=FILE, column="sourcedId", line=one.line, **about)
    return _Known(by_source, joined)


def _is_somebody_else(one: StagedPerson, was: Person) -> bool:
    """Whether a known identifier comes with another's names and another way to sign in. Whoever marries or moves keeps one."""
    names = (
        one.given_name.casefold() != was.given_name.casefold()
        and one.family_name.casefold() != was.family_name.casefold()
    )
    return names and (
        one.username.casefold() != was.username.casefold() or key_of(one.email or "") != key_of(was.email or "")
    )


def _person_id(present: Present, known: _Known, source_id: str) -> UUID:
    found = known.find(source_id)
    return found.person_id if found else derived_id(str(present.district_id), "person", source_id)


def _stated(one: StagedPerson, was: Person | None, ids: Mapping[str, UUID]) -> Person:
    """The person as the roster states them, keeping what was decided here."""
    evaluators = tuple(ids[name] for name in one.evaluators if name in ids)
    return Person(
        person_id=ids[one.source_id],
        source_id=one.source_id,
        username=one.username,
        given_name=one.given_name,
        family_name=one.family_name,
        email=one.email,
        identifier=one.identifier,
        on_roster=True,
        enabled=one.enabled,
        deactivated=was.deactivated if was else False,
        appointments=was.appointments if was else (),
        roster_evaluators=evaluators,
        hand_evaluators=was.hand_evaluators if was else (),
    )


def _left(was: Person, roster: StagedRoster) -> bool:
    """Whether a person who is not stated has left: a whole file leaves them out, or a delta says so."""
    if not was.on_roster:
        return False
    return roster.mode("users") == "bulk" or was.source_id in roster.gone.get("users", ())


class _Roles:
    """What appointments a person has after the import."""

    def __init__(self, present: Present, roster: StagedRoster, organisations: Mapping[str, Organisation]) -> None:
        self._present = present
        self._mode = roster.mode("roles")
        self._whole_by_person = roster.version == "1.1"
        self._listed = {one.source_id for one in roster.people}
        self._gone = set(roster.gone.get("roles", ()))
        self._orgs: Mapping[str, StagedOrg] = as_staged(organisations.values())
        self._organisations = organisations
        self._by_person: defaultdict[str, list[StagedRole]] = defaultdict(list)
        for role in roster.roles:
            self._by_person[role.person].append(role)

    def of(self, person: Person) -> tuple[Appointment, ...]:
        """Those by hand as they are; the roster's as it states them, or ended where it no longer does."""
        name = person.source_id or ""
        stated = {role.source_id: role for role in self._by_person.get(name, ())} if person.on_roster else {}
        kept: list[Appointment] = []
        for held in person.appointments:
            if held.source_id is None:
                kept.append(held)
            elif (role := stated.pop(held.source_id, None)) is not None:
                kept.append(self._appointment(role, held.appointment_id))
            elif not person.on_roster or self._takes_away(held.source_id, name):
                kept.append(held.ended(self._present.today))
            else:
                kept.append(held)
        for role in stated.values():
            new = derived_id(str(self._present.district_id), "role", role.person, role.source_id)
            kept.append(self._appointment(role, new))
        return tuple(kept)

    def _takes_away(self, role: str, person: str) -> bool:
        if self._mode == "bulk" or role in self._gone:
            return True
        return self._whole_by_person and person in self._listed

    def _appointment(self, role: StagedRole, appointment_id: UUID) -> Appointment:
        school = school_of(role.org, self._orgs)
        school_id = self._organisations[school].school_id if school is not None else None
        return Appointment(appointment_id, role.source_id, role.role, school_id, role.begins, role.ends)


def _refuse_taken_usernames(signing_in: Sequence[Person], staged: Collection[str], findings: Findings) -> None:
    """Usernames of people who may sign in after the import must differ. Two in one zip the reader has told already."""
    owners: defaultdict[str, list[Person]] = defaultdict(list)
    for person in signing_in:
        owners[key_of(person.username)].append(person)
    for same in owners.values():
        told = [person for person in same if person.source_id in staged]
        if len(same) > 1 and len(told) < len(same) and told:
            other = next(person for person in same if person not in told)
            template = N_("The username %(username)s of %(id)s belongs to %(name)s already.")
            findings.add(
                "OR054",
                template,
                file=FILE,
                column="username",
                username=told[0].username,
                id=told[0].source_id or "",
                name=other.name,
            )


def _warn_of_borrowed_addresses(
    signing_in: Sequence[Person], staged: Mapping[str, StagedPerson], findings: Findings
) -> None:
    """A username goes before an address: whoever types an address that is another's username is taken for that other."""
    owners: defaultdict[str, list[Person]] = defaultdict(list)
    for person in signing_in:
        if person.email:
            owners[key_of(person.email)].append(person)
    for person in signing_in:
        for owner in owners.get(key_of(person.username), ()):
            stated = staged.get(person.source_id or "") or staged.get(owner.source_id or "")
            if owner is person or stated is None:
                continue
            template = N_("The username %(username)s of %(id)s is the e-mail address of %(name)s.")
            about: dict[str, Any] = {"username": person.username, "id": person.source_id or "", "name": owner.name}
            findings.add("OR055", template, file=FILE, column="username", line=stated.line, **about)
