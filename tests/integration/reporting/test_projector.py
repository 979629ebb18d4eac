"""Events become rows; the rows depend on the events alone; the counts are what counting the steps gives."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from services.reporting.marks import Marks
from services.reporting.projector.process import PROCESS_EVENTS, UnknownEvaluationError
from services.reporting.reports import audit, completion
from services.reporting.reports.counts import step_counts
from services.reporting.reports.entries import COLUMNS, Wanted, entries
from services.reporting.reports.places import Place
from shared.db import transaction
from shared.ids import derived_id
from tests.support.reporting import SECRET, World, apply_all, shuffled
from tests.support.stories import FIRST, PLAN, Story

Dump = dict[str, list[tuple[Any, ...]]]

RECOUNT = """
WITH place AS (
  SELECT s.*, p.scope, p.at_school, p.with_evaluator, k.key FROM report_step s
  CROSS JOIN LATERAL (VALUES ('district', NULL::uuid, NULL::uuid), ('school', s.school_id, NULL),
                             ('evaluator', s.school_id, s.evaluator_id)) AS p (scope, at_school, with_evaluator)
  CROSS JOIN LATERAL (VALUES (s.step_key), ('')) AS k (key) WHERE s.told)
SELECT cycle_id, scope, at_school AS school_id, with_evaluator AS evaluator_id, key AS step_key,
  count(*) FILTER (WHERE required AND state NOT IN ('lapsed', 'withdrawn')) AS required,
  count(*) FILTER (WHERE required AND state IN ('done', 'signed', 'refused', 'unsigned', 'filed')) AS done,
  count(*) FILTER (WHERE required AND state IN ('done', 'signed', 'refused', 'unsigned', 'filed') AND late) AS done_late,
  count(*) FILTER (WHERE state = 'signed') AS signed,
  count(*) FILTER (WHERE state = 'refused') AS refused,
  count(*) FILTER (WHERE state = 'unsigned') AS unsigned,
  count(*) FILTER (WHERE document_opened_at IS NOT NULL) AS opened,
  count(*) FILTER (WHERE state = 'filed') AS filed
FROM place GROUP BY 1, 2, 3, 4, 5
"""
KEPT = """
SELECT cycle_id, scope, school_id, evaluator_id, step_key, required, done, done_late, signed, refused, unsigned, opened, filed
FROM report_step_count
WHERE required + done + signed + refused + unsigned + opened + filed > 0
"""
RECOUNT_EVALUATIONS = """
SELECT scope, at_school, with_evaluator, count(*), count(closed_at), count(ended_early_at) FROM report_evaluation e
CROSS JOIN LATERAL (VALUES ('district', NULL::uuid, NULL::uuid), ('school', e.school_id, NULL),
                           ('evaluator', e.school_id, e.evaluator_id)) AS p (scope, at_school, with_evaluator)
GROUP BY 1, 2, 3
"""
KEPT_EVALUATIONS = """
SELECT scope, school_id, evaluator_id, evaluations, closed, ended_early FROM report_step_count
WHERE step_key = '' AND evaluations > 0
"""
RECOUNT_WAITING = """
SELECT scope, at_school, with_evaluator, key, due_on, count(*) FROM report_step s
CROSS JOIN LATERAL (VALUES ('district', NULL::uuid, NULL::uuid), ('school', s.school_id, NULL),
                           ('evaluator', s.school_id, s.evaluator_id)) AS p (scope, at_school, with_evaluator)
CROSS JOIN LATERAL (VALUES (s.step_key), ('')) AS k (key)
WHERE told AND required AND state IN ('planned', 'open') AND due_on IS NOT NULL GROUP BY 1, 2, 3, 4, 5
"""
KEPT_WAITING = (
    "SELECT scope, school_id, evaluator_id, step_key, due_on, waiting FROM report_step_due WHERE waiting <> 0"
)
RECOUNT_RESULTS = """
SELECT school_id, count(DISTINCT evaluation_id), count(final_at) FROM report_result GROUP BY 1
"""
RECOUNT_OPENED = "SELECT cycle_id, agreement_hash, school_id, count(*) FROM report_evaluation GROUP BY 1, 2, 3"
KEPT_OPENED = "SELECT cycle_id, agreement_hash, school_id, opened FROM report_evaluation_count"
KEPT_RESULTS = "SELECT school_id, delivered, final FROM report_result_count"


def assert_counts_hold(engine: Engine, district_id: UUID) -> None:
    pairs = (
        (KEPT, RECOUNT + " HAVING count(*) FILTER (WHERE (required AND state NOT IN ('lapsed', 'withdrawn')) "
         "OR state IN ('signed', 'refused', 'unsigned', 'filed') OR document_opened_at IS NOT NULL) > 0"),
        (KEPT_EVALUATIONS, RECOUNT_EVALUATIONS),
        (KEPT_WAITING, RECOUNT_WAITING),
        (KEPT_RESULTS, RECOUNT_RESULTS),
        (KEPT_OPENED, RECOUNT_OPENED),
    )  # fmt: skip
    with transaction(engine, district_id) as connection:
        for kept, counted in pairs:
            found = sorted((tuple(row) for row in connection.execute(text(kept))), key=repr)
            wanted = sorted((tuple(row) for row in connection.execute(text(counted))), key=repr)
            assert found == wanted


def test_counts_are_what_counting_the_steps_gives(engine: Engine) -> None:
    world = World(seed=3, staff=30)
    apply_all(engine, world.told())
    assert_counts_hold(engine, world.district_id)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), half=st.floats(0.2, 0.9), moves=st.integers(0, 6))
def test_counts_hold_at_any_moment_and_in_any_order(
    engine: Engine, empty: Callable[[Engine], None], seed: int, half: float, moves: int
) -> None:
    empty(engine)
    world = World(seed=seed, staff=8, schools=2)
    for number in range(moves):
        world.stories[number].assign(world.principals[world.schools[number % 2]])
    told = shuffled(world.told(), seed)
    cut = int(len(told) * half)
    apply_all(engine, told[:cut])
    assert_counts_hold(engine, world.district_id)
    apply_all(engine, told[cut:])
    assert_counts_hold(engine, world.district_id)


def test_a_replay_in_another_order_gives_the_same_tables(
    engine: Engine, empty: Callable[[Engine], None], dump: Callable[[Engine, UUID], Dump]
) -> None:
    world = World(seed=5, staff=20)
    for story in world.stories[::3]:
        story.later(days=1).assign(world.principals[world.schools[0]])
    apply_all(engine, world.told())
    first = dump(engine, world.district_id)
    assert all(first[name] for name in first if not name.startswith("report_release"))
    empty(engine)
    apply_all(engine, shuffled(world.told(), 99))
    assert dump(engine, world.district_id) == first


def test_many_events_at_once_do_what_one_by_one_does(
    engine: Engine, empty: Callable[[Engine], None], dump: Callable[[Engine, UUID], Dump]
) -> None:
    world = World(seed=6, staff=15)
    for story in world.stories[::2]:
        story.later(days=1).assign(world.principals[world.schools[0]])
    apply_all(engine, world.told())
    first = dump(engine, world.district_id)
    empty(engine)
    apply_all(engine, world.told(), most=1)
    after = dump(engine, world.district_id)
    assert after == first


def test_an_event_without_its_evaluation_is_refused(engine: Engine) -> None:
    world = World(seed=1, staff=1)
    late = [one for one in world.told() if type(one.event) in PROCESS_EVENTS][1:]
    with pytest.raises(UnknownEvaluationError):
        apply_all(engine, late)


def test_done_steps_stay_with_the_evaluator_whose_they_were(engine: Engine) -> None:
    world = World(seed=2, staff=0, schools=2)
    world._story(0, "north", 0.0)
    story = world.stories[0]
    before = story.evaluator_id
    story.finish("announced/9/notice").begin("announced/9/feedback")
    new = world.principals[world.schools[1]]
    story.assign(new)
    apply_all(engine, world.told())
    with transaction(engine, world.district_id) as connection:
        rows = connection.execute(text("SELECT step_id, evaluator_id, state FROM report_step")).all()
    whose = {row.step_id: row.evaluator_id for row in rows}
    assert whose["announced/9/notice"] == before
    assert whose["announced/9/feedback"] == new
    assert_counts_hold(engine, world.district_id)


def test_a_notice_that_was_moved_is_counted_as_opened_once_it_is_opened_anew(engine: Engine) -> None:
    world = World(seed=3, staff=0, schools=2)
    world._story(0, "north", 0.0)
    story = world.stories[0]
    story.finish("announced/9/notice").read("announced/9/notice")
    story.later(days=1).finish("announced/9/notice", outcome="moved")
    apply_all(engine, world.told())
    mark = Marks(SECRET).evaluation(world.district_id, story.evaluation_id)

    def opened_at() -> object:
        with transaction(engine, world.district_id) as connection:
            record = audit.record(connection, world.district_id, mark)
        assert record is not None
        return {step.step_id: step.document_opened_at for step in record.steps}["announced/9/notice"]

    assert opened_at() is None
    assert_counts_hold(engine, world.district_id)
    before = len(world.told())
    story.later(days=1).read("announced/9/notice")
    apply_all(engine, world.told()[before:])
    assert opened_at() == story.at
    assert_counts_hold(engine, world.district_id)


def test_what_is_done_again_is_whose_it_is_now_and_the_audit_keeps_the_first_time(engine: Engine) -> None:
    world = World(seed=3, staff=0, schools=2)
    world._story(0, "north", 0.0)
    story = world.stories[0]
    story.finish("announced/9/notice")
    first = story.at
    new = world.principals[world.schools[1]]
    story.later(days=1).assign(new)
    story.finish("announced/9/notice", outcome="moved")
    story.finish("goals", duty="subject")
    again = story.at
    story.later(days=2).begin("goals", duty="subject")
    apply_all(engine, world.told())
    mark = Marks(SECRET).evaluation(world.district_id, story.evaluation_id)
    with transaction(engine, world.district_id) as connection:
        owner = text("SELECT evaluator_id FROM report_step WHERE step_id = 'announced/9/notice'")
        assert connection.execute(owner).scalar_one() == new
        record = audit.record(connection, world.district_id, mark)
    assert record is not None
    steps = {step.step_id: step for step in record.steps}
    assert [one.done_at for one in steps["announced/9/notice"].earlier] == [first]
    assert steps["goals"].earlier[-1].done_at == again
    assert steps["goals"].done_at is None, "it is to be done again"
    assert_counts_hold(engine, world.district_id)


def test_handing_back_makes_no_lateness_undone(engine: Engine) -> None:
    """The agreement waits again; the record says by when it had to be answered, when it was, and that it was late."""
    world = World(seed=3, staff=0, schools=2)
    world._story(0, "north", 0.0)
    story, due, later = world.stories[0], date(2025, 9, 17), date(2025, 12, 10)
    mark = Marks(SECRET).evaluation(world.district_id, story.evaluation_id)
    told = 0

    def after() -> dict[str, audit.RecordStep]:
        nonlocal told
        apply_all(engine, world.told()[told:])
        told = len(world.told())
        assert_counts_hold(engine, world.district_id)
        with transaction(engine, world.district_id) as connection:
            record = audit.record(connection, world.district_id, mark)
        assert record is not None
        return {step.step_id: step for step in record.steps}

    story.finish("goals", duty="subject", due_on=due, late=True).begin("goals_agreed", due_on=due)
    story.later(days=60).finish("goals_agreed", outcome="returned", due_on=due, late=True).begin(
        "goals", duty="subject"
    )
    handed_back, steps = story.at, after()
    agreed, goals = steps["goals_agreed"], steps["goals"]
    assert (agreed.state, agreed.due_on, agreed.late, agreed.done_at) == ("planned", None, False, None)
    assert [(one.done_at, one.due_on, one.late) for one in agreed.earlier] == [(handed_back, due, True)]
    assert (goals.earlier[-1].due_on, goals.earlier[-1].late) == (due, True)
    story.later(days=1).finish("goals", duty="subject").begin("goals_agreed", due_on=later)
    steps = after()
    assert steps["goals"].late, "it was late the first time"
    assert (steps["goals_agreed"].state, steps["goals_agreed"].due_on) == ("open", later)
    story.assign(world.principals[world.schools[1]]).finish("goals_agreed", due_on=later)
    agreed = after()["goals_agreed"]
    assert not agreed.late, "another evaluator's lateness is not theirs"
    assert [one.late for one in agreed.earlier] == [True]


def test_an_evaluator_is_called_the_same_whoever_comes_later(engine: Engine) -> None:
    world = World(seed=4, staff=0, schools=1)
    for number in range(6):
        world._story(number, "north", 0.0)
    first = world.stories[0]
    apply_all(engine, world.told())
    mark = Marks(SECRET).evaluation(world.district_id, first.evaluation_id)
    place = Place(world.cycle_id, "school", world.schools[0])

    def called() -> tuple[Any, Any]:
        with transaction(engine, world.district_id) as connection:
            record = audit.record(connection, world.district_id, mark)
            lines = list(audit.record_lines(connection, world.district_id, place))
        assert record is not None
        return record.assigned, {line.step.step_id: line for line in lines if line.mark == mark}

    before = called()
    told = len(world.told())
    for number, story in enumerate(world.stories[1:]):  # the same day; some of their marks come first
        story.at = FIRST
        story.assign(derived_id("newcomer", str(number)))
    apply_all(engine, world.told()[told:])
    assert called() == before


STEP = "walkthrough/1/observation"


def _shown(engine: Engine, world: World, story: Story) -> list[object]:
    """What reports tell of a step, in every place: counts, entries, lines, records and people."""
    mark = Marks(SECRET).evaluation(world.district_id, story.evaluation_id)
    cycle, school = world.cycle_id, story.school_id
    places = [Place(cycle), Place(cycle, "school", school), Place(cycle, "evaluator", school, story.evaluator_id)]
    day, found = date(2026, 3, 1), []
    with transaction(engine, world.district_id) as connection:
        record = audit.record(connection, world.district_id, mark)
        assert record is not None
        found += [step for step in record.steps if step.step_id == STEP]
        for place in places:
            found += [row for row in step_counts(connection, world.district_id, place, day).rows if row.step in STEPS]
            found += [
                line for line in audit.record_lines(connection, world.district_id, place) if line.step.step_id == STEP
            ]
            found += [
                line for line in completion.lines(connection, world.district_id, place, day) if line.step in STEPS
            ]
            for column in COLUMNS:
                rows = entries(connection, world.district_id, Wanted(place, column), day)
                found += [row for row in rows if row.step_id == STEP]
        people = completion.people(connection, world.district_id, places[-1], day)
        found += [row for row in people if row.required != len(PLAN)]
    return found


STEPS = ("walkthrough/observation",)


def test_a_walkthrough_is_told_to_nobody_until_it_has_been_held(
    engine: Engine, empty: Callable[[Engine], None], dump: Callable[[Engine, UUID], Dump]
) -> None:
    world = World(seed=4, staff=0, schools=1)
    world._story(0, "north", 0.0)
    story = world.stories[0]
    for each in ("announced/1/notice", "announced/2/notice", "announced/1/observation", "announced/2/observation"):
        story.finish(each, outcome="withdrawn")
    before = len(world.told())
    story.begin(STEP, told=False, due_on=date(2025, 12, 1), kind="observation")
    story.assign(world.assistant)  # what is kept from everybody moves with the evaluation
    apply_all(engine, world.told())
    assert before < len(world.told())
    assert_counts_hold(engine, world.district_id)
    assert _shown(engine, world, story) == []
    story.finish(STEP, kind="observation")
    apply_all(engine, world.told()[-1:])
    assert_counts_hold(engine, world.district_id)
    assert len(_shown(engine, world, story)) > len(COLUMNS)
    first = dump(engine, world.district_id)
    empty(engine)
    apply_all(engine, shuffled(world.told(), 7))
    assert dump(engine, world.district_id) == first


def test_a_walkthrough_that_was_taken_back_is_never_told(engine: Engine) -> None:
    world = World(seed=4, staff=1, schools=1, finished=1.0)
    story = world.stories[0]
    story.begin(STEP, told=False, kind="observation").finish(STEP, outcome="withdrawn", kind="observation")
    apply_all(engine, world.told())
    mark = Marks(SECRET).evaluation(world.district_id, story.evaluation_id)
    with transaction(engine, world.district_id) as connection:
        record = audit.record(connection, world.district_id, mark)
    assert record is not None
    assert STEP not in {step.step_id for step in record.steps}
