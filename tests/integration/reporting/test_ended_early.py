"""An evaluation that the district office ended early: counted apart, late with nothing, and in no figure about ratings."""

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from services.reporting.marks import Marks
from services.reporting.reports import completion, ratings
from services.reporting.reports.counts import step_counts
from services.reporting.reports.places import Place
from shared.config import Settings
from shared.contracts.process import EvaluationClosed
from shared.db import transaction
from tests.integration.reporting.test_projector import assert_counts_hold
from tests.integration.reporting.test_releases import deliver, opened, release, rows
from tests.support.reporting import SECRET, World, apply_all, shuffled
from tests.support.reports import filled
from tests.support.stories import Story

Dump = dict[str, list[tuple[Any, ...]]]
TODAY = date(2025, 11, 20)
ENDED = datetime(2025, 11, 3, 18, 0, tzinfo=UTC)


def one(world: World) -> Story:
    """Opened, nothing done: its goals have been due since 15 October."""
    school = world.schools[0]
    story = Story(world.teller, UUID(int=1), world.cycle_id, school, UUID(int=2))
    return story.open().assign(world.principals[school]).begin("goals", due_on=date(2025, 10, 15), duty="subject")


def end(world: World, story: Story) -> None:
    """As the teacher service tells it: what is open is withdrawn, here when it was late, and then the evaluation ends."""
    story.at = ENDED
    story.finish("goals", outcome="withdrawn", due_on=date(2025, 10, 15), late=True, duty="subject")
    story.end_early(world.office["hr"])


def test_nothing_of_it_is_required_or_late_and_it_is_counted_apart(engine: Engine) -> None:
    world = World(staff=0, schools=1)
    story = one(world)
    apply_all(engine, world.told())
    place = Place(world.cycle_id, "evaluator", story.school_id, story.evaluator_id)
    with transaction(engine, world.district_id) as connection:
        before = step_counts(connection, world.district_id, place, TODAY).total
    assert before is not None
    assert (before.required, before.overdue, before.ended_early) == (4, 1, 0)
    told = len(world.told())
    end(world, story)
    apply_all(engine, world.told()[told:])
    assert_counts_hold(engine, world.district_id)
    with transaction(engine, world.district_id) as connection:
        after = step_counts(connection, world.district_id, place, TODAY).total
        [row] = completion.people(connection, world.district_id, place, TODAY)
    assert after is not None
    assert (after.required, after.overdue, after.open) == (0, 0, 0)
    assert (after.evaluations, after.closed, after.ended_early) == (1, 0, 1)
    assert (row.overdue, row.next_due, row.closed_at, row.ended_early_at) == (0, None, None, ENDED)


def test_who_has_no_evaluator_and_ended_early_lacks_none(engine: Engine) -> None:
    world = World(staff=0, schools=1)
    school = Place(world.cycle_id, "school", world.schools[0])
    stories = [
        Story(world.teller, UUID(int=number), world.cycle_id, world.schools[0], UUID(int=number + 9)).open()
        for number in (1, 2)
    ]

    def without_evaluator() -> int:
        with transaction(engine, world.district_id) as connection:
            found = completion.evaluators(connection, world.district_id, school, TODAY)
        return len([row for row in found if row.evaluator_id is None])

    apply_all(engine, world.told())
    for waiting, story in zip((1, 0), stories, strict=True):
        assert without_evaluator() == 1
        told = len(world.told())
        end(world, story)
        apply_all(engine, world.told()[told:])
        assert without_evaluator() == waiting


def test_whatever_order_the_events_come_in_the_tables_are_the_same(
    engine: Engine, empty: Callable[[Engine], None], dump: Callable[[Engine, UUID], Dump]
) -> None:
    world = World(seed=5, staff=20)
    closed = {told.event.evaluation_id for told in world.told() if isinstance(told.event, EvaluationClosed)}
    for story in [story for story in world.stories if story.evaluation_id not in closed][::2]:
        story.later(days=1).end_early(world.office["hr"])
    apply_all(engine, world.told())
    assert_counts_hold(engine, world.district_id)
    first = dump(engine, world.district_id)
    for order, most in ((world.told(), 1), (shuffled(world.told(), 7), 500)):
        empty(engine)
        apply_all(engine, order, most=most)
        assert dump(engine, world.district_id) == first


def test_the_audit_tells_the_day_and_who_and_no_reason(service_settings: Callable[..., Settings]) -> None:
    world = World(staff=6, schools=1)
    story = one(world)
    end(world, story)
    settings = service_settings("reporting", secret_key=SECRET)
    reports = filled(settings, world, World(staff=0, district="south"), minimum=3)
    mark = Marks(SECRET).evaluation(world.district_id, story.evaluation_id)
    union = reports.client("union_representative")
    page = union.get(f"/audit/evaluations/{mark}").text
    assert 'id="ended-early"' in page
    assert "Ended early Mon 3 Nov 2025" in page
    assert "the district office" in page
    assert "Late since" not in page
    record = union.get(f"/api/v1/audit/evaluations/{mark}").json
    assert record["ended_early_on"] == "2025-11-03"
    assert {step["state"] for step in record["steps"]} == {"withdrawn"}
    assert [step["step_id"] for step in record["steps"] if step["late"]] == ["goals"], (
        "it was late when it was withdrawn"
    )
    assert "Withdrawn when it was late" in page
    lines = list(csv.DictReader(union.get("/audit/record.csv").text.lstrip("\ufeff").splitlines()))
    assert {line["ended_early_on"] for line in lines if line["evaluation"] == mark} == {"2025-11-03"}
    assert {line["ended_early_on"] for line in lines if line["evaluation"] != mark} == {""}
    evaluator = Marks(SECRET).evaluator(world.district_id, world.cycle_id, world.schools[0], story.evaluator_id)
    assert "Ended early Mon 3 Nov 2025" in union.get(f"/audit/evaluators/{evaluator}").text
    assert "Ended early" in union.get(f"/audit/schools/{world.schools[0]}").text


def test_the_completion_board_says_so_everywhere(service_settings: Callable[..., Settings]) -> None:
    world = World(staff=6, schools=1)
    story = one(world)
    end(world, story)
    settings = service_settings("reporting", secret_key=SECRET)
    reports = filled(settings, world, World(staff=0, district="south"), minimum=3)
    hr, school = reports.client("hr"), world.schools[0]
    for path in ("/completion", f"/completion/schools/{school}"):
        assert "Ended early" in hr.get(path).text
    page = hr.get(f"/completion/schools/{school}/evaluators/{story.evaluator_id}").text
    assert "Ended early Mon 3 Nov 2025" in page
    board = hr.get(f"/api/v1/completion?school={school}").json
    assert board["total"]["ended_early"] == 1


def test_what_was_ended_early_is_in_no_figure_about_ratings(engine: Engine) -> None:
    """Delivered or not it counts no more: neither for when figures are published, nor in them."""
    world = World(staff=0, schools=2)
    stories = opened(world, 40)
    deliver(stories, 0, 32, day=200)
    for story in (stories[0], stories[1], *stories[35:]):  # two that were delivered, five that were not
        story.at = stories[31].at + timedelta(days=1)
        story.end_early(world.office["hr"])
    apply_all(engine, world.told())
    assert release(engine) == 1, "30 of the 33 that are left"
    assert rows(engine, world, "SELECT included FROM report_release") == [(30,)]
    people = "SELECT sum(people) FROM report_release_cell WHERE subject = {} AND part = 'district'"
    assert rows(engine, world, people.format("''")) == rows(engine, world, people.format("'C1'")) == [(30,)]
    with transaction(engine, world.district_id) as connection:
        [series] = ratings.series(connection, world.district_id)
        whole = ratings.totals(connection, world.district_id, series)
        by_school = ratings.progress(connection, world.district_id, series)
    assert (whole.opened, whole.delivered, whole.final, whole.ended_early) == (33, 30, 0, 7)
    for name in ("opened", "delivered", "final", "ended_early"):
        assert sum(getattr(row, name) for row in by_school) == getattr(whole, name)


def test_half_a_year_on_only_what_is_left_counts_for_the_minimum(engine: Engine) -> None:
    world = World(staff=0, schools=2)
    stories = opened(world, 40)
    deliver(stories, 0, 10, day=200)
    stories[0].later(days=10).end_early(world.office["hr"])
    apply_all(engine, world.told())
    assert release(engine) == 0, "nine are left, of ten that are wanted"
    assert release(engine, minimum=9) == 1


def test_ended_after_the_figures_were_cut_it_stays_in_them(
    engine: Engine, empty: Callable[[Engine], None], dump: Callable[[Engine, UUID], Dump]
) -> None:
    """Also when everything is read anew: what has been published never changes."""
    world = World(staff=0, schools=2)
    stories = opened(world, 20)
    deliver(stories, 0, 20, day=200)
    told = len(world.told())
    apply_all(engine, world.told())
    assert release(engine) == 1
    first = dump(engine, world.district_id)["report_release_cell"]
    stories[0].later(days=30).end_early(world.office["hr"])
    apply_all(engine, world.told()[told:])
    empty(engine)
    apply_all(engine, shuffled(world.told(), 3))
    assert release(engine) == 1
    assert dump(engine, world.district_id)["report_release_cell"] == first
