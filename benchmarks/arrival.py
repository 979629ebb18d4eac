"""From commit to what people see: real commands at a steady rate, watched for in the inbox's and the reports' own tables."""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypedDict
from uuid import UUID

from sqlalchemy import Engine, text

from accord.demo.load import DISTRICT_ID
from benchmarks.district import SERVICE, Open, engine_of
from benchmarks.figures import Figure, percentile
from benchmarks.promises import measured
from benchmarks.writers import LINES, NEXT_STEPS, STRENGTHS
from services.evaluation.core.domain.commands import RecordObservation, SendFeedback
from services.evaluation.core.domain.evaluation import Note
from services.evaluation.core.handlers import handle
from services.evaluation.core.store.repository import Repository
from shared.clock import now
from shared.contracts.topics import PROCESS
from shared.db import set_district, transaction

EVENTS_A_SECOND, SECONDS = 200, 10.0
_STEP = "walkthrough/1/feedback"
_LOOK_SECONDS = 0.005
_SEEN_BY = {
    "notifications": text(
        "SELECT evaluation_id FROM message WHERE district_id = :district AND kind = 'feedback_sent'"
        " AND step_id = :step AND evaluation_id = ANY(:ids)"
    ),
    "reporting": text(
        "SELECT evaluation_id FROM report_step WHERE district_id = :district AND state = 'done'"
        " AND step_id = :step AND evaluation_id = ANY(:ids)"
    ),
}
"""What makes a submission visible: the entry in the subject's inbox; the step done on the board and in the audit."""
_COUNT = text("SELECT coalesce(sum(sequence), 0) FROM outbox_stream WHERE topic = :topic AND district_id = :district")


class _Who(TypedDict):
    evaluation_id: UUID
    actor_id: UUID
    occasion_id: UUID


@dataclass
class _Watch:
    """Who waits to be seen where, and how long it took. Threads share it; each deed is one of a dict or a list."""

    committed: dict[UUID, float] = field(default_factory=dict)
    seen: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in _SEEN_BY})
    ended: threading.Event = field(default_factory=threading.Event)


def arrival(environment: Mapping[str, str], waiting: Sequence[Open]) -> list[Figure]:
    """Both figures. `waiting`: unannounced observations, each the first of its evaluation."""
    watch = _Watch()
    each = _events_of_one(environment, waiting[0])
    sendings = list(waiting[1 : 1 + round(EVENTS_A_SECOND / each * SECONDS)])
    watchers = [threading.Thread(target=_look, args=(environment, name, watch, len(sendings))) for name in _SEEN_BY]
    for watcher in watchers:
        watcher.start()
    started = time.perf_counter()
    _send_steadily(environment, sendings, each / EVENTS_A_SECOND, watch)
    took = time.perf_counter() - started
    watch.ended.set()
    for watcher in watchers:
        watcher.join()
    note = f"{len(sendings)} submissions, {len(sendings) * each / took:.0f} events/s"
    return [_figure(name, watch.seen[name], len(sendings), note) for name in _SEEN_BY]


def _figure(name: str, times: Sequence[float], wanted: int, note: str) -> Figure:
    promise = {"notifications": "inbox", "reporting": "report"}[name]
    if len(times) < wanted:
        return measured(promise, float("inf"), f"{wanted - len(times)} of {wanted} never arrived")
    p50, p99 = (percentile(times, share) * 1000 for share in (0.5, 0.99))
    return measured(promise, p99, f"{note}; p50 {p50:.0f} ms, the longest {max(times) * 1000:.0f} ms")


def _events_of_one(environment: Mapping[str, str], one: Open) -> int:
    """How many events a submission is told by; sends the first one."""
    with engine_of(SERVICE, environment) as engine, engine_of(SERVICE, environment, "worker") as counting:
        before = _told(counting)
        _send(engine, one)
        return _told(counting) - before


def _told(engine: Engine) -> int:
    with transaction(engine, DISTRICT_ID) as connection:
        return int(connection.execute(_COUNT, {"topic": PROCESS.name, "district": DISTRICT_ID}).scalar_one())


def _send_steadily(environment: Mapping[str, str], sendings: Sequence[Open], pause: float, watch: _Watch) -> None:
    with engine_of(SERVICE, environment) as engine, ThreadPoolExecutor(4) as senders:

        def send(one: Open) -> None:
            watch.committed[one.evaluation_id] = _send(engine, one)

        started = time.perf_counter()
        under_way = []
        for number, one in enumerate(sendings):
            time.sleep(max(0.0, started + number * pause - time.perf_counter()))
            under_way.append(senders.submit(send, one))
        for future in under_way:
            future.result()


def _send(engine: Engine, one: Open) -> float:
    """Carry out both commands of a submission; answers the moment before its commit."""
    who = _Who(evaluation_id=one.evaluation_id, actor_id=one.evaluator_id, occasion_id=one.occasion_id)
    held_from = now() - timedelta(hours=3)
    notes = tuple(Note(words, None, tuple(components.split())) for words, components in LINES)
    record = RecordObservation(**who, held_from=held_from, held_to=held_from + timedelta(minutes=45), notes=notes)
    feedback = SendFeedback(**who, strengths=STRENGTHS, next_steps=NEXT_STEPS)
    with engine.connect() as connection:
        set_district(connection, DISTRICT_ID)
        store = Repository(connection, DISTRICT_ID, SERVICE)
        for command in (record, feedback):
            handle(store, command, now())
        committing = time.perf_counter()
        connection.commit()
    return committing


def _look(environment: Mapping[str, str], name: str, watch: _Watch, wanted: int) -> None:
    """Ask every few milliseconds for those that were committed and not yet seen; gives up ten seconds after the last."""
    found: set[UUID] = set()
    deadline = None
    with engine_of(name, environment, "worker") as engine, engine.connect() as connection:
        while len(found) < wanted and (deadline is None or time.monotonic() < deadline):
            if deadline is None and watch.ended.is_set():
                deadline = time.monotonic() + 10
            pending = [one for one in list(watch.committed) if one not in found]
            if pending:
                set_district(connection, DISTRICT_ID)
                asked = {"district": DISTRICT_ID, "step": _STEP, "ids": pending}
                rows = connection.execute(_SEEN_BY[name], asked).scalars().all()
                moment = time.perf_counter()
                connection.rollback()
                watch.seen[name] += [moment - watch.committed[one] for one in rows]
                found.update(rows)
            time.sleep(_LOOK_SECONDS)
