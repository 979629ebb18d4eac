"""What must hold before a command is carried out. Each guard refuses with the code of its reason and what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.commands import Command, RecordObservation
from services.evaluation.core.domain.evaluation import Evaluation, Note, Occasion
from services.evaluation.core.domain.events import Event, StepDone
from services.evaluation.core.domain.refusals import Refused
from services.evaluation.core.domain.steps import (
    FINISHED,
    Located,
    due_date,
    happened_at,
    local_day,
    locate,
    waiting_for,
)

NEAR = timedelta(days=60)
"""How far from its cycle something of an evaluation may be held: before the papers are ready, or after the last day."""
LONGEST = timedelta(days=1)
"""Of one visit; and how far from it a line of its script may have been written."""


@dataclass(frozen=True)
class Case:
    """What a decision looks at: the evaluation as it stands, the agreement it runs under, the present moment."""

    evaluation: Evaluation
    agreement: Agreement
    at: datetime


Decision = list[Event]


def require_open(case: Case) -> None:
    """Nothing is added to an evaluation that was closed or ended early."""
    if case.evaluation.ended_early is not None:
        raise Refused("ended_early")
    if not case.evaluation.is_open:
        raise Refused("closed")


def require_subject(case: Case, command: Command) -> None:
    if command.actor_id != case.evaluation.subject_id:
        raise Refused("only_subject")


def require_evaluator(case: Case, command: Command) -> None:
    """The evaluator who is assigned now; a former one may read, not write."""
    if case.evaluation.evaluator_id is None:
        raise Refused("no_evaluator")
    if command.actor_id != case.evaluation.evaluator_id:
        raise Refused("only_evaluator")


def require_office(command: Command) -> None:
    if not command.office:
        raise Refused("only_office")


def require_duty(case: Case, command: Command, duty: str) -> None:
    """The actor is the one whose duty this is."""
    if duty == "office":
        require_office(command)
    elif duty == "subject":
        require_subject(case, command)
    else:
        require_evaluator(case, command)


def require_turn(case: Case, command: Command, key: str, kind: str) -> Located:
    """The step exists, is of that kind, is the actor's duty, and its turn has come."""
    require_open(case)
    located = locate(case.evaluation, case.agreement, key)
    if located is None or located.step.kind != kind:
        raise Refused("no_such_step")
    require_duty(case, command, located.step.duty)
    return require_its_turn(case, located)


def require_its_turn(case: Case, located: Located) -> Located:
    """The step's turn has come and not gone, whoever asks."""
    state = case.evaluation.steps.get(located.key)
    if state is not None and state.status in FINISHED:
        raise Refused("noted_unsigned" if state.outcome == "unsigned" else "already_done", title=located.step.title)
    if state is None:
        missing = waiting_for(case.evaluation, case.agreement, located)
        raise Refused("not_yet", missing=missing, title=located.step.title)
    return located


def require_occasion(case: Case, occasion_id: UUID) -> Occasion:
    """The occasion exists and still goes on."""
    require_open(case)
    occasion = case.evaluation.occasion(occasion_id)
    if occasion is None:
        raise Refused("no_such_occasion")
    if occasion.status == "withdrawn":
        raise Refused("occasion_withdrawn")
    return occasion


def require_text(field: str, text: str) -> str:
    """Something was written."""
    if not text.strip():
        raise Refused("nothing_written", fields={field: "nothing_written"})
    return text


def require_in_cycle(case: Case, **moments: datetime) -> None:
    """What is held or planned lies in the evaluation's cycle, or near it. `moments`: field -> when."""
    first = datetime.combine(case.evaluation.first_day, time.min, UTC) - NEAR
    last = datetime.combine(case.evaluation.last_day, time.min, UTC) + NEAR
    outside = {name: "outside_cycle" for name, moment in moments.items() if not first <= moment <= last}
    if outside:
        raise Refused("outside_cycle", fields=outside)


def require_span(case: Case, begins: tuple[str, datetime], ends: tuple[str, datetime]) -> None:
    """Something with a beginning and an end, (field, when) each: in that order, within a day, in the cycle or near it."""
    if ends[1] <= begins[1]:
        raise Refused("ends_before_begin", fields={ends[0]: "ends_before_begin"})
    if ends[1] - begins[1] > LONGEST:
        raise Refused("longer_than_a_day", fields={ends[0]: "longer_than_a_day"})
    require_in_cycle(case, **dict((begins, ends)))


def require_components(case: Case, **named: Sequence[str]) -> None:
    """What evidence is tagged to exists in the instrument. `named`: field -> components."""
    _require_components(case, named)


def require_components_of_notes(case: Case, notes: Sequence[Note]) -> None:
    """The same of every line of a script that says something."""
    _require_components(
        case, {f"notes/{number}/components": note.components for number, note in enumerate(notes) if note.text.strip()}
    )


def _require_components(case: Case, named: Mapping[str, Sequence[str]]) -> None:
    known = case.agreement.instrument.component_ids
    unknown = {field: sorted(set(components) - known) for field, components in named.items()}
    fields = {field: "no_such_component" for field, components in unknown.items() if components}
    if fields:
        raise Refused("no_such_component", fields=fields, component=unknown[next(iter(fields))][0])


def require_lines_near(command: RecordObservation) -> None:
    """No line was written more than a day from what it tells of: before it began, or after it ended."""
    first, last = command.held_from - LONGEST, command.held_to + LONGEST
    far = [
        number
        for number, note in enumerate(command.notes)
        if note.at is not None and note.text.strip() and not first <= note.at <= last
    ]
    if far:
        fields = {f"notes/{number}/at": "line_far_off" for number in far}
        raise Refused("line_far_off", fields=fields, line=str(far[0] + 1))


def done(
    case: Case,
    command: Command,
    located: Located,
    outcome: str = "done",
    *,
    held_from: datetime | None = None,
    held_to: datetime | None = None,
) -> StepDone:
    """The event that the actor has done a step; late where its last day had passed in the district when it was done,
    or held, and where it was done late before, or by the same person the time before."""
    before = case.evaluation.steps.get(located.key)
    told = before if before is not None and before.status == "open" else None
    due = told.due_on if told is not None else due_date(case.evaluation, case.agreement, located)
    happened = happened_at(case.at, held_from, held_to)
    return StepDone(
        by_id=command.actor_id,
        at=case.at,
        step=located.key,
        outcome=outcome,
        late=located.key in case.evaluation.late_before
        or (before is not None and before.late and before.by_id == command.actor_id)
        or (due is not None and local_day(case.evaluation, happened) > due),
        held_from=held_from,
        held_to=held_to,
    )
