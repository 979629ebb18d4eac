"""An observation by its form alone, as a browser without JavaScript sends it: begun, written, checked, sent, collided."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain.commands import LINE_LIMIT, NOTES_LIMIT
from services.evaluation.core.domain.refusals import Refused
from services.evaluation.core.web.local_time import typed_day, typed_time
from tests.support.annual_cycle import MARIA, OMAR, RUTH, SVEN, ZONE
from tests.support.forms import hidden, send
from tests.support.teacher_world import World

LINES = {"text-1": "Asks for reasons /C2", "at-1": "08:05", "text-2": "Waits after each question", "for-2": "C2 1"}


class Desk:
    """Ruth at an unannounced walkthrough that she has just begun."""

    def __init__(self, world: World) -> None:
        world.play(3)
        self.world = world
        self.at = world.year()[2].at + timedelta(days=1)
        world.set_clock(self.at)
        self.base = f"/evaluations/{world.evaluation_id}"
        self.ruth = world.client(RUTH)
        page = self.ruth.get(f"{self.base}/occasions/new?type=walkthrough")
        begun = self.ruth.post(f"{self.base}/occasions/new?type=walkthrough", data=hidden(page))
        assert begun.status_code == 303
        self.home = begun.location.removeprefix("/teacher")
        world.set_clock(self.at + timedelta(minutes=30))
        self.ruth = world.client(RUTH)

    def times(self) -> dict[str, str]:
        begins, ends = typed_time(self.at, ZONE), typed_time(self.at + timedelta(minutes=20), ZONE)
        return {"day": typed_day(self.at, ZONE), "begins": begins, "ends": ends}

    def post(self, path: str, **typed: Any) -> TestResponse:
        return send(self.ruth, f"{self.home}/{path}", page=self.home, **{**self.times(), **typed})

    def occasion(self) -> Any:
        return self.world.evaluation().occasions[-1]


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_a_page_opens_on_empty_lines_with_the_time_it_was_begun(desk: Desk) -> None:
    page = desk.ruth.get(desk.home).text
    assert 'name="text-8"' in page
    assert 'name="text-9"' not in page
    assert f'value="{desk.times()["begins"]}"' in page
    assert page.count(" autofocus") == 1
    assert "Only you, until you send it. Then María José Núñez-Ó Briain and the district office as well." in page


def test_neither_field_of_feedback_is_called_optional_for_one_of_them_is_needed(desk: Desk) -> None:
    page = desk.ruth.get(desk.home).text
    for name in ("strengths", "next_steps"):
        shown = page.split(f'<label for="f-{name}"', 1)[1].split("</textarea>", 1)[0]
        assert "(optional)" not in shown
        assert "One of these two fields must be filled in before this is sent." in shown
        assert f'aria-describedby="f-{name}-hint' in shown
        assert " required" not in shown, "saving needs neither"
    refused = desk.post("observation", do="check", **LINES)
    assert refused.status_code == 422
    assert "Write something first." in refused.text


def test_more_lines_keep_everything_typed(desk: Desk) -> None:
    typed = {f"text-{number}": f"line {number}" for number in range(1, 9)} | {"strengths": "So far so good"}
    page = desk.post("observation", do="more", **typed)
    assert page.status_code == 200
    assert all(f">\nline {number}</textarea>" in page.text for number in range(1, 9))
    assert 'name="text-18"' in page.text
    assert "So far so good" in page.text
    assert desk.occasion().notes == ()


def test_what_was_seen_is_saved_and_the_feedback_stays_a_draft(desk: Desk) -> None:
    saved = desk.post("observation", do="save", strengths="Clear aims", **LINES)
    assert saved.status_code == 303
    notes = desk.occasion().notes
    assert [(note.text, note.components) for note in notes] == [
        ("Asks for reasons", ("C2",)),
        ("Waits after each question", ("C1", "C2")),
    ]
    assert notes[0].at is not None
    assert typed_time(notes[0].at, ZONE) == "08:05"
    page = desk.ruth.get(desk.home).text
    assert "On the record since" in page
    assert "Clear aims" in page, "typed and not sent: kept as the author's draft"
    assert "Clear aims" not in desk.world.client(MARIA).get(desk.home).text
    assert desk.occasion().feedback is None


def test_saving_again_says_nothing_new_where_nothing_is_new(desk: Desk) -> None:
    desk.post("observation", do="save", **LINES)
    version = desk.world.evaluation().version
    desk.post("observation", do="save", **{**LINES, "text-1": "Asks for reasons", "for-1": "C2"})
    assert desk.world.evaluation().version == version
    desk.post("observation", do="save", **{**LINES, "text-3": "One more"})
    assert len(desk.occasion().notes) == 3


def test_checking_shows_what_will_be_sent_and_changes_nothing(desk: Desk) -> None:
    before = desk.world.evaluation()
    page = desk.post("observation", do="check", strengths="Clear aims", **LINES)
    assert page.status_code == 200
    assert "Send this to María José Núñez-Ó Briain?" in page.text
    assert "08:00 to 08:20 PDT (20 min)" in page.text
    assert "C1 (1), C2 (2)" in page.text
    assert desk.world.evaluation() == before
    sent = desk.ruth.post(f"{desk.home}/feedback", data=hidden(page))
    assert sent.status_code == 303
    assert desk.occasion().feedback.strengths == "Clear aims"
    assert len(desk.occasion().notes) == 2
    read = desk.world.client(MARIA).get(desk.home).text
    assert "Clear aims" in read
    assert "Waits after each question" in read


def test_going_back_from_the_check_keeps_everything(desk: Desk) -> None:
    page = desk.post("observation", do="check", strengths="Clear aims", **LINES)
    back = desk.ruth.post(f"{desk.home}/observation", data={**hidden(page), "do": "back"})
    assert back.status_code == 200
    assert "Clear aims" in back.text
    assert "Waits after each question" in back.text


def test_pressed_twice_it_is_sent_once(desk: Desk) -> None:
    page = desk.post("observation", do="check", strengths="Clear aims", **LINES)
    fields = hidden(page)
    first, second = (desk.ruth.post(f"{desk.home}/feedback", data=fields) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    kinds = [one for one in desk.ruth.get(f"{desk.base}/record").text.split("<strong>") if "sent the feedback" in one]
    assert len(kinds) == 1


FAULTS = [
    ({"ends": ""}, "ends", "Fill this in."),
    ({"ends": "07:00"}, "ends", "The end must come after the beginning."),
    ({"ends": "23:00"}, "ends", "That time has not come yet."),
    ({"day": "soon"}, "day", "Write the day as year, month and day."),
    ({"at-1": "25:00"}, "at-1", "is no time of that day"),
    ({"for-2": "C1 Z9"}, "for-2", "There is no component “Z9”"),
    ({"text-1": "x" * (LINE_LIMIT + 1)}, "text-1", f"Shorten it to {LINE_LIMIT}"),
    ({"strengths": "x" * 20_001}, "strengths", "Shorten this to 20000 characters."),
    ({"text-1": "", "text-2": ""}, "text-1", "Write something first."),
    ({"surprise": "x"}, "surprise", "This form has no such field."),
]


def test_every_fault_is_told_at_its_field_and_nothing_typed_is_lost(desk: Desk) -> None:
    for do in ("save", "check"):
        for typed, field, words in FAULTS:
            page = desk.post("observation", do=do, **{"next_steps": "Keep this", **LINES, **typed})
            assert page.status_code == 422, typed
            assert f'href="#f-{field}"' in page.text, typed
            assert words in page.text, typed
            assert "Keep this" in page.text, typed
    assert desk.occasion().notes == ()


def test_four_hundred_lines_go_and_one_more_is_refused(desk: Desk) -> None:
    many = {f"text-{number}": f"line {number}" for number in range(1, NOTES_LIMIT + 1)}
    assert desk.post("observation", do="save", **many).status_code == 303
    assert len(desk.occasion().notes) == NOTES_LIMIT
    page = desk.ruth.get(desk.home)
    assert len(page.data) < 600_000
    over = desk.post("observation", do="save", **many, **{"text-401": "one too many"})
    assert over.status_code == 422
    assert f"There are more than {NOTES_LIMIT} lines." in over.text or "Put some together" in over.text
    assert "one too many" in over.text


def test_two_windows_on_one_observation(desk: Desk) -> None:
    """The second window is told who changed what, keeps its text, and may send it on the present version."""
    second = hidden(desk.ruth.get(desk.home))
    desk.post("observation", do="save", **LINES)
    typed = {**desk.times(), "text-1": "From the other window", "do": "save"}
    stale = desk.ruth.post(f"{desk.home}/observation", data={**second, **typed})
    assert stale.status_code == 412
    assert "This has changed since you opened it" in stale.text
    assert "Ruth Alvarez: what was seen written down" in stale.text
    assert "From the other window" in stale.text
    assert len(desk.occasion().notes) == 2
    again = desk.ruth.post(f"{desk.home}/observation", data={**hidden(stale), **typed})
    assert again.status_code == 303
    assert [note.text for note in desk.occasion().notes] == ["From the other window"]


def test_sent_from_another_window_meanwhile(desk: Desk) -> None:
    second = hidden(desk.ruth.get(desk.home))
    page = desk.post("observation", do="check", strengths="Clear aims", **LINES)
    desk.ruth.post(f"{desk.home}/feedback", data=hidden(page))
    typed = {**desk.times(), "text-1": "Too late", "do": "save"}
    stale = desk.ruth.post(f"{desk.home}/observation", data={**second, **typed})
    assert stale.status_code == 412
    assert "feedback sent" in stale.text
    assert "Too late" in stale.text, "there is no form any more, but the text is not lost"
    assert desk.occasion().notes[0].text == "Asks for reasons"


def test_the_evaluator_changes_in_the_middle(desk: Desk) -> None:
    page = hidden(desk.ruth.get(desk.home))
    desk.world.do(
        c.AssignEvaluator(
            evaluation_id=desk.world.evaluation_id, actor_id=SVEN, office=True, evaluator_id=SVEN, reason="Leave"
        ),
        desk.at,
    )
    refused = desk.ruth.post(f"{desk.home}/observation", data={**page, **desk.times(), **LINES, "do": "save"})
    assert refused.status_code == 404
    assert "You no longer evaluate this person" in refused.text
    assert "Back to the page" not in refused.text, "it would be refused as well"
    assert "Waits after each question" in refused.text, "what she typed is hers"


def test_what_an_evaluator_never_sent_stays_theirs_when_another_takes_over(desk: Desk) -> None:
    assert desk.post("observation", do="save", **LINES).status_code == 303
    assert "Asks for reasons" in desk.ruth.get(desk.home).text
    who = {"evaluation_id": desk.world.evaluation_id, "actor_id": SVEN}
    desk.world.do(c.AssignEvaluator(**who, office=True, evaluator_id=SVEN, reason="Leave"), desk.at)
    sven = desk.world.client(SVEN)
    page = sven.get(desk.home)
    assert "Ruth Alvarez wrote down what was seen" in page.text
    for path in (desk.home, desk.base, f"{desk.base}/record", f"{desk.base}/copy.json"):
        assert "Asks for reasons" not in sven.get(path).text, path
    token = hidden(page)
    feedback = {**desk.times(), "strengths": "Clear aims", "do": "send"}
    unseen = c.SendFeedback(**who, occasion_id=desk.occasion().id, strengths="Clear aims", next_steps="")
    with pytest.raises(Refused, match="anothers_script"):
        desk.world.do(unseen, desk.at + timedelta(minutes=40))
    sent = sven.post(f"{desk.home}/feedback", data={**token, **feedback, "text-1": "Three hands are up", "for-1": "C2"})
    assert sent.status_code == 303
    assert [note.text for note in desk.occasion().notes] == ["Three hands are up"]
    assert "Asks for reasons" not in desk.world.client(MARIA).get(desk.home).text


def test_announcing_moving_and_withdrawing(world: World) -> None:
    world.play(3)
    at = world.year()[2].at + timedelta(days=1)
    world.set_clock(at)
    ruth, base = world.client(RUTH), f"/evaluations/{world.evaluation_id}"
    new = f"{base}/occasions/new?type=announced"
    wrong = send(ruth, new, day="2026-10-05", begins="10:00", ends="09:00", place="Room 12", focus="Questions")
    assert wrong.status_code == 422
    assert "The end must come after the beginning." in wrong.text
    assert "Room 12" in wrong.text
    skipped = send(ruth, new, day="2027-03-14", begins="02:30", ends="03:30")
    assert skipped.status_code == 422
    assert "The clocks went forward over 02:30" in skipped.text
    announced = send(ruth, new, day="2026-10-05", begins="10:00", ends="10:45", place="Room 12", focus="Questions")
    home = announced.location.removeprefix("/teacher")
    maria = world.client(MARIA).get(home).text
    assert "Mon 5 Oct 2026, 10:00 PDT" in maria
    assert "Room 12" in maria
    moved = send(ruth, f"{home}/reschedule", day="2026-10-06", begins="11:00", ends="11:45", place="Room 12")
    assert moved.status_code == 303
    assert "Tue 6 Oct 2026, 11:00 PDT" in world.client(MARIA).get(home).text
    nothing = send(ruth, f"{home}/withdraw", reason="  ")
    assert nothing.status_code == 422
    assert send(ruth, f"{home}/withdraw", reason="Fire drill").status_code == 303
    assert world.evaluation().occasions[0].status == "withdrawn"
    assert "withdrawn already" in ruth.get(f"{home}/withdraw").text
    record = world.client(MARIA).get(f"{base}/record").text
    assert "Fire drill" in record


def test_the_lesson_can_be_written_before_the_conference_is_noted_but_not_saved(world: World) -> None:
    moments = world.year()
    first = next(number for number, one in enumerate(moments) if isinstance(one.command, c.HoldConference))
    world.play(first)
    world.set_clock(moments[first].at + timedelta(days=5))
    home = f"/evaluations/{world.evaluation_id}/occasions/{world.evaluation().occasions[0].id}"
    ruth = world.client(RUTH)
    page = ruth.get(home)
    assert "Before it can be saved on the record or sent" in page.text
    assert "/conferences/announced/1/pre_conference" in page.text
    refused = send(
        ruth, f"{home}/observation", page=home, do="save", ends="08:30", day="2026-09-22", begins="08:00", **LINES
    )
    assert refused.status_code == 409
    assert "Still missing: Conference before the observation (the evaluator)" in refused.text
    assert "Waits after each question" in refused.text
    held = send(
        ruth, f"/evaluations/{world.evaluation_id}/conferences/announced/1/pre_conference",
        day="2026-09-21", begins="15:00", note="We spoke of questions.", do="send",
    )  # fmt: skip
    assert held.status_code == 303
    saved = send(
        ruth, f"{home}/observation", page=home, do="save", ends="08:30", day="2026-09-22", begins="08:00", **LINES
    )
    assert saved.status_code == 303


@pytest.mark.parametrize("kind", ["announced", "walkthrough"])
def test_going_back_and_sending_once_more_asks_before_it_begins_another(world: World, kind: str) -> None:
    world.play(3)
    world.set_clock(world.year()[2].at + timedelta(days=1))
    ruth = world.client(RUTH)
    address = f"/evaluations/{world.evaluation_id}/occasions/new?type={kind}"
    form = hidden(ruth.get(address))
    notice = {"day": "2026-10-05", "begins": "10:00", "ends": "10:45", "place": "Room 1"} if kind == "announced" else {}
    assert ruth.post(address, data={**form, **notice}).status_code == 303
    again = ruth.post(address, data={**form, **notice, **({"place": "Room 2"} if notice else {"once": "another"})})
    assert again.status_code == 412
    assert "An observation was begun since you opened this page" in again.text
    assert f"/occasions/{world.evaluation().occasions[-1].id}" in again.text
    assert not notice or 'value="Room 2"' in again.text
    assert len(world.evaluation().occasions) == 1
    meant = ruth.post(address, data={**hidden(again), **notice})
    assert meant.status_code == 303 and len(world.evaluation().occasions) == 2


def test_the_record_says_which_lines_only_their_author_sees(desk: Desk) -> None:
    def record(person: UUID) -> str:
        return desk.world.client(person).get(f"{desk.base}/record").text

    only, others = (
        "Lines, which only you see",
        "Lines that were not sent, or that others took the place of, only you see.",
    )
    assert others not in record(RUTH)
    desk.post("observation", do="save", **LINES)
    desk.post("observation", do="save", **{**LINES, "text-1": "Asks for no reasons"})
    assert record(RUTH).count(only) == 2
    page = desk.post("observation", do="check", strengths="Clear", **{**LINES, "text-1": "Asks for no reasons"})
    assert desk.ruth.post(f"{desk.home}/feedback", data=hidden(page)).status_code == 303
    mine = record(RUTH)
    assert mine.count(only) == 1 and others in mine, "the ones that were sent took the place of the first"
    assert "sees nothing of an observation nobody announced until it has been held." in mine
    for person in (MARIA, OMAR):
        assert only not in record(person) and others not in record(person)
        assert "Asks for reasons" not in record(person)
    assert "sees nothing of" not in record(MARIA)
