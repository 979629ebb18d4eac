"""Writing what people are told, and the letter that goes with each entry."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.notifications.gathering import Gathering
from services.notifications.messages import ACCOUNT_RULES, KINDS_TOLD, RULES, NewMessage, Subject
from services.notifications.store.tables import delivery, evaluation, message
from shared.clock import Clock
from shared.contracts.envelope import Envelope
from shared.contracts.process import StepDone, StepOpened
from shared.contracts.registry import Event
from shared.ids import derived_id
from shared.rows import put_missing


class UnknownEvaluationError(Exception):
    """An event about an evaluation whose opening was never heard of."""


def subjects(connection: Connection, district_id: UUID, evaluation_ids: Collection[UUID]) -> dict[UUID, Subject]:
    """What messages say of these evaluations; those never heard of are missing."""
    rows = connection.execute(_SUBJECTS, {"district": district_id, "ids": list(evaluation_ids)})
    return {row.evaluation_id: Subject(*row) for row in rows}


_SUBJECTS = select(
    evaluation.c.evaluation_id,
    evaluation.c.service,
    evaluation.c.cycle_title,
    evaluation.c.subject_id,
    evaluation.c.evaluator_id,
).where(
    evaluation.c.district_id == bindparam("district"),
    evaluation.c.evaluation_id == func.any(bindparam("ids", type_=ARRAY(Uuid))),
)


class Teller:
    """Writes what people are told, and the letters that go with it: once, whatever is delivered or replayed twice.

    `max_age`: nobody is mailed about something older. After a long outage, in a replay or of a loaded history it stands
    in the inbox only. `gather`: how long letters of some kinds wait for others to the same person (gathering.py).
    """

    def __init__(
        self,
        *,
        mail_domain: str,
        clock: Clock,
        max_age: timedelta = timedelta(days=7),
        gather: timedelta = timedelta(seconds=60),
    ) -> None:
        self._mail_domain = mail_domain
        self._clock = clock
        self._max_age = max_age
        self._gathering = Gathering(gather)

    def told(
        self, district_id: UUID, event: Event, envelope: Envelope, about: Subject | None
    ) -> list[dict[str, object]]:
        """The rows of what people are told of an event. Raises UnknownEvaluationError."""
        if type(event) not in RULES or (isinstance(event, StepOpened | StepDone) and event.kind not in KINDS_TOLD):
            return []
        if about is None:
            raise UnknownEvaluationError(f"{envelope.type} is about an evaluation that was never opened on this bus.")
        return [self._row(district_id, envelope, about, one) for one in RULES[type(event)](event, about)]

    def told_of_account(self, district_id: UUID, event: Event, envelope: Envelope) -> dict[str, object]:
        """The row of what the owner of an account is told of an event of ACCOUNT_RULES."""
        return self._row(district_id, envelope, None, ACCOUNT_RULES[type(event)](event))

    def write(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Entries for inboxes, and a letter for each or for several; what stands there already stays as it is. `rows`: of
        one district."""
        if not rows:
            return
        put_missing(connection, message, rows)
        now = self._clock()
        letters = [self._letter(row["district_id"], row["id"], row["created_at"], now) for row in rows]
        self._gathering.join(connection, rows[0]["district_id"], zip(rows, letters, strict=True), now)
        put_missing(connection, delivery, letters)

    def _row(self, district_id: UUID, envelope: Envelope, about: Subject | None, new: NewMessage) -> dict[str, object]:
        return {
            **asdict(new),
            "id": derived_id("message", str(envelope.id), str(new.recipient_id), new.kind),
            "district_id": district_id,
            "event_id": envelope.id,
            "evaluation_id": about.evaluation_id if about else None,
            "service": about.service if about else "directory",
            "cycle_title": about.cycle_title if about else None,
            "subject_id": about.subject_id if about else None,
            "created_at": envelope.time,
        }

    def _letter(self, district_id: UUID, message_id: object, happened_at: datetime, now: datetime) -> dict[str, object]:
        delivery_id = derived_id("delivery", str(message_id), "email")
        too_old = now - happened_at > self._max_age
        return {
            "id": delivery_id,
            "district_id": district_id,
            "message_id": message_id,
            "channel": "email",
            "mail_id": f"<{delivery_id}@{self._mail_domain}>",
            "state": "not_sent" if too_old else "pending",
            "together_id": None,
            "gathers_until": None,
            "reason": "too_old" if too_old else None,
            "next_attempt_at": now,
            "settled_at": now if too_old else None,
        }


def domain_of(mail_from: str) -> str:
    """The part after the @ of "Name <box@domain>"; letters' Message-IDs end in it. "localhost" where there is none."""
    return parseaddr(mail_from)[1].rpartition("@")[2] or "localhost"
