"""What was first said of when an observation is or was held, and that a notice was opened, stays in every form of the record."""

import csv
import re
from datetime import UTC, datetime

from sqlalchemy import text

from services.reporting.marks import Marks
from shared.db import connect, transaction
from tests.support.reporting import SECRET, apply_all
from tests.support.reports import Reports

FIRST, AGAIN = datetime(2025, 10, 6, 17, tzinfo=UTC), datetime(2025, 11, 20, 18, tzinfo=UTC)


def test_the_day_that_was_said_first_stands_in_the_file_and_the_answer(reports: Reports) -> None:
    world = reports.world
    story = next(one for one in world.stories if one.school_id == world.schools[0])
    known, step = len(world.told()), "walkthrough/9/observation"
    story.begin(step, kind="observation").finish(step, kind="observation", held_from=FIRST)
    story.later(days=1).finish(step, kind="observation", held_from=AGAIN)
    apply_all(connect(reports.settings, "worker"), world.told()[known:])
    union = reports.client("union_representative")
    mark = Marks(SECRET).evaluation(world.district_id, story.evaluation_id)
    file = union.get(f"/reports/audit/record.csv?cycle={world.cycle_id}").text.lstrip("\ufeff")
    line = next(one for one in csv.DictReader(file.splitlines()) if (one["evaluation"], one["step"]) == (mark, step))
    assert (line["held_on"], line["held_earlier_on"]) == ("2025-11-20", "2025-10-06")
    record = union.get(f"/reports/api/v1/audit/evaluations/{mark}").json
    told = next(one for one in record["steps"] if one["step_id"] == step)
    assert (told["held_on"], told["held_earlier_on"]) == ("2025-11-20", ["2025-10-06"])


def test_that_a_notice_had_been_opened_before_it_was_moved_stays_in_every_form(reports: Reports) -> None:
    world = reports.world
    story = next(one for one in world.stories if one.school_id == world.schools[0])
    known, step, late = len(world.told()), "announced/9/notice", "announced/8/notice"
    story.at = story.at.replace(hour=17)  # the same day in the district's zone
    for each in (step, late):
        story.begin(each, kind="notice").finish(each, kind="notice", held_from=FIRST)
    given = story.at
    read = story.later(days=1).read(step).at
    moved = story.later(days=1).finish(step, outcome="moved", kind="notice", held_from=AGAIN).at
    story.later(days=1).finish(step, outcome="moved", kind="notice", held_from=FIRST)
    story.later(days=1).finish(late, outcome="moved", kind="notice", held_from=AGAIN)
    again = story.later(days=1).read(late).at
    apply_all(connect(reports.settings, "worker"), world.told()[known:])
    union = reports.client("union_representative")
    mark = Marks(SECRET).evaluation(world.district_id, story.evaluation_id)
    file = union.get(f"/reports/audit/record.csv?cycle={world.cycle_id}").text.lstrip("\ufeff")
    lines = {one["step"]: one for one in csv.DictReader(file.splitlines()) if one["evaluation"] == mark}
    assert lines[step]["done_earlier_on"] == f"{given.date()} {moved.date()}"
    assert (lines[step]["document_opened_on"], lines[step]["opened_earlier_on"]) == ("", f"{read.date()} none")
    assert (lines[late]["document_opened_on"], lines[late]["opened_earlier_on"]) == (str(again.date()), "none")
    record = union.get(f"/reports/api/v1/audit/evaluations/{mark}").json
    told = next(one for one in record["steps"] if one["step_id"] == step)
    assert (told["document_opened_on"], told["opened_earlier_on"]) == (None, [str(read.date()), None])
    page = union.get(f"/reports/audit/evaluations/{mark}").text
    row = page.split(f'<tr id="{step.replace("/", "-")}">')[1].split("</tr>")[0]
    assert len(re.findall(r"before: [^<]*, opened ", row)) == 1


def test_what_was_kept_before_openings_were_is_still_read(reports: Reports) -> None:
    world = reports.world
    story = next(one for one in world.stories if one.school_id == world.schools[0])
    known, step = len(world.told()), "announced/9/notice"
    story.begin(step, kind="notice").finish(step, kind="notice", held_from=FIRST)
    story.later(days=1).finish(step, outcome="moved", kind="notice", held_from=AGAIN)
    engine = connect(reports.settings, "worker")
    apply_all(engine, world.told()[known:])
    with transaction(engine, world.district_id) as connection:
        of_before = (
            "UPDATE report_step SET earlier = jsonb_build_array((earlier -> 0) - 'opened_at') WHERE step_id = :step"
        )
        assert connection.execute(text(of_before), {"step": step}).rowcount == 1
    known = len(world.told())
    story.later(days=1).finish(step, outcome="moved", kind="notice", held_from=FIRST)
    apply_all(engine, world.told()[known:])
    mark = Marks(SECRET).evaluation(world.district_id, story.evaluation_id)
    record = reports.client("union_representative").get(f"/reports/api/v1/audit/evaluations/{mark}").json
    told = next(one for one in record["steps"] if one["step_id"] == step)
    assert told["opened_earlier_on"] == [None, None]
