"""What one person may see of an evaluation; clocks that go by when a thing was held."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.decisions import decide
from services.evaluation.core.domain.decisions.guards import Case
from services.evaluation.core.domain.evaluation import Evaluation, Note
from services.evaluation.core.domain.evolve import evolve
from services.evaluation.core.domain.policy import Relation
from services.evaluation.core.domain.sight import seen_by
from services.evaluation.core.domain.steps import evidence_count
from services.evaluation.core.handlers import _open
from services.evaluation.core.publishing import publish
from shared.contracts import process
from shared.ids import new_id
from tests.support.annual_cycle import RUTH, SECRET, START, cycle, opening, washington, whole_cycle

AGREEMENT = washington()
SUBJECT, EVALUATOR, OFFICE = (frozenset({one}) for one in (Relation.SUBJECT, Relation.EVALUATOR, Relation.OFFICE))


def state_before(kind: type[c.Command], nth: int = 1) -> Evaluation:
    """The evaluation just before the nth command of a kind."""
    round_ = cycle(AGREEMENT)
    evaluation, _ = _open(round_, AGREEMENT, opening(round_.id), START)
    seen = 0
    for moment in whole_cycle(evaluation, AGREEMENT):
        seen += isinstance(moment.command, kind)
        if seen == nth:
            return evaluation
        evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, moment.at), moment.command))
    raise AssertionError(f"there are fewer than {nth}")


@pytest.mark.parametrize("relation", [SUBJECT, OFFICE])
def test_what_was_seen_stays_the_evaluators_until_it_is_sent(relation: frozenset[Relation]) -> None:
    unsent, sent = state_before(c.SendFeedback), state_before(c.OpenDocument)
    assert seen_by(EVALUATOR, unsent, AGREEMENT) == unsent
    assert unsent.occasions[0].notes
    assert seen_by(relation, unsent, AGREEMENT).occasions[0].notes == ()
    assert SECRET not in str(seen_by(relation, unsent, AGREEMENT).occasions[0].notes)
    assert seen_by(relation, sent, AGREEMENT) == sent


def test_nobody_tells_the_subject_of_a_walkthrough_before_it_is_held() -> None:
    begun, held = state_before(c.RecordObservation, 2), state_before(c.SendFeedback, 2)
    assert [one.type for one in begun.occasions] == ["announced", "walkthrough"]
    seen = seen_by(SUBJECT, begun, AGREEMENT)
    assert [one.type for one in seen.occasions] == ["announced"]
    assert not [key for key in seen.steps if key.startswith("walkthrough/")]
    assert "announced/1/feedback" in seen.steps
    assert [one.type for one in seen_by(OFFICE, begun, AGREEMENT).occasions] == ["announced", "walkthrough"]
    assert "walkthrough/1/observation" in seen_by(SUBJECT, held, AGREEMENT).steps
    assert seen_by(SUBJECT, held, AGREEMENT).occasions[1].notes == ()


def test_others_hear_whether_a_step_is_told_to_the_subject() -> None:
    begun, held = state_before(c.RecordObservation, 2), state_before(c.SendFeedback, 2)

    def told(evaluation: Evaluation, step: str) -> bool:
        (event,) = publish("teacher", "2025-26", AGREEMENT, evaluation, [e.StepOpened(by_id=None, at=START, step=step)])
        assert isinstance(event, process.StepOpened)
        return event.told

    assert told(begun, "goals")
    assert told(begun, "announced/1/observation")
    assert not told(begun, "walkthrough/1/observation")
    assert told(held, "walkthrough/1/feedback")


def test_only_delivered_evidence_counts() -> None:
    assert evidence_count(state_before(c.SendFeedback)) == {}
    assert evidence_count(state_before(c.OpenDocument))["C1"] == 1
    second_unsent = state_before(c.SendFeedback, 2)
    assert evidence_count(second_unsent)["C1"] == 2  # of the first one, and of the context the subject added


def _record(evaluation: Evaluation, **changes: object) -> c.RecordObservation:
    begins = evaluation.occasions[0].scheduled_from
    assert begins is not None
    values: dict[str, object] = {
        "evaluation_id": evaluation.id,
        "actor_id": RUTH,
        "occasion_id": evaluation.occasions[0].id,
        "held_from": begins,
        "held_to": begins + timedelta(minutes=40),
        "notes": (Note("seen"),),
    }
    return c.RecordObservation(**{**values, **changes})  # type: ignore[arg-type]


def test_an_observation_held_in_time_and_written_down_later_is_in_time() -> None:
    evaluation = state_before(c.RecordObservation)
    command = _record(evaluation)
    key = "announced/1/observation"
    due = evaluation.steps[key].due_on
    assert due is not None
    on_the_day = START.replace(year=due.year, month=due.month, day=due.day, hour=18)
    for days, late in ((0, False), (1, True)):
        held = on_the_day + timedelta(days=days)
        command = replace(command, held_from=held - timedelta(hours=1), held_to=held)
        after = evolve(evaluation, decide(Case(evaluation, AGREEMENT, held + timedelta(days=2)), command))
        assert after.steps[key].late is late
        assert after.steps["announced/1/feedback"].due_on == due + timedelta(days=days + 3)


def test_times_that_are_corrected_move_the_clock_that_hangs_on_them() -> None:
    evaluation = state_before(c.SendFeedback)
    was = evaluation.steps["announced/1/observation"]
    command = _record(evaluation, held_from=was.held_from, held_to=was.held_to)
    at = command.held_to + timedelta(days=2)
    same = decide(Case(evaluation, AGREEMENT, at), command)
    assert [type(event) for event in same] == [e.ObservationRecorded]
    moved = replace(
        command, held_from=command.held_from + timedelta(days=1), held_to=command.held_to + timedelta(days=1)
    )
    after = evolve(evaluation, decide(Case(evaluation, AGREEMENT, at), moved))
    before_due = evaluation.steps["announced/1/feedback"].due_on
    assert before_due is not None
    assert after.steps["announced/1/observation"].held_to == moved.held_to
    assert after.steps["announced/1/feedback"].due_on == before_due + timedelta(days=1)


def test_a_notice_of_a_time_to_come_is_done_when_it_is_given() -> None:
    evaluation = state_before(c.HoldConference)
    notice = evaluation.steps["announced/1/notice"]
    assert notice.done_at is not None
    assert notice.held_from is not None
    assert notice.held_from > notice.done_at
    again = c.BeginOccasion(
        evaluation_id=evaluation.id, actor_id=RUTH, occasion_id=new_id(), type="announced",
        scheduled_from=START + timedelta(days=250), scheduled_to=START + timedelta(days=250, hours=1),
    )  # fmt: skip
    after = evolve(evaluation, decide(Case(evaluation, AGREEMENT, START + timedelta(days=60)), again))
    assert after.steps["announced/2/notice"].late is False
