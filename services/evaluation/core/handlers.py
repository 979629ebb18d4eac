"""What the program does when it is asked: load, decide, keep. Knows the store only by what it needs of it.

One evaluation's commands all go the same way (`handle`, with the table of decisions in domain/decisions); what touches
many evaluations has a function of its own below.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.commands import AssignEvaluator, Command, OpenEvaluation
from services.evaluation.core.domain.decisions import decide
from services.evaluation.core.domain.decisions.collisions import parts
from services.evaluation.core.domain.decisions.guards import Case
from services.evaluation.core.domain.decisions.progress import conclude
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.domain.evolve import evolve, opened
from services.evaluation.core.domain.refusals import Change, Refused, StaleVersion, UnknownVersion
from services.evaluation.core.domain.score import may_come_out
from services.evaluation.core.domain.steps import fixed_days

AHEAD = timedelta(days=3 * 366)
"""How long before its first day a cycle can be opened."""


@dataclass(frozen=True)
class Cycle:
    """A round of evaluations under one ratified agreement. `first_day`/`last_day`: inclusive."""

    id: UUID
    district_id: UUID
    title: str
    agreement_hash: str
    first_day: date
    last_day: date
    opened_by: UUID
    opened_at: datetime


@dataclass(frozen=True)
class Loaded:
    """An evaluation with what it runs under; its row is locked until the transaction ends."""

    evaluation: Evaluation
    agreement: Agreement
    cycle_title: str


class Store(Protocol):
    """One transaction in one district."""

    def lock(self, evaluation_id: UUID) -> Loaded | None: ...

    def changes(self, evaluation_id: UUID, since: int, parts: Sequence[str] | None) -> Sequence[Change]: ...

    def keep(self, loaded: Loaded, after: Evaluation, events: Sequence[e.Event]) -> None: ...

    def keep_new(
        self, cycle: Cycle, agreement: Agreement, opened: Sequence[tuple[Evaluation, list[e.Event]]]
    ) -> None: ...

    def keep_cycle(self, cycle: Cycle) -> bool: ...

    def agreement(self, content_hash: str) -> Agreement | None: ...

    def drop_cycle(self, cycle_id: UUID) -> bool: ...

    def cycle(self, cycle_id: UUID) -> Cycle | None: ...

    def subjects_in(self, cycle_id: UUID) -> frozenset[UUID]: ...


@dataclass(frozen=True)
class Assigned:
    """What came of giving many evaluations to one evaluator. `ended_early`: those passed over because they have been."""

    count: int
    ended_early: tuple[UUID, ...]


class NoSuchEvaluation(Exception):  # noqa: N818 - it is an answer, not an error of the program
    """There is none of that id in this district."""


def handle(
    store: Store, command: Command, at: datetime, allow: Callable[[Evaluation], None] | None = None
) -> Evaluation:
    """Carry out one command and answer the evaluation after it. `allow`: raises where the actor may not even see it.

    Raises NoSuchEvaluation, Refused, StaleVersion where a part it builds on has changed since `command.seen`, or
    UnknownVersion where that is still to come.
    """
    return handle_taken(store, take(store, command.evaluation_id, allow), [command], at)


def take(store: Store, evaluation_id: UUID, allow: Callable[[Evaluation], None] | None = None) -> Loaded:
    """The evaluation, locked until the transaction ends; for commands to be carried out on it. Raises NoSuchEvaluation."""
    loaded = store.lock(evaluation_id)
    if loaded is None:
        raise NoSuchEvaluation
    if allow is not None:
        allow(loaded.evaluation)
    return loaded


def handle_taken(store: Store, loaded: Loaded, commands: Sequence[Command], at: datetime) -> Evaluation:
    """Carry out commands on one evaluation, each on what the one before it left, and keep them all at once.

    The versions they name are compared with the evaluation as it was taken. Raises as `handle` does; then nothing is kept.
    """
    evaluation, events = loaded.evaluation, list[e.Event]()
    for command in commands:
        _refuse_stale(store, Case(loaded.evaluation, loaded.agreement, at), command)
        decided = decide(Case(evaluation, loaded.agreement, at), command)
        evaluation = evolve(evaluation, decided)
        events += decided
    if events:
        store.keep(loaded, evaluation, events)
    return evaluation


def _refuse_stale(store: Store, case: Case, command: Command) -> None:
    evaluation = case.evaluation
    if command.seen is None:
        return
    if command.seen > evaluation.version:
        raise UnknownVersion(evaluation.version)
    built_on = parts(case, command)
    if built_on != () and command.seen < evaluation.version:
        changes = tuple(store.changes(evaluation.id, command.seen, built_on))
        if changes:
            raise StaleVersion(evaluation.id, changes)


def open_cycle(store: Store, cycle: Cycle, today: date) -> None:
    """Begin a round. The agreement must be ratified, in force by the cycle's first day, and each of its dates must fall
    within the cycle. `today`: the district's."""
    agreement = store.agreement(cycle.agreement_hash)
    if agreement is None:
        raise Refused("not_ratified", fields={"agreement_hash": "not_ratified"})
    if agreement.in_force_from > cycle.first_day:
        in_force_from = agreement.in_force_from.isoformat()
        raise Refused("not_in_force", fields={"first_day": "not_in_force"}, in_force_from=in_force_from)
    if cycle.first_day > today + AHEAD:
        raise Refused("too_far_ahead", fields={"first_day": "too_far_ahead"})
    if cycle.last_day <= cycle.first_day:
        raise Refused("ends_before_begin", fields={"last_day": "ends_before_begin"})
    if (cycle.last_day - cycle.first_day).days > 800:
        raise Refused("cycle_too_long", fields={"last_day": "cycle_too_long"})
    _refuse_days_outside(cycle, agreement)
    if not store.keep_cycle(cycle):
        raise Refused("title_taken", fields={"title": "title_taken"})


def take_back_cycle(store: Store, cycle_id: UUID) -> None:
    """A cycle that was opened by mistake is gone, and its title free again. Nobody was ever told of it: what a cycle is
    called others learn from its evaluations, so it is kept once one has begun."""
    if not store.drop_cycle(cycle_id):
        raise Refused("cycle_in_use")


def _refuse_days_outside(cycle: Cycle, agreement: Agreement) -> None:
    for step, day in fixed_days(agreement, cycle.first_day):
        if day > cycle.last_day:
            fields = {"last_day": "date_outside_cycle"}
            raise Refused("date_outside_cycle", fields=fields, title=step.title, on=day.isoformat())


def open_evaluations(store: Store, cycle: Cycle, commands: Sequence[OpenEvaluation], at: datetime) -> int:
    """Begin evaluations of many people in a cycle; whoever has one already is passed over. Answers how many began."""
    agreement = store.agreement(cycle.agreement_hash)
    if agreement is None:
        raise Refused("not_ratified")
    present = store.subjects_in(cycle.id)
    new = [_open(cycle, agreement, command, at) for command in commands if command.subject_id not in present]
    if new:
        store.keep_new(cycle, agreement, new)
    return len(new)


def _open(
    cycle: Cycle, agreement: Agreement, command: OpenEvaluation, at: datetime
) -> tuple[Evaluation, list[e.Event]]:
    if command.track not in agreement.procedure.tracks:
        raise Refused("no_such_track", fields={"track": "no_such_track"})
    if not may_come_out(agreement, command.track, command.previous_final):
        raise Refused("earlier_result_wanted", fields={"track": "earlier_result_wanted"})
    if command.actor_id == command.subject_id:
        raise Refused("begins_own", fields={"person_ids": "begins_own"})
    if command.evaluator_id == command.subject_id:
        raise Refused("evaluates_self", fields={"evaluator_id": "evaluates_self"})
    first = e.EvaluationOpened(
        by_id=command.actor_id,
        at=at,
        district_id=command.district_id,
        cycle_id=cycle.id,
        agreement_hash=cycle.agreement_hash,
        track=command.track,
        subject_id=command.subject_id,
        school_id=command.school_id,
        first_day=cycle.first_day,
        last_day=cycle.last_day,
        zone=command.zone,
        previous_final=command.previous_final,
    )
    evaluation = opened(command.evaluation_id, first)
    primary: list[e.Event] = []
    if command.evaluator_id is not None:
        primary.append(e.EvaluatorAssigned(by_id=command.actor_id, at=at, evaluator_id=command.evaluator_id))
    events = conclude(Case(evaluation, agreement, at), primary)
    return evolve(evaluation, events), [first, *events]


def assign_evaluators(
    store: Store,
    seen: Mapping[UUID, int],
    at: datetime,
    *,
    evaluator_id: UUID,
    actor_id: UUID,
    reason: str,
    allow: Callable[[Evaluation], None] | None = None,
) -> Assigned:
    """Give many evaluations to one evaluator; those who have that evaluator already are passed over, and so are those that
    were ended early, perhaps since the office looked. All others or none.

    `seen`: the evaluations, each with the version that the office had before it. Raises as `handle` does, StaleVersion where
    one was given to somebody since. `allow`: as for `handle`, asked of each.
    """
    assigned, ended = 0, list[UUID]()
    for evaluation_id, version in sorted(seen.items()):
        command = AssignEvaluator(
            evaluation_id=evaluation_id,
            actor_id=actor_id,
            office=True,
            seen=version,
            evaluator_id=evaluator_id,
            reason=reason,
        )
        try:
            handle(store, command, at, allow)
            assigned += 1
        except Refused as refusal:
            if refusal.code == "ended_early":
                ended.append(evaluation_id)
            elif refusal.code != "already_evaluator":
                raise
    return Assigned(assigned, tuple(ended))


__all__ = [
    "Assigned", "Cycle", "Loaded", "NoSuchEvaluation", "Store", "assign_evaluators", "handle", "handle_taken", "open_cycle",
    "open_evaluations", "take", "take_back_cycle",
]  # fmt: skip
