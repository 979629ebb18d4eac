"""A small district where much is ready to be done: walkthroughs that were begun and wait for what was seen.

Made in a running installation by the commands people give, in a few seconds; the year's history of the demo is left out.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from accord.demo.evaluations import ZONE, SchoolYear
from accord.demo.load import DISTRICT_ID, PASSWORD
from accord.demo.roster import DISTRICT, username_of
from benchmarks.district import (
    SERVICE,
    Open,
    begin_observations,
    engine_of,
    import_roster,
    let_in,
    open_year,
    people_known,
    person_ids,
)
from services.directory.commands import CreateDistrict
from services.directory.handlers.district import create_district
from services.directory.store.saving import Writing
from services.evaluation.core.handlers import Cycle, open_cycle
from services.evaluation.core.store.agreement_store import ratify
from services.evaluation.core.store.repository import Repository
from shared.clock import local_date, now
from shared.db import transaction
from shared.ids import new_id
from tests.support.annual_cycle import WASHINGTON

__all__ = ["DISTRICT_ID", "PASSWORD", "BusyDistrict", "make_busy_district"]

_EVALUATORS = (
    ("Rosa", "Alvarez"),
    ("Grant", "Whitfield"),
    ("Samuel", "Osei"),
    ("Birgit", "Åkesson"),
    ("Dana", "Kowalczyk"),
    ("Farid", "Rahimi"),
)
"""The six of the roster who evaluate."""
OFFICE = username_of("Dolores", "Quintanilla")


@dataclass(frozen=True)
class BusyDistrict:
    """`waiting`: by username of the evaluator, what she or he has begun. Everyone's password is PASSWORD."""

    waiting: Mapping[str, list[Open]]


def make_busy_district(environment: Mapping[str, str], folder: Path, each: int) -> BusyDistrict:
    """`each`: walkthroughs begun in each of the 52 evaluations. The workers must be running."""
    today = local_date(now(), ZONE)
    with engine_of("directory", environment) as engine, transaction(engine, DISTRICT_ID) as connection:
        first = CreateDistrict(DISTRICT, ZONE, "Ada", "Brightwater", "a.brightwater", "a.brightwater@larkspur.example")
        create_district(Writing(connection, DISTRICT_ID, None, now(), today), first)
    staff = import_roster(environment, folder, 1)
    usernames = [username_of(*name) for name in _EVALUATORS]
    let_in(environment, [*usernames, OFFICE])
    _wait_for(environment, staff + 1)
    _open_cycle(environment, *person_ids(environment, [OFFICE]))
    open_year(environment)
    people = dict(zip(person_ids(environment, usernames), usernames, strict=True))
    waiting: dict[str, list[Open]] = {name: [] for name in usernames}
    for one in begin_observations(environment, list(people), each):
        waiting[people[one.evaluator_id]].append(one)
    return BusyDistrict(waiting)


def _wait_for(environment: Mapping[str, str], people: int, patience: float = 120.0) -> None:
    deadline = time.monotonic() + patience
    with engine_of(SERVICE, environment) as engine:
        while True:
            with transaction(engine, DISTRICT_ID) as connection:
                known = people_known(connection)
            if known >= people:
                return
            assert time.monotonic() < deadline, f"{known} of {people} people reached the teacher service"
            time.sleep(0.05)


def _open_cycle(environment: Mapping[str, str], office_id: UUID) -> None:
    today = local_date(now(), ZONE)
    years = SchoolYear(today)
    signatures = [{"party": party, "name": party, "on": "2026-06-12"} for party in ("association", "district")]
    document = (WASHINGTON / "agreement.yaml").read_text(encoding="utf-8")
    at = now() - timedelta(days=20)
    with engine_of(SERVICE, environment) as engine, transaction(engine, DISTRICT_ID) as connection:
        agreement = ratify(connection, DISTRICT_ID, document, signatures, at, service=SERVICE)
        title = SchoolYear.title(years.first)
        cycle = Cycle(new_id(), DISTRICT_ID, title, agreement.content_hash, years.first, years.last, office_id, at)
        open_cycle(Repository(connection, DISTRICT_ID, SERVICE), cycle, today)
