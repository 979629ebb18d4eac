"""What eight clients get through real HTTP, beside the bare application, in turns."""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text

from accord.demo.load import DISTRICT_ID
from benchmarks import bare
from benchmarks.district import SERVICE, Open, engine_of, versions
from benchmarks.figures import Figure, Round, all_latencies, median_ratio, percentile, rate_note, rates
from benchmarks.load import Client, LoadError, interleave, run_round
from benchmarks.promises import measured
from benchmarks.settling import settle
from benchmarks.visitor import Visitor
from benchmarks.writers import Autosaver, BarePoster, Reader, Submitter, bare_readers, piled
from shared.db import transaction

CLIENTS, SECONDS, ROUNDS = 8, 1.5, 7


@dataclass
class Sendings:
    """Observations that wait to be sent, and those that were."""

    environment: Mapping[str, str]
    port: int
    waiting: Sequence[Open]
    visitors: Mapping[UUID, Visitor]
    sent: list[Open] = field(default_factory=list)

    def run(self) -> Round:
        """A round of sending; the events of it have arrived everywhere before the next lane begins."""
        gone = {one.occasion_id for one in self.sent}
        left = [one for one in self.waiting if one.occasion_id not in gone]
        present = versions(self.environment, list({one.evaluation_id for one in left}))
        pile = deque(piled(left, self.visitors, present))
        done = run_round(self.port, [Submitter(pile, self.sent) for _ in range(CLIENTS)], SECONDS)
        settle(self.environment)
        return done

    def kept(self) -> int:
        """How many of those that were acknowledged are on the record, once each."""
        query = text(
            "SELECT count(*) FROM record WHERE district_id = :district AND type = 'FeedbackSent'"
            " AND data ->> 'occasion_id' = ANY(:ids)"
        )
        ids = [str(one.occasion_id) for one in self.sent]
        with engine_of(SERVICE, self.environment) as engine, transaction(engine, DISTRICT_ID) as connection:
            return int(connection.execute(query, {"district": DISTRICT_ID, "ids": ids}).scalar_one())


def writing(sendings: Sendings, bare_port: int) -> list[Figure]:
    """Autosave and submission beside one INSERT and COMMIT."""
    savers = [Autosaver(visitor, person) for person, visitor in list(sendings.visitors.items())[:CLIENTS]]
    lanes = {
        "bare": _lane(bare_port, [BarePoster() for _ in range(CLIENTS)], 303),
        "autosave": _lane(sendings.port, savers, 200),
        "submit": sendings.run,
    }
    found = interleave(lanes, ROUNDS)
    _refuse_other("submit", found["submit"], 303)
    if (kept := sendings.kept()) != len(sendings.sent):
        raise LoadError(f"{len(sendings.sent)} submissions were acknowledged and {kept} are on the record.")
    slowest = percentile(all_latencies(found["autosave"]), 0.99) * 1000
    return [
        _ratio("submit", found["submit"], found["bare"]),
        _ratio("autosave", found["autosave"], found["bare"]),
        measured("autosave p99", slowest, f"{CLIENTS} people typing without a pause"),
    ]


def reading(visitor: Visitor, bare_port: int, paths: Mapping[str, str]) -> list[Figure]:
    """Pages beside one SELECT rendered. `paths`: promise -> address."""
    lanes = {"bare": _lane(bare_port, bare_readers(CLIENTS, bare.ROWS), 200)}
    for name, path in paths.items():
        readers = [Reader([visitor.as_bytes(path)]) for _ in range(CLIENTS)]
        lanes[name] = _lane(visitor.port, readers, 200)
    found = interleave(lanes, ROUNDS)
    return [_ratio(name, found[name], found["bare"]) for name in paths]


def _ratio(promise: str, ours: Sequence[Round], theirs: Sequence[Round]) -> Figure:
    return measured(promise, median_ratio(rates(ours), rates(theirs)), rate_note(ours, theirs))


def _lane(port: int, clients: Sequence[Client], wanted: int) -> Callable[[], Round]:
    def run() -> Round:
        done = run_round(port, clients, SECONDS)
        _refuse_other(str(port), [done], wanted)
        return done

    return run


def _refuse_other(name: str, rounds: Sequence[Round], wanted: int) -> None:
    """A refusal is quick; a lane that answered any would look faster than it is."""
    statuses = sum((one.statuses for one in rounds), Counter[int]())
    if set(statuses) != {wanted}:
        raise LoadError(f"{name}: every answer must be {wanted}; there were {dict(statuses)}.")
