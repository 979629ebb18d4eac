"""What was first said of when an observation was held stays in every form of the record, when it is said otherwise."""

import csv
from datetime import UTC, datetime

from services.reporting.marks import Marks
from shared.db import connect
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
