"""Reports open on the main cycle of those under way, not on a small one that was opened after it."""

from collections.abc import Callable
from datetime import date, timedelta

import msgspec
import pytest
from sqlalchemy import Engine

from services.reporting.reports.places import cycles, main_cycle
from shared.config import Settings
from shared.db import transaction
from shared.ids import derived_id
from tests.support.reporting import SECRET, World, apply_all
from tests.support.reports import filled
from tests.support.statements import counted
from tests.support.stories import FIRST, PLAN, Story

YEAR = timedelta(days=365)


def begun(world: World, title: str, count: int, after: timedelta, *, years: int = 0, over: bool = False) -> None:
    """A cycle of so many evaluations in which nothing is done, opened so long after the first day of 2025-26, with days of
    so many years later; `over`: all of them were ended early."""
    plan = tuple(
        msgspec.structs.replace(one, due_on=one.due_on.replace(year=one.due_on.year + years) if one.due_on else None)
        for one in PLAN
    )
    school = world.schools[0]
    for number in range(count):
        ids = [derived_id("reporting", title, what, str(number)) for what in ("evaluation", "subject")]
        cycle_id = derived_id("reporting", title)
        story = Story(
            world.teller, ids[0], cycle_id, school, ids[1], at=FIRST + after, cycle_title=title, plan=plan
        )  # fmt: skip
        story.open().assign(world.principals[school])
        if over:
            story.later(days=100).end_early(world.office["hr"])


@pytest.mark.parametrize(
    ("today", "title"),
    [
        (date(2025, 11, 20), "2025-26"),
        (date(2026, 6, 10), "2025-26"),
        (date(2026, 8, 30), "2025-26"),
        (date(2027, 6, 10), "2025-26 focused"),
    ],
    ids=["in autumn", "when the last day has gone by", "before the next", "when none is under way"],
)
def test_of_those_under_way_the_one_with_the_most_evaluations_else_the_newest(
    engine: Engine, today: date, title: str
) -> None:
    world = World(staff=0, schools=1)
    begun(world, "2024-25", 5, -YEAR, years=-1)
    begun(world, "2025-26", 3, timedelta())
    begun(world, "2025-26 focused", 1, timedelta(days=30))
    begun(world, "2025-26 by mistake", 9, timedelta(days=-1), over=True)
    apply_all(engine, world.told())
    with transaction(engine, world.district_id) as connection:
        found = cycles(connection, world.district_id, today)
    told = [(one.title, one.evaluations) for one in found]
    assert told == [("2025-26 focused", 1), ("2025-26", 3), ("2025-26 by mistake", 9), ("2024-25", 5)], "newest first"
    chosen = main_cycle(found)
    assert chosen is not None and chosen.title == title


def test_the_next_year_is_opened_on_once_it_is_the_one_with_days_to_come(engine: Engine) -> None:
    world = World(staff=0, schools=1)
    begun(world, "2025-26", 3, timedelta())
    begun(world, "2026-27", 2, YEAR - timedelta(days=9), years=1)
    apply_all(engine, world.told())
    with transaction(engine, world.district_id) as connection:
        chosen = main_cycle(cycles(connection, world.district_id, date(2026, 8, 28)))
    assert chosen is not None and chosen.title == "2026-27"
    assert main_cycle([]) is None


def test_every_report_opens_on_it_with_one_statement_for_all_cycles(service_settings: Callable[..., Settings]) -> None:
    world = World(seed=11, staff=6, schools=1)
    for number in range(5):
        begun(world, f"2025-26 focused {number}", 1, timedelta(days=30 + number))
    settings = service_settings("reporting", secret_key=SECRET)
    reports = filled(settings, world, World(staff=0, district="south"), minimum=3)
    for role, path in (("hr", "/completion"), ("union_representative", "/audit")):
        client = reports.client(role)
        with counted(reports.app) as statements:
            page = client.get(path).text
        assert f'<option value="{world.cycle_id}" selected' in page
        assert len([one for one in statements if "report_cycle" in one]) == 1
        assert client.get(f"/api/v1{path}").json["cycle"]["title"] == "2025–26"
    listed = reports.client("hr").get("/api/v1/cycles").json
    assert listed[0] == {"cycle_id": str(derived_id("reporting", "2025-26 focused 4")), "title": "2025-26 focused 4"}
