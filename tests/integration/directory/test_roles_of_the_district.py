"""A role that allows something in the whole district is held there or not at all: given at a school it would be over
everybody."""

import pytest

from services.directory.commands import AddPerson, Appoint
from services.directory.handlers.people import add_person, appoint
from services.directory.people import Appointment
from services.directory.refusals import Refused
from shared.ids import derived_id, new_id
from shared.people.roles import DISTRICT_ROLES
from shared.people.viewer import RoleAt, Viewer
from tests.support.directories import Directory
from tests.support.rosters import role, roster, small
from tests.unit.test_roster_planning import after, person, plan


@pytest.mark.parametrize("word", sorted(DISTRICT_ROLES))
def test_it_is_not_given_at_a_school(directory: Directory, word: str) -> None:
    directory.load(roster(small()))
    tran = directory.person("Tran")
    with directory.reading() as connection:
        school = connection.exec_driver_sql(
            "SELECT school_id FROM people_school WHERE name = 'Pier School'"
        ).scalar_one()
    with pytest.raises(Refused) as refused, directory.writing() as writing:
        appoint(writing, Appoint(tran, None, word, school, None, None))
    assert refused.value.fields == {"school_id": "role_of_the_district"}
    with pytest.raises(Refused) as refused, directory.writing() as writing:
        add_person(writing, AddPerson("Nora", "New", "nora", None, None, word, school))
    assert refused.value.fields == {"school_id": "role_of_the_district"}


@pytest.mark.parametrize("word", sorted(DISTRICT_ROLES))
def test_one_that_was_given_at_a_school_before_allows_nothing(word: str) -> None:
    one = derived_id("somebody")

    def viewer(*roles: RoleAt) -> Viewer:
        return Viewer(one, one, one, "A", "B", "C", "UTC", roles)

    assert viewer(RoleAt(word, None)).has(word)
    assert not viewer(RoleAt(word, one)).has(word)
    assert viewer(RoleAt("principal", one)).has("principal")
    assert not Appointment(new_id(), None, word, one, None, None).counts


def test_a_role_of_the_district_is_none_at_a_school() -> None:
    tables = small()
    tables["roles"] += [role("T1", "systemAdministrator", "S1"), role("T2", "districtAdministrator", "D1")]
    present = after(plan(roster(tables)))
    held = {name: [one.role for one in person(present, name).appointments] for name in ("T1", "T2")}
    assert held == {"T1": ["teacher", "other"], "T2": ["teacher", "district_administrator"]}
