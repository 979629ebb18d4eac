"""One whole annual cycle, command by command: the fixed cast and the fixed texts that tests and benchmarks share."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from services.evaluation.core.agreements import load_agreement
from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.evaluation import Evaluation, Note
from services.evaluation.core.domain.steps import rated_components
from services.evaluation.core.handlers import Cycle
from shared.ids import derived_id

WASHINGTON = Path(__file__).parents[2] / "services/evaluation/teacher/agreements/wa_tpep_teacher"
DISTRICT = derived_id("district", "north")
MARIA = derived_id("person", "Maria, who is evaluated")
RUTH = derived_id("person", "Ruth, who evaluates")
OMAR = derived_id("person", "Omar, of the district office")
SVEN = derived_id("person", "Sven, who evaluates after Ruth")
SCHOOL = derived_id("school", "one")
START = datetime(2026, 9, 1, 15, 0, tzinfo=UTC)
ZONE = "America/Los_Angeles"


def washington() -> Agreement:
    return load_agreement(WASHINGTON / "agreement.yaml")


def cycle(agreement: Agreement, title: str = "2026-27") -> Cycle:
    return Cycle(
        derived_id("cycle", title),
        DISTRICT,
        title,
        agreement.content_hash,
        date(2026, 8, 26),
        date(2027, 6, 18),
        OMAR,
        START,
    )


def opening(cycle_id: UUID, **changes: object) -> c.OpenEvaluation:
    values: dict[str, object] = {
        "evaluation_id": derived_id("evaluation", "Maria's"),
        "district_id": DISTRICT,
        "cycle_id": cycle_id,
        "track": "comprehensive",
        "subject_id": MARIA,
        "school_id": SCHOOL,
        "evaluator_id": RUTH,
        "first_day": date(2026, 8, 26),
        "last_day": date(2027, 6, 18),
        "zone": ZONE,
        "actor_id": OMAR,
    }
    return c.OpenEvaluation(**{**values, **changes})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Moment:
    """A command and when it is given."""

    command: c.Command
    at: datetime


SECRET = "zebra-crossing-text"
"""Stands in every text below, so that a test can look for it where no text may be."""


def whole_cycle(
    evaluation: Evaluation, agreement: Agreement, *, levels: dict[str, str] | None = None
) -> Iterator[Moment]:
    """Everything from self-assessment to close, in order and in time, as Maria and Ruth do it."""
    year = _Year(evaluation, agreement)
    yield from year.planning()
    yield from year.announced()
    yield from year.walkthrough()
    yield from year.concluding(levels or {})


class _Year:
    """The days go on with every command."""

    def __init__(self, evaluation: Evaluation, agreement: Agreement) -> None:
        self._evaluation = evaluation
        self._agreement = agreement
        self._day = START
        self._maria = {"evaluation_id": evaluation.id, "actor_id": MARIA}
        self._ruth = {"evaluation_id": evaluation.id, "actor_id": evaluation.evaluator_id or RUTH}
        self._components = [component.id for component in agreement.instrument.components()]

    def _on(self, command: c.Command, days: int) -> Moment:
        self._day += timedelta(days=days)
        return Moment(command, self._day)

    def _id(self, what: str) -> UUID:
        return derived_id("occasion", str(self._evaluation.id), what)

    def _notes(self, begins: datetime) -> tuple[Note, ...]:
        return tuple(
            Note(f"{SECRET} line {number}", begins + timedelta(minutes=number), (component,))
            for number, component in enumerate(self._components)
        )

    def planning(self) -> Iterator[Moment]:
        instrument = self._agreement.instrument
        for name in ("self_assessment", "goals"):
            answers = {}
            for item in self._agreement.procedure.forms[name].items:
                rated = item.kind == "level" and item.component is not None
                answers[item.id] = (
                    instrument.scale_of(str(item.component)).levels[-2].id if rated else f"{SECRET} {item.id}"
                )
            yield self._on(c.SubmitForm(**self._maria, step=name, answers=answers), 7)
        yield self._on(c.AgreeToForm(**self._ruth, step="goals_agreed"), 3)

    def announced(self) -> Iterator[Moment]:
        occasion, ruth, maria = self._id("announced"), self._ruth, self._maria
        begins = self._day + timedelta(days=4)
        ends = begins + timedelta(minutes=45)
        notice = c.BeginOccasion(
            **ruth, occasion_id=occasion, type="announced", scheduled_from=begins, scheduled_to=ends,
            place="Room 12", focus=f"{SECRET} focus",
        )  # fmt: skip
        yield self._on(notice, 1)
        before, after = "announced/1/pre_conference", "announced/1/post_conference"
        yield self._on(c.HoldConference(**ruth, step=before, held_from=self._day, note=f"{SECRET} before"), 2)
        seen = c.RecordObservation(
            **ruth, occasion_id=occasion, held_from=begins, held_to=ends, notes=self._notes(begins)
        )
        yield self._on(seen, 2)
        feedback = c.SendFeedback(**ruth, occasion_id=occasion, strengths=f"{SECRET} good", next_steps=f"{SECRET} next")
        yield self._on(feedback, 1)
        yield self._on(c.OpenDocument(**maria, step="announced/1/feedback"), 0)
        yield self._on(c.HoldConference(**ruth, step=after, held_from=self._day, note=""), 1)
        context = c.AddContext(
            **maria, context_id=self._id("context"), text=f"{SECRET} context", components=(self._components[0],)
        )
        yield self._on(context, 1)

    def walkthrough(self) -> Iterator[Moment]:
        occasion, ruth = self._id("walkthrough"), self._ruth
        yield self._on(c.BeginOccasion(**ruth, occasion_id=occasion, type="walkthrough"), 20)
        begins = self._day - timedelta(minutes=30)
        notes = self._notes(begins)[:3]
        yield self._on(
            c.RecordObservation(**ruth, occasion_id=occasion, held_from=begins, held_to=self._day, notes=notes), 0
        )
        feedback = c.SendFeedback(**ruth, occasion_id=occasion, strengths=f"{SECRET} walk", next_steps="")
        yield self._on(feedback, 0)

    def concluding(self, levels: dict[str, str]) -> Iterator[Moment]:
        ruth, maria = self._ruth, self._maria
        yield self._on(c.HoldConference(**ruth, step="mid_year", held_from=self._day, note=f"{SECRET} middle"), 60)
        ratings: dict[str, str | None] = {}
        for component in rated_components(self._evaluation, self._agreement):
            scale = self._agreement.instrument.scale_of(component).levels
            ratings[component] = levels.get(component, scale[2].id)
        yield self._on(c.SendSummative(**ruth, ratings=ratings, comment=f"{SECRET} judgment"), 60)
        yield self._on(c.OpenDocument(**maria, step="summative"), 1)
        yield self._on(c.Sign(**maria, note=f"{SECRET} signed"), 1)
        yield self._on(c.FileResponse(**maria, text=f"{SECRET} response"), 2)
        yield self._on(c.Close(**ruth), 3)
