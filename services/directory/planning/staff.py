"""People of a roster held against those here. A roster owns the roles and evaluators it brought, and nothing else."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from uuid import UUID

from services.directory.oneroster.findings import Findings
from services.directory.oneroster.staged import StagedOrg, StagedPerson, StagedRole, StagedRoster, school_of
from services.directory.people import Appointment, Organisation, Person
from services.directory.planning.organisations import as_staged
from services.directory.planning.plan import Present
from services.directory.planning.sign_in_names import check_sign_in_names
from services.directory.planning.whom import Known, has_left, known_people, unused_id
from shared.people.roles import OTHER, out_of_place


def people_after(
    present: Present, roster: StagedRoster, organisations: Mapping[str, Organisation], findings: Findings
) -> dict[str, Person]:
    """By sourcedId: everyone the roster touches, as they would be."""
    known = known_people(present, roster, findings)
    ids = _ids(present, roster, known)
    after = {name: known.find(name) for name in ids if name not in known.given_up}
    staged = {one.source_id: one for one in roster.people}
    roles = _Roles(present, roster, organisations, known.taken_up)
    changed: dict[str, Person] = {}
    for name, was in after.items():
        if name in staged:
            person = _stated(staged[name], was, ids)
        elif was is not None and has_left(was, roster):
            person = replace(was, on_roster=False)
        elif was is not None:
            person = was
        else:
            continue
        changed[name] = replace(person, appointments=roles.of(person))
    check_sign_in_names(present, changed, staged, known.doubted, findings)
    return changed


def _ids(present: Present, roster: StagedRoster, known: Known) -> dict[str, UUID]:
    """Whom each sourcedId leads to. One that was given up leads to whoever goes on under another."""
    taken = {person.person_id for person in present.people}
    ids = {name: person.person_id for name, person in known.by_source.items()}
    for one in roster.people:
        was = known.find(one.source_id)
        ids[one.source_id] = (
            was.person_id if was else unused_id(taken, str(present.district_id), "person", one.source_id)
        )
    return ids


def _stated(one: StagedPerson, was: Person | None, ids: Mapping[str, UUID]) -> Person:
    """The person as the roster states them, keeping what was decided here."""
    own = ids[one.source_id]
    evaluators = dict.fromkeys(ids[name] for name in one.evaluators if name in ids and ids[name] != own)
    return Person(
        person_id=own,
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
        roster_evaluators=tuple(evaluators),
        hand_evaluators=was.hand_evaluators if was else (),
    )


class _Roles:
    """What appointments a person has after the import. `taken_up`: sourcedIds under which people go on who had another."""

    def __init__(
        self,
        present: Present,
        roster: StagedRoster,
        organisations: Mapping[str, Organisation],
        taken_up: Collection[str],
    ) -> None:
        self._present = present
        self._mode = roster.mode("roles")
        self._whole_by_person = roster.version == "1.1"
        self._listed = {one.source_id for one in roster.people}
        self._taken_up = taken_up
        self._gone = set(roster.gone.get("roles", ()))
        self._orgs: Mapping[str, StagedOrg] = as_staged(organisations.values())
        self._organisations = organisations
        self._taken = {held.appointment_id for person in present.people for held in person.appointments}
        self._by_person: defaultdict[str, list[StagedRole]] = defaultdict(list)
        self._stated = {role.source_id for role in roster.roles}
        for role in roster.roles:
            self._by_person[role.person].append(role)

    def of(self, person: Person) -> tuple[Appointment, ...]:
        """Those by hand as they are; the roster's as it states them, or ended where it no longer does."""
        name = person.source_id or ""
        stated = {role.source_id: role for role in self._by_person.get(name, ())} if person.on_roster else {}
        going_on = self._going_on(person, stated)
        kept: list[Appointment] = []
        for held in person.appointments:
            if held.source_id is None:
                kept.append(held)
            elif (role := going_on.get(held.appointment_id)) is not None:
                kept.append(self._appointment(role, held.appointment_id))
            elif not person.on_roster or self._takes_away(held.source_id, name):
                kept.append(held.ended(self._present.today))
            else:
                kept.append(held)
        for role in stated.values():
            new = unused_id(self._taken, str(self._present.district_id), "role", role.person, role.source_id)
            kept.append(self._appointment(role, new))
        return tuple(kept)

    def _going_on(self, person: Person, stated: dict[str, StagedRole]) -> dict[UUID, StagedRole]:
        """By appointment: what the roster states of it, taken out of `stated`. Whoever has another sourcedId may have other
        ones of their roles too: the same role at the same place is then the same."""
        found = {
            held.appointment_id: stated.pop(held.source_id)
            for held in person.appointments
            if held.source_id is not None and held.source_id in stated
        }
        if person.source_id not in self._taken_up:
            return found
        for held in person.appointments:
            if held.source_id is None or held.appointment_id in found or held.over(self._present.today):
                continue
            place = held.role, held.school_id
            same = next((role for role in stated.values() if (role.role, self._school_id(role)) == place), None)
            if same is not None:
                found[held.appointment_id] = stated.pop(same.source_id)
        return found

    def _takes_away(self, role: str, person: str) -> bool:
        """Of a role that is not stated of this person: stated at all, it is somebody else's now."""
        if self._mode == "bulk" or role in self._gone or role in self._stated or person in self._taken_up:
            return True
        return self._whole_by_person and person in self._listed

    def _appointment(self, role: StagedRole, appointment_id: UUID) -> Appointment:
        school_id = self._school_id(role)
        word = OTHER if out_of_place(role.role, school_id) else role.role  # OR080 says so
        return Appointment(appointment_id, role.source_id, word, school_id, role.begins, role.ends)

    def _school_id(self, role: StagedRole) -> UUID | None:
        school = school_of(role.org, self._orgs)
        return self._organisations[school].school_id if school is not None else None
