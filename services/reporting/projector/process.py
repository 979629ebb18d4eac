"""`accord.process` -> evaluations, steps and counts. Many events at once cost hardly more statements than one.

Nothing here reads or writes a table of results.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from services.reporting.marks import Marks
from services.reporting.projector.counting import Changes, count_evaluation, count_step
from services.reporting.projector.evaluation import CHANGES, Change, Evaluation, Step, opened
from services.reporting.projector.naming import Names
from services.reporting.store import process_tables as t
from services.reporting.store.writing import add, put
from shared.contracts import process
from shared.contracts.envelope import Envelope
from shared.contracts.registry import Event

PROCESS_EVENTS: frozenset[type[Event]] = frozenset({process.EvaluationOpened, *CHANGES})


class UnknownEvaluationError(Exception):
    """An event about an evaluation that was never opened; it is set aside with this reason."""


def project(connection: Connection, marks: Marks, district_id: UUID, events: Sequence[tuple[Event, Envelope]]) -> None:
    """Apply events of one district, those of each evaluation in their order."""
    loaded = _load(connection, district_id, [event for event, _ in events])
    work = _Work(marks, district_id, loaded)
    for event, envelope in events:
        work.take(event, envelope)
    work.write(connection)


class _Loaded(msgspec.Struct):
    evaluations: dict[UUID, Evaluation] = {}
    steps: dict[UUID, dict[str, Step]] = {}

    def put(self, evaluation: Evaluation, steps: Iterable[Step]) -> None:
        self.evaluations[evaluation.evaluation_id] = evaluation
        known = self.steps.setdefault(evaluation.evaluation_id, {})
        known.update((step.step_id, step) for step in steps)


_LOAD = text(
    """
    SELECT row_to_json(e)::text AS evaluation,
      (SELECT json_agg(s)::text FROM report_step s
       WHERE s.district_id = e.district_id AND s.evaluation_id = e.evaluation_id
         AND (s.step_id = ANY (string_to_array(w.steps, chr(31))) OR (w.moved AND s.state IN ('planned', 'open')))) AS steps
    FROM unnest(CAST(:ids AS uuid[]), CAST(:steps AS text[]), CAST(:moved AS boolean[])) AS w (evaluation_id, steps, moved)
    JOIN report_evaluation e ON e.district_id = :district AND e.evaluation_id = w.evaluation_id
    """
)
_PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")
_evaluation = msgspec.json.Decoder(Evaluation)
_steps = msgspec.json.Decoder(list[Step])


def _load(connection: Connection, district_id: UUID, events: Sequence[Event]) -> _Loaded:
    """The evaluations the events are about, each with just the steps they touch."""
    wanted: dict[UUID, set[str]] = {}
    moved: set[UUID] = set()
    for event in events:
        if isinstance(event, process.EvaluationOpened):
            continue
        evaluation_id: UUID = event.evaluation_id  # type: ignore[attr-defined]
        names = wanted.setdefault(evaluation_id, set())
        if isinstance(event, process.EvaluatorAssigned):
            moved.add(evaluation_id)
        elif not isinstance(event, process.EvaluationClosed):
            names.add(event.step_id)  # type: ignore[attr-defined]
    loaded = _Loaded()
    if wanted:
        # A plan that was kept from when the tables were empty reads all of them for every evaluation.
        connection.execute(_PLAN_ANEW)
        arrays = {
            "ids": list(wanted),
            "steps": ["\x1f".join(names) for names in wanted.values()],
            "moved": [evaluation_id in moved for evaluation_id in wanted],
        }
        for row in connection.execute(_LOAD, {"district": district_id, **arrays}):
            loaded.put(_evaluation.decode(row.evaluation), _steps.decode(row.steps) if row.steps else ())
    return loaded


class _Work:
    """Events folded into rows, and what the rows' changes do to the counts."""

    def __init__(self, marks: Marks, district_id: UUID, loaded: _Loaded) -> None:
        self._marks, self._district_id, self._loaded = marks, district_id, loaded
        self._evaluations: set[UUID] = set()
        self._steps: set[tuple[UUID, str]] = set()
        self._counts: Changes[str] = Changes()
        self._waiting: Changes[date] = Changes()
        self._assignments: list[dict[str, object]] = []
        self._opened: Counter[tuple[UUID, str, UUID | None]] = Counter()
        self._names = Names(marks, district_id)

    def take(self, event: Event, envelope: Envelope) -> None:
        if isinstance(event, process.EvaluationOpened):
            mark = self._marks.evaluation(self._district_id, event.evaluation_id)
            self._names.note_cycle(event)
            self._opened[event.cycle_id, event.agreement_hash, event.school_id] += 1
            self._settle(None, {}, opened(event, self._district_id, mark))
            return
        evaluation_id: UUID = event.evaluation_id  # type: ignore[attr-defined]
        before = self._loaded.evaluations.get(evaluation_id)
        if before is None:
            raise UnknownEvaluationError(f"{envelope.type} is about an evaluation that was never opened.")
        steps = self._loaded.steps[evaluation_id]
        self._settle(before, steps, CHANGES[type(event)](before, steps, event))
        if isinstance(event, process.EvaluatorAssigned):
            self._note_assignment(before, event, envelope)

    def _settle(self, before: Evaluation | None, steps: Mapping[str, Step], change: Change) -> None:
        after = change.evaluation
        if after != before:
            if before is not None:
                count_evaluation(before, self._counts, -1)
            count_evaluation(after, self._counts, 1)
            self._evaluations.add(after.evaluation_id)
        for step in change.steps:
            if (old := steps.get(step.step_id)) is not None:
                count_step(old, self._counts, self._waiting, -1)
            count_step(step, self._counts, self._waiting, 1)
            self._steps.add((after.evaluation_id, step.step_id))
            self._names.note_step(step)
        self._loaded.put(after, change.steps)

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
        put(connection, t.evaluation, [self._loaded.evaluations[each] for each in sorted(self._evaluations)])
        put(connection, t.step, [self._loaded.steps[evaluation][step] for evaluation, step in sorted(self._steps)])
        put(connection, t.assignment, self._assignments)
        add(connection, t.step_count, "report_step_count_once", _count_rows(self._district_id, self._counts))
        add(connection, t.step_due, "report_step_due_once", _waiting_rows(self._district_id, self._waiting))
        add(connection, t.evaluation_count, "report_evaluation_count_once", self._opened_rows())
        self._names.write(connection)


def _count_rows(district_id: UUID, counts: Changes[str]) -> list[dict[str, object]]:
    zeros = dict.fromkeys(t.COUNTS, 0)
    return [
        {"district_id": district_id, **place._asdict(), **zeros, **changes}
        for place, changes in counts.by_place().items()
    ]


def _waiting_rows(district_id: UUID, waiting: Changes[date]) -> list[dict[str, object]]:
    return [
        {"district_id": district_id, **place._asdict(), "due_on": due_on, "waiting": number}
        for place, changes in waiting.by_place().items()
        for due_on, number in changes.items()
    ]
