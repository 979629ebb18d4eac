"""Commands about one person: entering, appointing, naming evaluators, shutting out and letting in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from services.directory.commands import AddPerson, Appoint, ChangePerson, EndAppointment, NameEvaluators, SetActive
from services.directory.people import Appointment, Person
from services.directory.refusals import NotFound, Refused
from services.directory.store.by_day import close_over, signs_in
from services.directory.store.present import load_people
from services.directory.store.saving import Writing, hold_username, lock_directory, save_people
from services.directory.store.tables import PEOPLE, account, appointment
from services.directory.store.versions import refuse_stale
from shared.ids import new_id
from shared.letters import key_of
from shared.people.addresses import spelled
from shared.people.roles import DISTRICT_ADMINISTRATOR, HR, ROLES, SYSTEM_ADMINISTRATOR, out_of_place

MANAGING = frozenset({HR, DISTRICT_ADMINISTRATOR, SYSTEM_ADMINISTRATOR})
"""Roles whose holders manage the directory; nobody takes the last of them from themself."""


def add_person(writing: Writing, command: AddPerson) -> UUID:
    """Enter somebody; answers their id. Refuses a username or an address that is somebody else's, and one that no letter can
    be written to."""
    lock_directory(writing.connection, writing.district_id, whole=False)
    _refuse_taken(writing, {"username": command.username, "email": command.email}, None)
    _refuse_unknown_place(writing, command.role, command.school_id)
    first = Appointment(new_id(), None, command.role, command.school_id, writing.today, None)
    person = Person(
        person_id=new_id(),
        source_id=None,
        username=command.username,
        given_name=command.given_name,
        family_name=command.family_name,
        email=command.email,
        identifier=command.identifier,
        on_roster=False,
        enabled=True,
        deactivated=False,
        appointments=(first,),
    )
    save_people(writing, [person])
    return person.person_id


def change_person(writing: Writing, command: ChangePerson) -> None:
    def change(person: Person) -> Person:
        if person.source_id is not None:
            raise Refused("person_from_roster")
        return replace(
            person,
            given_name=command.given_name,
            family_name=command.family_name,
            username=command.username,
            email=command.email,
            identifier=command.identifier,
        )

    _change(writing, command.person_id, command.version, change)


def appoint(writing: Writing, command: Appoint) -> UUID:
    """Give a role by hand; answers the appointment's id. The same role at the same place twice is refused."""
    appointment_id = new_id()

    def change(person: Person) -> Person:
        _refuse_unknown_place(writing, command.role, command.school_id)
        if command.begins and command.ends and command.ends <= command.begins:
            raise Refused("ends_before_it_begins", fields={"ends": "ends_before_it_begins"})
        new = Appointment(
            appointment_id, None, command.role, command.school_id, command.begins or writing.today, command.ends
        )
        if any(_same_place(held, new) and not held.over(new.begins or writing.today) for held in person.appointments):
            raise Refused("holds_it_already", fields={"role": "holds_it_already"}, name=person.name)
        return replace(person, appointments=(*person.appointments, new))

    _change(writing, command.person_id, command.version, change)
    return appointment_id


def _same_place(one: Appointment, other: Appointment) -> bool:
    return (one.role, one.school_id) == (other.role, other.school_id)


def end_appointment(writing: Writing, command: EndAppointment) -> None:
    """End a role given by hand, today or on a day to come; never later than it ends already, for nobody is to lengthen by this
    what somebody else has to give them."""

    def change(person: Person) -> Person:
        held = next((one for one in person.appointments if one.appointment_id == command.appointment_id), None)
        if held is None:
            raise NotFound("appointment")
        if held.source_id is not None:
            raise Refused("role_from_roster")
        ended = replace(held, ends=_end(held, command.ends, writing.today))
        rest = tuple(ended if one is held else one for one in person.appointments)
        if person.person_id == writing.by and not _manages(rest, writing.today):
            raise Refused("own_last_role")
        return replace(person, appointments=rest)

    _change(writing, command.person_id, command.version, change)


def _end(held: Appointment, asked: date | None, today: date) -> date:
    if held.over(today):
        raise Refused("role_over")
    day = asked or today
    if held.ends is not None and day > held.ends:
        raise Refused("ends_earlier_already", fields={"ends": "ends_earlier_already"})
    return max(day, held.begins) if held.begins else day


def _manages(held: tuple[Appointment, ...], today: date) -> bool:
    return any(one.role in MANAGING and not one.over(today) for one in held)


def name_evaluators(writing: Writing, command: NameEvaluators) -> None:
    """Write who evaluates a person. Each must be active and somebody else; nobody writes it of themselves."""

    def change(person: Person) -> Person:
        chosen = tuple(dict.fromkeys(command.evaluator_ids))
        if person.person_id in chosen:
            raise Refused("own_evaluator", fields={"evaluators": "own_evaluator"})
        if person.person_id == writing.by:
            raise Refused("names_own", fields={"evaluators": "names_own"})
        people = PEOPLE.person
        found = writing.connection.execute(
            select(func.count())
            .select_from(people)
            .where(
                people.c.district_id == writing.district_id,
                people.c.person_id == func.any(list(chosen)),
                signs_in(writing.district_id, writing.today),
            )
        ).scalar_one()
        if found != len(chosen):
            raise Refused("evaluator_not_active", fields={"evaluators": "evaluator_not_active"})
        return replace(person, hand_evaluators=chosen)

    _change(writing, command.person_id, command.version, change)


def set_active(writing: Writing, command: SetActive) -> None:
    """Shut out or let in. Nobody shuts themself out."""

    def change(person: Person) -> Person:
        if person.person_id == writing.by and not command.active:
            raise Refused("own_account")
        changed = replace(person, deactivated=not command.active)
        if command.active and not changed.active(writing.today):
            raise Refused("roster_shuts_out" if person.on_roster else "not_on_roster")
        return changed

    _change(writing, command.person_id, command.version, change)


def keep_in_force(writing: Writing, before: date) -> None:
    """Let the roles given by hand be on the writing's day what they are on the day `before`, which is later, as where a
    district's zone is another, and it is yesterday there: those in force begin with it, those that are over have ended with
    it. Reads only whom it touches."""
    begun = and_(
        appointment.c.begins > writing.today,
        appointment.c.begins <= before,
        or_(appointment.c.ends.is_(None), appointment.c.ends > before),
    )
    over = and_(appointment.c.ends > writing.today, appointment.c.ends <= before)
    turned = select(appointment.c.person_id).where(
        appointment.c.district_id == writing.district_id, appointment.c.source_id.is_(None), or_(begun, over)
    )
    ids = sorted(set(writing.connection.execute(turned).scalars()))
    people = load_people(writing.connection, writing.district_id, ids, lock=True)

    def kept(held: Appointment) -> Appointment:
        if held.source_id is not None:
            return held
        if held.over(before) and not held.over(writing.today):
            return replace(held, ends=writing.today)
        return replace(held, begins=writing.today) if _waits(held, writing.today, before) else held

    save_people(
        writing, [replace(person, appointments=tuple(kept(held) for held in person.appointments)) for person in people]
    )


def _waits(held: Appointment, today: date, before: date) -> bool:
    return held.in_force(before) and not held.in_force(today)


def _change(writing: Writing, person_id: UUID, version: int | None, change: Callable[[Person], Person]) -> None:
    """Load one person under a lock, at the version that was seen, and write what `change` makes of them."""
    lock_directory(writing.connection, writing.district_id, whole=False)
    found = load_people(writing.connection, writing.district_id, [person_id], lock=True)
    if not found:
        raise NotFound("person")
    refuse_stale(writing, account, {"person_id": person_id}, version)
    after = change(found[0])
    _refuse_given_away(writing, found[0], after)
    _refuse_taken(writing, _newly_taken(found[0], after), person_id)
    if after != found[0]:
        save_people(writing, [after])


def _newly_taken(before: Person, after: Person) -> dict[str, str | None]:
    """By field: what the person did not sign in by until now. An address that came by a roster stays, shared or not."""
    moved = key_of(after.email or "") != key_of(before.email or "")
    return {
        "username": after.username if after.username != before.username else None,
        "email": after.email if moved else None,
    }


def _refuse_given_away(writing: Writing, before: Person, after: Person) -> None:
    """Where the person comes back to a username that was free while they were away."""
    today = writing.today
    if before.holds_username(today) or not after.holds_username(today) or after.username != before.username:
        return
    _hold(writing, [after.username])
    if _is_taken(writing, after.username, after.person_id):
        raise Refused("username_given_away", name=after.name, username=after.username)


def _refuse_taken(writing: Writing, wanted: Mapping[str, str | None], own: UUID | None) -> None:
    """Refuse at the fields of `wanted`: what somebody other than `own` signs in by, and an address that can't be written to."""
    _hold(writing, wanted.values())
    fields = {name: f"{name}_taken" for name, value in wanted.items() if value and _is_taken(writing, value, own)}
    if (email := wanted["email"]) and spelled(email) is None:
        fields["email"] = "email_unreachable"
    if fields:
        raise Refused(next(iter(fields.values())), fields=fields)


def _hold(writing: Writing, names: Iterable[str | None]) -> None:
    """Until the transaction ends nobody else takes any of them. All ask in one order, so that no two wait for each other."""
    for key in sorted({key_of(name) for name in names if name}):
        hold_username(writing.connection, writing.district_id, key)


def _is_taken(writing: Writing, name: str, own: UUID | None) -> bool:
    """Whether it is the username or the address of somebody other than `own`, who has not left by this day."""
    key = key_of(name)
    taken = select(account.c.person_id).where(
        account.c.district_id == writing.district_id, or_(account.c.username_key == key, account.c.email_key == key)
    )
    owners = {owner for owner in writing.connection.execute(taken).scalars() if owner != own}
    return bool(owners and owners - close_over(writing, owners))


def _refuse_unknown_place(writing: Writing, role: str, school_id: UUID | None) -> None:
    if role not in ROLES:
        raise Refused("no_such_role", fields={"role": "no_such_role"})
    if out_of_place(role, school_id):
        raise Refused("role_of_the_district", fields={"school_id": "role_of_the_district"})
    refuse_unknown_school(writing, school_id)


def refuse_unknown_school(writing: Writing, school_id: UUID | None) -> None:
    """Refused("no_such_school") where it is none of the district's, or closed; None is the whole district."""
    if school_id is None:
        return
    school = PEOPLE.school
    query = select(school.c.active).where(school.c.district_id == writing.district_id, school.c.school_id == school_id)
    if writing.connection.execute(query).scalar_one_or_none() is not True:
        raise Refused("no_such_school", fields={"school_id": "no_such_school"})
