"""Commands about the district and its schools."""

from dataclasses import replace
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.directory.commands import AddPerson, AddSchool, ChangeDistrict, ChangeSchool, CreateDistrict
from services.directory.handlers.people import add_person, keep_in_force
from services.directory.people import name_key
from services.directory.refusals import NotFound, Refused
from services.directory.store.by_day import close_over
from services.directory.store.saving import Writing, hold_district_name, hold_school_name, lock_directory, publish
from services.directory.store.tables import PEOPLE, school_record, setting
from services.directory.store.versions import refuse_stale
from shared.clock import local_date
from shared.contracts.directory import DistrictChanged, SchoolChanged
from shared.db import set_district
from shared.ids import new_id
from shared.letters import composed, holds_unseen
from shared.people.roles import SYSTEM_ADMINISTRATOR

USUAL_GUARD_PERCENT = 20
LONGEST_NAME = 200


def create_district(writing: Writing, command: CreateDistrict) -> UUID:
    """Make the writing's district and its first administrator; answers the administrator's id."""
    refuse_unknown_zone(command.zone)
    set_district(writing.connection, writing.district_id)
    name = district_name(command.name)
    _refuse_others_name(writing, name)
    row = {
        "district_id": writing.district_id,
        "guard_percent": USUAL_GUARD_PERCENT,
        "version": 1,
        "changed_at": writing.at,
    }
    writing.connection.execute(insert(setting), row)
    publish(writing, [DistrictChanged(district_id=writing.district_id, name=name, zone=command.zone)])
    first = AddPerson(
        command.given_name, command.family_name, command.username, command.email, None, SYSTEM_ADMINISTRATOR, None
    )
    return add_person(writing, first)


def change_district(writing: Writing, command: ChangeDistrict) -> None:
    """Name, zone and the import's guard. Where it is an earlier day in the new zone, roles given by hand that are in force
    stay so, and those that are over too; where it is a later one, whom that day shuts out is shut out at once."""
    refuse_unknown_zone(command.zone)
    name = district_name(command.name)
    there = replace(writing, today=local_date(writing.at, command.zone))
    earlier = there.today < writing.today
    lock_directory(writing.connection, writing.district_id, whole=earlier)
    refuse_stale(writing, setting, {}, command.version)
    if name_key(name) != name_key(_present_name(writing)):
        _refuse_others_name(writing, name)
    mine = setting.c.district_id == writing.district_id
    written = {"version": setting.c.version + 1, "changed_at": writing.at, "changed_by": writing.by}
    writing.connection.execute(update(setting).where(mine).values(guard_percent=command.guard_percent, **written))
    if earlier:
        keep_in_force(there, writing.today)
    close_over(there)
    publish(writing, [DistrictChanged(district_id=writing.district_id, name=name, zone=command.zone)])


def district_name(name: str) -> str:
    """The name as it is stored: without blanks at its ends, one between words, each letter written in one way (NFC). Refused
    at `name` where nothing is left, where it is too long, or where it holds what can't be seen."""
    clean = " ".join(composed(name).split())
    if not clean:
        raise Refused("name_blank", fields={"name": "name_blank"})
    if holds_unseen(clean, joined=True):
        raise Refused("name_unseen", fields={"name": "name_unseen"})
    if len(clean) > LONGEST_NAME:
        raise Refused("name_long", fields={"name": "name_long"}, most=LONGEST_NAME)
    return clean


def _present_name(writing: Writing) -> str:
    district = PEOPLE.district
    query = select(district.c.name).where(district.c.district_id == writing.district_id)
    return str(writing.connection.execute(query).scalar_one())


def _refuse_others_name(writing: Writing, name: str) -> None:
    """Where another district is called so. Names, and they alone, are seen across districts: the sign-in page lists them.
    Whoever gives the name in the same moment waits until the transaction ends, and then sees this one."""
    key = name_key(name)
    hold_district_name(writing.connection, key)
    district = PEOPLE.district
    query = select(district.c.name).where(district.c.district_id != writing.district_id)
    if there := next((each for each in writing.connection.execute(query).scalars() if name_key(each) == key), None):
        raise Refused("district_there", fields={"name": "district_there"}, name=there)


def refuse_unknown_zone(zone: str) -> None:
    """Refused("no_such_zone") where the time zone database has no zone of that name."""
    if zone not in available_timezones():
        raise Refused("no_such_zone", fields={"zone": "no_such_zone"})


def add_school(writing: Writing, command: AddSchool) -> UUID:
    """Enter a school by hand; answers its id. A name that is there already is asked about."""
    lock_directory(writing.connection, writing.district_id, whole=False)
    _refuse_second(writing, command.name, meant=command.another)
    school_id = new_id()
    _save_school(writing, SchoolChanged(school_id=school_id, name=command.name))
    return school_id


def change_school(writing: Writing, command: ChangeSchool) -> None:
    """Rename, close or open a school that no roster brought. A new name that is there already is asked about."""
    lock_directory(writing.connection, writing.district_id, whole=False)
    school = PEOPLE.school
    mine = (school.c.district_id == writing.district_id) & (school.c.school_id == command.school_id)
    found = writing.connection.execute(select(school.c.name).where(mine)).one_or_none()
    if found is None:
        raise NotFound("school")
    if refuse_stale(writing, school_record, {"school_id": command.school_id}, command.version) is None:
        raise Refused("school_from_roster")
    if name_key(command.name) != name_key(found.name):
        _refuse_second(writing, command.name, meant=command.another)
    _save_school(writing, SchoolChanged(school_id=command.school_id, name=command.name, active=command.active))


def _save_school(writing: Writing, changed: SchoolChanged) -> None:
    written = {"changed_at": writing.at, "changed_by": writing.by}
    key = {"district_id": writing.district_id, "school_id": changed.school_id}
    writing.connection.execute(
        upsert(school_record)
        .values(**key, version=1, **written)
        .on_conflict_do_update(index_elements=list(key), set_={"version": school_record.c.version + 1, **written})
    )
    publish(writing, [changed])


def _refuse_second(writing: Writing, name: str, *, meant: bool) -> None:
    """Where a school is called so, whoever brought it, and a second is not `meant`. Whoever gives the name in the same moment
    waits until the transaction ends, and then sees this one."""
    key = name_key(name)
    hold_school_name(writing.connection, writing.district_id, key)
    if meant:
        return
    school = PEOPLE.school
    query = select(school.c.name, school.c.active).where(school.c.district_id == writing.district_id)
    in_use_first = query.order_by(school.c.active.desc(), school.c.name)
    for there in writing.connection.execute(in_use_first):
        if name_key(there.name) == key:
            code = "school_there" if there.active else "school_there_closed"
            raise Refused(code, fields={"another": code}, name=there.name)
