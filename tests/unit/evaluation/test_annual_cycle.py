"""The whole year in the pure domain: who may do what when, what is refused and why, what others are told."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.decisions import DECISIONS, decide
from services.evaluation.core.domain.decisions.guards import Case
from services.evaluation.core.domain.evaluation import Evaluation, Note
from services.evaluation.core.domain.evolve import APPLY, evolve
from services.evaluation.core.domain.refusals import Refused
from services.evaluation.core.handlers import _open
from services.evaluation.core.publishing import TELL, publish
from services.evaluation.core.web.wording import FAULTS, REASONS
from shared.contracts.registry import declaration_of
from shared.ids import new_id
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


def begun(**changes: object) -> Evaluation:
    round_ = cycle(AGREEMENT)
    evaluation, _ = _open(round_, AGREEMENT, opening(round_.id, **changes), START)
    return evaluation


def run(evaluation: Evaluation, moments: list[Moment]) -> tuple[Evaluation, list[e.Event]]:
    everything: list[e.Event] = []
    for moment in moments:
        events = decide(Case(evaluation, AGREEMENT, moment.at), moment.command)
        evaluation = evolve(evaluation, events)
        everything += events
    return evaluation, everything


def year() -> list[Moment]:
    return list(whole_cycle(begun(), AGREEMENT))


def before(kind: type[c.Command]) -> tuple[Evaluation, Moment]:
    """The evaluation just before the first command of a kind, and that command."""
    moments = year()
    index = next(number for number, moment in enumerate(moments) if isinstance(moment.command, kind))
    return run(begun(), moments[:index])[0], moments[index]


def refusal(evaluation: Evaluation, command: c.Command, at: object = None) -> Refused:
    with pytest.raises(Refused) as caught:
        decide(Case(evaluation, AGREEMENT, at or START), command)  # type: ignore[arg-type]
    return caught.value


def test_a_whole_year_ends_closed_with_every_required_step_done() -> None:
    evaluation, events = run(begun(), year())
    assert evaluation.closed_at is not None
    track = AGREEMENT.procedure.tracks["comprehensive"]
    assert {step.id for step in track.steps if step.required} <= {
        key for key, state in evaluation.steps.items() if state.status == "done"
    }
    assert evaluation.summative is not None
    assert evaluation.summative.final_level
    assert evaluation.responses[0].text.startswith(SECRET)
    assert evaluation.version == len(events) + begun().version
    assert {occasion.status for occasion in evaluation.occasions} == {"finished"}


def test_every_event_and_command_has_its_place_in_the_tables() -> None:
    events = set(e.Event.__subclasses__())
    assert set(APPLY) == events
    assert set(TELL) == events
    commands = {kind for kind in vars(c).values() if isinstance(kind, type) and issubclass(kind, c.Command)}
    assert set(DECISIONS) == {kind for kind in commands if not kind.__name__.startswith("_") and kind is not c.Command}


def test_state_survives_being_written_as_json_and_read_again() -> None:
    evaluation, _ = run(begun(), year())
    assert msgspec.json.decode(msgspec.json.encode(evaluation), type=Evaluation) == evaluation


def test_what_is_published_to_the_process_topic_holds_no_text() -> None:
    evaluation, events = begun(), []
    for moment in year():
        done = decide(Case(evaluation, AGREEMENT, moment.at), moment.command)
        evaluation = evolve(evaluation, done)
        events += publish("teacher", "2026-27", AGREEMENT, evaluation, done)
    process = [event for event in events if declaration_of(type(event)).topic.name == "accord.process"]
    assert len(process) > 20
    sent = b"".join(msgspec.json.encode(event) for event in process)
    assert SECRET.encode() not in sent
    assert SECRET.encode() in msgspec.json.encode(evaluation)


@pytest.mark.parametrize("index", range(len(year())))
def test_nobody_else_can_do_somebodys_step(index: int) -> None:
    moment = year()[index]
    evaluation, _ = run(begun(), year()[:index])
    for stranger in {MARIA, RUTH, OMAR, SVEN} - {moment.command.actor_id}:
        refused = refusal(evaluation, replace(moment.command, actor_id=stranger), moment.at)
        assert refused.code in {"only_subject", "only_evaluator"}


@pytest.mark.parametrize("index", range(1, len(year())))
def test_no_step_can_be_skipped_or_done_twice(index: int) -> None:
    """From every state only the allowed commands go through: what comes later is refused with what is missing."""
    moments = year()
    evaluation, _ = run(begun(), moments[:index])
    for number, moment in enumerate(moments):
        try:
            decide(Case(evaluation, AGREEMENT, moments[-1].at), moment.command)
        except Refused as refused:
            assert refused.code in REASONS, refused.code
            assert all(code in FAULTS or code in REASONS for code in refused.fields.values())
        else:
            harmless = isinstance(moment.command, c.OpenDocument | c.RecordObservation | c.AddContext | c.BeginOccasion)
            independent = number == index or harmless or (moment.command.part is not None and number > index)
            assert independent, f"{moment.command} went through a second time"


def test_the_summative_says_what_is_missing() -> None:
    moments = year()
    summative = next(moment for moment in moments if isinstance(moment.command, c.SendSummative))
    evaluation, _ = run(begun(), moments[:4])
    refused = refusal(evaluation, summative.command, summative.at)
    assert refused.code == "not_yet"
    assert {one.step for one in refused.missing} == {"observations", "mid_year"}


def test_a_summative_without_every_rating_names_the_components() -> None:
    evaluation, moment = before(c.SendSummative)
    command = moment.command
    assert isinstance(command, c.SendSummative)
    first = next(iter(command.ratings))
    fewer = {component: level for component, level in command.ratings.items() if component != first}
    refused = refusal(evaluation, replace(command, ratings=fewer), moment.at)
    assert refused.fields == {first: "rating_wanted"}
    unknown = refusal(evaluation, replace(command, ratings={**command.ratings, first: "excellent"}), moment.at)
    assert unknown.fields == {first: "no_such_level"}


def test_not_applicable_is_never_a_zero() -> None:
    evaluation, moment = before(c.SendSummative)
    command = moment.command
    assert isinstance(command, c.SendSummative)
    first = next(iter(command.ratings))
    refused = refusal(evaluation, replace(command, ratings={**command.ratings, first: None}), moment.at)
    assert refused.code == "not_computable"


def test_a_returned_form_opens_again_and_its_agreement_waits() -> None:
    evaluation, moment = before(c.AgreeToForm)
    command = c.ReturnForm(evaluation_id=evaluation.id, actor_id=RUTH, step="goals_agreed", reason="Name a measure.")
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, moment.at), command))
    assert evaluation.steps["goals"].status == "open"
    assert "goals_agreed" not in evaluation.steps
    assert evaluation.forms["goals"].returned == "Name a measure."
    again = next(one.command for one in year() if isinstance(one.command, c.SubmitForm) and one.command.step == "goals")
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, moment.at), again))
    assert evaluation.steps["goals_agreed"].status == "open"
    assert evaluation.forms["goals"].returned is None


def test_what_was_in_time_stays_so_when_it_is_handed_back_and_what_was_late_stays_late() -> None:
    evaluation, moment = before(c.AgreeToForm)
    late = moment.at + timedelta(days=120)
    hand_back = c.ReturnForm(evaluation_id=evaluation.id, actor_id=RUTH, step="goals_agreed", reason="Name a measure.")
    events = decide(Case(evaluation, AGREEMENT, late), hand_back)
    assert [one.late for one in events if isinstance(one, e.StepDone)] == [True], "the evaluator let it lie"
    evaluation = evolve(evaluation, events)
    assert evaluation.steps["goals"].due_on is None, "the agreement names no day for writing it anew"
    again = next(one.command for one in year() if isinstance(one.command, c.SubmitForm) and one.command.step == "goals")
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, late), again))
    assert not evaluation.steps["goals"].late
    assert evaluation.steps["goals_agreed"].due_on > late.date()
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, late), moment.command))
    assert evaluation.steps["goals_agreed"].late, "agreeing at once the second time does not undo the first"


def test_a_form_that_came_late_stays_late_when_it_is_handed_back() -> None:
    evaluation, moment = before(c.SubmitForm)
    submit = moment.command
    assert isinstance(submit, c.SubmitForm)
    late = moment.at + timedelta(days=120)
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, late), submit))
    assert evaluation.steps[submit.step].late
    reopened = e.StepOpened(by_id=None, at=late, step=submit.step, due_on=evaluation.steps[submit.step].due_on)
    evaluation = evolve(evaluation, [reopened])
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, late), submit))
    assert evaluation.steps[submit.step].late
    assert evaluation.steps[submit.step].due_on is not None, "so that anybody can check it"


def test_a_signature_shows_that_the_summative_was_opened() -> None:
    evaluation, moment = before(c.Sign)
    steps = {**evaluation.steps, "summative": replace(evaluation.steps["summative"], read_at=None)}
    unread = replace(evaluation, steps=steps)
    assert refusal(unread, moment.command, moment.at).code == "not_opened"
    refuse = c.RefuseToSign(evaluation_id=evaluation.id, actor_id=MARIA, note="I have not read it.")
    assert decide(Case(unread, AGREEMENT, moment.at), refuse)


@pytest.mark.parametrize("earlier_than", ["notice", "pre_conference"])
def test_an_announced_lesson_is_not_seen_before_its_notice_or_the_conference_about_it(earlier_than: str) -> None:
    evaluation, moment = before(c.RecordObservation)
    command = moment.command
    assert isinstance(command, c.RecordObservation)
    state = evaluation.steps[f"announced/1/{earlier_than}"]
    ended = state.done_at if earlier_than == "notice" else state.held_to or state.held_from
    assert ended is not None
    begins = ended - timedelta(minutes=1)
    early = replace(command, held_from=begins, held_to=begins + timedelta(minutes=40))
    assert refusal(evaluation, early, moment.at).code == "before_what_it_follows"


def test_a_withdrawn_observation_stays_on_record_and_counts_for_nothing() -> None:
    evaluation, moment = before(c.SendFeedback)
    occasion = evaluation.occasions[0]
    withdraw = c.WithdrawOccasion(
        evaluation_id=evaluation.id, actor_id=RUTH, occasion_id=occasion.id, reason="Fire drill"
    )
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, moment.at), withdraw))
    assert evaluation.occasions[0].status == "withdrawn"
    assert refusal(evaluation, moment.command, moment.at).code == "occasion_withdrawn"
    begin = c.BeginOccasion(
        evaluation_id=evaluation.id, actor_id=RUTH, occasion_id=new_id(), type="announced",
        scheduled_from=moment.at + timedelta(days=1), scheduled_to=moment.at + timedelta(days=1, hours=1),
    )  # fmt: skip
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, moment.at), begin))
    assert evaluation.occasions[1].number == 2


@pytest.mark.parametrize(
    ("begins", "lasts", "code"),
    [
        (timedelta(days=-4000), timedelta(hours=1), "outside_cycle"),
        (timedelta(days=600), timedelta(hours=1), "outside_cycle"),
        (timedelta(days=3), timedelta(days=2), "longer_than_a_day"),
        (timedelta(days=3), timedelta(0), "ends_before_begin"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused_wherever_one_is_given(
    begins: timedelta, lasts: timedelta, code: str
) -> None:
    for kind in (c.BeginOccasion, c.RecordObservation):
        evaluation, moment = before(kind)
        first = moment.at + begins
        names = ("scheduled_from", "scheduled_to") if kind is c.BeginOccasion else ("held_from", "held_to")
        command = replace(moment.command, **dict(zip(names, (first, first + lasts), strict=True)))
        refused = refusal(evaluation, command, moment.at + timedelta(days=700))
        assert refused.code == code
        assert set(refused.fields) <= set(names)
    evaluation, moment = before(c.HoldConference)
    if code == "outside_cycle":
        command = replace(moment.command, held_from=moment.at + begins)
        assert refusal(evaluation, command, moment.at + timedelta(days=700)).code == code


def test_feedback_after_three_days_is_late_by_the_districts_calendar() -> None:
    evaluation, moment = before(c.SendFeedback)
    held_to = evaluation.steps["announced/1/observation"].held_to
    assert held_to is not None
    in_time = held_to + timedelta(days=3)
    late = held_to + timedelta(days=4)
    for at, expected in ((in_time, False), (late, True)):
        after = evolve(evaluation, decide(Case(evaluation, AGREEMENT, at), moment.command))
        assert after.steps["announced/1/feedback"].late is expected


def test_reassignment_keeps_history_and_moves_the_duty() -> None:
    evaluation, moment = before(c.SendFeedback)
    command = c.AssignEvaluator(
        evaluation_id=evaluation.id, actor_id=OMAR, office=True, evaluator_id=SVEN, reason="Leave"
    )
    unexplained = refusal(evaluation, replace(command, reason=""), moment.at)
    assert unexplained.fields == {"reason": "reason_wanted"}
    evaluation = evolve(evaluation, decide(Case(evaluation, AGREEMENT, moment.at), command))
    assert [one.evaluator_id for one in evaluation.assignments] == [RUTH, SVEN]
    assert refusal(evaluation, moment.command, moment.at).code == "only_evaluator"
    takes_over = replace(moment.command, actor_id=SVEN)
    assert refusal(evaluation, takes_over, moment.at).code == "anothers_script", "nobody sends what another has seen"
    seen = next(one.command for one in year() if isinstance(one.command, c.RecordObservation))
    case = Case(evaluation, AGREEMENT, moment.at)
    evaluation = evolve(evaluation, decide(case, replace(seen, actor_id=SVEN)))
    assert decide(Case(evaluation, AGREEMENT, moment.at), takes_over)


def test_what_was_announced_is_planned_for_its_day_and_moves_with_it() -> None:
    evaluation, moment = before(c.HoldConference)
    begins = evaluation.occasions[0].scheduled_from
    assert begins is not None
    later = begins + timedelta(days=2)
    told = run(begun(), year()[: year().index(moment)])[1]
    assert [
        one.planned_on for one in told if isinstance(one, e.StepOpened) and one.step == "announced/1/pre_conference"
    ] == [begins.date()]
    move = c.Reschedule(
        evaluation_id=evaluation.id, actor_id=RUTH, occasion_id=evaluation.occasions[0].id,
        scheduled_from=later, scheduled_to=later + timedelta(hours=1), place="",
    )  # fmt: skip
    opened_at = evaluation.steps["announced/1/pre_conference"].opened_at
    events = decide(Case(evaluation, AGREEMENT, moment.at), move)
    planned = {one.step: one.planned_on for one in events if isinstance(one, e.StepOpened)}
    assert planned == {"announced/1/pre_conference": later.date()}
    assert evolve(evaluation, events).steps["announced/1/pre_conference"].opened_at == opened_at


def test_closing_waits_for_the_response_window_or_the_response() -> None:
    moments = [moment for moment in year() if not isinstance(moment.command, c.FileResponse | c.Close)]
    evaluation, _ = run(begun(), moments)
    closing = c.Close(evaluation_id=evaluation.id, actor_id=RUTH)
    too_early = refusal(evaluation, closing, moments[-1].at)
    assert [one.step for one in too_early.missing] == ["response"]
    waived = evolve(
        evaluation,
        decide(
            Case(evaluation, AGREEMENT, moments[-1].at), c.WaiveResponse(evaluation_id=evaluation.id, actor_id=MARIA)
        ),
    )
    assert decide(Case(waived, AGREEMENT, moments[-1].at), closing)
    later = decide(Case(evaluation, AGREEMENT, moments[-1].at + timedelta(days=30)), closing)
    assert next(event.outcome for event in later if isinstance(event, e.StepDone)) == "lapsed"


def test_refusing_to_sign_needs_a_note_and_the_evaluation_goes_on() -> None:
    evaluation, moment = before(c.Sign)
    command = c.RefuseToSign(evaluation_id=evaluation.id, actor_id=MARIA, note="")
    assert refusal(evaluation, command, moment.at).fields == {"note": "nothing_written"}
    after = evolve(evaluation, decide(Case(evaluation, AGREEMENT, moment.at), replace(command, note="I disagree.")))
    assert after.steps["signature"].outcome == "refused"
    assert after.signature is not None
    assert not after.signature.signed
    assert after.steps["close"].status == "open"


def test_a_carried_level_is_raised_only_on_evidence() -> None:
    """WA-15: the highest level may be awarded on evidence. Here that which was sent in the year before the summative."""
    present, moment = before(c.SendSummative)
    command = c.SendSummative(
        evaluation_id=present.id, actor_id=RUTH, ratings={}, comment="Exemplary", raised=True, seen=present.version
    )
    focused = replace(present, track="focused", previous_final="proficient")
    bare = replace(focused, occasions=(), contexts=())
    assert refusal(bare, command, moment.at).fields == {"raised": "evidence_wanted"}
    for evaluation, raised, level in ((focused, True, "distinguished"), (bare, False, "proficient")):
        sent, *_rest = decide(Case(evaluation, AGREEMENT, moment.at), replace(command, raised=raised))
        assert isinstance(sent, e.SummativeSent) and sent.final_level == level


def test_context_is_taken_on_whatever_the_subject_knows_of() -> None:
    present, moment = before(c.SendSummative)
    walk = c.BeginOccasion(evaluation_id=present.id, actor_id=RUTH, occasion_id=new_id(), type="walkthrough")
    hidden, _ = run(present, [Moment(walk, moment.at)])
    context = c.AddContext(
        evaluation_id=present.id, actor_id=MARIA, context_id=new_id(), text="It rained", occasion_id=walk.occasion_id
    )
    assert refusal(hidden, context, moment.at).code == "no_such_occasion"
    script = c.RecordObservation(
        evaluation_id=present.id, actor_id=RUTH, occasion_id=walk.occasion_id,
        held_from=moment.at - timedelta(minutes=20), held_to=moment.at - timedelta(minutes=5),
        notes=(Note("Seen", None, ("C1",)),),
    )  # fmt: skip
    held, _ = run(hidden, [Moment(script, moment.at)])
    run(held, [Moment(context, moment.at)])
