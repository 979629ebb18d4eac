"""Evaluations in PostgreSQL: state row, record entries and outbox rows in one transaction; rows translated by hand."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import msgspec
from sqlalchemy import Connection, case, delete, func, insert, literal_column, select, text

from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.domain.refusals import Change
from services.evaluation.core.handlers import Cycle, Loaded
from services.evaluation.core.publishing import publish
from services.evaluation.core.store import tables as t
from services.evaluation.core.store.agreement_store import agreement_of
from services.evaluation.core.store.summary import Summary, summarize
from shared.direct import ask, tell
from shared.letters import bare_key_of
from shared.outbox.record import record_events

_encode = msgspec.json.Encoder(decimal_format="string").encode
decode_evaluation = msgspec.json.Decoder(Evaluation).decode
"""As it was kept; its days are those of the zone that the district had then."""
decode_summary = msgspec.json.Decoder(Summary).decode
_NOT_IN_DATA = ("by_id", "at")
_OUTCOME = case((t.record.c.type == "StepDone", literal_column("record.data->>'outcome'"))).label("outcome")
_LOCK = """
SELECT e.state::text, e.agreement_hash, c.title, d.zone FROM evaluation e
JOIN cycle c ON c.district_id = e.district_id AND c.cycle_id = e.cycle_id
LEFT JOIN people_district d ON d.district_id = e.district_id
WHERE e.district_id = %s AND e.evaluation_id = %s FOR UPDATE OF e
"""
_ADD_ENTRIES = """
INSERT INTO record (district_id, evaluation_id, sequence, type, part, by_id, at, data)
SELECT %s, evaluation_id, sequence, type, part, by_id, at, data
FROM json_to_recordset(%s::json) AS entry(
  evaluation_id uuid, sequence bigint, type text, part text, by_id uuid, at timestamptz, data json)
"""
_KEEP = f"""
WITH kept AS (
  UPDATE evaluation SET version = %s, evaluator_id = %s, state = %s::json, summary = %s::json, people = %s,
    next_due = %s, closed_at = %s, ended_early_at = %s
  WHERE district_id = %s AND evaluation_id = %s)
{_ADD_ENTRIES}"""  # noqa: S608 - of our own text
"""State and record at once: a person waits for each statement, and this one is in every change."""
_CHANGED = ("version", "evaluator_id", "state", "summary", "people", "next_due", "closed_at", "ended_early_at")
"""The columns that a change writes, in the order of _KEEP."""
_HOLD_CYCLES = text("SELECT pg_advisory_xact_lock(7302, hashtext(:district))")
"""A lock of its own: the role web may not change a cycle, and so can't lock its row."""


def read_evaluation(state: str, zone: str | None) -> Evaluation:
    """The evaluation as it was kept. Its days end at midnight in the district's present `zone`, whatever it was when it
    began; None where the directory has told of none."""
    evaluation = decode_evaluation(state)
    return evaluation if zone in (None, evaluation.zone) else replace(evaluation, zone=zone)


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
        row = ask(self._connection, _LOCK, (self._district, evaluation_id))
        if row is None:
            return None
        state, agreement_hash, cycle_title, zone = row
        agreement = self.agreement(agreement_hash)
        if agreement is None:
            raise UnknownAgreementError(agreement_hash)
        return Loaded(read_evaluation(state, zone), agreement, cycle_title)

    def changes(self, evaluation_id: UUID, since: int, parts: Sequence[str] | None) -> Sequence[Change]:
        """What the record says happened to these parts (None: to any) after a version."""
        table = t.record
        wanted = table.c.part.is_not(None) if parts is None else table.c.part == func.any(list(parts))
        rows = self._connection.execute(
            select(table.c.sequence, table.c.part, table.c.type, table.c.by_id, table.c.at, _OUTCOME)
            .where(
                table.c.district_id == self._district,
                table.c.evaluation_id == evaluation_id,
                table.c.sequence > since,
                wanted,
            )
            .order_by(table.c.sequence)
        ).all()
        return [
            Change(row.sequence, row.part, row.type, row.by_id and str(row.by_id), row.at.isoformat(), row.outcome)
            for row in rows
        ]

    def keep(self, loaded: Loaded, after: Evaluation, events: Sequence[e.Event]) -> None:
        """State, record and outbox of one evaluation, which `lock` has locked in this transaction."""
        entries = _encode(_entries(loaded.evaluation.version, after, events)).decode()
        row = _row(after, loaded.agreement)
        changed = [row[name] for name in _CHANGED]
        tell(self._connection, _KEEP, (*changed, self._district, after.id, self._district, entries))
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
        kept = _encode(entries).decode()
        tell(self._connection, _ADD_ENTRIES, (self._district, kept))
        record_events(
            self._connection,
            t.OUTBOX,
            told,
            source=self._service,
            district_id=self._district,
            at=opened[-1][0].opened_at,
        )

    def keep_cycle(self, cycle: Cycle) -> bool:
        """False, and nothing is kept, where its title is read as one that is taken: also by somebody who was first by a
        moment."""
        self.hold_cycles()
        taken = self._connection.execute(
            select(t.cycle.c.title).where(t.cycle.c.district_id == self._district)
        ).scalars()
        if bare_key_of(cycle.title) in {bare_key_of(title) for title in taken}:
            return False
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
        return True

    def drop_cycle(self, cycle_id: UUID) -> bool:
        """False, and it stays, where an evaluation has begun in it: also by somebody who was first by a moment."""
        self.hold_cycles()
        if self.has_begun(cycle_id):
            return False
        self._connection.execute(
            delete(t.cycle).where(t.cycle.c.district_id == self._district, t.cycle.c.cycle_id == cycle_id)
        )
        return True

    def has_begun(self, cycle_id: UUID) -> bool:
        """Whether the cycle has any evaluation, be it over."""
        table = t.evaluation
        found = self._connection.execute(
            select(table.c.evaluation_id)
            .where(table.c.district_id == self._district, table.c.cycle_id == cycle_id)
            .limit(1)
        )
        return found.one_or_none() is not None

    def cycle(self, cycle_id: UUID) -> Cycle | None:
        table = t.cycle
        row = self._connection.execute(
            select(table).where(table.c.district_id == self._district, table.c.cycle_id == cycle_id)
        ).one_or_none()
        if row is None:
            return None
        values = dict(row._mapping)
        return Cycle(id=values.pop("cycle_id"), **values)

    def hold_cycles(self) -> None:
        """Whoever comes second in the district, to open a cycle, to take one back or to begin evaluations in any, waits here
        until the first is done, and then sees what the first one did."""
        self._connection.execute(_HOLD_CYCLES, {"district": str(self._district)})

    def subjects_in(self, cycle_id: UUID) -> frozenset[UUID]:
        """Who has an evaluation in the cycle; nobody else gets one in the district until the transaction ends."""
        self.hold_cycles()
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
        "people": _named_in(after),
        "next_due": min(dates, default=None),
        "closed_at": after.closed_at,
        "ended_early_at": after.ended_early.at if after.ended_early is not None else None,
    }


def _named_in(after: Evaluation) -> list[UUID]:
    """The subject, everyone who is or was the evaluator, who assigned them, and who ended it early."""
    people = {after.subject_id}
    if after.ended_early is not None:
        people.add(after.ended_early.by_id)
    for one in after.assignments:
        people |= {one.evaluator_id, one.by_id}
    return sorted(people)


def _entries(version: int, after: Evaluation, events: Sequence[e.Event]) -> list[dict[str, object]]:
    return [
        {
            "evaluation_id": after.id,
            "sequence": sequence,
            "type": type(event).__name__,
            "part": event.part,
            "by_id": event.by_id,
            "at": event.at,
            "data": _data(event),
        }
        for sequence, event in enumerate(events, start=version + 1)
    ]


def _data(event: e.Event) -> dict[str, object]:
    return {name: value for name, value in vars(event).items() if name not in _NOT_IN_DATA}
