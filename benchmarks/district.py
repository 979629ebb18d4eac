"""The demo district grown to a hundred times its staff, by the commands that people give."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from accord.demo.evaluations import ZONE, SchoolYear
from accord.demo.load import DISTRICT_ID, PASSWORD
from benchmarks.roster import write_grown
from services.directory.handlers.roster import Answers, apply_roster, check_roster
from services.directory.signin.links import make_links, set_password
from services.directory.signin.passwords import Hasher
from services.directory.store.saving import Writing
from services.directory.store.tables import account
from services.evaluation.core.domain.commands import BeginOccasion, OpenEvaluation
from services.evaluation.core.handlers import Cycle, handle, open_evaluations
from services.evaluation.core.store import tables as teacher
from services.evaluation.core.store.candidates import Candidate, subjects
from services.evaluation.core.store.repository import Repository
from services.evaluation.teacher.app import KIND
from shared.clock import local_date, now
from shared.config import load_settings
from shared.db import connect, transaction
from shared.ids import new_id

SERVICE = "teacher"
T = TypeVar("T")


@dataclass(frozen=True)
class Open:
    """An unannounced observation that was begun and waits for what was seen."""

    evaluation_id: UUID
    occasion_id: UUID
    subject_id: UUID
    evaluator_id: UUID
    number: int
    """Which of its evaluation's, from 0."""

    @property
    def ago(self) -> timedelta:
        """How long ago its lesson was: each has a day of its own, for one lesson is one observation."""
        return timedelta(days=1 + self.number)


@contextmanager
def engine_of(service: str, environment: Mapping[str, str], role: str = "web") -> Iterator[Engine]:
    engine = connect(load_settings(service, environment), "web" if role == "web" else "worker")
    try:
        yield engine
    finally:
        engine.dispose()


def import_roster(environment: Mapping[str, str], folder: Path, times: int) -> int:
    """Staff for `times` the demo district, through the roster import; answers how many there are."""
    today = local_date(now(), ZONE)
    years = SchoolYear(today)
    package = folder / "grown.zip"
    staff = write_grown(package, years.first, years.last, times)
    with engine_of("directory", environment) as engine, transaction(engine, DISTRICT_ID) as connection:
        writing = _writing(connection, today)
        checked = check_roster(writing, package, package.name)
        assert not checked.report.errors, [str(one) for one in checked.report.findings][:5]
        apply_roster(writing, checked.batch_id, Answers())
    return staff


def let_in(environment: Mapping[str, str], usernames: Sequence[str]) -> None:
    """A password for each, as human resources gives them: a one-time link, used at once."""
    people = person_ids(environment, usernames)
    with engine_of("directory", environment) as engine, transaction(engine, DISTRICT_ID) as connection:
        writing, hasher = _writing(connection, local_date(now(), ZONE)), Hasher()
        for link in make_links(writing, people):
            set_password(writing, link.path.rsplit("/", 1)[-1], PASSWORD, hasher)


def _writing(connection: Connection, today: date) -> Writing:
    return Writing(connection, DISTRICT_ID, None, now(), today)


def person_ids(environment: Mapping[str, str], usernames: Sequence[str]) -> list[UUID]:
    """Who they are, in the order given. KeyError where one is nobody."""
    keys = [name.casefold() for name in usernames]
    with engine_of("directory", environment, "worker") as engine, transaction(engine, DISTRICT_ID) as connection:
        query = select(account.c.username_key, account.c.person_id).where(
            account.c.district_id == DISTRICT_ID, account.c.username_key.in_(keys)
        )
        found = {row.username_key: row.person_id for row in connection.execute(query)}
    return [found[key] for key in keys]


def people_known(connection: Connection) -> int:
    """How many people have reached the teacher service."""
    person = teacher.PEOPLE.person
    return len(connection.execute(select(person.c.person_id).where(person.c.district_id == DISTRICT_ID)).all())


def open_year(environment: Mapping[str, str]) -> int:
    """An evaluation of the year under way for everyone who has none, each under the evaluator the directory proposes."""
    with engine_of(SERVICE, environment) as engine:
        with transaction(engine, DISTRICT_ID) as connection:
            cycle = present_cycle(connection)
            today = local_date(now(), ZONE)
            people = subjects(connection, DISTRICT_ID, cycle.id, KIND, today)
        new = [_opening(cycle, one) for one in people if not one.has_evaluation]
        at = now() - timedelta(days=10)  # longer ago than people are mailed about
        for some in _pieces(new, 500):
            with transaction(engine, DISTRICT_ID) as connection:
                open_evaluations(Repository(connection, DISTRICT_ID, SERVICE), cycle, some, at)
    return len(new)


def present_cycle(connection: Connection) -> Cycle:
    table = teacher.cycle
    newest = select(table.c.cycle_id).where(table.c.district_id == DISTRICT_ID).order_by(table.c.first_day.desc())
    cycle_id = connection.execute(newest.limit(1)).scalar_one()
    cycle = Repository(connection, DISTRICT_ID, SERVICE).cycle(cycle_id)
    assert cycle is not None
    return cycle


def _opening(cycle: Cycle, one: Candidate) -> OpenEvaluation:
    return OpenEvaluation(
        evaluation_id=new_id(),
        district_id=DISTRICT_ID,
        cycle_id=cycle.id,
        track="comprehensive",
        subject_id=one.person_id,
        school_id=one.school_id,
        evaluator_id=one.evaluator_id,
        first_day=cycle.first_day,
        last_day=cycle.last_day,
        zone=ZONE,
        actor_id=cycle.opened_by,
    )


def begin_observations(environment: Mapping[str, str], evaluators: Sequence[UUID], each: int) -> list[Open]:
    """Begin `each` unannounced observations in every open evaluation of these evaluators; the first of each comes first."""
    begun: list[Open] = []
    with engine_of(SERVICE, environment) as engine:
        with transaction(engine, DISTRICT_ID) as connection:
            e = teacher.evaluation
            wanted = [e.c.district_id == DISTRICT_ID, e.c.evaluator_id.in_(list(evaluators)), teacher.IS_OPEN]
            rows = connection.execute(select(e.c.evaluation_id, e.c.subject_id, e.c.evaluator_id).where(*wanted)).all()
        waiting = [
            Open(row.evaluation_id, new_id(), row.subject_id, row.evaluator_id, number)
            for number in range(each)
            for row in rows
        ]
        for some in _pieces(waiting, 50):
            with transaction(engine, DISTRICT_ID) as connection:
                store = Repository(connection, DISTRICT_ID, SERVICE)
                for one in some:
                    handle(store, _beginning(one), now())
                    begun.append(one)
    return begun


def _pieces(many: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (many[start : start + size] for start in range(0, len(many), size))


def _beginning(one: Open) -> BeginOccasion:
    return BeginOccasion(
        evaluation_id=one.evaluation_id,
        actor_id=one.evaluator_id,
        occasion_id=one.occasion_id,
        type="walkthrough",
        scheduled_from=None,
        scheduled_to=None,
        place="",
        focus="",
    )


def versions(environment: Mapping[str, str], evaluation_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The version each evaluation has now."""
    e = teacher.evaluation
    with engine_of(SERVICE, environment) as engine, transaction(engine, DISTRICT_ID) as connection:
        rows = connection.execute(
            select(e.c.evaluation_id, e.c.version).where(
                e.c.district_id == DISTRICT_ID, e.c.evaluation_id.in_(list(evaluation_ids))
            )
        ).all()
    return {row.evaluation_id: row.version for row in rows}
