"""The pages as a person gets them: what is due, the inbox, letters; few queries; nobody sees another's."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.notifications.bootstrap import create_app
from services.notifications.channels.letter import Envelope, compose
from services.notifications.channels.mailbox import mailbox_of
from services.notifications.store import tables
from services.notifications.wording import Words
from shared.clock import now
from shared.ids import derived_id
from tests.support.notifications import (
    HANA,
    NORTH,
    OLGA,
    OTTO,
    PAULA,
    SAM,
    SOUTH,
    START,
    TESS,
    TOM,
    UMA,
    Person,
    Story,
    planned,
    text_of,
    whole_year,
)  # fmt: skip
from tests.support.statements import counted
from tests.support.web import sign_in

TODAY = START.date()  # Tuesday 1 September 2026


class Site:
    """The service's app on the story's database; its clock is the story's."""

    def __init__(self, story: Story, **settings: Any) -> None:
        self.story = story
        self.app: Flask = create_app(replace(story.settings, **settings))
        self.app.config["CLOCK"] = story.clock

    def of(self, person: Person) -> FlaskClient:
        return sign_in(
            self.app, person_id=person.id, district_id=person.district_id, at=self.story.clock() - timedelta(minutes=1)
        )


@pytest.fixture
def site(story: Story) -> Site:
    return Site(story)


def form_fields(page: Any, action: str, having: str = "csrf") -> dict[str, str]:
    """The hidden fields of the form that posts to `action` and has a field of that name."""
    forms = re.findall(
        rf'<form[^>]*action="{re.escape(action)}".*?</form>', page.get_data(as_text=True), flags=re.DOTALL
    )
    found = [dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)) for form in forms]
    return next(fields for fields in found if having in fields)


def test_nothing_due_says_what_is_next(site: Site) -> None:
    site.story.open(TESS, (planned("Mid-year conference", "conference", "evaluator", date(2027, 1, 14)),))
    site.story.assign(TESS, PAULA)
    page = text_of(site.of(PAULA).get("/"))
    assert "No step is due from you, but your inbox holds something you have not read." in page
    assert "Next: Mid-year conference with Tess Kim, Thu 14 Jan 2027." in page
    assert "Next:" not in text_of(site.of(SAM).get("/"))


def test_the_office_goes_from_home_to_those_without_an_evaluator(site: Site) -> None:
    site.story.open(TESS)
    page = site.of(HANA).get("/")
    assert "Name the evaluator of 1 evaluation in 2026–27" in text_of(page)
    assert "Nothing is waiting" not in text_of(page)
    assert f"/teacher/cycles/{derived_id('cycle')}?state=unassigned" in page.get_data(as_text=True)
    assert "Without an evaluator" not in text_of(site.of(PAULA).get("/"))


def test_due_items_by_group_with_verb_person_day_and_clause(site: Site) -> None:
    site.story.open(TESS).assign(TESS, PAULA)
    site.story.step(TESS, "report", "feedback", "evaluator", PAULA, due_on=date(2026, 8, 31), clause="WA-08")
    site.story.step(TESS, "meet", "conference", "evaluator", PAULA, due_on=date(2026, 9, 4))
    site.story.step(TESS, "sign", "signature", "subject", TESS, due_on=date(2026, 10, 1))
    site.story.step(TESS, "respond", "response", "subject", TESS, required=False, due_on=date(2026, 10, 2))
    paula = site.of(PAULA).get("/")
    words = text_of(paula)
    for said in (
        "Late",
        "Send feedback to Tess Kim",
        "was due Mon 31 Aug 2026",
        "WA-08",
        "This week",
        "by Fri 4 Sep 2026",
    ):
        assert said in words
    assert words.index("Late") < words.index("This week")
    assert f'href="/teacher/evaluations/{TESS.evaluation}/report"' in paula.get_data(as_text=True)
    tess = text_of(site.of(TESS).get("/"))
    assert "Sign your evaluation, or refuse with a note" in tess and "by Thu 1 Oct 2026" in tess
    assert "If you like" in tess and "Respond to your evaluation" in tess and "until Fri 2 Oct 2026" in tess
    for other in (SAM, TOM, UMA, HANA, OTTO, OLGA):
        assert "Tess" not in text_of(site.of(other).get("/"))


def test_what_was_announced_stands_on_its_day_though_the_agreement_gives_longer(site: Site) -> None:
    site.story.open(TESS).assign(TESS, PAULA)
    until, on = {"due_on": date(2027, 1, 15)}, date(2026, 9, 3)
    site.story.step(TESS, "lesson", "observation", "evaluator", PAULA, planned_on=on, **until)
    site.story.step(TESS, "report", "feedback", "evaluator", PAULA, **until)
    words = text_of(site.of(PAULA).get("/"))
    assert words.index("This week") < words.index("announced for Thu 3 Sep 2026") < words.index("by Fri 15 Jan 2027")
    site.story.clock.at += timedelta(days=3)
    words = text_of(site.of(PAULA).get("/"))
    assert "Late " not in words
    assert words.index("This week") < words.index("was announced for Thu 3 Sep 2026") < words.index("Later")


def test_closing_is_offered_from_the_day_on_which_it_can_be_done(site: Site) -> None:
    site.story.open(TESS).assign(TESS, PAULA)
    site.story.step(TESS, "close", "close", "evaluator", PAULA, not_before=date(2026, 9, 3))
    before = text_of(site.of(PAULA).get("/"))
    assert "No step is due from you, but your inbox holds something you have not read." in before
    assert "Next: close with Tess Kim, from Thu 3 Sep 2026." in before
    site.story.clock.at += timedelta(days=2)
    after, offer = text_of(site.of(PAULA).get("/")), "Close the evaluation of Tess Kim"
    assert (offer in before, offer in after, "Next:" in after) == (False, True, False)


def test_the_day_is_the_districts_not_utcs(site: Site) -> None:
    site.story.open(TESS).assign(TESS, PAULA)
    site.story.step(TESS, "report", "feedback", "evaluator", PAULA, due_on=TODAY)
    site.story.clock.at = datetime(2026, 9, 2, 4, 30, tzinfo=UTC)  # still Tuesday evening in Chicago
    assert "Late" not in text_of(site.of(PAULA).get("/"))
    site.story.clock.at = datetime(2026, 9, 2, 5, 30, tzinfo=UTC)
    assert "Late" in text_of(site.of(PAULA).get("/"))


@pytest.mark.parametrize(
    ("person", "ways"),
    [
        (HANA, {"/teacher/cycles", "/reports/completion", "/reports/ratings", "/home/deliveries"}),
        (UMA, {"/reports/audit"}),
        (PAULA, {"/teacher/people", "/reports/completion"}),
        (TESS, {"/teacher/mine"}),
    ],
)
def test_everyone_finds_their_own_pages(site: Site, person: Person, ways: set[str]) -> None:
    html = site.of(person).get("/").get_data(as_text=True)
    aside = html[html.index("<aside") : html.index("</aside")]
    assert set(re.findall(r'href="([^"]+)"', aside)) == ways | {"/home/inbox"}


@pytest.mark.parametrize(
    ("role", "first", "ways"),
    [
        ("superintendent", "/reports/completion", {"/reports/ratings", "/reports/rubric", "/reports/audit"}),
        (
            "system_administrator",
            "/directory/imports",
            {"/directory/people", "/directory/calendars", "/directory/settings"},
        ),
    ],
)
def test_who_has_no_turn_is_told_what_comes_next_and_finds_the_way(
    site: Site, role: str, first: str, ways: set[str]
) -> None:
    somebody = Person(derived_id("person", role), NORTH, "Nobody", "Turns", role)
    site.story.people(somebody)
    page = site.of(somebody).get("/")
    assert "Nothing is waiting for you. No step of an evaluation is yours." in text_of(page)
    html = page.get_data(as_text=True)
    aside = html[html.index("<aside") : html.index("</aside")]
    assert set(re.findall(r'href="([^"]+)"', aside)) == ways | {first, "/home/inbox"}
    assert f'class="button secondary" href="{first}"' in html


def test_a_long_list_is_cut_on_home_and_whole_in_pages(site: Site) -> None:
    site.story.open(TESS).assign(TESS, PAULA)
    for number in range(23):
        site.story.step(TESS, f"n{number:02}", "feedback", "evaluator", PAULA, due_on=date(2026, 8, 1 + number))
    paula = site.of(PAULA)
    home = paula.get("/")
    assert home.get_data(as_text=True).count('class="task">') == 20
    assert "Show all of these" in text_of(home)
    assert paula.get("/due/late").get_data(as_text=True).count('class="task">') == 23
    assert "21 to 23 of 23" in text_of(paula.get("/due/late?page=3&page_size=10"))
    assert paula.get("/due/elsewhere").status_code == 404


@pytest.mark.parametrize(
    "path", ["/", "/due/late", "/inbox", "/inbox?show=unread", "/deliveries", "/deliveries?show=waiting"]
)
@pytest.mark.parametrize("staff", [3, 60])
def test_at_most_five_queries_a_page_whatever_the_number_of_staff(
    story: Story, path: str, staff: int, crowd: Callable[[Story, int], None]
) -> None:
    crowd(story, staff)
    site = Site(story)
    hana = site.of(HANA)
    hana.get(path)
    with counted(site.app) as said:
        assert hana.get(path).status_code == 200
    assert len(said) <= 5, "\n\n".join(said)


@pytest.fixture
def crowd() -> Callable[[Story, int], None]:
    """So many teachers, each with steps due for themselves, for the evaluator and for the office."""

    def make(story: Story, count: int) -> None:
        for number in range(count):
            one = Person(derived_id("crowd", str(number)), NORTH, f"Given{number}", "Family", "teacher")
            story.people(one)
            story.open(one).assign(one, HANA)
            story.step(one, "close", "close", "office", None, due_on=date(2026, 8, 1))
            story.step(one, "report", "feedback", "evaluator", HANA, due_on=date(2026, 8, 2))

    return make


def test_the_inbox_shows_own_entries_newest_first_and_marks_them_read(site: Site) -> None:
    site.story.open(TESS).assign(TESS, PAULA)
    site.story.clock.forward(hours=1)
    site.story.done(TESS, "Announced observation 1: Send the report", "feedback", PAULA, clause="WA-08")
    tess = site.of(TESS)
    page = tess.get("/inbox")
    words = text_of(page)
    assert words.index("Paula Alvarez sent you feedback") < words.index("Paula Alvarez evaluates you in 2026–27.")
    assert "Announced observation 1: Send the report" in words and "WA-08" in words
    assert "Tue 1 Sep 2026, 11:00 CDT" in words
    assert "2 unread entries in your inbox" in text_of(tess.get("/"))
    read = next(path for path in re.findall(r'action="(/home/inbox/[^"]+/read)"', page.get_data(as_text=True)))
    fields = form_fields(page, read, "go")
    answer = tess.post(read.removeprefix("/home"), data=fields)
    assert answer.status_code == 303
    assert answer.location.startswith(f"/teacher/evaluations/{TESS.evaluation}/Announced"), "on to the thing itself"
    assert "1 unread entry in your inbox" in text_of(tess.get("/"))
    assert tess.post(read.removeprefix("/home"), data=fields).location == answer.location, "twice is once"
    unread = read.replace("/read", "/unread")
    page = tess.get("/inbox")
    back = tess.post(unread.removeprefix("/home"), data=form_fields(page, unread))
    assert (back.status_code, back.location) == (303, "/home/inbox")
    assert "2 unread entries in your inbox" in text_of(tess.get("/"))
    for other in (PAULA, SAM, TOM, UMA, HANA, OTTO, OLGA):
        assert "sent you feedback" not in text_of(site.of(other).get("/inbox"))


def test_all_read_leaves_what_came_meanwhile(site: Site) -> None:
    site.story.open(TESS).assign(TESS, PAULA)
    tess = site.of(TESS)
    page = tess.get("/inbox")
    site.story.clock.forward(minutes=5)
    site.story.done(TESS, "report", "feedback", PAULA)
    assert tess.post("/inbox/all-read", data=form_fields(page, "/home/inbox/all-read")).status_code == 303
    left = text_of(tess.get("/inbox?show=unread"))
    assert "sent you feedback" in left and "evaluates you" not in left


def test_nobody_marks_anothers_entry(site: Site) -> None:
    site.story.open(TESS).assign(TESS, PAULA)
    row = next(row for row in site.story.rows(tables.message) if row["recipient_id"] == TESS.id)
    for other in (PAULA, HANA, UMA, OTTO, OLGA):
        client = site.of(other)
        token = re.search(r'name="csrf" value="([^"]+)"', client.get("/").get_data(as_text=True))
        assert token
        for verb in ("read", "unread"):
            answer = client.post(f"/inbox/{row['id']}/{verb}", data={"csrf": token.group(1), "once": "x"})
            assert answer.status_code == 404
    assert next(one for one in site.story.rows(tables.message) if one["id"] == row["id"])["read_at"] is None


def fail_letter(story: Story, state: str = "failed", reason: str = "no_address") -> dict[str, Any]:
    with story.engine.begin() as connection:
        connection.execute(
            tables.delivery.update().values(state=state, reason=reason, attempts=3, settled_at=story.clock())
        )
    return story.rows(tables.delivery)[0]


def test_hr_sees_why_a_letter_did_not_arrive_and_has_it_tried_again(site: Site) -> None:
    site.story.open(TESS).done(TESS, "report", "feedback", PAULA)
    row = fail_letter(site.story)
    hana = site.of(HANA)
    assert "Letters that did not arrive (1)" in text_of(hana.get("/"))
    page = hana.get("/deliveries")
    words = text_of(page)
    for said in ("Tess Kim", "tess@district.example", "Feedback is here for you", "Failed", "has no e-mail address"):
        assert said in words
    retry = f"/home/deliveries/{row['id']}/retry"
    fields = form_fields(page, retry)
    assert "last tried" in words and "tried 3 times" not in words, (
        "the tries are counted anew each time HR asks for more"
    )
    sent = hana.post(retry.removeprefix("/home"), data=fields)
    assert (sent.status_code, sent.location) == (303, "/home/deliveries?show=waiting&tried=1")
    shown = text_of(hana.get(sent.location.removeprefix("/home")))
    assert "Nothing was sent yet" not in shown and "press once more" not in shown, "it is under way"
    assert "One letter is being tried again." in shown and "next try now" in shown
    after = site.story.rows(tables.delivery)[0]
    assert (after["state"], after["attempts"], after["settled_at"]) == ("pending", 0, None)
    assert after["mail_id"] == row["mail_id"]
    none_failed = text_of(hana.get("/deliveries"))
    assert "No letter has failed." in none_failed and "arrived, or is on its way" not in none_failed
    assert "Tess Kim" in text_of(hana.get("/deliveries?show=waiting"))
    again = hana.post(retry.removeprefix("/home"), data={**fields, "once": "another"})
    assert again.status_code == 409 and "needs no other try" in again.get_data(as_text=True)


def test_hr_has_all_of_them_tried_again_in_its_own_district_only(site: Site) -> None:
    site.story.open(TESS).assign(TESS, PAULA).open(OTTO).done(OTTO, "report", "feedback", None)
    fail_letter(site.story, "gave_up", "timed_out")
    hana = site.of(HANA)
    page = hana.get("/deliveries")
    assert "Otto" not in text_of(page)
    hana.post("/deliveries/retry", data=form_fields(page, "/home/deliveries/retry"))
    assert {row["state"] for row in site.story.rows(tables.delivery)} == {"pending"}
    assert {row["state"] for row in site.story.rows(tables.delivery, SOUTH)} == {"gave_up"}


def test_every_kind_of_message_is_shown(site: Site) -> None:
    whole_year(site.story)
    fail_letter(site.story)
    for person in (TESS, PAULA, SAM):
        text_of(site.of(person).get("/inbox"))
    text_of(site.of(HANA).get("/deliveries"))


def test_what_people_wrote_is_shown_not_run(site: Site) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    site.story.open(TESS).assign(TESS, PAULA)
    site.story.done(TESS, hostile, "feedback", PAULA, clause=hostile)
    site.story.step(TESS, hostile, "form", "subject", TESS, clause=hostile, title=hostile)
    for path in ("/", "/inbox", "/due/later"):
        html = site.of(TESS).get(path).get_data(as_text=True)
        assert "&lt;img src=x" in html and "<img src=x" not in html and "<script>alert" not in html


def catch(site: Site, district: Any, words: str) -> str:
    envelope = Envelope(
        mail_from="Accord <no-reply@accord.example>",
        to_name="Tess Kim",
        to_address=TESS.email,
        mail_id=f"<{words.replace(' ', '-')}@accord.example>",
        district_id=district,
        district_name="North district",
        link="https://accord.example/teacher/evaluations/7",
        happened_at="Tue 1 Sep 2026",
        sent_at=now(),
    )
    mailbox = mailbox_of(site.app.config["ACCORD"])
    mailbox.keep(compose(Words("A subject", f"<b>{words}</b>", "Open"), envelope).as_bytes())
    return mailbox.newest(district, skip=0, most=1)[0][0].id


def test_caught_mail_is_read_by_its_own_districts_office_only(story: Story) -> None:
    site = Site(story, mail_catcher=True)
    north, south = catch(site, NORTH, "of the north"), catch(site, SOUTH, "of the south")
    hana, olga = site.of(HANA), site.of(OLGA)
    assert "A subject" in text_of(hana.get("/mail"))
    letter = hana.get(f"/mail/{north}")
    assert "of the north" in text_of(letter) and "<b>of" not in letter.get_data(as_text=True)
    assert 'href="https://accord.example/teacher/evaluations/7"' in letter.get_data(as_text=True)
    raw = hana.get(f"/mail/{north}.eml")
    assert raw.mimetype == "message/rfc822" and b"of the north" in raw.data
    assert north != south
    for path in (f"/mail/{south}", f"/mail/{south}.eml", "/mail/..%2f..%2fkeys", "/mail/" + "0" * 32):
        assert hana.get(path).status_code == 404
    assert olga.get(f"/mail/{south}").status_code == 200
    for nobody in (TESS, PAULA, UMA):
        assert site.of(nobody).get("/mail").status_code == 403
        assert site.of(nobody).get(f"/mail/{north}").status_code == 403


def test_without_the_catcher_there_is_no_mailbox(site: Site) -> None:
    catch(site, NORTH, "left over")
    assert site.of(HANA).get("/mail").status_code == 404
    assert "/home/mail" not in site.of(HANA).get("/").get_data(as_text=True)


def test_a_letter_caught_twice_is_there_once(story: Story) -> None:
    site = Site(story, mail_catcher=True)
    for _ in range(2):
        catch(site, NORTH, "twice")
    assert mailbox_of(site.app.config["ACCORD"]).newest(NORTH, skip=0, most=9)[1] == 1
