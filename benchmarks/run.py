"""The run from beginning to end: which installation stands when, and what is measured on it."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import Engine

from accord import kafka_broker
from accord.demo.load import DISTRICT_ID, PASSWORD
from accord.say import say, step
from benchmarks import arrival, bare, district, pages, replaying, throughput
from benchmarks.figures import Figure
from benchmarks.installation import Installation, up
from benchmarks.promises import measured, unmeasured
from benchmarks.roster import username
from benchmarks.settling import settle
from benchmarks.visitor import sign_in
from shared.db import transaction

TIMES = 100
SENDERS = [username(name, copy) for copy in range(51, 91) for name in ("r.alvarez", "s.osei", "d.kowalczyk")]
"""Principals of grown schools who send observations: a hundred and twenty, with a dozen people each."""
WATCHED = [username(name, copy) for copy in range(11, 51) for name in ("r.alvarez", "s.osei", "d.kowalczyk")]
"""Principals whose submissions are followed to inbox and report."""
EACH = 3
"""Observations that are begun in each evaluation of a sender, as many as somebody has in a year; over four thousand are
enough for every round."""
Tell = Callable[[Figure], None]


def everything(folder: Path, tell: Tell) -> None:
    """Measure all of it; each figure is told as soon as it stands. Raises what the parts raise."""
    small = Installation(folder / "small")
    starting(small, tell)
    lacking = kafka_broker.lacking()
    with step("Copying the installation, to grow it"):
        grown = small.copy_to(folder / "grown", "postgres" if lacking else "kafka")
    with up(grown):
        with up(small):
            grow(grown)
            compare_pages(small, grown, tell)
        with step("Beginning observations"):
            waiting = begin(grown, SENDERS, EACH)
            settle(grown.environment())
        write_and_read(grown, waiting, folder, tell)
        memory(grown, tell)
        if lacking:
            for promise in ("inbox", "report", "replay"):
                tell(unmeasured(promise, lacking))
        else:
            through_kafka(grown, tell)


def starting(installation: Installation, tell: Tell) -> None:
    """The time from nothing to an address, with the demo district filled; and again."""
    for promise in ("fresh", "again"):
        with step(f"accord up, {promise}"), up(installation):
            tell(measured(promise, installation.started_in))


def grow(grown: Installation) -> None:
    """A hundred times the staff, each teacher with an evaluation under way."""
    environment = grown.environment()
    with step(f"Importing {TIMES} times the staff"):
        staff = district.import_roster(environment, grown.home.folder.parent, TIMES)
        with district.engine_of(district.SERVICE, environment) as engine:
            await_people(engine, staff)
    with step("Letting principals in"):
        district.let_in(environment, SENDERS)
    with step("Opening everyone's evaluation"):
        opened = district.open_year(environment)
    with step("Waiting until inbox and reports know"):
        settle(environment, patience=150)
    say(f"  {staff} people, {opened} evaluations more")


def await_people(engine: Engine, staff: int) -> None:
    """The directory's people reach the teacher service by event."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with transaction(engine, DISTRICT_ID) as connection:
            if district.people_known(connection) >= staff:
                return
        time.sleep(0.2)
    raise TimeoutError(f"The teacher service does not know all of the {staff} people after two minutes.")


def compare_pages(small: Installation, grown: Installation, tell: Tell) -> None:
    """Statements, time and weight of the pages, with the demo district's staff and with a hundred times as many."""
    wanted = pages.pages(small.environment())
    here = {name: sign_in(small.port, name, PASSWORD) for name in pages.PEOPLE}
    there = {name: sign_in(grown.port, name, PASSWORD) for name in pages.PEOPLE}
    with step("Counting statements"):
        counts = pages.statements(small.environment(), wanted, here)
        more = pages.statements(grown.environment(), wanted, there)
    same = "the same" if counts == more else f"otherwise with more staff: {_listed(more)}"
    tell(
        measured(
            "statements",
            max(*counts.values(), *more.values()),
            f"{_listed(counts)}; {same} with {TIMES} times the staff",
        )
    )
    with step("Weighing pages"):
        weights = {page.name: there[page.who].first_load(page.path) / 1000 for page in wanted}
    tell(measured("weight", max(weights.values()), _listed({name: round(kb) for name, kb in weights.items()})))
    with step("Timing pages, small and grown in turn"):
        times = pages.growth(wanted, here, there)
    words = ", ".join(f"{name} {ratio:.2f} ({ms:.1f} ms)" for name, (ratio, ms) in times.items())
    tell(measured("growth", max(ratio for ratio, _ in times.values()), words))


def begin(grown: Installation, usernames: list[str], each: int) -> list[district.Open]:
    environment = grown.environment()
    return district.begin_observations(environment, district.person_ids(environment, usernames), each)


def write_and_read(grown: Installation, waiting: list[district.Open], folder: Path, tell: Tell) -> None:
    """Throughput beside the bare application."""
    environment = grown.environment()
    with step("Signing in"):
        ids = district.person_ids(environment, SENDERS)
        visitors = dict(zip(ids, (sign_in(grown.port, name, PASSWORD) for name in SENDERS), strict=True))
        principal = sign_in(grown.port, pages.PRINCIPAL, PASSWORD)
    with bare.served(grown.admin_url(), folder) as bare_port:
        with step("Writing at eight clients, in turn with the bare application"):
            sendings = throughput.Sendings(environment, grown.port, waiting, visitors)
            for figure in throughput.writing(sendings, bare_port):
                tell(figure)
        with step("Reading at eight clients, in turn with the bare application"):
            paths = {page.name: page.path for page in pages.pages(environment) if page.name in ("home", "evaluation")}
            for figure in throughput.reading(principal, bare_port, paths):
                tell(figure)


def memory(grown: Installation, tell: Tell) -> None:
    """What a web worker holds after all of that."""
    sizes = [process.memory_full_info() for process in grown.web_workers()]
    own = ", ".join(f"{size.pss / 1e6:.0f}" for size in sizes)
    tell(
        measured(
            "memory",
            max(size.rss for size in sizes) / 1e6,
            f"resident; of {len(sizes)} workers, PSS {own} MB",
        )
    )


def through_kafka(grown: Installation, tell: Tell) -> None:
    """What goes through the real broker."""
    with step("Following submissions through Kafka"):
        waiting = begin(grown, WATCHED, 1)
        settle(grown.environment())
        for figure in arrival.arrival(grown.environment(), waiting):
            tell(figure)
        settle(grown.environment())
    with step("Replaying the reports"):
        tell(replaying.replaying(grown.environment(), grown.environment()["KAFKA_BOOTSTRAP_SERVERS"]))


def _listed(figures: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in figures.items())
