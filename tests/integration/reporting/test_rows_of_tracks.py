"""Two tracks of one cycle that give a step another title or clause: a row each, and one row where they say the same."""

import csv
import io
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, create_engine, text

from accord.services import BY_NAME
from services.reporting.reports import completion
from services.reporting.reports.counts import step_counts
from services.reporting.reports.entries import COLUMNS, Wanted, entries
from services.reporting.reports.places import Place
from shared.config import Settings
from shared.db import connect, sqlalchemy_url, transaction
from shared.ids import derived_id
from tests.support.migrating import apply_again
from tests.support.reporting import SECRET, World, apply_all, shuffled
from tests.support.reports import NOW, Reports, filled
from tests.support.stories import PLAN, Story

Dump = dict[str, list[tuple[Any, ...]]]
FOCUSED = tuple(
    replace(step, title="Focused summative evaluation", clause="WA-16") if step.step_id == "summative" else step
    for step in PLAN
)
TODAY = NOW.date()


def with_focused(*, staff: int = 12, focused: int = 5, **how: float) -> World:
    """`staff` people of the usual track, and so many of the first school on the focused one, two of them through."""
    world = World(seed=11, staff=staff, schools=2, **how)  # type: ignore[arg-type]
    school = world.schools[0]
    for number in range(focused):
        subject = derived_id("focused", str(number))
        world.person(subject, f"Fay{number}", f"Focused{number}", "teacher", school)
        evaluation = derived_id("focused", "evaluation", str(number))
        story = Story(world.teller, evaluation, world.cycle_id, school, subject, track="Focused", plan=FOCUSED)
        story.open().later(days=1).assign(world.principals[school])
        if number < 2:
            story.later(days=3).begin("announced/1/notice", kind="notice").finish("announced/1/notice", kind="notice")
            story.later(days=3).begin("summative", kind="summative").finish("summative", kind="summative")
    return world


@pytest.mark.parametrize("order", [None, 3, 8])
def test_each_row_counts_the_evaluations_that_say_it(engine: Engine, order: int | None) -> None:
    world = with_focused()
    told = world.told()
    apply_all(engine, told if order is None else shuffled(told, order))
    with transaction(engine, world.district_id) as connection:
        rows = step_counts(connection, world.district_id, Place(world.cycle_id), TODAY).rows
        lines = list(completion.lines(connection, world.district_id, Place(world.cycle_id), TODAY))
    required = {(row.step, row.title, row.clause): row.count.required for row in rows}
    assert required["summative", "Summative evaluation", ""] == 12
    assert required["summative", "Focused summative evaluation", "WA-16"] == 5
    assert required["goals", "Set goals", ""] == 17, "both tracks say the same of it"
    assert sum(row.step == "announced/notice" for row in rows) == 1
    names = [row.step for row in rows]
    assert names == sorted(names, key=names.index), "rows of one step stand together"
    told_by_file = {(line.title, line.clause) for line in lines if line.step == "summative"}
    assert told_by_file == {("Summative evaluation", ""), ("Focused summative evaluation", "WA-16")}
    assert sum(line.count.required for line in lines if line.clause == "WA-16") == 5


def test_each_rows_numbers_open_as_entries_that_say_what_it_says(engine: Engine) -> None:
    world = with_focused()
    apply_all(engine, world.told())
    for place in (Place(world.cycle_id), Place(world.cycle_id, "school", world.schools[0])):
        with transaction(engine, world.district_id) as connection:
            for row in step_counts(connection, world.district_id, place, TODAY).rows:
                for column in COLUMNS:
                    wanted = Wanted(place, column, row.key)
                    found = entries(connection, world.district_id, wanted, TODAY, most=1000)
                    assert len(found) == getattr(row.count, column)
                    assert {entry.clause or "" for entry in found} <= {row.clause}


@pytest.fixture
def two_tracks(service_settings: Callable[..., Settings]) -> Reports:
    settings = service_settings("reporting", secret_key=SECRET)
    return filled(settings, with_focused(), World(seed=12, staff=4, district="south"), minimum=3)


@pytest.mark.parametrize(
    ("role", "page", "file", "api"),
    [
        ("union_representative", "/audit", "/audit/counts.csv", "/api/v1/audit"),
        ("hr", "/completion", "/completion/file.csv", "/api/v1/completion"),
    ],
)
def test_pages_files_and_api_cite_a_clause_for_those_it_binds(
    two_tracks: Reports, role: str, page: str, file: str, api: str
) -> None:
    client = two_tracks.client(role)
    html = client.get("/reports" + page).get_data(as_text=True)
    assert html.count("Focused summative evaluation") == 1
    assert html.count('<th scope="row">Summative evaluation') == 1
    rows = list(csv.DictReader(io.StringIO(client.get("/reports" + file).get_data(as_text=True).lstrip("\ufeff"))))
    required = {"Summative evaluation": 0, "Focused summative evaluation": 0}
    for row in rows:
        if row["step"] == "summative":
            required[row["title"]] += int(row["required"])
            assert row["clause"] == ("WA-16" if row["title"].startswith("Focused") else "")
    assert required == {"Summative evaluation": 12, "Focused summative evaluation": 5}
    steps = [one for one in client.get("/reports" + api).json["steps"] if one["step"] == "summative"]
    assert {one["title"]: one["count"]["required"] for one in steps} == required
    for one in steps:
        found = client.get(f"/reports{api}/entries", query_string={"step": one["key"]}).json["entries"]
        assert len(found) == one["count"]["required"]
        assert {entry["title"] for entry in found} == {one["title"]}


def test_what_was_counted_before_is_counted_by_what_it_says(
    service_settings: Callable[..., Settings], dump: Callable[[Engine, UUID], Dump]
) -> None:
    """The migration gives old rows the numbers that a replay would give."""
    settings = service_settings("reporting")
    engine, world = connect(settings, "worker"), with_focused(unsigned=0)
    apply_all(engine, world.told())
    wanted = _without_zeros(dump(engine, world.district_id))
    with transaction(engine, world.district_id) as connection:
        connection.execute(text("UPDATE report_step SET step_key = split_part(step_key, '~', 1)"))
    owner = settings.database_urls["owner"]
    with create_engine(sqlalchemy_url(owner)).begin() as connection:
        connection.execute(text("ALTER TABLE report_step_count DROP COLUMN unsigned"))
    apply_again(owner, BY_NAME["reporting"].versions, "0005", "0007")
    assert _without_zeros(dump(engine, world.district_id)) == wanted


def _without_zeros(rows: Dump) -> Dump:
    """Without places that count nothing (any more): a replay passes through them, a migration does not."""
    found = {name: [tuple(row) for row in rows[name]] for name in rows}
    found["report_step_count"] = [row for row in found["report_step_count"] if any(row[6:])]
    found["report_step_due"] = [row for row in found["report_step_due"] if row[-1]]
    return found


def test_the_pages_tell_what_a_track_says(two_tracks: Reports) -> None:
    audit = two_tracks.client("union_representative").get("/reports/audit").get_data(as_text=True)
    assert "can be reached from it" not in audit
    assert "Which steps an evaluation has shows its track" in audit
    assert "the minimum of people that figures about ratings keep does not hold here" in audit
    ratings = two_tracks.client("hr").get("/reports/ratings").get_data(as_text=True)
    assert "Tracks are outside of this" in ratings
    assert "by subtracting these figures from one another" in ratings
