"""From the bus to the tables: what is due for whom, and what they are told. One function an event; the table at the foot.

Applying the same events from the start gives the same rows, to the identifier: every one is derived from the event's.
Many events at once are written with few waits for the database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, delete, or_, update
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as upsert

from services.notifications.marking import MARKS, mark, may_mark
from services.notifications.messages import ACCOUNT_RULES
from services.notifications.store.tables import PEOPLE, due_item, evaluation
from services.notifications.telling import Teller, subjects
from shared.contracts.envelope import Envelope
from shared.contracts.process import (
    EvaluationClosed,
    EvaluationEndedEarly,
    EvaluationOpened,
    EvaluatorAssigned,
    StepDone,
    StepOpened,
)
from shared.contracts.registry import Event
from shared.inbox.appliers import Apply
from shared.inbox.gathering import together
from shared.inbox.writing import write
from shared.people.apply import people_appliers
from shared.rows import put


def _open(connection: Connection, district_id: UUID, events: Sequence[EvaluationOpened]) -> None:
    """New evaluations with the steps they will need."""
    rows, planned = [], []
    for event in events:
        keys = {"district_id": district_id, "evaluation_id": event.evaluation_id}
        rows.append(
            {
                **keys,
                "service": event.service,
                "cycle_id": event.cycle_id,
                "cycle_title": event.cycle_title,
                "school_id": event.school_id,
                "subject_id": event.subject_id,
                "evaluator_id": None,
                "opened_at": event.opened_at,
                "closed_at": None,
            }
        )
        planned += [
            {
                **keys,
                "step_id": step.step_id,
                "state": "planned",
                "bearer_id": event.subject_id if step.duty == "subject" else None,
                "duty": step.duty,
                "title": step.title,
                "phase": step.phase,
                "kind": step.kind,
                "required": True,
                "due_on": step.due_on,
                "planned_on": None,
                "not_before": None,
                "clause": step.clause,
                "path": f"/evaluations/{event.evaluation_id}",
            }
            for step in event.steps
        ]
    put(connection, evaluation, rows)
    put(connection, due_item, planned)


_OF_EVALUATION = and_(
    evaluation.c.district_id == bindparam("district"), evaluation.c.evaluation_id == bindparam("evaluation")
)
_ITEM_OF_EVALUATION = and_(
    due_item.c.district_id == bindparam("district"), due_item.c.evaluation_id == bindparam("evaluation")
)
_NAME_EVALUATOR = update(evaluation).where(_OF_EVALUATION).values(evaluator_id=bindparam("evaluator"))
_HAND_OVER = (
    update(due_item)
    .where(
        _ITEM_OF_EVALUATION,
        due_item.c.duty == "evaluator",
        or_(due_item.c.bearer_id.is_(None), due_item.c.bearer_id == bindparam("previous")),
    )
    .values(bearer_id=bindparam("evaluator"))
)


def _assigned(connection: Connection, of: Mapping[str, UUID], event: EvaluatorAssigned) -> None:
    """The evaluator's steps, open and to come, go with the evaluation to whoever evaluates now."""
    write(connection, _NAME_EVALUATOR, {**of, "evaluator": event.evaluator_id})
    write(connection, _HAND_OVER, {**of, "evaluator": event.evaluator_id, "previous": event.previous_id})


_STEP = (
    "state", "bearer_id", "duty", "title", "phase", "kind", "required", "due_on", "planned_on", "not_before", "clause", "path",
)  # fmt: skip


def _put_item() -> Insert:
    statement = upsert(due_item)
    return statement.on_conflict_do_update(
        index_elements=list(due_item.primary_key), set_={name: statement.excluded[name] for name in _STEP}
    )


_PUT_ITEM = _put_item()


def _step_opened(connection: Connection, of: Mapping[str, UUID], event: StepOpened) -> None:
    told = {
        "state": "open",
        "bearer_id": event.duty_bearer_id,
        "duty": event.duty,
        "title": event.title,
        "phase": event.phase,
        "kind": event.kind,
        "required": event.required,
        "due_on": event.due_on,
        "planned_on": event.planned_on,
        "not_before": event.not_before,
        "clause": event.clause,
        "path": event.path,
    }
    keys = {"district_id": of["district"], "evaluation_id": event.evaluation_id, "step_id": event.step_id}
    write(connection, _PUT_ITEM, {**keys, **told})


_DROP_ITEM = delete(due_item).where(_ITEM_OF_EVALUATION, due_item.c.step_id == bindparam("step"))

_PUT_OFF = update(due_item).where(_ITEM_OF_EVALUATION, due_item.c.step_id == bindparam("step")).values(state="planned")
"""It is nobody's turn any more, and will be again."""


def _step_done(connection: Connection, of: Mapping[str, UUID], event: StepDone) -> None:
    write(connection, _PUT_OFF if event.outcome == "put_off" else _DROP_ITEM, {**of, "step": event.step_id})


_CLOSE = update(evaluation).where(_OF_EVALUATION).values(closed_at=bindparam("at"))
_DROP_DUTIES = delete(due_item).where(_ITEM_OF_EVALUATION, or_(due_item.c.state == "planned", due_item.c.required))


def _closed(connection: Connection, of: Mapping[str, UUID], event: EvaluationClosed) -> None:
    """A closed evaluation asks nothing more of anyone; what somebody still may do stays until its date."""
    write(connection, _CLOSE, {**of, "at": event.at})
    write(connection, _DROP_DUTIES, of)


_DROP_ALL = delete(due_item).where(_ITEM_OF_EVALUATION)


def _ended_early(connection: Connection, of: Mapping[str, UUID], event: EvaluationEndedEarly) -> None:
    """It asks nothing more of anyone, and nothing may be done in it any more."""
    write(connection, _CLOSE, {**of, "at": event.at})
    write(connection, _DROP_ALL, of)


CHANGES: Mapping[type[Event], Callable[[Connection, Mapping[str, UUID], Any], None]] = {
    EvaluatorAssigned: _assigned,
    StepOpened: _step_opened,
    StepDone: _step_done,
    EvaluationClosed: _closed,
    EvaluationEndedEarly: _ended_early,
}
"""What is due after an event of an evaluation; its first one makes it. `of`: district and evaluation, for the statements."""


def appliers(teller: Teller) -> dict[type[Event], Apply]:
    """What to do with each event of the two topics, for the consumer."""

    def project(connection: Connection, district_id: UUID, events: Sequence[tuple[Event, Envelope]]) -> None:
        _project(connection, district_id, events, teller)

    def tell_owners(connection: Connection, district_id: UUID, events: Sequence[tuple[Event, Envelope]]) -> None:
        teller.write(connection, [teller.told_of_account(district_id, event, envelope) for event, envelope in events])

    return {
        **people_appliers(PEOPLE),
        **dict.fromkeys(ACCOUNT_RULES, together(tell_owners)),
        **dict.fromkeys((EvaluationOpened, *CHANGES, *MARKS), together(project)),
    }


def _project(
    connection: Connection, district_id: UUID, events: Sequence[tuple[Event, Envelope]], teller: Teller
) -> None:
    # Its opening is the first event of an evaluation, so those of a run may come before all others.
    _open(connection, district_id, [event for event, _ in events if isinstance(event, EvaluationOpened)])
    later: list[tuple[Any, Envelope]] = [pair for pair in events if not isinstance(pair[0], EvaluationOpened)]
    abouts = subjects(connection, district_id, {event.evaluation_id for event, _ in later}) if later else {}
    told: list[dict[str, object]] = []
    for event, envelope in later:
        if told and may_mark(event):  # what had been told before it, and nothing after
            teller.write(connection, told)
            told = []
        if type(event) in CHANGES:
            CHANGES[type(event)](connection, {"district": district_id, "evaluation": event.evaluation_id}, event)
        if may_mark(event):
            mark(connection, district_id, event, envelope.sequence)
        about = abouts.get(event.evaluation_id)
        if about is not None and isinstance(event, EvaluatorAssigned):
            about = abouts[event.evaluation_id] = replace(about, evaluator_id=event.evaluator_id)
        told += teller.told(district_id, event, envelope, about)
    teller.write(connection, told)
