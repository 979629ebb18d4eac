"""School calendars written as ranges."""

from datetime import date

import pytest

from services.directory.calendar_csv import read_calendar

HEAD = "begin,end,kind,label,tentative\n"


def test_ranges_leave_weekends_out_and_single_days_stand() -> None:
    read = read_calendar(
        (HEAD + "2026-12-24,2026-12-28,break,Winter,false\n2026-11-28,2026-11-28,closure,Storm,false\n").encode()
    )
    assert [(str(day.day), day.kind, day.title) for day in read.days] == [
        ("2026-11-28", "closure", "Storm"),
        ("2026-12-24", "break", "Winter"),
        ("2026-12-25", "break", "Winter"),
        ("2026-12-28", "break", "Winter"),
    ]
    assert read.problems == ()


def test_marks_say_where_the_year_begins_and_tentative_make_up_days_wait() -> None:
    text = (
        "2026-08-17,2026-08-17,first_day,,false\n2027-05-28,,last_day,,\n"
        "2027-02-12,2027-02-12,weather_makeup,,true\n2027-03-12,,weather_makeup,Snow,false\n"
    )
    read = read_calendar((HEAD + text).encode("utf-8-sig"))
    assert (read.first_day, read.last_day, read.tentative) == (date(2026, 8, 17), date(2027, 5, 28), 1)
    assert [day.kind for day in read.days] == ["weather_makeup"]


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (HEAD.encode() + b"2026-13-01,,holiday,,", 2, "2026-13-01 is not a date"),
        (HEAD.encode() + b"20260101,,holiday,,", 2, "20260101 is not a date"),
        (HEAD.encode() + b"0026-12-01,,holiday,,", 2, "0026-12-01 is not in the years 1980 to 2099"),
        (HEAD.encode() + b"2026-12-01,,holidai,,", 2, "holidai is none of"),
        (HEAD.encode() + b"2026-12-02,2026-12-01,holiday,,", 2, "before it begins"),
        (HEAD.encode() + b"2026-01-01,2026-12-01,break,,", 2, "more than 120 days"),
        (HEAD.encode() + b"2026-12-01,,holiday,,\n2026-12-01,,break,,", 3, "2026-12-01 is holiday already"),
        (b"from,to\n", 1, "begin, end, kind are missing"),
        (HEAD.encode() + b"2026-12-01,,holiday,\xff,", 1, "not UTF-8"),
        (HEAD.encode() + b"2026-12-01,,holiday,a\x00b,", 2, "NUL"),
        (b"x" * 300_000, 1, "larger than any"),
    ],
)
def test_a_problem_names_its_line(content: bytes, line: int, words: str) -> None:
    problem = read_calendar(content).problems[0]
    assert problem.line == line
    assert words in problem.template % problem.values
