"""Numbers of a report and the entries behind them are the same things counted."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection

from services.reporting.marks import Marks
from services.reporting.releases import release_due
from services.reporting.reports import audit, completion, ratings, schools
from services.reporting.reports.counts import step_counts
from services.reporting.reports.entries import COLUMNS, After, Wanted, entries, read_after
from services.reporting.reports.places import Place, cycles
from shared.config import Settings
from shared.db import connect, transaction
from tests.support.reporting import SECRET, World, apply_all
from tests.support.stories import Story

TODAY = date(2025, 11, 20)


@pytest.fixture
def world(service_settings: Callable[..., Settings]) -> Iterator[tuple[World, Connection]]:
    """A filled world, read by the web's role."""
    settings = service_settings("reporting")
    made = World(seed=11, staff=40)
    without_school = Story(made.teller, made.cycle_id, made.cycle_id, None, made.cycle_id)
    without_school.open().later(days=1).begin("goals", due_on=date(2025, 10, 15), duty="subject")
    made.stories[0].later(days=1).assign(made.principals[made.schools[2]])
    worker = connect(settings, "worker")
    apply_all(worker, made.told())
    release_due(worker, Marks(SECRET), minimum=3, now=datetime(2027, 1, 1, tzinfo=UTC), read_all=lambda _: True)
    with transaction(connect(settings, "web"), made.district_id) as connection:
        yield made, connection


def places(world: World, connection: Connection) -> Iterator[Place]:
    cycle = world.cycle_id
    yield Place(cycle)
    for school in (*world.schools, None):
        yield Place(cycle, "school", school)
        for row in completion.evaluators(connection, world.district_id, Place(cycle, "school", school), TODAY):
            yield Place(cycle, "evaluator", school, row.evaluator_id)


def test_every_number_opens_as_that_many_entries(world: tuple[World, Connection]) -> None:
    made, connection = world
    checked = dict.fromkeys(COLUMNS, 0)
    for place in places(made, connection):
        steps = step_counts(connection, made.district_id, place, TODAY)
        assert steps.total is not None
        for key, count in [("", steps.total), *((row.key, row.count) for row in steps.rows)]:
            for column in COLUMNS:
                found = entries(connection, made.district_id, Wanted(place, column, key), TODAY, most=10_000)
                assert len(found) == getattr(count, column), (place, key, column)
                checked[column] += len(found)
                if column == "overdue":
                    assert all(entry.overdue(TODAY) for entry in found)
    assert all(checked.values()), checked


def test_steps_add_up_to_their_total_and_schools_to_the_district(world: tuple[World, Connection]) -> None:
    made, connection = world
    whole = step_counts(connection, made.district_id, Place(made.cycle_id), TODAY)
    rows = schools.schools(connection, made.district_id, made.cycle_id, TODAY)
    assert whole.total is not None
    assert whole.total.evaluations == 41
    assert whole.total.overdue > 0
    for name in ("required", "done", "done_late", "overdue", "opened", "filed"):
        assert sum(getattr(row.count, name) for row in whole.rows) == getattr(whole.total, name)
        assert sum(getattr(row.count, name) for row in rows) == getattr(whole.total, name)
    assert rows[-1].school_id is None


def test_entries_come_in_pages_without_a_gap_or_a_repetition(world: tuple[World, Connection]) -> None:
    made, connection = world
    wanted = Wanted(Place(made.cycle_id), "required")
    whole = entries(connection, made.district_id, wanted, TODAY, most=10_000)
    paged, after = [], None
    while page := entries(connection, made.district_id, wanted, TODAY, after=after, most=7):
        paged += page
        after = read_after(str(page[-1].after))
    assert paged == whole
    assert [entry.due_on or date.max for entry in whole] == sorted(entry.due_on or date.max for entry in whole)


@pytest.mark.parametrize("value", ["x", "20251015", "20251015~abc~goals", "20251399~aaaaaaaaaaaaaaaa~goals", "'; --"])
def test_a_place_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(ValueError):
        read_after(value)
    assert read_after("") is None
    assert read_after("20251015~aaaaaaaaaaaaaaaa~announced/1/notice") == After(
        date(2025, 10, 15), "a" * 16, "announced/1/notice"
    )


def test_schools_and_people_come_in_pages(world: tuple[World, Connection]) -> None:
    made, connection = world
    whole = schools.schools(connection, made.district_id, made.cycle_id, TODAY)
    first = schools.schools(connection, made.district_id, made.cycle_id, TODAY, schools.Wanted(2))
    rest = schools.schools(
        connection, made.district_id, made.cycle_id, TODAY, schools.Wanted(after=first[-1].school_id)
    )
    assert [*first, *rest] == whole
    school = made.schools[1]
    place = Place(made.cycle_id, "evaluator", school, made.principals[school])
    people = completion.people(connection, made.district_id, place, TODAY)
    assert [row.name for row in people] == sorted((row.name or "" for row in people), key=lambda name: name.split()[1])
    few = completion.people(connection, made.district_id, place, TODAY, most=3)
    more = completion.people(connection, made.district_id, place, TODAY, after=few[-1].mark)
    assert [*few, *more] == people
    totals = step_counts(connection, made.district_id, place, TODAY).total
    assert totals is not None
    assert totals.evaluations == len(people)


def test_the_board_as_a_file_holds_every_count(world: tuple[World, Connection]) -> None:
    made, connection = world
    lines = list(completion.lines(connection, made.district_id, Place(made.cycle_id), TODAY))
    total = step_counts(connection, made.district_id, Place(made.cycle_id), TODAY).total
    assert total is not None
    for name in ("required", "done", "late", "open", "signed"):
        assert sum(getattr(line.count, name) for line in lines) == getattr(total, name)
    school = made.schools[0]
    at_school = list(completion.lines(connection, made.district_id, Place(made.cycle_id, "school", school), TODAY))
    assert at_school == [line for line in lines if line.school_id == school]


def test_a_record_tells_every_step_and_names_nobody(world: tuple[World, Connection]) -> None:
    made, connection = world
    lines = list(audit.record_lines(connection, made.district_id, Place(made.cycle_id)))
    mark = Marks(SECRET).evaluation(made.district_id, made.stories[0].evaluation_id)
    record = audit.record(connection, made.district_id, mark)
    assert record is not None
    assert len(record.steps) == sum(line.mark == mark for line in lines)
    marks = [each.mark for each in record.assigned]
    assert marks[0] != marks[1]
    assert {line.evaluator for line in lines if line.mark == mark} <= set(marks)
    assert audit.record(connection, made.district_id, "a" * 16) is None
    words = repr(record) + repr(lines)
    for story in made.stories:
        assert str(story.subject_id) not in words
        assert str(story.evaluation_id) not in words


def test_evaluators_are_found_by_their_marks(world: tuple[World, Connection]) -> None:
    made, connection = world
    for school in made.schools:
        for row in completion.evaluators(connection, made.district_id, Place(made.cycle_id, "school", school), TODAY):
            if row.mark is None:
                assert row.evaluator_id is None
                continue
            found = audit.evaluator_with(connection, made.district_id, row.mark)
            assert found is not None
            assert (found.evaluator_id, found.school_id) == (row.evaluator_id, school)


def test_ratings_tell_what_was_published_and_how_far_results_have_come(world: tuple[World, Connection]) -> None:
    made, connection = world
    (found,) = ratings.series(connection, made.district_id)
    assert found.cycle == "2025–26"
    assert found.minimum == 3
    rows = ratings.final_levels(connection, made.district_id, found)
    assert rows[0].part == "district"
    assert rows[0].people == found.included
    assert sum(each.percent for each in rows[0].classes) in (99, 100, 101)
    components = ratings.component_levels(connection, made.district_id, found, "district")
    assert set(components) == {"C1", "C2", "C3"}
    progress = ratings.progress(connection, made.district_id, found)
    assert sum(row.opened for row in progress) == 41
    assert sum(row.delivered for row in progress) == sum(row.final for row in progress) > 10


def test_cycles_newest_first(world: tuple[World, Connection]) -> None:
    made, connection = world
    assert [cycle.title for cycle in cycles(connection, made.district_id, TODAY)] == ["2025–26"]
