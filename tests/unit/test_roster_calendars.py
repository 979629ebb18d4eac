"""Calendars of a roster: years, semesters in them, terms in those; their days, and what other sourcedIds make of them."""

from dataclasses import replace
from datetime import date, timedelta

from services.directory.planning.plan import Plan, Present
from services.directory.planning.summary import Note, summarise
from shared.contracts.directory import CalendarDay
from tests.support.rosters import Rows, delta, roster, session, small
from tests.unit.test_roster_planning import after, plan, read

DAYS = tuple(CalendarDay(day=date(2026, 11, 2) + timedelta(days=at), kind="holiday") for at in range(11))


def three_deep() -> list[dict[str, str]]:
    """A year, its semester and two terms; the semester and the first term begin on the year's first day."""
    return [
        session("Y27", "schoolYear", "2026-08-20", "2027-06-12", title="2026-2027"),
        session("S27", "semester", "2026-08-20", "2027-01-16", title="Fall", parentSourcedId="Y27"),
        session("A27", "term", "2026-08-20", "2026-11-03", title="Term A", parentSourcedId="S27"),
        session("B27", "term", "2026-11-03", "2027-01-16", title="Term B", parentSourcedId="S27"),
    ]


def with_sessions(sessions: list[dict[str, str]]) -> bytes:
    return roster(small() | {"academicSessions": sessions})


def written(present: Present, title: str = "2026-2027") -> Present:
    """With days written by hand into the calendar of this title, and nowhere else."""
    calendars = tuple(replace(one, days=DAYS) if one.title == title else one for one in present.calendars)
    return replace(present, calendars=calendars)


def days(present: Present) -> dict[str, int]:
    return {one.title: len(one.days) for one in present.calendars}


def notes(made: Plan, content: bytes, present: Present) -> dict[str, tuple[Note, ...]]:
    return {one.name: one.notes for one in summarise(made, read(content, present), {}).lines if one.sort == "calendars"}


DEEP = after(plan(with_sessions(three_deep())))


def test_what_lies_inside_another_is_known_as_that_at_once() -> None:
    ids = {one.source_id: one.calendar_id for one in DEEP.calendars}
    parents = {one.source_id: one.parent_id for one in DEEP.calendars}
    assert parents == {"Y27": None, "S27": ids["Y27"], "A27": ids["S27"], "B27": ids["S27"]}
    assert plan(with_sessions(three_deep()), DEEP).empty
    assert plan(with_sessions(three_deep()[::-1]), DEEP).empty, "in whatever order"


def test_the_days_of_a_year_reach_every_depth() -> None:
    content = with_sessions(three_deep())
    made = plan(content, written(DEEP))
    assert days(after(made, written(DEEP))) == {"2026-2027": 11, "Fall": 11, "Term A": 1, "Term B": 10}
    assert notes(made, content, written(DEEP))["Term B"] == (Note("written_days", {"before": "0", "after": "10"}),)


def test_a_delta_that_moves_a_semester_takes_its_terms_along() -> None:
    other = session("Z27", "schoolYear", "2026-08-01", "2027-06-30", title="Other")
    two = after(plan(with_sessions([*three_deep(), other]), DEEP), DEEP)
    known = written(after(plan(with_sessions([*three_deep(), other]), written(two)), written(two)), "Other")
    moved: dict[str, Rows] = {"academicSessions": [three_deep()[1] | {"parentSourcedId": "Z27"}]}
    one_day = tuple(replace(one, days=DAYS[1:2]) if one.title == "Other" else one for one in known.calendars)
    now = after(plan(delta(moved), replace(known, calendars=one_day)), replace(known, calendars=one_day))
    assert days(now) == {"2026-2027": 11, "Other": 1, "Fall": 1, "Term A": 0, "Term B": 1}


def test_what_is_different_about_a_calendar_is_said() -> None:
    other = three_deep()
    other[2] |= {"type": "semester", "parentSourcedId": ""}
    content = with_sessions(other)
    said = notes(plan(content, DEEP), content, DEEP)
    assert said["Term A"] == (
        Note("calendar_kind", {"before": "term", "after": "semester"}),
        Note("inside_none"),
    )
    back = after(plan(content, DEEP), DEEP)
    again = with_sessions(three_deep())
    assert notes(plan(again, back), again, back)["Term A"][-1] == Note("inside_another")


def test_a_circle_that_a_delta_closes_ends() -> None:
    rows: dict[str, Rows] = {"academicSessions": [three_deep()[0] | {"parentSourcedId": "S27"}]}
    assert days(after(plan(delta(rows), written(DEEP)), written(DEEP)))["2026-2027"] == 11


def renamed(sessions: list[dict[str, str]], **more: str) -> list[dict[str, str]]:
    """Every session under another sourcedId; `more`: what is different about the year."""
    found = [one | {"sourcedId": f"N-{one['sourcedId']}"} for one in sessions]
    for one in found:
        one.update({"parentSourcedId": f"N-{one['parentSourcedId']}"} if one.get("parentSourcedId") else {})
    found[0] |= more
    return found


FULL = after(plan(with_sessions(three_deep()), written(DEEP)), written(DEEP))


def test_a_calendar_under_another_key_keeps_its_days() -> None:
    content = with_sessions(renamed(three_deep(), title="2026-2027 "))
    made = plan(content, FULL)
    assert made.report.counts == {}
    assert made.counts()["calendars"] == {"changed": 4, "untouched": 0}
    assert notes(made, content, FULL)["2026-2027"] == (Note("other_key", {"before": "Y27", "after": "N-Y27"}),)
    now = after(made, FULL)
    assert days(now) == days(FULL) == {"2026-2027": 11, "Fall": 11, "Term A": 1, "Term B": 10}
    assert {one.calendar_id for one in now.calendars} == {one.calendar_id for one in FULL.calendars}
    assert plan(content, now).empty
    assert after(plan(with_sessions(three_deep()), now), now) == FULL, "and back again"


def test_a_delta_may_name_a_calendar_by_either_key() -> None:
    rows: dict[str, Rows] = {
        "academicSessions": [
            three_deep()[0] | {"status": "tobedeleted"},
            renamed(three_deep())[0],
            three_deep()[1] | {"title": "Autumn"},
        ]
    }
    now = after(plan(delta(rows), FULL), FULL)
    assert days(now) == {"2026-2027": 11, "Autumn": 11, "Term A": 1, "Term B": 10}


def test_a_calendar_with_other_dates_is_another_and_its_days_are_told_of() -> None:
    made = plan(with_sessions(renamed(three_deep(), startDate="2026-08-19")), FULL)
    assert made.report.counts == {"OR082": 1}
    (told,) = made.report.findings
    assert (told.file, told.severity) == ("academicSessions.csv", "warning")
    assert told.template % told.values == (
        "2026-2027 (Y27) would not be in use any more, with the days that were written into it here: 11."
    )
    assert plan(with_sessions(renamed(three_deep(), startDate="2026-08-19")), after(made, FULL)).report.counts == {}


def test_of_two_that_are_alike_none_is_taken_for_the_other() -> None:
    twice = [*renamed(three_deep()), renamed(three_deep())[0] | {"sourcedId": "M-Y27"}]
    assert plan(with_sessions(twice), FULL).report.counts == {"OR082": 1}


def test_days_that_give_way_to_a_year_s_are_told_of() -> None:
    alone = after(plan(with_sessions(three_deep()[:1])))
    above = session("P27", "schoolYear", "2026-08-01", "2027-06-30", title="All")
    inside = [above, three_deep()[0] | {"parentSourcedId": "P27"}]
    made = plan(with_sessions(inside), written(alone))
    assert made.report.counts == {"OR082": 1}
    assert (
        "not those that were written into it here: 11."
        in made.report.findings[0].template % made.report.findings[0].values
    )
    assert plan(with_sessions(inside), alone).report.counts == {}, "nothing was written"


def test_the_key_that_a_calendar_had_leads_to_no_other() -> None:
    now = after(plan(with_sessions(renamed(three_deep())), FULL), FULL)
    next_year = session("Y27", "schoolYear", "2027-08-20", "2028-06-12", title="2027-2028")
    made = plan(with_sessions([*renamed(three_deep()), next_year]), now)
    (added,) = made.calendars
    assert (added.action, added.after.days) == ("added", ())
    assert added.after.calendar_id not in {one.calendar_id for one in now.calendars}
