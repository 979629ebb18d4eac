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
    one = evaluation.id
    form = agreement.procedure.forms
    maria = {"evaluation_id": one, "actor_id": MARIA}
    ruth = {"evaluation_id": one, "actor_id": evaluation.evaluator_id or RUTH}
    announced, walkthrough = (derived_id("occasion", str(one), kind) for kind in ("announced", "walkthrough"))
    day = START

    def on(command: c.Command, days: int) -> Moment:
        nonlocal day
        day += timedelta(days=days)
        return Moment(command, day)

    for name in ("self_assessment", "goals"):
        answers = {}
        for item in form[name].items:
            scale = (
                agreement.instrument.scale_of(item.component).levels if item.kind == "level" and item.component else ()
            )
            answers[item.id] = scale[-2].id if scale else f"{SECRET} {item.id}"
        yield on(c.SubmitForm(**maria, step=name, answers=answers), 7)
    yield on(c.AgreeToForm(**ruth, step="goals_agreed"), 3)
    begins = day + timedelta(days=4)
    yield on(
        c.BeginOccasion(
            **ruth, occasion_id=announced, type="announced", scheduled_from=begins,
            scheduled_to=begins + timedelta(minutes=45), place="Room 12", focus=f"{SECRET} focus",
        ),
        1,
    )  # fmt: skip
    yield on(c.HoldConference(**ruth, step="announced/1/pre_conference", held_from=day, note=f"{SECRET} before"), 2)
    components = [component.id for component in agreement.instrument.components()]
    notes = tuple(
        Note(f"{SECRET} line {number}", begins + timedelta(minutes=number), (component,))
        for number, component in enumerate(components)
    )
    yield on(
        c.RecordObservation(
            **ruth, occasion_id=announced, held_from=begins, held_to=begins + timedelta(minutes=40), notes=notes
        ),
        2,
    )
    yield on(c.SendFeedback(**ruth, occasion_id=announced, strengths=f"{SECRET} good", next_steps=f"{SECRET} next"), 1)
    yield on(c.OpenDocument(**maria, step="announced/1/feedback"), 0)
    yield on(c.HoldConference(**ruth, step="announced/1/post_conference", held_from=day, note=""), 1)
    yield on(
        c.AddContext(
            **maria, context_id=derived_id("context", str(one)), text=f"{SECRET} context", components=(components[0],)
        ),
        1,
    )
    yield on(c.BeginOccasion(**ruth, occasion_id=walkthrough, type="walkthrough"), 20)
    yield on(
        c.RecordObservation(
            **ruth, occasion_id=walkthrough, held_from=day - timedelta(minutes=30), held_to=day, notes=notes[:3]
        ),
        0,
    )
    yield on(c.SendFeedback(**ruth, occasion_id=walkthrough, strengths=f"{SECRET} walk", next_steps=""), 0)
    yield on(c.HoldConference(**ruth, step="mid_year", held_from=day, note=f"{SECRET} middle"), 60)
    ratings: dict[str, str | None] = {}
    for component in rated_components(evaluation, agreement):
        scale = agreement.instrument.scale_of(component).levels
        ratings[component] = (levels or {}).get(component, scale[2].id)
    yield on(c.SendSummative(**ruth, ratings=ratings, comment=f"{SECRET} judgment"), 60)
    yield on(c.OpenDocument(**maria, step="summative"), 1)
    yield on(c.Sign(**maria, note=f"{SECRET} signed"), 1)
    yield on(c.FileResponse(**maria, text=f"{SECRET} response"), 2)
    yield on(c.Close(**ruth), 3)
