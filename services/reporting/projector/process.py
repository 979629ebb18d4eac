"""`accord.process` -> evaluations, steps and counts. Many events at once cost hardly more statements than one.

Nothing here reads or writes a table of results.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from services.reporting.marks import Marks
from services.reporting.projector.counting import Changes, Place, Tally, count_evaluation, count_step
from services.reporting.projector.evaluation import CHANGES, NEED_WHAT_WAITS, Change, Evaluation, Step, opened
from services.reporting.projector.naming import Names
from services.reporting.store import process_tables as t
from shared.contracts import process
from shared.contracts.envelope import Envelope
from shared.contracts.registry import Event
from shared.rows import add, put

PROCESS_EVENTS: frozenset[type[Event]] = frozenset({process.EvaluationOpened, *CHANGES})


class UnknownEvaluationError(Exception):
    """An event about an evaluation that was never opened; it is set aside with this reason."""


def project(connection: Connection, marks: Marks, district_id: UUID, events: Sequence[tuple[Event, Envelope]]) -> None:
    """Apply events of one district, those of each evaluation in their order."""
    work = _Work(marks, district_id)
    for evaluation, steps in _load(connection, district_id, [event for event, _ in events]):
        work.know(evaluation, steps)
    for event, envelope in events:
        work.take(event, envelope)
    work.write(connection)


class _Known(msgspec.Struct):
    """An evaluation as it is now, with the steps that are needed, and what is to be written of it."""

    evaluation: Evaluation
    steps: dict[str, Step]
    tally: Tally
    """Where the evaluation is counted, and its steps but for those that were done under somebody else."""
    changed: bool = False
    touched: dict[str, None] = {}


_LOAD = text(
    """
    SELECT row_to_json(e)::text AS evaluation,
      (SELECT json_agg(s)::text FROM report_step s
       WHERE s.district_id = e.district_id AND s.evaluation_id = e.evaluation_id
         AND (s.step_id = ANY (string_to_array(w.steps, chr(31))) OR (w.whole AND s.state IN ('planned', 'open')))) AS steps
    FROM unnest(CAST(:ids AS uuid[]), CAST(:steps AS text[]), CAST(:whole AS boolean[])) AS w (evaluation_id, steps, whole)
    JOIN report_evaluation e ON e.district_id = :district AND e.evaluation_id = w.evaluation_id
    """
)
_PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")
_evaluation = msgspec.json.Decoder(Evaluation)
_steps = msgspec.json.Decoder(list[Step])


def _load(
    connection: Connection, district_id: UUID, events: Sequence[Event]
) -> Iterator[tuple[Evaluation, Sequence[Step]]]:
    """The evaluations the events are about, each with just the steps they touch."""
    wanted: dict[UUID, set[str]] = {}
    whole: set[UUID] = set()
    for event in events:
        if isinstance(event, process.EvaluationOpened):
            continue
        evaluation_id: UUID = event.evaluation_id  # type: ignore[attr-defined]
        names = wanted.setdefault(evaluation_id, set())
        if isinstance(event, NEED_WHAT_WAITS):
            whole.add(evaluation_id)
        elif not isinstance(event, process.EvaluationClosed):
            names.add(event.step_id)  # type: ignore[attr-defined]
    if not wanted:
        return
    # A plan that was kept from when the tables were empty reads all of them for every evaluation.
    connection.execute(_PLAN_ANEW)
    arrays = {
        "ids": list(wanted),
        "steps": ["\x1f".join(names) for names in wanted.values()],
        "whole": [evaluation_id in whole for evaluation_id in wanted],
    }
    for row in connection.execute(_LOAD, {"district": district_id, **arrays}):
        yield _evaluation.decode(row.evaluation), _steps.decode(row.steps) if row.steps else ()


class _Work:
    """Events folded into rows, and what the rows' changes do to the counts."""

    def __init__(self, marks: Marks, district_id: UUID) -> None:
        self._marks, self._district_id = marks, district_id
        self._known: dict[UUID, _Known] = {}
        self._changes = Changes()
        self._assignments: list[dict[str, object]] = []
        self._opened: Counter[tuple[UUID, str, UUID | None]] = Counter()
        self._names = Names(marks, district_id)

    def know(self, evaluation: Evaluation, steps: Iterable[Step]) -> _Known:
        """Take in an evaluation as it stands in the tables, or as it begins."""
        by_id = {step.step_id: step for step in steps}
        known = self._known[evaluation.evaluation_id] = _Known(evaluation, by_id, self._changes.at(evaluation))
        return known

    def take(self, event: Event, envelope: Envelope) -> None:
        if isinstance(event, process.EvaluationOpened):
            self._open(event)
            return
        known = self._known.get(event.evaluation_id)  # type: ignore[attr-defined]
        if known is None:
            raise UnknownEvaluationError(f"{envelope.type} is about an evaluation that was never opened.")
        if isinstance(event, process.EvaluatorAssigned):
            self._note_assignment(known.evaluation, event, envelope)
        self._settle(known, CHANGES[type(event)](known.evaluation, known.steps, event))

    def _open(self, event: process.EvaluationOpened) -> None:
        change = opened(event, self._district_id, self._marks.evaluation(self._district_id, event.evaluation_id))
        self._names.note_cycle(event)
        self._opened[event.cycle_id, event.agreement_hash, event.school_id] += 1
        known = self.know(change.evaluation, ())
        count_evaluation(change.evaluation, known.tally, 1)
        known.changed = True
        self._settle(known, change)

    def _settle(self, known: _Known, change: Change) -> None:
        before, after = known.evaluation, change.evaluation
        was = known.tally
        if after != before:
            known.tally = self._changes.at(after)
            count_evaluation(before, was, -1)
            count_evaluation(after, known.tally, 1)
            known.evaluation, known.changed = after, True
        for step in change.steps:
            if (old := known.steps.get(step.step_id)) is not None:
                count_step(old, was if old.evaluator_id == before.evaluator_id else self._changes.at(old), -1)
            count_step(step, known.tally if step.evaluator_id == after.evaluator_id else self._changes.at(step), 1)
            known.steps[step.step_id] = step
            known.touched[step.step_id] = None
            self._names.note_step(step)

    def _note_assignment(self, evaluation: Evaluation, event: process.EvaluatorAssigned, envelope: Envelope) -> None:
        self._assignments.append(
            {
                "district_id": self._district_id,
                "evaluation_id": event.evaluation_id,
                "sequence": envelope.sequence,
                "evaluator_id": event.evaluator_id,
                "previous_id": event.previous_id,
                "at": event.at,
            }
        )
        self._names.note_evaluator(evaluation, event)

    def _opened_rows(self) -> list[dict[str, object]]:
        return [
            {
                "district_id": self._district_id,
                "cycle_id": cycle,
                "agreement_hash": agreement,
                "school_id": school,
                "opened": number,
            }
            for (cycle, agreement, school), number in self._opened.items()
        ]

    def write(self, connection: Connection) -> None:
        everyone = self._known.values()
        put(connection, t.evaluation, [known.evaluation for known in everyone if known.changed])
        put(connection, t.step, [known.steps[step] for known in everyone for step in known.touched])
        put(connection, t.assignment, self._assignments)
        add(connection, t.step_count, "report_step_count_once", _count_rows(self._district_id, self._changes))
        add(connection, t.step_due, "report_step_due_once", _waiting_rows(self._district_id, self._changes))
        add(connection, t.evaluation_count, "report_evaluation_count_once", self._opened_rows())
        self._names.write(connection)


def _count_rows(district_id: UUID, changes: Changes) -> list[dict[str, object]]:
    zeros = dict.fromkeys(t.COUNTS, 0)
    return [{**_keys(district_id, place, key), **zeros, **numbers} for place, key, numbers in changes.counts()]


def _waiting_rows(district_id: UUID, changes: Changes) -> list[dict[str, object]]:
    return [
        {**_keys(district_id, place, key), "due_on": due_on, "waiting": number}
        for place, key, numbers in changes.waiting()
        for due_on, number in numbers.items()
    ]


def _keys(district_id: UUID, place: Place, step_key: str) -> dict[str, object]:
    cycle_id, scope, school_id, evaluator_id = place
    return {
        "district_id": district_id,
        "cycle_id": cycle_id,
        "scope": scope,
        "school_id": school_id,
        "evaluator_id": evaluator_id,
        "step_key": step_key,
    }
