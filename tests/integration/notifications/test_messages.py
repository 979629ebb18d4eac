"""The right people are told, once, and nobody else; a replay tells nobody anything again."""

from datetime import date, timedelta

import pytest

from services.notifications.store import tables
from services.notifications.store.due import Holder, home_of
from services.notifications.telling import UnknownEvaluationError
from shared.clock import now
from shared.db import transaction
from tests.support.notifications import (
    HANA,
    NORTH,
    PAULA,
    SAM,
    SOUTH,
    TESS,
    TOM,
    WHOLE_YEAR,
    Person,
    Story,
    planned,
    whole_year,
)


def test_a_whole_year_tells_the_right_people_and_nobody_else(story: Story) -> None:
    assert whole_year(story).messages() == WHOLE_YEAR
    assert len(story.rows(tables.message)) == len(WHOLE_YEAR), "each once"
    assert story.rows(tables.message, SOUTH) == []


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (kind, outcome)
        for kind in ("notice", "feedback", "summative", "response", "signature")
        for outcome in ("lapsed", "withdrawn", "waived")
        if (kind, outcome) not in (("notice", "withdrawn"), ("response", "waived"))  # these are told
    ],
)
def test_what_lapsed_or_was_withdrawn_is_told_to_nobody(story: Story, kind: str, outcome: str) -> None:
    story.open(TESS).assign(TESS, PAULA)
    before = story.messages()
    assert story.done(TESS, kind, kind, None, outcome).messages() == before


def test_a_refused_signature_is_told_to_the_evaluator(story: Story) -> None:
    story.open(TESS).assign(TESS, PAULA).done(TESS, "sign", "signature", TESS, "refused", duty="subject")
    assert ("Paula", "signature_refused") in story.messages()


def test_that_no_response_will_come_is_told_to_the_evaluator_until_the_evaluation_is_closed(story: Story) -> None:
    story.open(TESS).assign(TESS, PAULA).done(TESS, "respond", "response", TESS, "waived", duty="subject")
    assert ("Paula", "response_waived") in story.messages()
    told = {row["kind"]: row for row in story.rows(tables.message)}["response_waived"]
    assert told["path"] == f"/evaluations/{TESS.evaluation}", "there is no response to read"
    assert told["read_at"] is None
    story.done(TESS, "close", "close", PAULA).close(TESS, PAULA)
    assert {row["kind"]: row["read_at"] for row in story.rows(tables.message)}["response_waived"] is not None


def test_nobody_is_told_what_they_did_themselves(story: Story) -> None:
    story.open(TESS).assign(TESS, PAULA)
    before = story.messages()
    assert story.done(TESS, "sign", "signature", PAULA, "signed").messages() == before


def test_links_land_on_the_thing(story: Story) -> None:
    whole_year(story)
    links = {row["kind"]: (row["service"], row["path"]) for row in story.rows(tables.message)}
    base = f"/evaluations/{TESS.evaluation}"
    assert links["feedback_sent"] == ("teacher", f"{base}/feedback")
    assert links["signature_asked"] == ("teacher", f"{base}/sign")
    assert links["evaluator_named"] == ("teacher", base)
    assert links["evaluation_closed"] == ("teacher", base)
    assert links["evaluation_moved"] == ("teacher", "/people"), "the previous evaluator may not open it any more"


def test_opening_the_document_marks_its_message_read(story: Story) -> None:
    story.open(TESS).assign(TESS, PAULA).done(TESS, "feedback", "feedback", PAULA).document_opened(TESS, "feedback")
    read = {row["kind"]: row["read_at"] for row in story.rows(tables.message)}
    assert read["feedback_sent"] == story.clock()
    assert read["evaluator_named"] is None


def test_a_notice_that_was_moved_is_unread_until_it_is_opened_anew(story: Story) -> None:
    def read() -> dict[str, object]:
        return {row["kind"]: row["read_at"] for row in story.rows(tables.message)}

    story.open(TESS).assign(TESS, PAULA).done(TESS, "notice", "notice", PAULA).document_opened(TESS, "notice")
    assert read()["observation_announced"] == story.clock()
    story.done(TESS, "notice", "notice", PAULA, "moved")
    assert read()["observation_moved"] is None
    story.document_opened(TESS, "notice")
    assert read()["observation_moved"] == story.clock()


def test_doing_what_an_entry_is_about_marks_it_read(story: Story) -> None:
    """Whichever way it was come to: no entry asks for what has been done."""
    story.open(TESS).assign(TESS, PAULA).done(TESS, "summative", "summative", PAULA)
    story.step(TESS, "sign", "signature", "subject", TESS)
    story.open(TOM).assign(TOM, PAULA).step(TOM, "sign", "signature", "subject", TOM)
    story.clock.forward(hours=3)
    story.done(TESS, "sign", "signature", TESS, "refused")
    assert unread(story, TESS) == {"evaluator_named"}
    assert unread(story, TOM) == {"evaluator_named", "signature_asked"}
    assert "signature_refused" in unread(story, PAULA)
    story.close(TESS, PAULA)
    assert unread(story, PAULA) == {"evaluation_assigned", "evaluation_closed"}


def test_an_evaluation_that_ended_early_is_told_to_both_and_asks_nothing_more(story: Story) -> None:
    to_come = (planned("mid_year", "conference", "evaluator", date(2027, 1, 14)),)
    story.open(TESS, to_come).assign(TESS, SAM).assign(TESS, PAULA, previous=SAM)
    story.done(TESS, "summative", "summative", PAULA)
    story.step(TESS, "sign", "signature", "subject", TESS, due_on=date(2026, 9, 1))
    story.step(TESS, "respond", "response", "subject", TESS, required=False)
    story.open(TOM, to_come).assign(TOM, PAULA)
    before = story.messages()
    story.done(TESS, "sign", "signature", HANA, "withdrawn", duty="subject").end_early(TESS, HANA)
    assert story.messages() - before == {("Tess", "evaluation_ended_early"), ("Paula", "evaluation_ended_early")}
    assert unread(story, TESS) >= {"summative_sent", "evaluation_ended_early"}, "what was sent can still be read"
    assert "signature_asked" not in unread(story, TESS)
    assert {row["evaluation_id"] for row in story.rows(tables.due_item)} == {TOM.evaluation}
    told = [row for row in story.rows(tables.message) if row["kind"] == "evaluation_ended_early"]
    assert {row["path"] for row in told} == {f"/evaluations/{TESS.evaluation}"}
    story.in_one_run(len(story.told))
    assert len([row for row in story.rows(tables.message) if row["kind"] == "evaluation_ended_early"]) == 2, "once"


def test_whoever_ends_it_is_not_told_of_it(story: Story) -> None:
    story.open(TESS).assign(TESS, PAULA).end_early(TESS, PAULA)
    assert ("Tess", "evaluation_ended_early") in story.messages()
    assert ("Paula", "evaluation_ended_early") not in story.messages()


def test_an_evaluation_that_ended_early_waits_for_no_evaluator(story: Story) -> None:
    story.open(TESS)
    office = Holder(NORTH, HANA.id, office=True)
    with transaction(story.web, NORTH) as connection:
        assert [one.evaluations for one in home_of(connection, office, today=date(2026, 9, 2), most=5).unassigned] == [
            1
        ]
    story.end_early(TESS, HANA)
    with transaction(story.web, NORTH) as connection:
        assert home_of(connection, office, today=date(2026, 9, 2), most=5).unassigned == ()


def unread(story: Story, person: Person) -> set[str]:
    rows = story.rows(tables.message)
    return {row["kind"] for row in rows if row["recipient_id"] == person.id and row["read_at"] is None}


def test_replay_gives_the_same_rows_and_sends_nothing_again(story: Story) -> None:
    whole_year(story)
    story.open(TOM, (planned("mid_year", "conference", "evaluator", date(2027, 1, 14)),)).assign(TOM, PAULA)
    story.done(TOM, "feedback", "feedback", PAULA).document_opened(TOM, "feedback")
    kept = (tables.evaluation, tables.due_item, tables.message, tables.delivery, *tables.PEOPLE.all())
    before = {table.name: story.rows(table) for table in kept}
    assert before["due_item"] and before["delivery"]
    story.replay()
    assert {table.name: story.rows(table) for table in kept} == before


def test_every_message_has_one_letter_unless_it_is_old(story: Story) -> None:
    story.open(TESS).assign(TESS, PAULA)
    story.clock.forward(days=7, seconds=1)
    story.done(TESS, "feedback", "feedback", PAULA)
    assert {row["state"] for row in story.rows(tables.delivery)} == {"pending"}
    event = story.told[-1][1]
    story.tell(event, at=story.clock() - timedelta(days=7, seconds=1))
    letters = story.rows(tables.delivery)
    assert sorted((row["state"], row["reason"]) for row in letters if row["state"] != "pending") == [
        ("not_sent", "too_old")
    ]
    assert len(letters) == len(story.rows(tables.message))


def test_messages_carry_the_time_of_what_happened(story: Story) -> None:
    long_ago = now() - timedelta(days=300)
    story.open(TESS).tell(story.assign(TESS, PAULA).told[-1][1], at=long_ago)
    assert long_ago in {row["created_at"] for row in story.rows(tables.message)}


def test_an_evaluation_that_was_never_opened_is_refused(story: Story) -> None:
    with pytest.raises(UnknownEvaluationError):
        story.done(TESS, "feedback", "feedback", PAULA)


def test_that_nobody_signed_is_told_to_the_subject_once_and_asks_for_no_signature_any_more(story: Story) -> None:
    story.open(TESS).assign(TESS, PAULA).done(TESS, "summative", "summative", PAULA)
    story.step(TESS, "sign", "signature", "subject", TESS, due_on=date(2026, 9, 11))
    story.open(TOM).assign(TOM, PAULA).step(TOM, "sign", "signature", "subject", TOM)
    story.done(TESS, "sign", "signature", PAULA, "unsigned", duty="subject", late=True)
    [told] = [row for row in story.rows(tables.message) if row["kind"] == "signature_lacking"]
    assert (told["recipient_id"], told["about_id"]) == (TESS.id, PAULA.id)
    assert told["path"] == f"/evaluations/{TESS.evaluation}/sign", "where what was noted stands"
    assert "signature_asked" not in unread(story, TESS), "it can't be signed any more"
    assert {"summative_sent", "signature_lacking"} <= unread(story, TESS)
    assert "signature_asked" in unread(story, TOM)
    before = story.rows(tables.message)
    assert story.replay().rows(tables.message) == before
