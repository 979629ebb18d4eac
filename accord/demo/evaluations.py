"""Filling an empty installation with the demo district: the roster through the import, the history by commands."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, Engine, func, select

from accord.demo import texts
from accord.demo.history import STOPS, Story, Year, leans_by_school
from accord.events import Look
from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.commands import AssignEvaluator, EndEarly, OpenEvaluation
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.handlers import Cycle, handle, open_cycle, open_evaluations
from services.evaluation.core.store import tables as teacher_tables
from services.evaluation.core.store.agreement_store import ratify
from services.evaluation.core.store.candidates import Candidate, last_results, subjects
from services.evaluation.core.store.repository import Repository
from services.evaluation.teacher.app import KIND
from shared.config import Settings
from shared.db import connect, transaction
from shared.ids import derived_id

ZONE = "America/Los_Angeles"
_AGREEMENT = Path(__file__).parents[2] / "services/evaluation/teacher/agreements/wa_tpep_teacher/agreement.yaml"
_TRACK = "comprehensive"
_SERVICE = "teacher"
Say = Callable[[str], None]


class DemoError(Exception):
    """The demo district can't be filled; the text says why."""


@dataclass(frozen=True)
class SchoolYear:
    """The school year that is under way on `today`, and the one before; both from 26 August to 18 June."""

    today: date

    @property
    def first(self) -> date:
        """Its first day. In the first weeks of a year there is nothing to show yet: the year before counts on."""
        begins = date(self.today.year, 8, 26)
        return begins if self.today >= begins + timedelta(days=45) else date(self.today.year - 1, 8, 26)

    @property
    def last(self) -> date:
        return date(self.first.year + 1, 6, 18)

    @property
    def before(self) -> tuple[date, date]:
        return date(self.first.year - 1, 8, 26), date(self.first.year, 6, 18)

    @staticmethod
    def title(first: date) -> str:
        return f"{first.year}-{(first.year + 1) % 100:02d}"


def fill_evaluations(
    settings: Settings, district_id: UUID, office_id: UUID, today: date, *, say: Say, look: Look
) -> dict[str, UUID]:
    """Two cycles of the teacher service: last year's, closed, and this year's, in every state.

    `look` is called while the workers are waited for and between evaluations; it raises where the work is to end.

    Answers, for each of history.STOPS, somebody whose evaluation has come to it.
    """
    engine = connect(settings, "web")
    try:
        _wait_for_people(engine, district_id, look)
        years = SchoolYear(today)
        district = _District(engine, district_id, office_id, _ratified(engine, district_id, years))
        first, last = years.before
        behind = Year(first, last, ZONE)
        with_everyone = district.begin(behind, last)
        leans = leans_by_school(one.school_id for one in with_everyone)
        for number, (evaluation, lean) in enumerate(zip(with_everyone, leans, strict=True), start=1):
            look()
            district.tell(evaluation, behind, "closed", lean)
            if number % 10 == 0:
                say(f"  last year: {number} of {len(with_everyone)} evaluations")
        passed = Year(years.first, min(today, years.last), ZONE)
        under_way = district.begin(passed, years.last)
        examples: dict[str, UUID] = {}
        for number, evaluation in enumerate(under_way):
            look()
            stop = STOPS[number % len(STOPS)]
            district.tell(evaluation, passed, stop)
            if stop == "reassigned":
                district.reassign(evaluation, under_way, passed)
            elif stop == "ended_early":
                district.end_early(evaluation, passed)
            examples.setdefault(stop, evaluation.subject_id)
        say(f"  this year: {len(under_way)} evaluations, in every state")
        return examples
    finally:
        engine.dispose()


def _wait_for_people(engine: Engine, district_id: UUID, look: Look, patience: float = 60.0) -> None:
    """The directory's people arrive by event; the worker is at work already."""
    person = teacher_tables.PEOPLE.person
    count = select(func.count()).select_from(person).where(person.c.district_id == district_id)
    ends = time.monotonic() + patience
    seen, since = -1, time.monotonic()
    while time.monotonic() < ends:
        with transaction(engine, district_id) as connection:
            found = connection.execute(count).scalar_one()
        if found != seen:
            seen, since = found, time.monotonic()
        elif found > 0 and time.monotonic() - since > 1.0:
            return
        look()
        time.sleep(0.1)
    raise DemoError(
        "The people of the demo district did not reach the teacher service within a minute. What the worker says of it "
        "stands in worker.log, beside the other logs."
    )


def _ratified(engine: Engine, district_id: UUID, years: SchoolYear) -> Agreement:
    on = date(years.before[0].year, 6, 12)
    signatures = [
        {"party": "association", "name": "Imani Okafor", "on": on.isoformat()},
        {"party": "district", "name": "Helen Marsh", "on": on.isoformat()},
    ]
    at = Year(on, on, ZONE).at(0, 15)
    with transaction(engine, district_id) as connection:
        document = _AGREEMENT.read_text(encoding="utf-8")
        return ratify(connection, district_id, document, signatures, at, service=_SERVICE)


def _evaluation_id(cycle: Cycle, person: Candidate) -> UUID:
    return derived_id("demo", str(cycle.id), str(person.person_id))


def _openings(connection: Connection, cycle: Cycle, people: list[Candidate]) -> Iterator[OpenEvaluation]:
    earlier = last_results(connection, cycle.district_id, [one.person_id for one in people], [_TRACK], cycle.first_day)
    for number, person in enumerate(people):
        left_without = bool(earlier) and number == 3
        yield OpenEvaluation(
            evaluation_id=_evaluation_id(cycle, person),
            district_id=cycle.district_id,
            cycle_id=cycle.id,
            track=_TRACK,
            subject_id=person.person_id,
            school_id=person.school_id,
            evaluator_id=None if left_without else person.evaluator_id,
            first_day=cycle.first_day,
            last_day=cycle.last_day,
            zone=ZONE,
            actor_id=cycle.opened_by,
            previous_final=last.level if (last := earlier.get(person.person_id)) is not None else None,
        )


@dataclass(frozen=True)
class _District:
    """What every command of the history is given in."""

    engine: Engine
    district_id: UUID
    office_id: UUID
    agreement: Agreement

    def begin(self, year: Year, last_day: date) -> list[Evaluation]:
        """Open a cycle and, for everyone who is there on its first day, an evaluation; answers those with an evaluator
        (one is left without)."""
        title = SchoolYear.title(year.first)
        opened_at = year.at(0, 8)
        cycle = Cycle(
            derived_id("demo", str(self.district_id), title),
            self.district_id,
            title,
            self.agreement.content_hash,
            year.first,
            last_day,
            self.office_id,
            opened_at,
        )
        with transaction(self.engine, self.district_id) as connection:
            store = Repository(connection, self.district_id, _SERVICE)
            open_cycle(store, cycle, year.first)
            people = subjects(connection, self.district_id, cycle.id, KIND, year.first)
            open_evaluations(store, cycle, list(_openings(connection, cycle, people)), opened_at)
            ids = [_evaluation_id(cycle, one) for one in people]
            found = [loaded.evaluation for one in ids if (loaded := store.lock(one)) is not None]
        return [one for one in found if one.evaluator_id is not None]

    def tell(self, evaluation: Evaluation, year: Year, stop: str, lean: int = 2) -> None:
        """All of one evaluation's commands, each at its moment; none before the one it follows. `lean`: see Story."""
        latest = evaluation.opened_at
        with transaction(self.engine, self.district_id) as connection:
            store = Repository(connection, self.district_id, _SERVICE)
            for told in Story(evaluation, self.agreement, year, stop, lean).told():
                latest = max(latest, told.at)
                handle(store, told.command, latest)

    def reassign(self, one: Evaluation, others: list[Evaluation], year: Year) -> None:
        """Somebody's evaluator goes on leave, and another one of the district goes on."""
        another = next((other.evaluator_id for other in others if other.evaluator_id != one.evaluator_id), None)
        if another is None:
            return
        command = AssignEvaluator(
            evaluation_id=one.id,
            actor_id=self.office_id,
            office=True,
            evaluator_id=another,
            reason="On leave from this week.",
        )
        with transaction(self.engine, self.district_id) as connection:
            handle(Repository(connection, self.district_id, _SERVICE), command, year.lately())

    def end_early(self, one: Evaluation, year: Year) -> None:
        """Somebody is away for the rest of the year."""
        command = EndEarly(evaluation_id=one.id, actor_id=self.office_id, office=True, reason=texts.ENDED_EARLY)
        with transaction(self.engine, self.district_id) as connection:
            handle(Repository(connection, self.district_id, _SERVICE), command, year.lately())
