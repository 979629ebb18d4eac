"""From the bus to the tables: what is due for whom, and what they are told. One function an event; the table at the foot.

Applying the same events from the start gives the same rows, to the identifier: every one is derived from the event's.
Many events at once are written with few waits for the database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Text, and_, bindparam, delete, func, or_, update
from sqlalchemy.dialects.postgresql import ARRAY, Insert
from sqlalchemy.dialects.postgresql import insert as upsert

from services.notifications.messages import ACCOUNT_RULES, DOCUMENTS, Kind
from services.notifications.store.tables import PEOPLE, due_item, evaluation, message
from services.notifications.telling import Teller, subjects
from shared.contracts.envelope import Envelope
from shared.contracts.process import (
    DocumentOpened,
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
    _answer(connection, of, event.kind, event.by_id, event.done_at)
    if event.outcome == "unsigned":  # nobody can sign any more, so nobody is asked to
        write(connection, _LET_GO, {**of, "kinds": ["signature_asked"], "at": event.done_at})


_ANSWERED_BY: Mapping[str, Sequence[Kind]] = {
    "form": ("goals_returned",),
    "signature": ("signature_asked", "summative_sent"),
    "response": ("signature_asked", "summative_sent"),
    "close": ("signed", "signature_refused", "response_filed", "response_waived"),
}
"""Kind of step -> what whoever does it has been told before, and has no need to be told any more."""
_ANSWER = (
    update(message)
    .where(
        message.c.district_id == bindparam("district"),
        message.c.evaluation_id == bindparam("evaluation"),
        message.c.recipient_id == bindparam("person"),
        message.c.kind == func.any(bindparam("kinds", type_=ARRAY(Text))),
        message.c.read_at.is_(None),
    )
    .values(read_at=bindparam("at"))
)


def _answer(connection: Connection, of: Mapping[str, UUID], step: str, by: UUID | None, at: datetime) -> None:
    if by is not None and step in _ANSWERED_BY:
        write(connection, _ANSWER, {**of, "person": by, "kinds": list(_ANSWERED_BY[step]), "at": at})


_LET_GO = (
    update(message)
    .where(
        message.c.district_id == bindparam("district"),
        message.c.evaluation_id == bindparam("evaluation"),
        message.c.kind == func.any(bindparam("kinds", type_=ARRAY(Text))),
        message.c.read_at.is_(None),
    )
    .values(read_at=bindparam("at"))
)
_ASKED: Sequence[Kind] = ("goals_returned", "signature_asked")
"""What asks for something; what has been sent to somebody to read stays unread until they do."""


_MARK_READ = (
    update(message)
    .where(
        message.c.district_id == bindparam("district"),
        message.c.evaluation_id == bindparam("evaluation"),
        message.c.step_id == bindparam("step"),
        message.c.recipient_id == bindparam("person"),
        or_(*(message.c.kind == kind for kind in DOCUMENTS)),
        message.c.read_at.is_(None),
    )
    .values(read_at=bindparam("at"))
)


def _document_opened(connection: Connection, of: Mapping[str, UUID], event: DocumentOpened) -> None:
    """Who has opened the thing itself has no need of an unread entry about it."""
    write(connection, _MARK_READ, {**of, "step": event.step_id, "person": event.by_id, "at": event.at})


_CLOSE = update(evaluation).where(_OF_EVALUATION).values(closed_at=bindparam("at"))
_DROP_DUTIES = delete(due_item).where(_ITEM_OF_EVALUATION, or_(due_item.c.state == "planned", due_item.c.required))


def _closed(connection: Connection, of: Mapping[str, UUID], event: EvaluationClosed) -> None:
    """A closed evaluation asks nothing more of anyone; what somebody still may do stays until its date."""
    write(connection, _CLOSE, {**of, "at": event.at})
    write(connection, _DROP_DUTIES, of)
    _answer(connection, of, "close", event.by_id, event.at)


_DROP_ALL = delete(due_item).where(_ITEM_OF_EVALUATION)


def _ended_early(connection: Connection, of: Mapping[str, UUID], event: EvaluationEndedEarly) -> None:
    """It asks nothing more of anyone, and nothing may be done in it any more; what asked for something is answered."""
    write(connection, _CLOSE, {**of, "at": event.at})
    write(connection, _DROP_ALL, of)
    write(connection, _LET_GO, {**of, "kinds": list(_ASKED), "at": event.at})


CHANGES: Mapping[type[Event], Callable[[Connection, Mapping[str, UUID], Any], None]] = {
    EvaluatorAssigned: _assigned,
    StepOpened: _step_opened,
    StepDone: _step_done,
    DocumentOpened: _document_opened,
    EvaluationClosed: _closed,
    EvaluationEndedEarly: _ended_early,
}
"""Every event of an evaluation but the first, which makes it. `of`: district and evaluation, for the statements."""


def appliers(teller: Teller) -> dict[type[Event], Apply]:
    """What to do with each event of the two topics, for the consumer."""

    def project(connection: Connection, district_id: UUID, events: Sequence[tuple[Event, Envelope]]) -> None:
        _project(connection, district_id, events, teller)

    def tell_owners(connection: Connection, district_id: UUID, events: Sequence[tuple[Event, Envelope]]) -> None:
        teller.write(connection, [teller.told_of_account(district_id, event, envelope) for event, envelope in events])

    return {
        **people_appliers(PEOPLE),
        **dict.fromkeys(ACCOUNT_RULES, together(tell_owners)),
        **dict.fromkeys((EvaluationOpened, *CHANGES), together(project)),
    }


def _may_mark_read(event: Event) -> bool:
    return isinstance(event, DocumentOpened | EvaluationClosed | EvaluationEndedEarly) or (
        isinstance(event, StepDone) and event.kind in _ANSWERED_BY
    )


def _project(
    connection: Connection, district_id: UUID, events: Sequence[tuple[Event, Envelope]], teller: Teller
) -> None:
    # Its opening is the first event of an evaluation, so those of a run may come before all others.
    _open(connection, district_id, [event for event, _ in events if isinstance(event, EvaluationOpened)])
    later: list[tuple[Any, Envelope]] = [pair for pair in events if not isinstance(pair[0], EvaluationOpened)]
    abouts = subjects(connection, district_id, {event.evaluation_id for event, _ in later}) if later else {}
    told: list[dict[str, object]] = []
    for event, envelope in later:
        if told and _may_mark_read(event):  # what had been told before it, and nothing after
            teller.write(connection, told)
            told = []
        CHANGES[type(event)](connection, {"district": district_id, "evaluation": event.evaluation_id}, event)
        about = abouts.get(event.evaluation_id)
        if about is not None and isinstance(event, EvaluatorAssigned):
            about = abouts[event.evaluation_id] = replace(about, evaluator_id=event.evaluator_id)
        told += teller.told(district_id, event, envelope, about)
    teller.write(connection, told)
