"""Whether all services agree, once nothing moves any more: the record, the log, the inbox and the report.

Every function reads the services' own tables as their worker does, and fails with what it found.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from accord import services
from accord.demo.load import DISTRICT_ID
from accord.events import consumer_of, inbox_of, opened, outbox_of, standing
from benchmarks.district import SERVICE, Open, engine_of
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.store import tables as teacher
from services.evaluation.core.store.repository import decode_evaluation
from shared.bus.port import TopicPartition
from shared.contracts.envelope import read_envelope
from shared.contracts.topics import PROCESS
from shared.db import transaction
from shared.inbox.replay import replay
from shared.outbox.backlog import outbox_backlog
from tests.support.bus import wait_until

Environment = Mapping[str, str]
READERS = ("notifications", "reporting")


def settle(environment: Environment, seconds: float = 120.0) -> None:
    """Until nothing waits to be published or read, anywhere; nothing was set aside on the way."""
    wait_until(lambda: not _unsettled(environment), seconds=seconds, message=f"not settled: {_unsettled(environment)}")
    for service in services.ALL:
        with opened(service, environment) as (_, engine, _bus), engine.connect() as connection:
            parked = outbox_of(service).outbox.c.parked_reason
            refused = connection.execute(select(func.count()).where(parked.is_not(None))).scalar_one()
            inbox = inbox_of(service)
            aside = connection.execute(select(func.count()).select_from(inbox.parked)).scalar_one() if inbox else 0
        assert (refused, aside) == (0, 0), f"{service.name}: {refused} refused by the bus, {aside} set aside"


def _unsettled(environment: Environment) -> list[str]:
    found = []
    for service in services.ALL:
        now = standing(service, environment)
        if now.outbox.waiting or now.needs_somebody or now.lag:
            found.append(f"{service.name}: {now}")
    return found


def waiting(environment: Environment) -> int:
    """How many events of the teacher service are not on the bus yet; asks the bus nothing."""
    service = services.BY_NAME[SERVICE]
    with opened(service, environment) as (_, engine, _bus), engine.connect() as connection:
        return outbox_backlog(connection, outbox_of(service)).waiting


def evaluations(environment: Environment) -> dict[UUID, Evaluation]:
    """The teacher service's own state."""
    table = teacher.evaluation
    with engine_of(SERVICE, environment) as engine, transaction(engine, DISTRICT_ID) as connection:
        rows = connection.execute(select(table.c.evaluation_id, table.c.version, table.c.state)).all()
    found = {row.evaluation_id: decode_evaluation(row.state) for row in rows}
    assert all(found[row.evaluation_id].version == row.version for row in rows)
    return found


def record_holds_once(environment: Environment, sent: Iterable[Open]) -> None:
    """Each of `sent`, and nothing else, was sent on the record, once; the record has no gap."""
    table = teacher.record
    with engine_of(SERVICE, environment) as engine, transaction(engine, DISTRICT_ID) as connection:
        entries = connection.execute(select(table.c.evaluation_id, table.c.part).where(table.c.type == "FeedbackSent"))
        found = Counter((row.evaluation_id, row.part) for row in entries)
        by_evaluation = table.c.evaluation_id, func.count(), func.min(table.c.sequence), func.max(table.c.sequence)
        dense = connection.execute(select(*by_evaluation).group_by(table.c.evaluation_id)).all()
    expected = Counter((one.evaluation_id, f"occasion:{one.occasion_id}") for one in sent)
    assert found == expected, differences("on the record", found, expected)
    versions = {key: one.version for key, one in evaluations(environment).items()}
    assert {row[0]: (row[1], row[2], row[3]) for row in dense} == {key: (n, 1, n) for key, n in versions.items()}


def inbox_tells_once(environment: Environment, sent: Iterable[Open]) -> None:
    """Each of `sent` is told to its subject by one message, and nothing else is told of feedback."""
    told = text("SELECT recipient_id, path FROM message WHERE kind = 'feedback_sent'")
    with engine_of("notifications", environment, "worker") as engine, transaction(engine, DISTRICT_ID) as connection:
        found = Counter((row.recipient_id, row.path) for row in connection.execute(told))
    expected = Counter(
        (one.subject_id, f"/evaluations/{one.evaluation_id}/occasions/{one.occasion_id}") for one in sent
    )
    assert found == expected, differences("in the inboxes", found, expected)


def report_agrees(environment: Environment) -> int:
    """Every step and its time stand in the report as in the evaluations themselves, and so do the counts; how many."""
    mine = {
        (one.id, key): ("done" if state.status == "done" else state.status, state.done_at)
        for one in evaluations(environment).values()
        for key, state in one.steps.items()
    }
    steps = text(
        "SELECT evaluation_id, step_id, state, done_at, step_key, required FROM report_step WHERE state <> 'planned'"
    )
    count = text(
        "SELECT step_key, done FROM report_step_count WHERE scope = 'district' AND step_key <> '' AND done > 0"
    )
    with engine_of("reporting", environment, "worker") as engine, transaction(engine, DISTRICT_ID) as connection:
        rows = connection.execute(steps).all()
        counts = {row.step_key: row.done for row in connection.execute(count)}
    found = {(row.evaluation_id, row.step_id): (row.state, row.done_at) for row in rows}
    assert found == mine, differences("in the report", found.items(), mine.items())
    key_of = {(row.evaluation_id, row.step_id): row.step_key for row in rows if row.required}
    done = Counter(key for place, key in key_of.items() if mine[place][0] == "done")
    assert counts == done, f"the report counts {counts}; done are {done}"
    return sum(done.values())


@dataclass(frozen=True)
class Log:
    """`events`: told by the teacher service of its evaluations. `repeated`: those the bus has twice or more often."""

    events: int
    repeated: int


def log_is_in_order(environment: Environment) -> Log:
    """The bus has every event of every evaluation, each before the next of its evaluation; readers reached the last."""
    stream = text("SELECT key, sequence FROM outbox_stream WHERE topic = :topic")
    reached = text("SELECT key, sequence FROM inbox_stream WHERE topic = :topic")
    with engine_of(SERVICE, environment, "worker") as engine, transaction(engine, DISTRICT_ID) as connection:
        told = {row.key: row.sequence for row in connection.execute(stream, {"topic": PROCESS.name})}
    last: Counter[str] = Counter()
    repeated = 0
    for key, sequence in _published(environment):
        assert sequence <= last[key] + 1, f"{key}: {sequence} stands on the bus, {last[key] + 1} not before it"
        repeated += sequence <= last[key]
        last[key] = max(last[key], sequence)
    assert last == told, differences("on the bus", last.items(), told.items())
    for name in READERS:
        with engine_of(name, environment, "worker") as engine, transaction(engine, DISTRICT_ID) as connection:
            read = {row.key: row.sequence for row in connection.execute(reached, {"topic": PROCESS.name})}
        assert read == told, differences(f"read by {name}", read.items(), told.items())
    return Log(sum(told.values()), repeated)


def _published(environment: Environment) -> Iterable[tuple[str, int]]:
    """Key and sequence of all that the topic holds, in the order of its log."""
    with opened(services.BY_NAME[SERVICE], environment) as (_, _engine, bus), closing(bus.subscriber("test")) as reader:
        places = [TopicPartition(PROCESS.name, number) for number in range(PROCESS.partitions)]
        ends = reader.end_offsets(places)
        reader.assign(dict.fromkeys(places, 0))
        at = dict.fromkeys(places, 0)
        while any(at[place] < end for place, end in ends.items()):
            for received in reader.poll(2.0, 500):
                envelope = read_envelope(received.message)
                at[received.place] = received.offset + 1
                yield envelope.key, envelope.sequence


def reading_again_changes_nothing(environment: Environment) -> None:
    """What was applied amid the kills is, row by row, what one undisturbed reading of the log from its start gives."""
    for name in READERS:
        before = _tables(environment, name)
        with consumer_of(services.BY_NAME[name], environment) as consumer:
            replay(consumer, services.BY_NAME[name].projections())
        settle(environment)
        after = _tables(environment, name)
        for table, rows in before.items():
            assert after[table] == rows, differences(f"in {table} after a replay", after[table], rows)


def _tables(environment: Environment, name: str) -> dict[str, Counter[str]]:
    """The rows of each table the service fills from events, and of what it told people."""
    tables = [table.name for table in services.BY_NAME[name].projections()]
    tables += ["message"] if name == "notifications" else []
    with engine_of(name, environment, "worker") as engine, transaction(engine, DISTRICT_ID) as connection:
        return {
            table: Counter(connection.execute(text(f"SELECT to_jsonb(t)::text FROM {table} t")).scalars())
            for table in tables
        }


def longest_wait(environment: Environment) -> tuple[float, float]:
    """Seconds from the commit of an event to its being on the bus: the median, and the longest."""
    waits = text(
        "SELECT percentile_cont(ARRAY[0.5, 1]) WITHIN GROUP"
        " (ORDER BY extract(epoch FROM published_at - created_at)) FROM outbox"
    )
    with engine_of(SERVICE, environment, "worker") as engine, transaction(engine, DISTRICT_ID) as connection:
        median, longest = connection.execute(waits).scalar_one()
    return float(median), float(longest)


def differences(where: str, found: Any, expected: Any) -> str:
    """The first few of each side, for whoever reads that a check failed."""
    found, expected = Counter(list(_each(found))), Counter(list(_each(expected)))
    more, less = list((found - expected).elements()), list((expected - found).elements())
    return f"{where}: {len(more)} too many {more[:3]}, {len(less)} missing {less[:3]}"


def _each(several: Any) -> Iterable[Any]:
    return several.elements() if isinstance(several, Counter) else several
