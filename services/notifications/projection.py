"""From the bus to the tables: what is due for whom, and what they are told. One function an event; the table at the foot.

Applying the same events from the start gives the same rows, to the identifier: every one is derived from the event's.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.notifications.messages import RULES
from services.notifications.store.tables import PEOPLE, due_item, evaluation, message
from services.notifications.telling import Teller
from shared.contracts.envelope import Envelope
from shared.contracts.process import (
    DocumentOpened,
    EvaluationClosed,
    EvaluationOpened,
    EvaluatorAssigned,
    StepDone,
    StepOpened,
)
from shared.contracts.registry import Event
from shared.inbox.appliers import Apply
from shared.people.apply import people_appliers


def _opened(connection: Connection, district_id: UUID, event: Event, _envelope: Envelope) -> None:
    assert isinstance(event, EvaluationOpened)
    row = {
        "service": event.service,
        "cycle_id": event.cycle_id,
        "cycle_title": event.cycle_title,
        "school_id": event.school_id,
        "subject_id": event.subject_id,
        "opened_at": event.opened_at,
    }
    connection.execute(insert(evaluation).values(district_id=district_id, evaluation_id=event.evaluation_id, **row))
    planned = [
        {
            "district_id": district_id,
            "evaluation_id": event.evaluation_id,
            "step_id": step.step_id,
            "state": "planned",
            "bearer_id": event.subject_id if step.duty == "subject" else None,
            "duty": step.duty,
            "title": step.title,
            "phase": step.phase,
            "kind": step.kind,
            "required": True,
            "due_on": step.due_on,
            "clause": step.clause,
            "path": f"/evaluations/{event.evaluation_id}",
        }
        for step in event.steps
    ]
    if planned:
        connection.execute(insert(due_item), planned)


def _assigned(connection: Connection, district_id: UUID, event: Event, _envelope: Envelope) -> None:
    """The evaluator's steps, open and to come, go with the evaluation to whoever evaluates now."""
    assert isinstance(event, EvaluatorAssigned)
    connection.execute(
        update(evaluation)
        .where(evaluation.c.district_id == district_id, evaluation.c.evaluation_id == event.evaluation_id)
        .values(evaluator_id=event.evaluator_id)
    )
    held_before = or_(due_item.c.bearer_id.is_(None), due_item.c.bearer_id == event.previous_id)
    connection.execute(
        update(due_item)
        .where(_of(district_id, event.evaluation_id), due_item.c.duty == "evaluator", held_before)
        .values(bearer_id=event.evaluator_id)
    )


def _of(district_id: UUID, evaluation_id: UUID) -> ColumnElement[bool]:
    return and_(due_item.c.district_id == district_id, due_item.c.evaluation_id == evaluation_id)


def _step_opened(connection: Connection, district_id: UUID, event: Event, _envelope: Envelope) -> None:
    assert isinstance(event, StepOpened)
    values = {
        "state": "open",
        "bearer_id": event.duty_bearer_id,
        "duty": event.duty,
        "title": event.title,
        "phase": event.phase,
        "kind": event.kind,
        "required": event.required,
        "due_on": event.due_on,
        "clause": event.clause,
        "path": event.path,
    }
    keys = {"district_id": district_id, "evaluation_id": event.evaluation_id, "step_id": event.step_id}
    connection.execute(
        upsert(due_item).values(**keys, **values).on_conflict_do_update(index_elements=list(keys), set_=values)
    )


def _step_done(connection: Connection, district_id: UUID, event: Event, _envelope: Envelope) -> None:
    assert isinstance(event, StepDone)
    connection.execute(
        delete(due_item).where(_of(district_id, event.evaluation_id), due_item.c.step_id == event.step_id)
    )


def _document_opened(connection: Connection, district_id: UUID, event: Event, _envelope: Envelope) -> None:
    """Who has opened the thing itself has no need of an unread entry about it."""
    assert isinstance(event, DocumentOpened)
    connection.execute(
        update(message)
        .where(
            message.c.district_id == district_id,
            message.c.evaluation_id == event.evaluation_id,
            message.c.step_id == event.step_id,
            message.c.recipient_id == event.by_id,
            message.c.kind.in_(("feedback_sent", "summative_sent")),
            message.c.read_at.is_(None),
        )
        .values(read_at=event.at)
    )


def _closed(connection: Connection, district_id: UUID, event: Event, _envelope: Envelope) -> None:
    """A closed evaluation asks nothing more of anyone; what somebody still may do stays until its date."""
    assert isinstance(event, EvaluationClosed)
    connection.execute(
        update(evaluation)
        .where(evaluation.c.district_id == district_id, evaluation.c.evaluation_id == event.evaluation_id)
        .values(closed_at=event.at)
    )
    over = or_(due_item.c.state == "planned", due_item.c.required)
    connection.execute(delete(due_item).where(_of(district_id, event.evaluation_id), over))


def _then_tell(apply: Apply, teller: Teller) -> Apply:
    def both(connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
        apply(connection, district_id, event, envelope)
        teller.tell(connection, district_id, event, envelope)

    return both


PROCESS_APPLIERS: Mapping[type[Event], Apply] = {
    EvaluationOpened: _opened,
    EvaluatorAssigned: _assigned,
    StepOpened: _step_opened,
    StepDone: _step_done,
    DocumentOpened: _document_opened,
    EvaluationClosed: _closed,
}


def appliers(teller: Teller) -> dict[type[Event], Apply]:
    """What to do with each event of the two topics, for the consumer."""
    table: dict[type[Event], Apply] = dict(people_appliers(PEOPLE))
    for event, apply in PROCESS_APPLIERS.items():
        table[event] = _then_tell(apply, teller) if event in RULES else apply
    return table
