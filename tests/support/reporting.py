"""Evaluations as the bus tells them, for the reporting service: a world of schools, people and years, from a seed.

world = World(seed=1, schools=3, staff=24)         # deterministic
for district_id, event, envelope in world.told(): …   # in the order it happened
shuffled(world.told(), seed)                       # another order, as several partitions may bring it
apply_all(engine, told)                            # through the service's own appliers
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from random import Random
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Engine

from services.reporting.marks import Marks
from services.reporting.projector.appliers import appliers
from services.reporting.projector.process import PROCESS_EVENTS, project
from shared.contracts import agreements, directory, process, results
from shared.contracts.envelope import Envelope
from shared.contracts.registry import Event, declaration_of
from shared.db import transaction
from shared.ids import derived_id

LEVELS = ("unsatisfactory", "basic", "proficient", "distinguished")
LABELS = ("Unsatisfactory", "Basic", "Proficient", "Distinguished")
COMPONENTS = ("C1", "C2", "C3")
SECRET = "a secret of the tests, long enough to be one"
ZONE = "America/Los_Angeles"
FIRST = datetime(2025, 9, 1, 16, 0, tzinfo=UTC)


class Told(NamedTuple):
    district_id: UUID
    event: Event
    envelope: Envelope


@dataclass(frozen=True)
class Teller:
    """Puts events into envelopes, sequences dense per topic and key, as the outbox does."""

    district_id: UUID
    told: list[Told] = field(default_factory=list)
    _last: dict[tuple[str, str], int] = field(default_factory=dict)

    def tell(self, event: Event, at: datetime) -> None:
        declared = declaration_of(type(event))
        key = declared.key_of(event, self.district_id)
        sequence = self._last.get((declared.topic.name, key), 0) + 1
        self._last[declared.topic.name, key] = sequence
        event_id = derived_id("told", str(self.district_id), declared.topic.name, key, str(sequence))
        self.told.append(
            Told(
                self.district_id,
                event,
                Envelope(event_id, declared.name, "teacher", key, sequence, self.district_id, at),
            )
        )


def agreement(content_hash: str = "agreement-1", levels: Sequence[str] = LEVELS) -> agreements.AgreementRatified:
    labels = dict(zip(LEVELS, LABELS, strict=True))
    scale = tuple(agreements.LevelName(level_id=level, label=labels.get(level, level)) for level in levels)
    return agreements.AgreementRatified(
        content_hash=content_hash,
        structure_hash="structure-1",
        system="wa_tpep_teacher",
        title="Washington criteria",
        in_force_from=date(2025, 8, 1),
        components=tuple(
            agreements.ComponentName(component_id=name, standard_id="S", title=f"Criterion {name}", scale=scale)
            for name in COMPONENTS
        ),
        final_levels=scale,
        document="",
    )


PLAN = (
    process.StepPlanned(
        step_id="goals", title="Set goals", phase="Planning", kind="form", duty="subject", due_on=date(2025, 10, 15)
    ),
    process.StepPlanned(
        step_id="observations",
        title="Observations",
        phase="Observing",
        kind="occasions",
        duty="evaluator",
        clause="WA-01",
    ),
    process.StepPlanned(
        step_id="summative",
        title="Summative evaluation",
        phase="Concluding",
        kind="summative",
        duty="evaluator",
        due_on=date(2026, 5, 15),
    ),
    process.StepPlanned(
        step_id="signature",
        title="Sign the evaluation",
        phase="Concluding",
        kind="signature",
        duty="subject",
        clause="WA-18",
    ),
)


@dataclass
class Story:
    """One evaluation, told step by step. Every method is something that happens; `at` moves on with it."""

    teller: Teller
    evaluation_id: UUID
    cycle_id: UUID
    school_id: UUID | None
    subject_id: UUID
    at: datetime = FIRST
    cycle_title: str = "2025–26"
    agreement_hash: str = "agreement-1"
    evaluator_id: UUID | None = None

    def tell(self, event: Event) -> None:
        self.teller.tell(event, self.at)

    def later(self, **by: float) -> "Story":
        self.at += timedelta(**by)
        return self

    def open(self) -> "Story":
        self.tell(
            process.EvaluationOpened(
                evaluation_id=self.evaluation_id,
                service="teacher",
                cycle_id=self.cycle_id,
                cycle_title=self.cycle_title,
                school_id=self.school_id,
                subject_id=self.subject_id,
                agreement_hash=self.agreement_hash,
                track="Comprehensive",
                opened_at=self.at,
                steps=PLAN,
            )
        )
        return self

    def assign(self, evaluator_id: UUID) -> "Story":
        previous, self.evaluator_id = self.evaluator_id, evaluator_id
        self.tell(
            process.EvaluatorAssigned(
                evaluation_id=self.evaluation_id,
                evaluator_id=evaluator_id,
                previous_id=previous,
                assigned_by=evaluator_id,
                at=self.at,
            )
        )
        return self

    def begin(
        self,
        step_id: str,
        *,
        due_on: date | None = None,
        required: bool = True,
        duty: str = "evaluator",
        kind: str = "form",
    ) -> "Story":
        self.tell(
            process.StepOpened(
                evaluation_id=self.evaluation_id,
                step_id=step_id,
                occasion_id=None,
                title=_title(step_id),
                phase=_phase(step_id),
                kind=kind,
                duty=duty,
                duty_bearer_id=self.subject_id if duty == "subject" else self.evaluator_id,
                required=required,
                due_on=due_on,
                clause=_clause(step_id),
                opened_at=self.at,
                path=f"/evaluations/{self.evaluation_id}",
            )
        )
        return self

    def finish(
        self,
        step_id: str,
        *,
        outcome: str = "done",
        due_on: date | None = None,
        late: bool = False,
        duty: str = "evaluator",
        kind: str = "form",
    ) -> "Story":
        self.tell(
            process.StepDone(
                evaluation_id=self.evaluation_id,
                step_id=step_id,
                occasion_id=None,
                title=_title(step_id),
                phase=_phase(step_id),
                kind=kind,
                duty=duty,
                by_id=self.subject_id if duty == "subject" else self.evaluator_id,
                outcome=outcome,
                due_on=due_on,
                clause=_clause(step_id),
                late=late,
                done_at=self.at,
            )
        )
        return self

    def read(self, step_id: str) -> "Story":
        self.tell(
            process.DocumentOpened(evaluation_id=self.evaluation_id, step_id=step_id, by_id=self.subject_id, at=self.at)
        )
        return self

    def deliver(self, level: str, ratings: Sequence[str | None] = ()) -> "Story":
        given = tuple(ratings) or (level,) * len(COMPONENTS)
        self.tell(
            results.SummativeDelivered(
                evaluation_id=self.evaluation_id,
                cycle_id=self.cycle_id,
                school_id=self.school_id,
                evaluator_id=self.evaluator_id or self.subject_id,
                agreement_hash=self.agreement_hash,
                structure_hash="structure-1",
                ratings=tuple(
                    results.ComponentRating(component_id=name, level=one)
                    for name, one in zip(COMPONENTS, given, strict=True)
                ),
                final_level=level,
                values={},
                at=self.at,
            )
        )
        return self

    def close(self, level: str | None = None) -> "Story":
        self.tell(process.EvaluationClosed(evaluation_id=self.evaluation_id, by_id=self.subject_id, at=self.at))
        if level is not None:
            self.tell(results.ResultFinal(evaluation_id=self.evaluation_id, final_level=level, at=self.at))
        return self


def _title(step_id: str) -> str:
    titles = {step.step_id: step.title for step in PLAN} | {"response": "Written response"}
    if step_id in titles:
        return titles[step_id]
    _, number, name = step_id.split("/")
    return f"Announced observation {number}: {name.capitalize()}"


def _phase(step_id: str) -> str:
    phases = {step.step_id: step.phase for step in PLAN} | {"response": "Concluding"}
    return phases.get(step_id, "Observing")


def _clause(step_id: str) -> str | None:
    clauses = {step.step_id: step.clause for step in PLAN} | {"response": "WA-13"}
    return clauses.get(step_id, "WA-08")


class World:
    """A district mid-year: `staff` teachers in `schools`, each school with a principal, evaluations in every state."""

    def __init__(
        self, *, seed: int = 1, schools: int = 3, staff: int = 24, district: str = "north", finished: float = 0.4
    ) -> None:
        self.random = Random(seed)
        self.district_id = derived_id("reporting", district)
        self.cycle_id = derived_id("reporting", district, "2025")
        self.teller = Teller(self.district_id)
        self.schools = [derived_id("reporting", district, "school", str(n)) for n in range(schools)]
        self.principals = {
            school: derived_id("reporting", district, "principal", str(school)) for school in self.schools
        }
        self.office = {role: derived_id("reporting", district, role) for role in _OFFICE}
        self.assistant = derived_id("reporting", district, "assistant")
        self.stories: list[Story] = []
        self._directory(district)
        self.teller.tell(agreement(), FIRST)
        for number in range(staff):
            self._story(number, district, finished)

    def told(self) -> list[Told]:
        return list(self.teller.told)

    def _directory(self, district: str) -> None:
        tell = self.teller.tell
        tell(
            directory.DistrictChanged(district_id=self.district_id, name=f"{district.title()} Unified", zone=ZONE),
            FIRST,
        )
        for number, school in enumerate(self.schools):
            tell(
                directory.SchoolChanged(school_id=school, name=f"{_SCHOOLS[number % len(_SCHOOLS)]} {number + 1}"),
                FIRST,
            )
            self.person(self.principals[school], "Pat", f"Principal {number + 1}", "principal", school)
        self.person(self.assistant, "Ash", "Assistant", "site_administrator", self.schools[0])
        for role, person in self.office.items():
            self.person(person, "Olu", role.replace("_", " ").title(), role)

    def somebody(self, role: str) -> UUID:
        """Somebody who holds a role: of the office, the first school's principal, a teacher, an assistant principal."""
        found = {
            "principal": self.principals[self.schools[0]],
            "teacher": self.stories[0].subject_id,
            "site_administrator": self.assistant,
            **self.office,
        }
        return found[role]

    def person(self, person_id: UUID, given: str, family: str, role: str, school: UUID | None = None) -> None:
        held = directory.RoleHeld(role=role, school_id=school)
        self.teller.tell(
            directory.PersonChanged(
                person_id=person_id, given_name=given, family_name=family, email=None, active=True, roles=(held,)
            ),
            FIRST,
        )

    def _story(self, number: int, district: str, finished: float) -> None:
        school = self.schools[number % len(self.schools)]
        subject = derived_id("reporting", district, "teacher", str(number))
        self.person(subject, f"Given{number}", f"Family{number}", "teacher", school)
        story = Story(
            self.teller, derived_id("reporting", district, "evaluation", str(number)), self.cycle_id, school, subject
        )
        self.stories.append(story)
        story.open().later(days=1).assign(self.principals[school])
        self._live(story, self.random.random() < finished)

    def _live(self, story: Story, whole: bool) -> None:
        chance = self.random
        story.later(days=2).begin("goals", due_on=date(2025, 10, 15), duty="subject")
        if not whole and chance.random() < 0.25:
            return
        late = chance.random() < 0.2
        story.later(days=60 if late else 20).finish("goals", due_on=date(2025, 10, 15), late=late, duty="subject")
        for occasion in range(1, chance.randint(1, 2) + 1):
            for name in ("notice", "observation", "feedback"):
                step = f"announced/{occasion}/{name}"
                due = (story.at + timedelta(days=10)).date()
                story.begin(step, due_on=due, kind=name)
                if not whole and chance.random() < 0.15:
                    return
                slow = chance.random() < 0.15
                story.later(days=20 if slow else 5).finish(step, due_on=due, late=slow, kind=name)
            if chance.random() < 0.8:
                story.later(hours=5).read(f"announced/{occasion}/feedback")
        story.finish("observations", kind="occasions")
        if not whole:
            return
        self._conclude(story)

    def _conclude(self, story: Story) -> None:
        chance = self.random
        level = chance.choices(LEVELS, weights=(1, 6, 60, 33))[0]
        ratings = [chance.choices((*LEVELS, None), weights=(1, 8, 60, 28, 3))[0] for _ in COMPONENTS]
        story.later(days=30).begin("summative", due_on=date(2026, 5, 15), kind="summative")
        story.later(days=1).finish("summative", due_on=date(2026, 5, 15), kind="summative").deliver(level, ratings)
        story.begin("signature", due_on=story.at.date() + timedelta(days=10), duty="subject", kind="signature")
        story.begin(
            "response", due_on=story.at.date() + timedelta(days=10), required=False, duty="subject", kind="response"
        )
        story.later(hours=3).read("summative")
        filed = chance.random() < 0.3
        story.later(days=4).finish("response", outcome="filed" if filed else "lapsed", duty="subject", kind="response")
        refused = chance.random() < 0.1
        story.finish("signature", outcome="refused" if refused else "signed", duty="subject", kind="signature")
        story.later(days=1).close(level)


_OFFICE = (
    "hr", "superintendent", "district_administrator", "system_administrator", "union_representative", "board_member",
)  # fmt: skip
_SCHOOLS = ("Lincoln", "Cedar", "Harbor", "Summit")


def shuffled(told: Iterable[Told], seed: int) -> list[Told]:
    """Another order in which the same events may come: each key's in its own order, keys and topics anyhow."""
    chance = Random(seed)
    streams: dict[tuple[str, str], list[Told]] = {}
    for one in told:
        topic = declaration_of(type(one.event)).topic.name
        streams.setdefault((topic, one.envelope.key), []).append(one)
    waiting = [list(reversed(stream)) for _, stream in sorted(streams.items())]
    order = []
    while waiting:
        place = chance.randrange(len(waiting))
        order.append(waiting[place].pop())
        if not waiting[place]:
            waiting[place] = waiting[-1]
            waiting.pop()
    return order


def apply_all(engine: Engine, told: Iterable[Told], *, secret: str = SECRET, most: int = 500) -> None:
    """Apply events, at most so many of `accord.process` at once. `engine`: of the role worker."""
    marks = Marks(secret)
    table = appliers(marks)
    by_district = groupby(told, key=lambda one: one.district_id)
    for district_id, of_district in by_district:
        waiting: list[Told] = []
        with transaction(engine, district_id) as connection:
            for one in of_district:
                if type(one.event) in PROCESS_EVENTS:
                    waiting.append(one)
                else:
                    table[type(one.event)](connection, district_id, one.event, one.envelope)
            for start in range(0, len(waiting), most):
                some = waiting[start : start + most]
                project(connection, marks, district_id, [(one.event, one.envelope) for one in some])
