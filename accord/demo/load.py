"""Filling an empty installation with the demo district, from the roster's zip to the table of who can sign in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, func, select

from accord.demo.evaluations import ZONE, DemoError, Say, SchoolYear, fill_evaluations
from accord.demo.inboxes import read_what_is_old
from accord.demo.roster import DISTRICT, username_of, write_roster
from accord.events import Look, no_look
from services.directory.commands import CreateDistrict
from services.directory.handlers.district import create_district
from services.directory.handlers.roster import Answers, apply_roster, check_roster
from services.directory.signin.links import make_links, set_password
from services.directory.signin.passwords import Hasher
from services.directory.store.present import load_people
from services.directory.store.saving import Writing
from services.directory.store.tables import PEOPLE, sign_in_session
from shared.clock import local_date, now
from shared.config import Settings
from shared.db import connect, transaction
from shared.ids import derived_id

PASSWORD = "quiet-harbor-lantern-42"  # noqa: S105 - printed for everyone to see
DISTRICT_ID = derived_id("demo", "district")
_FIRST = ("Ada", "Brightwater")  # the installation's first administrator, who is on no roster
_HR = ("Dolores", "Quintanilla")


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in, and what they see there when the district has just been filled."""

    username: str
    name: str
    who: str
    sees: str


_OFFICE = (
    (_HR, "human resources", "the cycle board, assigning, letters that did not arrive"),
    (
        ("Rosa", "Alvarez"),
        "principal, elementary",
        "the people she observes, each with the next step and its date; what is late",
    ),
    (("Dana", "Kowalczyk"), "principal, high school", "a school of her own; nothing of the other two"),
    (("Imani", "Okafor"), "teacher and union representative", "the audit of the procedure, without ratings or names"),
    (("Helen", "Marsh"), "superintendent", "completion and rating reports"),
    (_FIRST, "system administrator", "the roster import, people, roles, calendars"),
)
_TEACHERS = (
    ("summative", "teacher", "a summative evaluation that waits for her or his signature"),
    ("feedback", "teacher", "feedback that was sent and not yet opened"),
    ("opened", "teacher", "a year that begins with the self-assessment"),
    ("closed", "teacher", "a closed evaluation with its worked score and the whole record"),
)


def is_filled(settings: Settings, district_id: UUID | None = None) -> bool:
    """Whether the directory knows the district (None: any). `settings`: of the directory."""
    engine = connect(settings, "worker")
    try:
        with engine.connect() as connection:
            known = set(connection.execute(select(PEOPLE.district.c.district_id)).scalars())
            return bool(known) if district_id is None else district_id in known
    finally:
        engine.dispose()


def is_touched(settings: Settings) -> bool:
    """Whether somebody has worked beside a demo district that was never filled to its end: signed in to it, or made a
    district of their own. `settings`: of the directory."""
    engine = connect(settings, "worker")
    try:
        with transaction(engine, DISTRICT_ID) as connection:
            districts = set(connection.execute(select(PEOPLE.district.c.district_id)).scalars())
            signed_in = connection.execute(select(func.count()).select_from(sign_in_session)).scalar_one()
            return signed_in > 0 or not districts <= {DISTRICT_ID}
    finally:
        engine.dispose()


def fill(
    settings_of: Callable[[str], Settings], say: Say, today: date | None = None, look: Look = no_look
) -> list[Account]:
    """Make the district by the commands that anyone's is made by. The workers must be running; `look` is called while they
    are waited for and between pieces of the work. Passwords come when everything is there: until then nobody can sign in to
    what is not whole yet.

    Raises DemoError, or what the commands or `look` raise.
    """
    day = today or local_date(now(), ZONE)
    directory = connect(settings_of("directory"), "web")
    try:
        with transaction(directory, DISTRICT_ID) as connection:
            hr = _import(connection, day)
        say("  roster imported: 72 staff in three schools")
        examples = fill_evaluations(settings_of("teacher"), DISTRICT_ID, hr, day, say=say, look=look)
        _set_passwords(directory, SchoolYear(day).first, look)
        say("  everyone has a password")
        read_what_is_old(settings_of, DISTRICT_ID, now(), look)
        return _accounts(directory, examples)
    finally:
        directory.dispose()


def _writing(connection: Connection, today: date, by: UUID | None = None) -> Writing:
    at = datetime.combine(today, time(7, 0), ZoneInfo(ZONE)).astimezone(ZoneInfo("UTC"))
    return Writing(connection, DISTRICT_ID, by, min(at, now()), today)


def _import(connection: Connection, today: date) -> UUID:
    """District, first administrator, roster; answers who runs cycles."""
    years = SchoolYear(today)
    writing = _writing(connection, today)
    first = CreateDistrict(DISTRICT, ZONE, *_FIRST, username_of(*_FIRST), f"{username_of(*_FIRST)}@larkspur.example")
    create_district(writing, first)
    with TemporaryDirectory() as folder:
        package = Path(folder) / "larkspur.zip"
        write_roster(package, years.first, years.last)
        checked = check_roster(writing, package, package.name)
    if checked.report.errors:
        raise DemoError("\n".join(str(finding) for finding in checked.report.findings))
    apply_roster(writing, checked.batch_id, Answers())
    return _person(connection, *_HR)


def _person(connection: Connection, given: str, family: str) -> UUID:
    person = PEOPLE.person
    found: UUID = connection.execute(
        select(person.c.person_id).where(
            person.c.district_id == DISTRICT_ID, person.c.given_name == given, person.c.family_name == family
        )
    ).scalar_one()
    return found


def _accounts(directory: Engine, examples: dict[str, UUID]) -> list[Account]:
    """Some of those who can sign in: who has something to show, and with each teacher who evaluates them."""
    accounts = [
        Account(username_of(given, family), f"{given} {family}", who, sees) for (given, family), who, sees in _OFFICE
    ]
    with transaction(directory, DISTRICT_ID) as connection:
        everyone = {person.person_id: person for person in load_people(connection, DISTRICT_ID)}
    for stop, who, sees in _TEACHERS:
        person = everyone[examples[stop]]
        if person.username not in {account.username for account in accounts}:
            evaluator = everyone[person.evaluators[0]].username
            accounts.append(Account(person.username, person.name, f"{who}; {evaluator} evaluates", sees))
    return accounts


def _set_passwords(directory: Engine, day: date, look: Look) -> None:
    """As HR does it when a year begins, on its first `day`: a one-time link for each, used at once."""
    hasher = Hasher()
    with transaction(directory, DISTRICT_ID) as connection:
        writing = _writing(connection, day)
        everyone = connection.execute(select(PEOPLE.person.c.person_id)).scalars().all()
        for link in make_links(writing, everyone):
            look()
            set_password(writing, link.path.rsplit("/", 1)[-1], PASSWORD, hasher)
