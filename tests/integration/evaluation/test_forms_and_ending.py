"""Forms of the track, the rating, signature, response and close, each by its own page; and the files one may keep."""

import json
from datetime import timedelta

import pytest

from services.evaluation.core.agreements import load_agreement
from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain.score import recompute
from services.evaluation.core.domain.scoring.trace_json import trace_from_json
from tests.support.annual_cycle import MARIA, OMAR, RUTH, SECRET, WASHINGTON
from tests.support.forms import hidden, send
from tests.support.teacher_world import World

GOALS = {f"answer-{name}": f"goal: {name}" for name in ("practice", "group", "class", "team")}


def before(world: World, kind: type[c.Command]) -> str:
    """The year up to the first command of a kind; the address of the evaluation."""
    world.play_until(kind)
    moment = next(one for one in world.year() if isinstance(one.command, kind))
    world.set_clock(moment.at)
    return f"/evaluations/{world.evaluation_id}"


def unopened(world: World) -> str:
    """The year up to a summative that was sent an hour ago, and not opened yet; the address of the evaluation."""
    base = before(world, c.SendSummative)
    sending = next(one for one in world.year() if isinstance(one.command, c.SendSummative))
    world.do(sending.command, sending.at)
    world.set_clock(sending.at + timedelta(hours=1))
    return base


def test_goals_are_sent_handed_back_mended_and_agreed_to(world: World) -> None:
    world.set_clock(world.year()[0].at)
    base = f"/evaluations/{world.evaluation_id}"
    maria, ruth = world.client(MARIA), world.client(RUTH)
    for nothing in ("  ", "\u202e\u200b"):
        lacking = send(maria, f"{base}/forms/goals", **{**GOALS, "answer-team": nothing})
        assert lacking.status_code == 422
        assert 'href="#f-answer-team"' in lacking.text
        assert "Answer this question." in lacking.text
        assert "goal: practice" in lacking.text
    long = send(maria, f"{base}/forms/goals", **{**GOALS, "answer-team": "x" * 20_001})
    assert long.status_code == 422
    assert "Shorten this to 20000 characters." in long.text
    stranger = send(maria, f"{base}/forms/goals", **GOALS, surprise="x")
    assert stranger.status_code == 409
    assert "goal: practice" in stranger.text
    assert "waits" not in ruth.get(f"{base}/forms/goals").text
    assert "goal: practice" not in ruth.get(f"{base}/forms/goals").text, "a draft is its author's alone"
    assert send(maria, f"{base}/forms/goals", **GOALS).status_code == 303
    assert "goal: practice" in ruth.get(f"{base}/agree/goals_agreed").text
    agree = f"{base}/agree/goals_agreed"
    assert send(ruth, agree, do="return", reason="").status_code == 422
    handed_back = send(ruth, agree, do="return", reason="Name a measure")
    assert handed_back.status_code == 303
    assert "Handed back for change" in ruth.get(handed_back.location).text, "one lands where it is said"
    page = maria.get(f"{base}/forms/goals").text
    assert "Name a measure" in page
    assert ">\ngoal: practice</textarea>" in page, "what was sent before is there to be mended"
    assert send(maria, f"{base}/forms/goals", **{**GOALS, "answer-practice": "goal: mended"}).status_code == 303
    assert "goal: mended" in ruth.get(agree).text
    assert send(ruth, agree, do="agree").status_code == 303
    assert world.evaluation().steps["goals_agreed"].status == "done"
    for again in ("agree", "shrug"):
        typed = {"do": again, "version": str(world.evaluation().version)}
        assert world.bearer(RUTH).post(agree, data=typed).status_code == 409


def test_levels_of_a_self_assessment_are_chosen_by_their_words(world: World) -> None:
    world.set_clock(world.year()[0].at)
    path = f"/evaluations/{world.evaluation_id}/forms/self_assessment"
    maria = world.client(MARIA)
    page = maria.get(path).text
    assert "Much is asked of every student, and each can say what the aim is." in page
    answers = {f"answer-c{number}": "basic" for number in range(1, 9)}
    wrong = send(maria, path, **{**answers, "answer-c3": "splendid"})
    assert wrong.status_code == 422
    assert "Choose one of the levels shown." in wrong.text
    assert send(maria, path, **answers).status_code == 303
    assert "Much is asked of some students; the aim is clear now and then." in world.client(RUTH).get(path).text


def test_rating_beside_the_evidence(world: World) -> None:
    base = before(world, c.SendSummative)
    ruth, path = world.client(RUTH), f"{base}/summative"
    page = ruth.get(path)
    assert f"{SECRET} line 0" in page.text
    assert "not_applicable" not in page.text, "the score rests on every one of them"
    assert "Students hold themselves and one another to high aims that they helped to set." in page.text
    some = send(ruth, path, do="score", **{"rating-C1": "basic"})
    assert some.status_code == 200
    assert "can't be worked out yet: 12 things are lacking" in some.text
    every = {f"rating-{one}": "distinguished" for one in world.agreement.instrument.component_ids}
    full = send(ruth, path, do="score", **every)
    assert "= 32." in full.text
    lacking = send(ruth, path, do="check", comment="Because", **{**every, "rating-C4": ""})
    assert lacking.status_code == 422
    assert 'href="#f-rating-C4"' in lacking.text
    assert "Because" in lacking.text
    not_a_zero = send(ruth, path, do="check", **{**every, "rating-C4": "not_applicable"})
    assert not_a_zero.status_code == 422
    assert "not applicable is not a zero" in not_a_zero.text
    strange = send(ruth, path, do="check", **every, **{"rating-C99": "basic"})
    assert strange.status_code == 422
    assert send(ruth, path, do="check", **every, grade="5").status_code == 422
    assert world.evaluation().summative is None


def test_what_is_checked_is_what_is_sent(world: World) -> None:
    base = before(world, c.SendSummative)
    ruth, path = world.client(RUTH), f"{base}/summative"
    every = {f"rating-{one}": "distinguished" for one in world.agreement.instrument.component_ids}
    check = send(ruth, path, do="check", comment="A year of growth", **every)
    assert check.status_code == 200
    assert "Send this to María José Núñez-Ó Briain?" in check.text
    assert world.evaluation().summative is None
    back = ruth.post(path, data={**hidden(check), "do": "back"})
    assert "A year of growth" in back.text
    assert back.text.count(" checked") == 13 + 0
    assert ruth.post(path, data={**hidden(check), "do": "send"}).status_code == 303
    sent = world.evaluation().summative
    assert sent is not None
    assert sent.final_level == "distinguished"
    assert "A year of growth" in ruth.get(path).text
    late = ruth.post(path, data={**hidden(check), "do": "send", "comment": "Another word"})
    assert late.status_code == 412
    assert "Another word" in late.text


def test_the_score_is_a_worked_calculation_that_anyone_can_check(world: World) -> None:
    base = before(world, c.Sign)
    maria = world.client(MARIA)
    page = maria.get(f"{base}/score").text
    assert "The points add up: 3 + 3 + 3 + 3 + 3 + 3 + 3 + 3 = 24." in page
    assert "Worked out anew just now from the same inputs: the same." in page
    assert "scoring bands of the summative criteria score" in page
    assert page.count('class="marker-words"') == 2
    file = maria.get(f"{base}/score.json")
    assert file.headers["Content-Disposition"].startswith("attachment;")
    trace = trace_from_json(json.loads(file.text))
    assert recompute(trace, load_agreement(WASHINGTON / "agreement.yaml")) == trace


def test_signing_and_refusing(world: World) -> None:
    base = before(world, c.Sign)
    maria = world.client(MARIA)
    page = maria.get(f"{base}/sign").text
    assert "It does not mean that you agree with it." in page
    assert "What will happen" in page
    assert send(maria, f"{base}/sign", do="perhaps").status_code == 422
    refused = send(maria, f"{base}/sign", do="refuse", note="")
    assert refused.status_code == 422
    assert 'href="#f-note"' in refused.text
    assert send(maria, f"{base}/sign", do="refuse", note="I disagree with C3").status_code == 303
    for person in (MARIA, RUTH, OMAR):
        shown = world.client(person).get(base).text
        assert "Signature refused" in shown
        assert "I disagree with C3" in shown


def test_the_page_to_sign_opens_nothing_and_shows_nothing_of_what_was_not_opened(world: World) -> None:
    base = unopened(world)
    maria = world.client(MARIA)
    page = maria.get(f"{base}/sign")
    form = page.text.split("<main", 1)[1]
    assert world.evaluation().steps["summative"].read_at is None
    assert "You have not opened the evaluation yet." in form
    assert f'class="button primary" href="/teacher{base}/summative"' in form
    assert "Proficient" not in form
    assert 'value="sign"' not in form, "no button that would be refused"
    assert 'value="refuse"' in form
    early = send(maria, f"{base}/sign", do="sign", note="Received it")
    assert early.status_code == 409
    assert "it has not been opened yet" in early.text
    assert "Received it" in early.text
    lacking = send(maria, f"{base}/sign", do="refuse", note="")
    assert lacking.status_code == 422
    assert "Proficient" not in lacking.text, "nor where the form is shown again"
    assert f'href="/teacher{base}/sign"' in maria.get(f"{base}/summative").text, "from there one comes back"
    assert world.evaluation().steps["summative"].read_at is not None
    page = maria.get(f"{base}/sign")
    assert "Proficient" in page.text
    assert 'value="sign"' in page.text
    assert send(maria, f"{base}/sign", do="sign", note="").status_code == 303


def test_to_refuse_to_sign_needs_no_opening(world: World) -> None:
    path, maria = f"{unopened(world)}/sign", world.client(MARIA)
    assert send(maria, path, do="refuse", note="Nobody came to see me").status_code == 303
    assert world.evaluation().steps["signature"].outcome == "refused"
    assert world.evaluation().steps["summative"].read_at is None


@pytest.mark.parametrize("answer", ["send", "waive"])
def test_responding_or_saying_that_none_will_come(world: World, answer: str) -> None:
    base = before(world, c.FileResponse)
    maria = world.client(MARIA)
    path = f"{base}/respond"
    assert "You have until the end of" in maria.get(path).text
    assert send(maria, path, do="check", text=" ").status_code == 422
    check = send(maria, path, do="check", text="My side\nof it")
    assert check.status_code == 200
    assert "My side\nof it" in check.text
    assert world.evaluation().responses == ()
    fields = {**hidden(check), "do": answer} if answer == "send" else {**hidden(maria.get(path)), "do": "waive"}
    assert maria.post(path, data=fields).status_code == 303
    shown = world.client(RUTH).get(base).text
    assert ("My side\nof it" in shown) is (answer == "send")
    assert ("has said that none will come" in shown) is (answer == "waive")


def test_goals_are_checked_before_they_are_sent_and_kept_meanwhile(world: World) -> None:
    world.set_clock(world.year()[0].at)
    base = f"/evaluations/{world.evaluation_id}"
    path, maria = f"{base}/forms/goals", world.client(MARIA)
    lacking = send(maria, path, do="check", **{**GOALS, "answer-team": " "})
    assert lacking.status_code == 422
    mended = [link.split("</a>")[0] for link in lacking.text.split('href="#f-answer-')[1:]]
    assert len(mended) == 1
    assert mended[0].endswith(": Answer this question."), "the summary says which question"
    version = world.evaluation().version
    check = send(maria, path, do="check", **GOALS)
    assert check.status_code == 200
    assert "Send this to Ruth" in check.text
    assert "goal: practice" in check.text
    assert world.evaluation().version == version, "nothing is sent yet"
    assert "goal: practice" in maria.get(path).text, "who leaves the check finds what was typed"
    back = maria.post(path, data={**hidden(check), "do": "back"})
    assert "goal: practice" in back.text
    again = maria.post(path, data={**hidden(back), **GOALS, "answer-practice": "goal: mended", "do": "check"})
    assert "goal: mended" in again.text
    kept = maria.get(path).text
    assert "goal: mended" in kept and "data-other=" not in kept, "one's own later words take the place of earlier ones"
    assert maria.post(path, data={**hidden(again), "do": "send"}).status_code == 303
    assert world.evaluation().forms["goals"].answers["practice"] == "goal: mended"


def test_the_page_tells_when_something_was_held_and_what_was_said_of_it(world: World) -> None:
    base = before(world, c.Sign)
    page = world.client(RUTH).get(base).text
    shown = page.split('id="observations"')[1].split('id="evidence"')[0]
    announced, walkthrough = shown.split('class="occasion"')[1:]
    assert "Held " in announced.split("</p>")[0], "not the time it was announced for"
    assert "Held " in walkthrough.split("</p>")[0], "a walkthrough has its day"
    assert f"{SECRET} good" in announced and f"{SECRET} walk" in walkthrough
    assert "Step by step" in page, "the score is worked out on the page, and so on paper"


def test_closing_says_what_stands_in_its_way(world: World) -> None:
    base = before(world, c.FileResponse)
    ruth = world.client(RUTH)
    page = ruth.get(f"{base}/close").text
    assert "Written response" in page
    assert 'value="close"' not in page, "no button that would be refused"
    assert "It can be closed from" in page
    overview = ruth.get(base).text
    assert "Close the evaluation. It can be closed from" in overview
    assert "Your turn" not in overview, "neither above nor in the table of steps"
    refused = world.bearer(RUTH).post(f"{base}/close", data={"do": "close", "version": str(world.evaluation().version)})
    assert refused.status_code == 409
    assert "It may still come: Written response" in refused.text
    assert "What you typed" not in refused.text.split("<main", 1)[1], "a button is not typed"
    assert f"/teacher{base}/respond" in refused.text
    world.set_clock(world.app.config["CLOCK"]() + timedelta(days=30))
    past = world.client(RUTH).get(f"{base}/close").text
    assert "Still open" in past and "Closing lets it go." in past
    assert "Its day was" in past and "Late since" not in past, "nobody is late with what they may leave"
    assert send(world.client(RUTH), f"{base}/close", do="close").status_code == 303
    assert world.evaluation().closed_at is not None
    maria = world.client(MARIA)
    assert "This evaluation was closed on" in maria.get(base).text
    assert "Nothing can be added to it any more." in maria.get(f"{base}/context").text
    late = world.bearer(MARIA).post(f"{base}/context", data={"text": "One more thing"})
    assert late.status_code == 409
    assert "One more thing" in late.text


def test_what_the_subject_has_not_opened_is_read_on_its_own_page_and_noted_once(world: World) -> None:
    base = before(world, c.OpenDocument)
    occasion = world.evaluation().occasions[0]
    document = f"{base}/occasions/{occasion.id}"
    maria = world.client(MARIA)

    def read_at() -> object:
        return world.evaluation().steps["announced/1/feedback"].read_at

    for page in (base, f"{base}/record"):
        assert f"{SECRET} good" not in maria.get(page).text
    assert "Delivered, and not opened by you yet" in maria.get(base).text
    maria.head(document)
    ahead = maria.get(document, headers={"Sec-Purpose": "prefetch;prerender"})
    assert f"{SECRET} good" not in ahead.text, "what nobody reads does not hold the words either"
    maria.get(document, headers={"Purpose": "prefetch"})
    maria.get(document, headers={"Sec-Fetch-Dest": "iframe"})
    for other in (RUTH, OMAR):
        world.client(other).get(document)
    assert read_at() is None, "none of these is the subject reading"
    page = maria.get(document, headers={"Sec-Fetch-Dest": "document"})
    assert f"{SECRET} good" in page.text
    first = read_at()
    assert first is not None
    world.set_clock(world.app.config["CLOCK"]() + timedelta(minutes=10))
    version = world.evaluation().version
    maria.get(document)
    assert read_at() == first
    assert world.evaluation().version == version
    assert f"{SECRET} good" in maria.get(f"{base}/record").text


def test_a_copy_holds_everything_and_needs_nobody(world: World) -> None:
    world.play()
    world.set_clock(world.year()[-1].at)
    base = f"/evaluations/{world.evaluation_id}"
    for person in (MARIA, RUTH, OMAR):
        client = world.client(person)
        file = client.get(f"{base}/copy.html")
        assert file.headers["Content-Disposition"] == f'attachment; filename="evaluation-{world.evaluation_id}.html"'
        assert " src=" not in file.text
        assert "<link" not in file.text
        assert "<script" not in file.text
        for words in ("good", "next", "line 5", "reflection", "middle", "judgment", "signed", "response", "context"):
            assert f"{SECRET} {words}" in file.text, words
        assert "= 24." in file.text
        assert "closed the evaluation" in file.text
        data = json.loads(client.get(f"{base}/copy.json").text)
        assert data["format"] == "accord-copy/1"
        assert data["evaluation"]["summative"]["final_level"] == "proficient"
        assert [one["n"] for one in data["record"]] == list(range(1, world.evaluation().version + 1))


def test_context_is_the_subjects_and_stays(world: World) -> None:
    base = before(world, c.AddContext)
    occasion = world.evaluation().occasions[0]
    maria = world.client(MARIA)
    wrong = send(maria, f"{base}/context", text="", components=["C1"])
    assert wrong.status_code == 422
    words = "The class had just moved rooms."
    added = send(maria, f"{base}/context", text=words, components=["C1", "C5"], occasion=str(occasion.id))
    assert added.status_code == 303
    for person in (MARIA, RUTH, OMAR):
        shown = world.client(person).get(base).text
        assert shown.count(words) >= 3, "under C1, under C5, and in its own place"
        assert words in world.client(person).get(f"{base}/occasions/{occasion.id}").text


def test_who_comes_second_is_told_which_conference_was_noted_and_by_whom(world: World) -> None:
    base = before(world, c.HoldConference)
    path = f"{base}/conferences/announced/1/pre_conference"
    ruth = world.client(RUTH)
    moment = next(one for one in world.year() if isinstance(one.command, c.HoldConference))
    page = hidden(ruth.get(path))
    world.do(moment.command, moment.at)
    typed = {"day": "2026-10-05", "begins": "08:00", "note": "We spoke of groups"}
    for do in ("check", "send"):
        late = ruth.post(path, data={**page, **typed, "do": do})
        assert late.status_code == 412
        assert "Ruth Alvarez: conference held (Announced observation 1: Conference before the observation)" in late.text
        assert "We spoke of groups" in late.text
