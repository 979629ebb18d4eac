"""The directory worked from the command line: in the district that is named, as nobody in particular."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine, select

from services.directory.commands import CreateDistrict
from services.directory.handlers.district import create_district, district_name, refuse_unknown_zone
from services.directory.refusals import NotFound
from services.directory.signin.links import Link, make_links
from services.directory.store.place_queries import districts
from services.directory.store.saving import Writing, begin_writing
from services.directory.store.tables import account
from shared.clock import Clock, local_date, now
from shared.config import Settings
from shared.db import connect, transaction
from shared.ids import new_id
from shared.letters import key_of


class NoSuchDistrictError(Exception):
    """The district is not named, or not so; the text lists those there are."""


@dataclass(frozen=True)
class Place:
    """A district to work in."""

    district_id: UUID
    name: str


@contextmanager
def opened(settings: Settings) -> Iterator[Engine]:
    """The directory's database as the role web, walled off like the pages."""
    engine = connect(settings, "web")
    try:
        yield engine
    finally:
        engine.dispose()


def find_place(engine: Engine, name: str | None) -> Place:
    """The district of that name (capitals make no difference) or id; without a name the only one there is."""
    with engine.connect() as connection:
        found = [Place(row.district_id, row.name) for row in districts(connection)]
    if name is None and len(found) == 1:
        return found[0]
    wanted = [place for place in found if name and name.casefold() in (place.name.casefold(), str(place.district_id))]
    if len(wanted) == 1:
        return wanted[0]
    there = ", ".join(place.name for place in found) or "none yet; make one with: accord district create"
    raise NoSuchDistrictError(f"Say which district with --district. There is: {there}")


def list_places(engine: Engine) -> list[Place]:
    """Every district, by name."""
    with engine.connect() as connection:
        return [Place(row.district_id, row.name) for row in districts(connection)]


@contextmanager
def writing_in(engine: Engine, place: Place) -> Iterator[Writing]:
    """One transaction in the district, committed at the end."""
    with transaction(engine, place.district_id) as connection:
        yield begin_writing(connection, place.district_id, None, now())


def make_district(engine: Engine, command: CreateDistrict, tell: Clock = now) -> tuple[Place, Link]:
    """A new district, its first administrator, and the link by which that person sets a password."""
    refuse_unknown_zone(command.zone)
    place = Place(new_id(), district_name(command.name))
    with transaction(engine, place.district_id) as connection:
        moment = tell()
        writing = Writing(connection, place.district_id, None, moment, local_date(moment, command.zone))
        person_id = create_district(writing, command)
        (link,) = make_links(writing, [person_id])
    return place, link


def link_for(writing: Writing, username: str) -> Link:
    """A link for the person of this username; NotFound where there is none."""
    query = select(account.c.person_id).where(
        account.c.district_id == writing.district_id, account.c.username_key == key_of(username)
    )
    person_id = writing.connection.execute(query).scalar_one_or_none()
    if person_id is None:
        raise NotFound("person")
    (link,) = make_links(writing, [person_id])
    return link
