"""What could not have been is refused: told of beforehand after it began, talked about before it was seen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accord.demo.history import STOPS, Story, Year
from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.decisions import decide
from services.evaluation.core.domain.decisions.guards import Case
from services.evaluation.core.domain.evaluation import Evaluation, Note
from services.evaluation.core.domain.evolve import evolve
from services.evaluation.core.domain.sight import unopened
from tests.support.annual_cycle import RUTH
from tests.unit.evaluation.test_annual_cycle import AGREEMENT, before, begun, refusal, run, year


def test_what_has_begun_already_is_not_announced_any_more() -> None:
    evaluation, moment = before(c.BeginOccasion)
    now = moment.at.replace(second=40)
    length = timedelta(minutes=40)
    for begins in (now - timedelta(days=2), now - timedelta(minutes=1)):
        late = replace(moment.command, scheduled_from=begins, scheduled_to=begins + length)
        assert refusal(evaluation, late, now).fields == {"scheduled_from": "notice_too_late"}
    this_minute = now.replace(second=0)
    at_once = replace(moment.command, scheduled_from=this_minute, scheduled_to=this_minute + length)
    assert decide(Case(evaluation, AGREEMENT, now), at_once)
    unannounced = c.BeginOccasion(
        evaluation_id=evaluation.id, actor_id=RUTH, occasion_id=moment.command.occasion_id, type="walkthrough"
    )
    assert decide(Case(evaluation, AGREEMENT, now), unannounced), "what was agreed in words is begun without a notice"


def test_a_time_that_was_announced_is_not_moved_into_the_past() -> None:
    evaluation, moment = before(c.BeginOccasion)
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, moment.at), moment.command))
    past = moment.at - timedelta(days=1)
    move = c.Reschedule(
        evaluation_id=evaluation.id,
        actor_id=RUTH,
        occasion_id=evaluation.occasions[0].id,
        scheduled_from=past,
        scheduled_to=past + timedelta(minutes=30),
    )
    assert refusal(evaluation, move, moment.at).code == "notice_too_late"


def test_a_conference_about_a_lesson_is_not_held_before_the_lesson_ended() -> None:
    moments = year()
    index, moment = next(
        (number, one)
        for number, one in enumerate(moments)
        if isinstance(one.command, c.HoldConference) and one.command.step == "announced/1/post_conference"
    )
    evaluation, _ = run(begun(), moments[:index])
    ended = evaluation.steps["announced/1/observation"].held_to
    assert ended is not None
    early = replace(moment.command, held_from=ended - timedelta(minutes=1))
    assert refusal(evaluation, early, moment.at).fields == {"held_from": "before_what_it_follows"}
    assert decide(Case(evaluation, AGREEMENT, moment.at), replace(moment.command, held_from=ended))


def test_the_conference_before_a_lesson_is_held_before_the_time_that_was_announced() -> None:
    evaluation, moment = before(c.HoldConference)
    planned = evaluation.occasions[0].scheduled_from
    assert planned is not None
    assert moment.command.held_from < planned  # type: ignore[attr-defined]
    assert decide(Case(evaluation, AGREEMENT, moment.at), moment.command)


def test_a_lesson_may_begin_in_the_minute_in_which_it_was_announced() -> None:
    evaluation, moment = before(c.BeginOccasion)
    told = moment.at.replace(second=40)
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, told), moment.command))
    this_minute, seen = told.replace(second=0), told + timedelta(minutes=30)
    talked = c.HoldConference(
        evaluation_id=evaluation.id,
        actor_id=RUTH,
        step="announced/1/pre_conference",
        held_from=this_minute,
        note="",
    )
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, told), talked))
    record = c.RecordObservation(
        evaluation_id=evaluation.id,
        actor_id=RUTH,
        occasion_id=evaluation.occasions[0].id,
        held_from=this_minute,
        held_to=seen,
        notes=(Note("They read on.", this_minute, ("C1",)),),
    )
    assert decide(Case(evaluation, AGREEMENT, seen), record)
    early = replace(record, held_from=this_minute - timedelta(minutes=1))
    assert refusal(evaluation, early, seen).fields == {"held_from": "before_what_it_follows"}


def test_a_conference_is_not_held_before_its_notice_was_given() -> None:
    evaluation, moment = before(c.BeginOccasion)
    told = moment.at.replace(second=40)
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, told), moment.command))
    this_minute = told.replace(second=0)
    talked = c.HoldConference(
        evaluation_id=evaluation.id,
        actor_id=RUTH,
        step="announced/1/pre_conference",
        held_from=this_minute - timedelta(minutes=1),
        note="",
    )
    assert refusal(evaluation, talked, told).fields == {"held_from": "before_what_it_follows"}
    move = moved(evaluation, timedelta(hours=1))
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, told + timedelta(minutes=5)), move))
    first = replace(talked, held_from=this_minute)
    later = told + timedelta(minutes=10)
    assert decide(Case(evaluation, AGREEMENT, later), first), "the notice was first given before"


def moved(evaluation: Evaluation, by: timedelta) -> c.Reschedule:
    """The first occasion, announced anew."""
    occasion = evaluation.occasions[0]
    assert occasion.scheduled_from is not None
    assert occasion.scheduled_to is not None
    return c.Reschedule(
        evaluation_id=evaluation.id,
        actor_id=RUTH,
        occasion_id=occasion.id,
        scheduled_from=occasion.scheduled_from + by,
        scheduled_to=occasion.scheduled_to + by,
    )


def test_a_notice_that_was_moved_is_to_be_opened_anew() -> None:
    evaluation, moment = before(c.BeginOccasion)
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, moment.at), moment.command))
    key = "announced/1/notice"
    read = c.OpenDocument(evaluation_id=evaluation.id, actor_id=evaluation.subject_id, step=key)
    later = moment.at + timedelta(minutes=1)
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, later), read))
    assert decide(Case(evaluation, AGREEMENT, later), read) == []
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, later), moved(evaluation, timedelta(hours=1))))
    assert evaluation.steps[key].read_at is None
    assert [located.key for located in unopened(evaluation, AGREEMENT)] == [key]
    told = decide(Case(evaluation, AGREEMENT, later), read)
    assert [type(event) for event in told] == [e.DocumentOpened]
    assert evolve(evaluation, told).steps[key].read_at == later


@pytest.mark.parametrize("days", [3, 20, 88])
@pytest.mark.parametrize("stop", sorted(set(STOPS)))
def test_the_demo_lives_by_the_rules_however_short_its_year_is(days: int, stop: str) -> None:
    evaluation = begun()
    lived = Year(evaluation.first_day, evaluation.first_day + timedelta(days=days), evaluation.zone)
    for told in Story(evaluation, AGREEMENT, lived, stop, 2).told():
        evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, told.at), told.command))
    assert evaluation.version > 1
