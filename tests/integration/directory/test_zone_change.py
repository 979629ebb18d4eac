"""A district whose zone is one that is behind: whoever holds a role by hand since today holds it there too."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.directory.commands import AddPerson, Appoint, ChangeDistrict
from services.directory.handlers.district import change_district
from services.directory.handlers.people import add_person, appoint
from services.directory.people import Person
from services.directory.store.present import load_people
from shared.clock import now
from shared.contracts.directory import DistrictChanged, PersonChanged
from shared.contracts.registry import Event
from tests.support.directories import Directory
from tests.support.directory_web import Caller, Site
from tests.support.rosters import roster, small

NIGHT = datetime(2025, 11, 25, 8, tzinfo=UTC)
"""In Chicago it is two in the morning of the 25th, in Honolulu still the 24th, in Tokyo the 25th too."""
TODAY, YESTERDAY, LATER = date(2025, 11, 25), date(2025, 11, 24), date(2025, 12, 1)


@pytest.fixture
def at_night(directory: Directory) -> Directory:
    tables = small()
    tables["roles"][1]["beginDate"] = str(TODAY)
    directory.load(roster(tables))
    directory.at = NIGHT
    return directory


def entered(directory: Directory, name: str) -> UUID:
    """Somebody entered by hand today."""
    with directory.writing() as writing:
        return add_person(writing, AddPerson(name, "Newly", name.lower(), None, None, "hr", None))


def given(directory: Directory, person_id: UUID, **when: date) -> None:
    with directory.writing() as writing:
        appoint(writing, Appoint(person_id, None, "district_administrator", None, **when))


def moved(directory: Directory, zone: str) -> list[Event]:
    """The district in that zone from now on; answers what was told of it."""
    told = len(directory.events())
    with directory.writing() as writing:
        change_district(writing, ChangeDistrict(None, "Harbor District", zone, 20))
    return directory.events()[told:]


def people(directory: Directory) -> dict[UUID, Person]:
    with directory.reading() as connection:
        return {one.person_id: one for one in load_people(connection, directory.district_id)}


def spans(person: Person) -> dict[str, tuple[date | None, date | None]]:
    return {held.role: (held.begins, held.ends) for held in person.appointments}


def test_what_is_in_force_by_hand_stays_so_and_is_told(at_night: Directory) -> None:
    bea, cy, tom = entered(at_night, "Bea"), entered(at_night, "Cy"), at_night.person("Tran")
    given(at_night, bea, ends=LATER)
    given(at_night, cy, begins=LATER)
    before = people(at_night)
    news = moved(at_night, "Pacific/Honolulu")
    after = people(at_night)
    assert spans(after[bea]) == {"hr": (YESTERDAY, None), "district_administrator": (YESTERDAY, LATER)}
    assert spans(after[cy]) == {"hr": (YESTERDAY, None), "district_administrator": (LATER, None)}
    assert all(after[one] == before[one] for one in before if one not in (bea, cy)), (
        "the roster's roles are the roster's"
    )
    assert spans(after[tom])["teacher"][0] == TODAY
    assert {one.person_id for one in news if isinstance(one, PersonChanged)} == {bea, cy}
    assert isinstance(news[-1], DistrictChanged), "when the day is another, they hold their roles already"


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Denver"])
def test_where_today_stays_the_same_nobody_is_told_anything(at_night: Directory, zone: str) -> None:
    entered(at_night, "Bea")
    before = people(at_night)
    assert [type(one) for one in moved(at_night, zone)] == [DistrictChanged]
    assert people(at_night) == before


def test_what_began_before_or_begins_tomorrow_stays_as_it_is(at_night: Directory) -> None:
    ada = at_night.admin_id
    given(at_night, ada, begins=date(2025, 11, 26))
    before = people(at_night)[ada]
    assert [type(one) for one in moved(at_night, "Pacific/Honolulu")] == [DistrictChanged]
    assert people(at_night)[ada] == before


def test_an_administrator_of_today_keeps_the_page_they_save(
    directory: Directory, make_site: Callable[..., Site]
) -> None:
    """On the database's own clock, which says whose roles are in force: from the most eastern zone to the most western."""
    directory.at = now()
    site = make_site()
    admin = site.admin()
    fields = {"name": "Harbor District", "zone": "Pacific/Kiritimati", "guard_percent": "20"}
    assert admin.post("/settings", dict(fields)).status_code == 303
    body = {"given_name": "Bea", "family_name": "Newly", "username": "bea", "role": "system_administrator"}
    made = Caller(site, "ada").ask("POST", "/people", json=body)
    assert made.status_code == 201, made.text
    newly = site.signed_in("bea", directory.person("Newly"))
    saved = newly.post("/settings", {**fields, "zone": "Pacific/Pago_Pago"})
    assert saved.status_code == 303
    assert newly.get("/settings").status_code == 200
