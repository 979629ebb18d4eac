"""Figures about ratings are published once, at a moment that only the events' own times decide."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from services.reporting.marks import Marks
from services.reporting.releases import QUIET, SETTLED, SINCE_OPENING, release_due
from shared.db import transaction
from tests.support.reporting import SECRET, World, apply_all, shuffled
from tests.support.stories import LEVELS, Story

Dump = dict[str, list[tuple[Any, ...]]]
MUCH_LATER = datetime(2027, 1, 1, tzinfo=UTC)


def release(engine: Engine, now: datetime = MUCH_LATER, *, minimum: int = 10, secret: str = SECRET) -> int:
    return release_due(engine, Marks(secret), minimum=minimum, now=now, read_all=lambda _: True)


def rows(engine: Engine, world: World, query: str) -> list[tuple[Any, ...]]:
    with transaction(engine, world.district_id) as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def opened(world: World, count: int) -> list[Story]:
    """So many evaluations, opened and assigned, nothing done."""
    stories = []
    for number in range(count):
        school = world.schools[number % len(world.schools)]
        story = Story(world.teller, UUID(int=number + 1), world.cycle_id, school, UUID(int=number + 1000))
        stories.append(story.open().assign(world.principals[school]))
    return stories


@pytest.fixture
def world() -> World:
    return World(staff=0, schools=2)


def deliver(stories: list[Story], first: int, last: int, *, day: int) -> None:
    for number in range(first, last):
        stories[number].later(days=day, minutes=number).deliver(LEVELS[2 + number % 2])


def test_nothing_before_nine_in_ten_are_delivered(engine: Engine, world: World) -> None:
    stories = opened(world, 40)
    deliver(stories, 0, 35, day=200)
    apply_all(engine, world.told())
    assert release(engine, stories[0].at + timedelta(days=30)) == 0
    assert rows(engine, world, "SELECT * FROM report_release_cell") == []
    start = len(world.told())
    deliver(stories, 35, 36, day=210)
    apply_all(engine, world.told()[start:])
    reached = stories[35].at
    assert release(engine, reached + SETTLED - timedelta(seconds=1)) == 0
    assert release(engine, reached + SETTLED) == 1
    assert rows(engine, world, "SELECT cut_at, included, minimum, schools FROM report_release") == [
        (reached, 36, 10, 2)
    ]


def test_half_a_year_in_which_nothing_comes_is_enough(engine: Engine, world: World) -> None:
    """Counted from the last: one early summative publishes nothing of a cycle that is under way."""
    stories = opened(world, 40)
    deliver(stories, 0, 1, day=60)
    deliver(stories, 1, 12, day=200)
    apply_all(engine, world.told())
    assert release(engine, stories[0].at + QUIET + SETTLED) == 0
    until = stories[11].at + QUIET
    assert release(engine, until + SETTLED - timedelta(seconds=1)) == 0
    assert release(engine, until + SETTLED) == 1
    assert rows(engine, world, "SELECT cut_at, included FROM report_release") == [(until, 12)]


def test_those_who_begin_first_are_not_taken_for_the_whole(engine: Engine, world: World) -> None:
    """A pilot group is delivered before the others have begun."""
    pilot = opened(world, 12)
    deliver(pilot, 0, 12, day=30)
    apply_all(engine, world.told())
    start = len(world.told())
    begun = pilot[0].at + SINCE_OPENING - timedelta(days=31)
    for number in range(30):
        school = world.schools[number % 2]
        late = Story(world.teller, UUID(int=number + 100), world.cycle_id, school, UUID(int=number + 2000))
        late.at = begun
        late.open().assign(world.principals[school])
    apply_all(engine, world.told()[start:])
    assert release(engine, begun + SINCE_OPENING + SETTLED) == 0
    until = begun + QUIET
    assert release(engine, until + SETTLED) == 1
    assert rows(engine, world, "SELECT cut_at, included FROM report_release") == [(until, 12)]


def test_of_two_workers_that_publish_at_once_one_does(engine: Engine, world: World) -> None:
    stories = opened(world, 30)
    deliver(stories, 0, 28, day=200)
    apply_all(engine, world.told())

    def another_is_first(_: object) -> bool:
        assert release(engine) == 1
        return True

    second = release_due(engine, Marks(SECRET), minimum=10, now=MUCH_LATER, read_all=another_is_first)
    assert second == 0
    assert len(rows(engine, world, "SELECT * FROM report_release")) == 1


def test_below_the_minimum_nothing_is_published_however_long(engine: Engine, world: World) -> None:
    stories = opened(world, 9)
    deliver(stories, 0, 9, day=200)
    apply_all(engine, world.told())
    assert release(engine) == 0
    assert release(engine, minimum=9) == 1


def test_what_is_published_never_changes(engine: Engine, world: World, dump: Callable[[Engine, UUID], Dump]) -> None:
    stories = opened(world, 30)
    deliver(stories, 0, 28, day=200)
    apply_all(engine, world.told())
    assert release(engine) == 1
    before = dump(engine, world.district_id)
    start = len(world.told())
    deliver(stories, 28, 30, day=220)
    stories[0].later(days=30).deliver("unsatisfactory")
    apply_all(engine, world.told()[start:])
    assert release(engine, minimum=3) == 0
    after = dump(engine, world.district_id)
    assert after["report_release"] == before["report_release"]
    assert after["report_release_cell"] == before["report_release_cell"]
    assert len(after["report_result"]) == 31


def test_read_in_another_order_the_same_is_published(
    engine: Engine,
    empty: Callable[[Engine], None],
    dump: Callable[[Engine, UUID], Dump],
) -> None:
    world = World(seed=8, staff=90, schools=2, finished=1.0)
    apply_all(engine, world.told())
    assert release(engine) == 1
    first = dump(engine, world.district_id)
    assert first["report_release_cell"]
    empty(engine)
    apply_all(engine, shuffled(world.told(), 4))
    assert release(engine) == 1
    assert dump(engine, world.district_id) == first


def test_nothing_is_published_while_anything_waits_to_be_read(engine: Engine, world: World) -> None:
    stories = opened(world, 20)
    deliver(stories, 0, 20, day=200)
    apply_all(engine, world.told())
    due = {"minimum": 10, "now": MUCH_LATER}
    assert release_due(engine, Marks(SECRET), read_all=lambda _: False, **due) == 0
    assert release_due(engine, Marks(SECRET), read_all=lambda _: True, **due) == 1


def test_every_number_counts_the_minimum_and_lots_fall_by_the_secret(engine: Engine) -> None:
    world = World(seed=8, staff=400, schools=8, finished=1.0)
    apply_all(engine, world.told())
    assert release(engine) == 1
    cells = rows(engine, world, "SELECT subject, part, first, last, people FROM report_release_cell")
    assert min(cell[-1] for cell in cells) >= 10
    assert {cell[0] for cell in cells} == {"", "C1", "C2", "C3"}
    assert any(cell[2] == -1 for cell in cells), "not applicable is counted with the lowest level"
    alone = {cell[:2] for cell in cells if cell[1] not in ("district", "others")}
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE report_release, report_release_cell"))
    assert release(engine, secret="another secret of the same length or so") == 1
    again = rows(engine, world, "SELECT subject, part, first, last, people FROM report_release_cell")
    assert alone
    assert {cell[:2] for cell in again if cell[1] not in ("district", "others")} != alone


def test_other_districts_are_published_apart(engine: Engine) -> None:
    north, south = World(staff=30, finished=1.0), World(staff=30, finished=1.0, district="south")
    apply_all(engine, [*north.told(), *south.told()])
    assert release(engine) == 2
    for world in (north, south):
        assert rows(engine, world, "SELECT DISTINCT district_id FROM report_release_cell") == [(world.district_id,)]
