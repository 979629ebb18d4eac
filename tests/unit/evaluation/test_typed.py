"""What people type: days and times in the district's zone, and the lines of an observation."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.evaluation.core.domain.commands import LINE_LIMIT, NOTES_LIMIT
from services.evaluation.core.domain.evaluation import Note
from services.evaluation.core.web.local_time import NoSuchTimeError, moment_of, typed_day, typed_time, zone_words
from services.evaluation.core.web.script_lines import (
    FIRST_LINES,
    Components,
    Line,
    fields_of,
    lines_of,
    lines_shown,
    read_lines,
    signs_of,
)

ZONE = "America/Chicago"
DAY = date(2026, 11, 10)
ORDER = ("C1", "C2", "C3", "SG3.1", "SG3.2")
KNOWN = Components(ORDER)


def test_a_typed_time_is_the_districts_own() -> None:
    moment = moment_of(date(2026, 5, 12), time(14, 2), ZONE)
    assert moment == datetime(2026, 5, 12, 19, 2, tzinfo=UTC)
    assert (typed_day(moment, ZONE), typed_time(moment, ZONE)) == ("2026-05-12", "14:02")
    late = moment_of(date(2026, 5, 12), time(22, 30), ZONE)
    assert late.date() == date(2026, 5, 13)
    assert typed_day(late, ZONE) == "2026-05-12"


def test_a_time_the_clocks_skip_is_refused() -> None:
    with pytest.raises(NoSuchTimeError):
        moment_of(date(2026, 3, 8), time(2, 30), ZONE)
    assert moment_of(date(2026, 3, 8), time(3, 0), ZONE) == datetime(2026, 3, 8, 8, 0, tzinfo=UTC)


def test_a_time_that_comes_twice_is_the_first_unless_it_must_come_later() -> None:
    fall = date(2026, 11, 1)
    first = moment_of(fall, time(1, 30), ZONE)
    assert first == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert moment_of(fall, time(1, 15), ZONE, after=first) == datetime(2026, 11, 1, 7, 15, tzinfo=UTC)
    assert moment_of(fall, time(1, 45), ZONE, after=first) == datetime(2026, 11, 1, 6, 45, tzinfo=UTC)
    assert moment_of(fall, time(0, 30), ZONE, after=first) < first


@pytest.mark.parametrize(
    ("zone", "english", "spanish"),
    [
        ("America/Chicago", "Central Time", "hora central"),
        ("America/Indiana/Indianapolis", "Eastern Time", "hora oriental"),
        ("America/Kentucky/Louisville", "Eastern Time", "hora oriental"),
        ("America/Phoenix", "Mountain Standard Time", "hora estándar de las Montañas Rocosas"),
        ("UTC", "Coordinated Universal Time", "tiempo universal coordinado"),
    ],
)
def test_a_zone_is_called_what_holds_on_any_day(zone: str, english: str, spanish: str) -> None:
    assert zone_words(zone, 2026, "en") == english
    assert zone_words(zone, 2026, "es") == spanish


@given(st.integers(0, 5_000_000), st.sampled_from([ZONE, "Asia/Kolkata", "UTC"]))
def test_what_is_shown_can_be_typed_back(minutes: int, zone: str) -> None:
    moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    day, clock = typed_day(moment, zone), typed_time(moment, zone)
    again = moment_of(date.fromisoformat(day), time.fromisoformat(clock), zone)
    assert (typed_day(again, zone), typed_time(again, zone)) == (day, clock)


def test_components_are_found_however_they_are_written() -> None:
    assert [KNOWN.find(word) for word in ("C1", "c1", "1", "sg3.1", "SG31", "31", "C9", "", "3")] == [
        "C1", "C1", "C1", "SG3.1", "SG3.1", "SG3.1", None, None, "C3",
    ]  # fmt: skip
    shared = Components(["A1", "B1", "B2"])
    assert [shared.find(word) for word in ("1", "2", "b1")] == [None, "B2", "B1"]


def test_signs_name_components_and_leave_other_slashes_alone() -> None:
    assert signs_of("Asks why /C1 and waits /sg3.2", KNOWN) == ("Asks why and waits", {"C1", "SG3.2"})
    assert signs_of("and/or 1/2 see /home http://x/C1", KNOWN) == ("and/or 1/2 see /home http://x/C1", set())
    assert signs_of("/1 /2", KNOWN) == ("", {"C1", "C2"})


def test_lines_become_notes_in_order_with_their_times() -> None:
    fields = {
        "text-2": "Second", "at-2": "10:07", "for-2": "C2 C1",
        "text-1": "First /C3", "at-1": "", "for-1": "",
        "text-3": "   ", "at-3": "10:09", "for-3": "",
        "strengths": "not a line",
    }  # fmt: skip
    read = read_lines(lines_of(fields), day=DAY, zone=ZONE, components=KNOWN, order=ORDER)
    assert read.faults == {}
    assert read.notes == (
        Note("First", None, ("C3",)),
        Note("Second", datetime(2026, 11, 10, 16, 7, tzinfo=UTC), ("C1", "C2")),
    )
    assert fields_of(read.notes, ZONE)["at-2"] == "10:07"
    assert lines_of(fields_of(read.notes, ZONE)) == [Line(1, "First", "", "C3"), Line(2, "Second", "10:07", "C1 C2")]


def test_every_fault_of_a_line_is_told_at_its_field() -> None:
    fields = {"text-1": "x" * (LINE_LIMIT + 1), "text-2": "y", "at-2": "25:00", "for-2": "C1 C9", "text-3": "z"}
    read = read_lines(lines_of(fields), day=DAY, zone=ZONE, components=KNOWN, order=ORDER)
    assert read.faults == {
        "text-1": ("line_too_long", str(LINE_LIMIT + 1)),
        "at-2": ("time_unreadable", "25:00"),
        "for-2": ("no_such_component", "C9"),
    }
    assert len(read.notes) == 3


def test_there_is_always_an_empty_line_and_never_a_lost_one() -> None:
    assert [line.number for line in lines_shown({})] == list(range(1, FIRST_LINES + 1))
    twelve = {f"text-{number}": "x" for number in range(1, 13)}
    assert len(lines_shown(twelve)) == 14
    assert len(lines_shown(twelve, more=8)) == 22
    full = {f"text-{number}": "x" for number in range(1, NOTES_LIMIT + 1)}
    assert len(lines_shown(full)) == NOTES_LIMIT
    assert len(lines_shown(full | {"text-405": "over"})) == 405
    gap = lines_shown({"text-4": "x"})
    assert [line.text for line in gap[:4]] == ["", "", "", "x"]


@given(st.lists(st.tuples(st.text(max_size=40), st.sets(st.sampled_from(ORDER))), max_size=12))
def test_notes_survive_the_form(drawn: list[tuple[str, set[str]]]) -> None:
    notes = tuple(
        Note(signs_of(text, KNOWN)[0].strip(), None, tuple(one for one in ORDER if one in tagged))
        for text, tagged in drawn
    )
    kept = tuple(note for note in notes if note.text)
    if any(signs_of(note.text, KNOWN)[0].strip() != note.text for note in kept):
        return  # a sign that only appeared when another one was taken out
    again = read_lines(lines_of(fields_of(kept, ZONE)), day=DAY, zone=ZONE, components=KNOWN, order=ORDER)
    assert again.notes == kept
    assert again.faults == {}
