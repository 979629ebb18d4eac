"""By when: what nobody began is owed by its day too, and no day that has passed is put off."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.decisions import decide
from services.evaluation.core.domain.decisions.guards import Case
from services.evaluation.core.domain.evaluation import Evaluation, Note
from services.evaluation.core.domain.evolve import evolve
from shared.ids import new_id
from tests.support.annual_cycle import OMAR, RUTH, START, SVEN, Moment
from tests.unit.evaluation.test_annual_cycle import AGREEMENT, before, begun, refusal, run

FIRST = date(2027, 1, 15)
"""WA-06: the first announced observation is held by 15 January."""


def do(evaluation: Evaluation, command: c.Command, at: datetime) -> Evaluation:
    return evolve(evaluation, decide(Case(evaluation, AGREEMENT, at), command))


def announce(evaluation: Evaluation, begins: datetime) -> c.BeginOccasion:
    return c.BeginOccasion(
        evaluation_id=evaluation.id, actor_id=RUTH, occasion_id=new_id(), type="announced",
        scheduled_from=begins, scheduled_to=begins + timedelta(minutes=40),
    )  # fmt: skip


def talk(evaluation: Evaluation, number: int, at: datetime) -> c.HoldConference:
    step = f"announced/{number}/pre_conference"
    return c.HoldConference(evaluation_id=evaluation.id, actor_id=RUTH, step=step, held_from=at, note="")


def record(evaluation: Evaluation, at: int, begins: datetime) -> c.RecordObservation:
    return c.RecordObservation(
        evaluation_id=evaluation.id, actor_id=RUTH, occasion_id=evaluation.occasions[at].id,
        held_from=begins, held_to=begins + timedelta(minutes=40), notes=(Note("seen"),),
    )  # fmt: skip


def withdraw(evaluation: Evaluation, at: int) -> c.WithdrawOccasion:
    occasion_id = evaluation.occasions[at].id
    return c.WithdrawOccasion(evaluation_id=evaluation.id, actor_id=RUTH, occasion_id=occasion_id, reason="ill")


def test_an_observation_nobody_began_is_owed_by_the_day_of_the_first() -> None:
    evaluation = begun()
    assert evaluation.steps["observations"].due_on == FIRST
    at = START + timedelta(days=10)
    evaluation = do(evaluation, announce(evaluation, at + timedelta(days=2)), at)
    assert evaluation.steps["observations"].due_on == FIRST, "the conference comes first, and tells no day"
    evaluation = do(evaluation, talk(evaluation, 1, at), at)
    assert evaluation.steps["announced/1/observation"].due_on == FIRST
    assert evaluation.steps["observations"].due_on is None, "the observation has the day now"
    evaluation = do(evaluation, withdraw(evaluation, 0), at)
    assert evaluation.steps["observations"].due_on == FIRST, "and it is owed again"


def test_one_that_takes_the_place_of_a_withdrawn_one_has_its_day() -> None:
    at = START + timedelta(days=150)
    evaluation = begun()
    evaluation = do(evaluation, announce(evaluation, at), at)
    evaluation = do(evaluation, withdraw(evaluation, 0), at)
    evaluation = do(evaluation, announce(evaluation, at), at)
    evaluation = do(evaluation, talk(evaluation, 2, at), at)
    assert evaluation.steps["announced/2/observation"].due_on == FIRST
    evaluation = do(evaluation, record(evaluation, 1, at), at + timedelta(hours=1))
    assert evaluation.steps["announced/2/observation"].late
    assert not evaluation.steps["observations"].late


def test_of_two_that_were_announced_each_has_the_day_until_one_is_held() -> None:
    at = START + timedelta(days=150)
    evaluation = begun()
    for number in (1, 2):
        evaluation = do(evaluation, announce(evaluation, at), at)
        evaluation = do(evaluation, talk(evaluation, number, at), at)
    assert {evaluation.steps[f"announced/{one}/observation"].due_on for one in (1, 2)} == {FIRST}
    evaluation = do(evaluation, record(evaluation, 1, at), at + timedelta(hours=1))
    assert evaluation.steps["announced/2/observation"].late
    evaluation = do(evaluation, withdraw(evaluation, 0), at + timedelta(hours=1))
    assert evaluation.steps["announced/2/observation"].late
    assert not evaluation.steps["observations"].late, "one day is missed once"


def test_what_was_held_in_time_and_then_withdrawn_keeps_no_day() -> None:
    evaluation = begun()
    at = START + timedelta(days=10)
    evaluation = do(evaluation, announce(evaluation, at), at)
    evaluation = do(evaluation, talk(evaluation, 1, at), at)
    evaluation = do(evaluation, record(evaluation, 0, at), at + timedelta(hours=1))
    later = START + timedelta(days=150)
    evaluation = do(evaluation, announce(evaluation, later), later)
    evaluation = do(evaluation, talk(evaluation, 2, later), later)
    evaluation = do(evaluation, record(evaluation, 1, later), later + timedelta(hours=1))
    assert not evaluation.steps["announced/2/observation"].late
    evaluation = do(evaluation, withdraw(evaluation, 0), later + timedelta(hours=1))
    assert evaluation.steps["observations"].due_on == FIRST, "of those that count none was held by that day"


def test_what_nobody_announced_changes_no_day_before_it_is_held() -> None:
    """The day stands on pages its subject reads."""
    at = START + timedelta(days=10)
    evaluation = begun()
    walkthrough = c.BeginOccasion(evaluation_id=evaluation.id, actor_id=RUTH, occasion_id=new_id(), type="walkthrough")
    events = decide(Case(evaluation, AGREEMENT, at), walkthrough)
    assert "observations" not in [one.step for one in events if isinstance(one, e.StepOpened)]


def test_a_day_that_has_passed_is_not_put_off_by_another_time() -> None:
    evaluation, _ = before(c.SendFeedback)
    held = evaluation.steps["announced/1/observation"]
    due = evaluation.steps["announced/1/feedback"].due_on
    assert held.held_to is not None
    assert due is not None
    later = held.held_to + timedelta(days=10)
    again = replace(record(evaluation, 0, later - timedelta(days=1)), notes=(Note("seen once more"),))
    evaluation = do(evaluation, again, later)
    assert evaluation.steps["announced/1/observation"].held_from == again.held_from
    assert evaluation.steps["announced/1/feedback"].due_on == due
    send = c.SendFeedback(
        evaluation_id=evaluation.id, actor_id=RUTH, occasion_id=evaluation.occasions[0].id, strengths="a", next_steps=""
    )
    assert do(evaluation, send, later).steps["announced/1/feedback"].late


def test_an_observation_that_was_late_stays_late_under_the_same_evaluator() -> None:
    at = START + timedelta(days=150)
    evaluation = begun()
    evaluation = do(evaluation, announce(evaluation, at), at)
    evaluation = do(evaluation, talk(evaluation, 1, at), at)
    evaluation = do(evaluation, record(evaluation, 0, at), at + timedelta(hours=1))
    assert evaluation.steps["announced/1/observation"].late
    evaluation = do(evaluation, record(evaluation, 0, at + timedelta(minutes=1)), at + timedelta(hours=2))
    assert evaluation.steps["announced/1/observation"].late


def test_one_lesson_is_one_observation() -> None:
    evaluation, _ = before(c.SendSummative)
    held = evaluation.steps["announced/1/observation"]
    assert held.held_from is not None
    assert held.held_to is not None
    walk = c.BeginOccasion(evaluation_id=evaluation.id, actor_id=RUTH, occasion_id=new_id(), type="walkthrough")
    at = START + timedelta(days=120)
    evaluation = do(evaluation, walk, at)
    for begins in (held.held_from, held.held_to - timedelta(minutes=1), held.held_from - timedelta(minutes=39)):
        refused = refusal(evaluation, record(evaluation, -1, begins), at)
        assert refused.fields == {"held_from": "held_at_that_time"}
    assert do(evaluation, record(evaluation, -1, held.held_to), at), "the lesson after it is another"


def test_what_was_seen_is_sent_before_it_is_rated_and_nothing_is_seen_after() -> None:
    """Else evidence would come when the rating, the signature and the response are on record already."""
    present, moment = before(c.SendSummative)
    walk = c.BeginOccasion(evaluation_id=present.id, actor_id=RUTH, occasion_id=new_id(), type="walkthrough")
    at = moment.at
    begun_, _ = run(present, [Moment(walk, at)])
    script = c.RecordObservation(
        evaluation_id=present.id, actor_id=RUTH, occasion_id=walk.occasion_id, held_from=at - timedelta(minutes=20),
        held_to=at - timedelta(minutes=5), notes=(Note("Seen", None, ("C1",)),),
    )  # fmt: skip
    held, _ = run(begun_, [Moment(script, at)])
    refused = refusal(held, moment.command, at)
    assert (refused.code, [one.step for one in refused.missing]) == ("not_yet", ["walkthrough/2/feedback"])
    waited = refusal(begun_, moment.command, at)
    assert (waited.code, [one.step for one in waited.missing]) == ("observation_to_come", ["walkthrough/2/observation"])
    # An earlier version sent the summative beside an observation that was still to come.
    rated = evolve(begun_, decide(Case(present, AGREEMENT, at), moment.command))
    assert refusal(rated, script, at).code == "summative_sent"
    moved = c.Reschedule(
        evaluation_id=present.id, actor_id=RUTH, occasion_id=walk.occasion_id, scheduled_from=at,
        scheduled_to=at + timedelta(minutes=20),
    )  # fmt: skip
    assert refusal(rated, moved, at).code == "summative_sent"
    gone = c.WithdrawOccasion(
        evaluation_id=present.id, actor_id=RUTH, occasion_id=walk.occasion_id, reason="There was no time."
    )
    run(rated, [Moment(gone, at)])


def test_the_first_is_whichever_was_held_first_not_begun_first() -> None:
    at = START + timedelta(days=10)
    evaluation = begun()
    evaluation = do(evaluation, announce(evaluation, at + timedelta(days=150)), at)
    evaluation = do(evaluation, announce(evaluation, at), at)
    for number in (1, 2):
        evaluation = do(evaluation, talk(evaluation, number, at), at)
    evaluation = do(evaluation, record(evaluation, 1, at), at + timedelta(hours=1))
    assert not evaluation.steps["announced/2/observation"].late
    assert evaluation.steps["announced/1/observation"].due_on is None, "the first has been held"
    later = at + timedelta(days=150)
    evaluation = do(evaluation, record(evaluation, 0, later), later + timedelta(hours=1))
    assert not evaluation.steps["announced/1/observation"].late


def test_another_evaluator_s_report_counts_from_the_lesson_they_saw() -> None:
    evaluation, _ = before(c.SendFeedback)
    was = evaluation.steps["announced/1/feedback"].due_on
    held = evaluation.steps["announced/1/observation"].held_to
    assert was is not None
    assert held is not None
    later = held + timedelta(days=60)
    given = c.AssignEvaluator(
        evaluation_id=evaluation.id, actor_id=OMAR, evaluator_id=SVEN, reason="Leave", office=True
    )
    evaluation = do(evaluation, given, later)
    theirs = replace(record(evaluation, 0, later), actor_id=SVEN)
    evaluation = do(evaluation, theirs, later + timedelta(hours=1))
    assert evaluation.steps["announced/1/feedback"].due_on == was + timedelta(days=60)
