"""One evaluation told step by step, as the bus tells it, for the reporting service."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from shared.contracts import agreements, process, results
from shared.contracts.envelope import Envelope
from shared.contracts.registry import Event, declaration_of
from shared.ids import derived_id

LEVELS = ("unsatisfactory", "basic", "proficient", "distinguished")
LABELS = ("Unsatisfactory", "Basic", "Proficient", "Distinguished")
COMPONENTS = ("C1", "C2", "C3")
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
    track: str = "Comprehensive"
    plan: tuple[process.StepPlanned, ...] = PLAN

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
                track=self.track,
                opened_at=self.at,
                steps=self.plan,
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
        not_before: date | None = None,
        required: bool = True,
        told: bool = True,
        duty: str = "evaluator",
        kind: str = "form",
    ) -> "Story":
        self.tell(
            process.StepOpened(
                evaluation_id=self.evaluation_id,
                step_id=step_id,
                occasion_id=None,
                title=_title(step_id, self.plan),
                phase=_phase(step_id),
                kind=kind,
                duty=duty,
                duty_bearer_id=self.subject_id if duty == "subject" else self.evaluator_id,
                required=required,
                due_on=due_on,
                not_before=not_before,
                told=told,
                clause=_clause(step_id, self.plan),
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
        held_from: datetime | None = None,
    ) -> "Story":
        self.tell(
            process.StepDone(
                evaluation_id=self.evaluation_id,
                step_id=step_id,
                occasion_id=None,
                title=_title(step_id, self.plan),
                phase=_phase(step_id),
                kind=kind,
                duty=duty,
                by_id=self.subject_id if duty == "subject" and outcome != "unsigned" else self.evaluator_id,
                outcome=outcome,
                due_on=due_on,
                clause=_clause(step_id, self.plan),
                late=late,
                done_at=self.at,
                held_from=held_from,
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

    def end_early(self, office_id: UUID) -> "Story":
        self.tell(process.EvaluationEndedEarly(evaluation_id=self.evaluation_id, by_id=office_id, at=self.at))
        return self


def _title(step_id: str, plan: Sequence[process.StepPlanned]) -> str:
    titles = {step.step_id: step.title for step in plan}
    titles |= {"goals_agreed": "Agree to the goals", "response": "Written response", "close": "Close the evaluation"}
    if step_id in titles:
        return titles[step_id]
    _, number, name = step_id.split("/")
    return f"Announced observation {number}: {name.capitalize()}"


def _phase(step_id: str) -> str:
    phases = {step.step_id: step.phase for step in PLAN} | {"response": "Concluding", "close": "Concluding"}
    return phases.get(step_id, "Observing")


def _clause(step_id: str, plan: Sequence[process.StepPlanned]) -> str | None:
    clauses = {step.step_id: step.clause for step in plan} | {"response": "WA-13", "close": None}
    return clauses.get(step_id, "WA-08")
