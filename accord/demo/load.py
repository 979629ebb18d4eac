"""Filling an empty installation with the demo district, from the roster's zip to the table of who can sign in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select

from accord.demo.evaluations import ZONE, DemoError, Say, SchoolYear, fill_evaluations
from accord.demo.inboxes import read_what_is_old
from accord.demo.roster import DISTRICT, username_of, write_roster
from services.directory.commands import CreateDistrict
from services.directory.handlers.district import create_district
from services.directory.handlers.roster import Answers, apply_roster, check_roster
from services.directory.signin.links import make_links, set_password
from services.directory.signin.passwords import Hasher
from services.directory.store.saving import Writing
from services.directory.store.tables import PEOPLE
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
    """Somebody who can sign in, and what they will see there."""

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


def fill(settings_of: Callable[[str], Settings], say: Say, today: date | None = None) -> list[Account]:
    """Make the district by the commands that anyone's is made by. The workers must be running.

    Raises DemoError, or what the commands raise.
    """
    day = today or local_date(now(), ZONE)
    directory = connect(settings_of("directory"), "web")
    try:
        with transaction(directory, DISTRICT_ID) as connection:
            hr = _import(connection, day)
        say("  roster imported: 72 staff in three schools")
        examples = fill_evaluations(settings_of("teacher"), DISTRICT_ID, hr, day, say)
        accounts = _accounts(directory, examples)
        _set_passwords(directory, accounts)
        read_what_is_old(settings_of, DISTRICT_ID, now())
        return [account for account, _ in accounts]
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


def _accounts(directory: Engine, examples: dict[str, UUID]) -> list[tuple[Account, UUID]]:
    person = PEOPLE.person
    accounts: list[tuple[Account, UUID]] = []
    with transaction(directory, DISTRICT_ID) as connection:
        for (given, family), who, sees in _OFFICE:
            account = Account(username_of(given, family), f"{given} {family}", who, sees)
            accounts.append((account, _person(connection, given, family)))
        for stop, who, sees in _TEACHERS:
            row = connection.execute(
                select(person.c.given_name, person.c.family_name).where(
                    person.c.district_id == DISTRICT_ID, person.c.person_id == examples[stop]
                )
            ).one()
            name = f"{row.given_name} {row.family_name}"
            username = username_of(row.given_name, row.family_name)
            if username not in {account.username for account, _ in accounts}:
                accounts.append((Account(username, name, who, sees), examples[stop]))
    return accounts


def _set_passwords(directory: Engine, accounts: list[tuple[Account, UUID]]) -> None:
    """As HR does it: a one-time link for each, used at once."""
    hasher = Hasher()
    with transaction(directory, DISTRICT_ID) as connection:
        writing = Writing(connection, DISTRICT_ID, None, now(), local_date(now(), ZONE))
        for link in make_links(writing, [person_id for _, person_id in accounts]):
            set_password(writing, link.path.rsplit("/", 1)[-1], PASSWORD, hasher)
