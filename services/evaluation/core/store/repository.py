"""Evaluations in PostgreSQL: state row, record entries and outbox rows in one transaction; rows translated by hand."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Connection, exists, insert, select, update

from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.domain.refusals import Change
from services.evaluation.core.handlers import Cycle, Loaded
from services.evaluation.core.publishing import publish
from services.evaluation.core.store import tables as t
from services.evaluation.core.store.agreement_store import agreement_of
from services.evaluation.core.store.summary import Summary, summarize
from shared.outbox.record import record_events

_encode = msgspec.json.Encoder(decimal_format="string").encode
decode_evaluation = msgspec.json.Decoder(Evaluation).decode
decode_summary = msgspec.json.Decoder(Summary).decode
_NOT_IN_DATA = ("by_id", "at")


class UnknownAgreementError(Exception):
    """An evaluation names an agreement that is not stored; the database has been tampered with."""


class Repository:
    """The store of one district within one transaction. `service`: the source that its events name."""

    def __init__(self, connection: Connection, district_id: UUID, service: str) -> None:
        self._connection = connection
        self._district = district_id
        self._service = service

    def agreement(self, content_hash: str) -> Agreement | None:
        return agreement_of(self._connection, self._district, content_hash)

    def lock(self, evaluation_id: UUID) -> Loaded | None:
        """The evaluation, its row locked: whoever comes second waits here and then sees what the first one did."""
        table = t.evaluation
        row = self._connection.execute(
            select(table.c.state, table.c.agreement_hash, t.cycle.c.title)
            .join(t.cycle, (t.cycle.c.district_id == table.c.district_id) & (t.cycle.c.cycle_id == table.c.cycle_id))
            .where(table.c.district_id == self._district, table.c.evaluation_id == evaluation_id)
            .with_for_update(of=table)
        ).one_or_none()
        if row is None:
            return None
        agreement = self.agreement(row.agreement_hash)
        if agreement is None:
            raise UnknownAgreementError(row.agreement_hash)
        return Loaded(decode_evaluation(row.state), agreement, row.title)

    def changes(self, evaluation_id: UUID, since: int, part: str) -> Sequence[Change]:
        """What the record says happened to one part after a version."""
        table = t.record
        rows = self._connection.execute(
            select(table.c.sequence, table.c.part, table.c.type, table.c.by_id, table.c.at)
            .where(
                table.c.district_id == self._district,
                table.c.evaluation_id == evaluation_id,
                table.c.sequence > since,
                table.c.part == part,
            )
            .order_by(table.c.sequence)
        ).all()
        return [
            Change(row.sequence, row.part, row.type, row.by_id and str(row.by_id), row.at.isoformat()) for row in rows
        ]

    def keep(self, loaded: Loaded, after: Evaluation, events: Sequence[e.Event]) -> None:
        """State, record and outbox of one evaluation, which `lock` has locked in this transaction."""
        table = t.evaluation
        self._connection.execute(
            update(table)
            .where(table.c.district_id == self._district, table.c.evaluation_id == after.id)
            .values(**_row(after, loaded.agreement))
        )
        self._connection.execute(insert(t.record), _entries(loaded.evaluation.version, after, events))
        told = publish(self._service, loaded.cycle_title, loaded.agreement, after, list(events))
        record_events(
            self._connection, t.OUTBOX, told, source=self._service, district_id=self._district, at=events[-1].at
        )

    def keep_new(self, cycle: Cycle, agreement: Agreement, opened: Sequence[tuple[Evaluation, list[e.Event]]]) -> None:
        """Many new evaluations at once."""
        rows, entries, told = [], [], []
        for after, events in opened:
            keys = {
                "district_id": self._district,
                "evaluation_id": after.id,
                "cycle_id": cycle.id,
                "agreement_hash": after.agreement_hash,
                "subject_id": after.subject_id,
                "school_id": after.school_id,
                "opened_at": after.opened_at,
            }
            rows.append({**keys, **_row(after, agreement)})
            entries += _entries(0, after, events)
            told += publish(self._service, cycle.title, agreement, after, events)
        self._connection.execute(insert(t.evaluation), rows)
        self._connection.execute(insert(t.record), entries)
        record_events(
            self._connection,
            t.OUTBOX,
            told,
            source=self._service,
            district_id=self._district,
            at=opened[-1][0].opened_at,
        )

    def keep_cycle(self, cycle: Cycle) -> None:
        values = {field: getattr(cycle, field) for field in ("title", "agreement_hash", "first_day", "last_day")}
        self._connection.execute(
            insert(t.cycle).values(
                district_id=self._district,
                cycle_id=cycle.id,
                opened_by=cycle.opened_by,
                opened_at=cycle.opened_at,
                **values,
            )
        )

    def cycle(self, cycle_id: UUID) -> Cycle | None:
        table = t.cycle
        row = self._connection.execute(
            select(table).where(table.c.district_id == self._district, table.c.cycle_id == cycle_id)
        ).one_or_none()
        if row is None:
            return None
        values = dict(row._mapping)
        return Cycle(id=values.pop("cycle_id"), **values)

    def cycle_titled(self, title: str) -> bool:
        table = t.cycle
        return bool(
            self._connection.execute(
                select(exists().where(table.c.district_id == self._district, table.c.title == title))
            ).scalar_one()
        )

    def subjects_in(self, cycle_id: UUID) -> frozenset[UUID]:
        table = t.evaluation
        return frozenset(
            self._connection.execute(
                select(table.c.subject_id).where(table.c.district_id == self._district, table.c.cycle_id == cycle_id)
            ).scalars()
        )


def _row(after: Evaluation, agreement: Agreement) -> dict[str, object]:
    summary = summarize(after, agreement)
    dates = [step.due_on for step in summary.open if step.due_on is not None and step.required]
    return {
        "version": after.version,
        "evaluator_id": after.evaluator_id,
        "state": _encode(after).decode(),
        "summary": _encode(summary).decode(),
        "next_due": min(dates, default=None),
        "closed_at": after.closed_at,
    }


def _entries(version: int, after: Evaluation, events: Sequence[e.Event]) -> list[dict[str, object]]:
    return [
        {
            "district_id": after.district_id,
            "evaluation_id": after.id,
            "sequence": sequence,
            "type": type(event).__name__,
            "part": event.part,
            "by_id": event.by_id,
            "at": event.at,
            "data": _encode(_data(event)).decode(),
        }
        for sequence, event in enumerate(events, start=version + 1)
    ]


def _data(event: e.Event) -> dict[str, object]:
    return {name: value for name, value in vars(event).items() if name not in _NOT_IN_DATA}
