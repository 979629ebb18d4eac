"""Writing what people are told, and the letter that goes with each entry."""

from dataclasses import asdict
from datetime import datetime, timedelta
from email.utils import parseaddr
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.notifications.messages import KINDS_TOLD, RULES, NewMessage, Subject
from services.notifications.store.tables import delivery, evaluation, message
from shared.clock import Clock
from shared.contracts.envelope import Envelope
from shared.contracts.process import EvaluationClosed, EvaluatorAssigned, StepDone, StepOpened
from shared.contracts.registry import Event
from shared.ids import derived_id


class UnknownEvaluationError(Exception):
    """An event about an evaluation whose opening was never heard of."""


def _subject(connection: Connection, district_id: UUID, evaluation_id: UUID) -> Subject:
    row = connection.execute(
        select(
            evaluation.c.evaluation_id,
            evaluation.c.service,
            evaluation.c.cycle_title,
            evaluation.c.subject_id,
            evaluation.c.evaluator_id,
        ).where(evaluation.c.district_id == district_id, evaluation.c.evaluation_id == evaluation_id)
    ).one_or_none()
    if row is None:
        raise UnknownEvaluationError(f"No evaluation {evaluation_id} was opened on this bus.")
    return Subject(*row)


class Teller:
    """Writes what people are told, and the letters that go with it: once, whatever is delivered or replayed twice.

    `max_age`: nobody is mailed about something older. After a long outage, in a replay or of a loaded history it stands
    in the inbox only.
    """

    def __init__(self, *, mail_domain: str, clock: Clock, max_age: timedelta = timedelta(days=7)) -> None:
        self._mail_domain = mail_domain
        self._clock = clock
        self._max_age = max_age

    def tell(self, connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
        if isinstance(event, StepOpened | StepDone) and event.kind not in KINDS_TOLD:
            return
        assert isinstance(event, EvaluatorAssigned | StepOpened | StepDone | EvaluationClosed)
        about = _subject(connection, district_id, event.evaluation_id)
        told = RULES[type(event)](event, about)
        if not told:
            return
        rows = [self._row(district_id, envelope, about, one) for one in told]
        connection.execute(upsert(message).on_conflict_do_nothing(), rows)
        letters = [self._letter(district_id, row["id"], envelope.time) for row in rows]
        connection.execute(upsert(delivery).on_conflict_do_nothing(), letters)

    def _row(self, district_id: UUID, envelope: Envelope, about: Subject, new: NewMessage) -> dict[str, object]:
        return {
            **asdict(new),
            "id": derived_id("message", str(envelope.id), str(new.recipient_id), new.kind),
            "district_id": district_id,
            "event_id": envelope.id,
            "evaluation_id": about.evaluation_id,
            "service": about.service,
            "cycle_title": about.cycle_title,
            "subject_id": about.subject_id,
            "created_at": envelope.time,
        }

    def _letter(self, district_id: UUID, message_id: object, happened_at: datetime) -> dict[str, object]:
        delivery_id = derived_id("delivery", str(message_id), "email")
        now = self._clock()
        too_old = now - happened_at > self._max_age
        return {
            "id": delivery_id,
            "district_id": district_id,
            "message_id": message_id,
            "channel": "email",
            "mail_id": f"<{delivery_id}@{self._mail_domain}>",
            "state": "not_sent" if too_old else "pending",
            "reason": "too_old" if too_old else None,
            "next_attempt_at": now,
            "settled_at": now if too_old else None,
        }


def domain_of(mail_from: str) -> str:
    """The part after the @ of "Name <box@domain>"; letters' Message-IDs end in it. "localhost" where there is none."""
    return parseaddr(mail_from)[1].rpartition("@")[2] or "localhost"
