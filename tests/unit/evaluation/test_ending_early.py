"""The district office ends an evaluation early: at any moment while it is open, once, with a reason, and for good."""

from dataclasses import replace
from datetime import timedelta
from functools import reduce

import pytest

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.decisions import decide
from services.evaluation.core.domain.decisions.guards import Case
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.domain.evolve import evolve
from services.evaluation.core.domain.refusals import Refused
from services.evaluation.core.domain.steps import is_open
from services.evaluation.core.handlers import _open
from services.evaluation.core.publishing import publish
from services.evaluation.core.store.summary import summarize
from shared.contracts import process, results
from tests.support.annual_cycle import (
    MARIA,
    OMAR,
    RUTH,
    SECRET,
    START,
    SVEN,
    Moment,
    cycle,
    opening,
    washington,
    whole_cycle,
)

AGREEMENT = washington()


def begun() -> Evaluation:
    return _open(cycle(AGREEMENT), AGREEMENT, opening(cycle(AGREEMENT).id), START)[0]


YEAR: list[Moment] = list(whole_cycle(begun(), AGREEMENT))


def after(count: int) -> Evaluation:
    """The evaluation once so many commands of the year have been given."""

    def do(evaluation: Evaluation, moment: Moment) -> Evaluation:
        return evolve(evaluation, decide(Case(evaluation, AGREEMENT, moment.at), moment.command))

    return reduce(do, YEAR[:count], begun())


def ending(evaluation: Evaluation, **changes: object) -> c.EndEarly:
    values = {"evaluation_id": evaluation.id, "actor_id": OMAR, "office": True, "reason": f"  {SECRET} left  "}
    return c.EndEarly(**{**values, **changes})  # type: ignore[arg-type]


def end(evaluation: Evaluation, days: int = 0) -> tuple[Evaluation, list[e.Event]]:
    events = decide(Case(evaluation, AGREEMENT, YEAR[-1].at + timedelta(days=days)), ending(evaluation))
    return evolve(evaluation, events), events


def refusal(evaluation: Evaluation, command: c.Command) -> Refused:
    with pytest.raises(Refused) as caught:
        decide(Case(evaluation, AGREEMENT, YEAR[-1].at), command)
    return caught.value


@pytest.mark.parametrize("count", range(len(YEAR)))
def test_wherever_it_has_come_to_nothing_is_open_afterwards_and_what_was_sent_stays(count: int) -> None:
    before = after(count)
    ended, events = end(before)
    assert ended.ended_early is not None
    assert (ended.ended_early.reason, ended.ended_early.by_id) == (f"{SECRET} left", OMAR), "trimmed"
    assert not ended.is_open
    assert ended.closed_at is None
    assert not [key for key in ended.steps if is_open(ended, key)]
    kept = ("occasions", "forms", "summative", "signature", "responses", "contexts", "conferences", "assignments")
    assert {name: getattr(ended, name) for name in kept} == {name: getattr(before, name) for name in kept}
    was_done = {key: state for key, state in before.steps.items() if state.status != "open"}
    assert was_done.items() <= ended.steps.items()
    assert isinstance(events[-1], e.EvaluationEndedEarly)
    assert {type(one) for one in events[:-1]} <= {e.StepDone}, "no observation is finished by its end"
    assert reduce(lambda state, event: evolve(state, [event]), events, before) == ended
    assert summarize(ended, AGREEMENT).open == ()
    assert "wait" not in {mark.mark for mark in summarize(ended, AGREEMENT).marks}


def test_only_the_office_ends_it_with_a_reason_and_never_its_own() -> None:
    evaluation = after(3)
    for actor in (MARIA, RUTH, SVEN):
        assert refusal(evaluation, ending(evaluation, actor_id=actor, office=False)).code == "only_office"
    assert refusal(evaluation, ending(evaluation, actor_id=MARIA)).code == "own_evaluation"
    assert refusal(evaluation, ending(evaluation, reason=" \n ")).fields == {"reason": "nothing_written"}
    assert decide(Case(evaluation, AGREEMENT, START), ending(evaluation, actor_id=RUTH)), "the office may evaluate"


def test_it_ends_once_and_not_after_it_was_closed() -> None:
    ended, _ = end(after(5))
    assert refusal(ended, ending(ended)).code == "ended_early"
    closed = after(len(YEAR))
    assert refusal(closed, ending(closed)).code == "closed"


def test_every_other_command_is_refused_afterwards_with_a_word_of_its_own() -> None:
    """But that the subject opens what was sent: it stays readable, and who has read it stays told."""
    for count, moment in enumerate(YEAR):
        ended, _ = end(after(count))
        if isinstance(moment.command, c.OpenDocument):
            events = decide(Case(ended, AGREEMENT, YEAR[-1].at), moment.command)
            assert [type(one) for one in events] == [e.DocumentOpened], "and nothing follows from it"
        else:
            assert refusal(ended, moment.command).code == "ended_early", moment.command
    assign = c.AssignEvaluator(evaluation_id=ended.id, actor_id=OMAR, office=True, evaluator_id=SVEN, reason="Leave")
    refuse = c.RefuseToSign(evaluation_id=ended.id, actor_id=MARIA, note="no")
    for command in (assign, refuse, c.WaiveResponse(evaluation_id=ended.id, actor_id=MARIA)):
        assert refusal(ended, command).code == "ended_early"


def test_others_are_told_that_it_ended_and_not_why() -> None:
    count = next(number for number, one in enumerate(YEAR) if isinstance(one.command, c.Sign))
    ended, events = end(after(count))
    told = publish("teacher", "2026-27", AGREEMENT, ended, events)
    [over] = [one for one in told if isinstance(one, process.EvaluationEndedEarly)]
    assert (over.evaluation_id, over.by_id) == (ended.id, OMAR)
    left = [one for one in told if isinstance(one, process.StepDone)]
    assert {one.outcome for one in left} == {"withdrawn"}
    assert not [one for one in told if isinstance(one, results.ResultFinal)], "its rating is no result"
    assert SECRET not in repr(told)


def test_a_step_that_was_late_is_not_made_good() -> None:
    """It is withdrawn, and the record says that its day had gone by."""
    _, events = end(begun(), days=300)
    by_step = {one.step: one for one in events if isinstance(one, e.StepDone)}
    assert by_step["self_assessment"].late
    assert replace(by_step["self_assessment"], late=False).outcome == "withdrawn"
