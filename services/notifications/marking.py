"""Which entries of an inbox an event marks read: those of what has been done, or asks for nothing any more.

Entries are kept through a replay, and so is how far the events of each evaluation have marked them (message_stream). An event
that comes again therefore marks nothing: neither what was told after it, nor what a person has set back to unread since.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Text, Update, and_, bindparam, exists, func, or_, update
from sqlalchemy.dialects.postgresql import ARRAY, Insert
from sqlalchemy.dialects.postgresql import insert as upsert

from services.notifications.messages import DOCUMENTS, Kind
from services.notifications.store.tables import message, message_stream
from shared.contracts.process import DocumentOpened, EvaluationClosed, EvaluationEndedEarly, StepDone
from shared.contracts.registry import Event
from shared.inbox.writing import write

Of = Mapping[str, object]
"""District, evaluation and sequence of an event, for the statements."""
_MARKED_BEFORE = exists().where(
    message_stream.c.district_id == bindparam("district"),
    message_stream.c.evaluation_id == bindparam("evaluation"),
    message_stream.c.sequence >= bindparam("sequence"),
)


def _read(*which: ColumnElement[bool]) -> Update:
    """Of the unread entries about an evaluation those are read, unless the event has marked what it marks."""
    of_evaluation = and_(
        message.c.district_id == bindparam("district"), message.c.evaluation_id == bindparam("evaluation")
    )
    chosen = update(message).where(of_evaluation, message.c.read_at.is_(None), *which, ~_MARKED_BEFORE)
    return chosen.values(read_at=bindparam("at"))


_OF_KINDS = message.c.kind == func.any(bindparam("kinds", type_=ARRAY(Text)))
_LET_GO = _read(_OF_KINDS)
_ANSWER = _read(_OF_KINDS, message.c.recipient_id == bindparam("person"))
_OPENED = _read(
    message.c.step_id == bindparam("step"),
    message.c.recipient_id == bindparam("person"),
    or_(*(message.c.kind == kind for kind in DOCUMENTS)),
)
_ASKED: Sequence[Kind] = ("goals_returned", "signature_asked")
"""What asks for something; what has been sent to somebody to read stays unread until they do."""
_ANSWERED_BY: Mapping[str, Sequence[Kind]] = {
    "form": ("goals_returned",),
    "signature": ("signature_asked", "summative_sent"),
    "response": ("signature_asked", "summative_sent"),
    "close": ("signed", "signature_refused", "response_filed", "response_waived"),
}
"""Kind of step -> what whoever does it has been told before, and has no need to be told any more."""


def _answer(connection: Connection, of: Of, step: str, by: UUID | None, at: datetime) -> None:
    if by is not None and step in _ANSWERED_BY:
        write(connection, _ANSWER, {**of, "person": by, "kinds": list(_ANSWERED_BY[step]), "at": at})


def _step_done(connection: Connection, of: Of, event: StepDone) -> None:
    _answer(connection, of, event.kind, event.by_id, event.done_at)
    if event.outcome == "unsigned":  # nobody can sign any more, so nobody is asked to
        write(connection, _LET_GO, {**of, "kinds": ["signature_asked"], "at": event.done_at})


def _document_opened(connection: Connection, of: Of, event: DocumentOpened) -> None:
    """Who has opened the thing itself has no need of an unread entry about it."""
    write(connection, _OPENED, {**of, "step": event.step_id, "person": event.by_id, "at": event.at})


def _closed(connection: Connection, of: Of, event: EvaluationClosed) -> None:
    _answer(connection, of, "close", event.by_id, event.at)


def _ended_early(connection: Connection, of: Of, event: EvaluationEndedEarly) -> None:
    write(connection, _LET_GO, {**of, "kinds": list(_ASKED), "at": event.at})


MARKS: Mapping[type[Event], Callable[[Connection, Of, Any], None]] = {
    StepDone: _step_done,
    DocumentOpened: _document_opened,
    EvaluationClosed: _closed,
    EvaluationEndedEarly: _ended_early,
}


def may_mark(event: Event) -> bool:
    """Whether it may mark anything; of most steps nobody has been told what their being done would answer."""
    return type(event) in MARKS and (not isinstance(event, StepDone) or event.kind in _ANSWERED_BY)


def _come_to() -> Insert:
    statement = upsert(message_stream)
    reached = statement.excluded.sequence
    return statement.on_conflict_do_update(
        index_elements=list(message_stream.primary_key),
        set_={"sequence": reached},
        where=message_stream.c.sequence < reached,
    )


_COME_TO = _come_to()


def mark(connection: Connection, district_id: UUID, event: Any, sequence: int) -> None:
    """Mark read what an event of MARKS answers, the first time that it comes. `sequence`: the event's place among those of
    its evaluation."""
    of = {"district": district_id, "evaluation": event.evaluation_id, "sequence": sequence}
    MARKS[type(event)](connection, of, event)
    keys = {"district_id": district_id, "evaluation_id": event.evaluation_id}
    write(connection, _COME_TO, {**keys, "sequence": sequence})
