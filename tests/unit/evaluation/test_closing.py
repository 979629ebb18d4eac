"""When closing opens, and from which day it can be done: never told as possible while it would be refused."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import reduce

import pytest

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.agreement import Agreement, Step
from services.evaluation.core.domain.decisions import decide
from services.evaluation.core.domain.decisions.guards import Case
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.domain.evolve import evolve
from services.evaluation.core.domain.refusals import Refused
from services.evaluation.core.domain.steps import local_day
from services.evaluation.core.handlers import _open
from services.evaluation.core.publishing import publish
from shared.contracts import process
from tests.support.annual_cycle import MARIA, RUTH, SECRET, START, cycle, opening, washington, whole_cycle

AGREEMENT = washington()


def with_steps(*steps: Step, **changed: dict[str, object]) -> Agreement:
    """The agreement with `changed` steps of its comprehensive track, and further ones before the last."""
    track = AGREEMENT.procedure.tracks["comprehensive"]
    kept = [replace(one, **changed.get(one.id, {})) for one in track.steps]  # type: ignore[arg-type]
    tracks = {**AGREEMENT.procedure.tracks, track.id: replace(track, steps=(*kept[:-1], *steps, kept[-1]))}
    return replace(AGREEMENT, procedure=replace(AGREEMENT.procedure, tracks=tracks))


class Year:
    """Maria's year under an agreement, up to where she has signed; `left_out`: commands nobody gives."""

    def __init__(self, agreement: Agreement = AGREEMENT, left_out: tuple[c.Command, ...] = ()) -> None:
        self.agreement = agreement
        round_ = cycle(agreement)
        self.evaluation, self.told = _open(round_, agreement, opening(round_.id), START)
        self.at = START
        for moment in whole_cycle(self.evaluation, AGREEMENT):
            if isinstance(moment.command, c.FileResponse | c.Close):
                return
            if moment.command not in left_out:
                self.do(moment.command, moment.at)

    def do(self, command: c.Command, at: datetime | None = None) -> list[e.Event]:
        self.at = at or self.at
        events = decide(Case(self.evaluation, self.agreement, self.at), command)
        self.evaluation = evolve(self.evaluation, events)
        self.told += events
        return events

    def may_close(self, at: datetime) -> bool:
        try:
            decide(Case(self.evaluation, self.agreement, at), c.Close(evaluation_id=self.evaluation.id, actor_id=RUTH))
        except Refused:
            return False
        return True

    @property
    def who(self) -> dict[str, object]:
        return {"evaluation_id": self.evaluation.id, "actor_id": MARIA}

    def answers(self) -> tuple[c.Command, c.Command]:
        """Both ways to be done with the response."""
        return c.FileResponse(**self.who, text="My side"), c.WaiveResponse(**self.who)  # type: ignore[arg-type]


def closings(events: list[e.Event]) -> list[date | None]:
    """From which day closing was told to be possible, each time that it was."""
    return [one.not_before for one in events if isinstance(one, e.StepOpened) and one.step == "close"]


def test_closing_is_told_with_the_day_after_the_response_window() -> None:
    year = Year()
    due = year.evaluation.steps["response"].due_on
    assert due is not None
    first_day = due + timedelta(days=1)
    assert closings(year.told) == [first_day]
    for days in range(20):
        at = year.at + timedelta(days=days)
        assert year.may_close(at) is (local_day(year.evaluation, at) >= first_day), at


@pytest.mark.parametrize("way", [0, 1])
def test_once_the_response_is_filed_or_waived_closing_is_told_to_be_possible_now(way: int) -> None:
    year = Year()
    opened_at = year.evaluation.steps["close"].opened_at
    events = year.do(year.answers()[way], year.at + timedelta(days=1))
    assert closings(events) == [None]
    assert year.may_close(year.at)
    told = publish("teacher", "2026-27", year.agreement, year.evaluation, events)
    [again] = [one for one in told if isinstance(one, process.StepOpened)]
    assert (again.step_id, again.not_before, again.opened_at) == ("close", None, opened_at), "its turn began before"


def test_a_day_that_has_come_is_not_told_again() -> None:
    year = Year()
    later = year.at + timedelta(days=30)
    context = c.AddContext(**year.who, context_id=year.evaluation.id, text=SECRET)  # type: ignore[arg-type]
    assert closings(year.do(context, later)) == []
    assert closings(year.do(year.answers()[0])) == []
    assert year.may_close(later)


def test_closing_does_not_open_while_a_duty_is_open() -> None:
    assessment = next(one.command for one in whole_cycle(Year().evaluation, AGREEMENT))
    year = Year(left_out=(assessment,))
    assert closings(year.told) == [], "nobody is offered what would be refused"
    with pytest.raises(Refused) as refused:
        year.do(c.Close(evaluation_id=year.evaluation.id, actor_id=RUTH), year.at + timedelta(days=40))
    assert [one.step for one in refused.value.missing] == ["self_assessment"]
    assert closings(year.do(assessment)) == [None]
    assert year.may_close(year.at)


def test_a_duty_that_opens_afterwards_puts_closing_off() -> None:
    talk = Step("talk", "Talk about the response", "conference", "evaluator", "concluding", after=("response",))
    year = Year(with_steps(talk))
    events = year.do(year.answers()[0], year.at + timedelta(days=1))
    assert [one.outcome for one in events if isinstance(one, e.StepDone) and one.step == "close"] == ["put_off"]
    assert "close" not in year.evaluation.steps
    assert not year.may_close(year.at + timedelta(days=40))
    held = c.HoldConference(evaluation_id=year.evaluation.id, actor_id=RUTH, step="talk", held_from=year.at)
    assert closings(year.do(held)) == [None]
    assert year.may_close(year.at)


def test_an_opportunity_that_opens_with_it_is_waited_for_from_the_start() -> None:
    year = Year(with_steps(response={"after": ("signature",)}))
    [first_day] = closings(year.told)
    due = year.evaluation.steps["response"].due_on
    assert due is not None
    assert first_day == due + timedelta(days=1), "told once, and rightly"


def test_the_record_leads_to_the_same_evaluation() -> None:
    year = Year()
    year.do(year.answers()[1], year.at + timedelta(days=1))
    year.do(c.Close(evaluation_id=year.evaluation.id, actor_id=RUTH))
    begun: Evaluation = _open(cycle(AGREEMENT), AGREEMENT, opening(cycle(AGREEMENT).id), START)[0]
    after = [one for one in year.told if not isinstance(one, e.EvaluationOpened)][begun.version - 1 :]
    assert reduce(lambda state, event: evolve(state, [event]), after, begun) == year.evaluation
