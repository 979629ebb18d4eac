"""The audit and completion say of a step that can't be done yet from which day it can."""

from datetime import date

from services.reporting.marks import Marks
from shared.db import connect
from tests.support.reporting import SECRET, apply_all
from tests.support.reports import Reports


def test_the_audit_says_from_which_day_closing_can_be_done_and_takes_it_back(reports: Reports) -> None:
    world, worker = reports.world, connect(reports.settings, "worker")
    story = next(one for one in world.stories if one.school_id == world.schools[0])
    mark = Marks(SECRET).evaluation(world.district_id, story.evaluation_id)
    audit, known = f"/reports/audit/evaluations/{mark}", len(world.told())

    def page() -> str:
        nonlocal known
        apply_all(worker, world.told()[known:])
        known = len(world.told())
        return str(reports.client("union_representative").get(audit).text)

    story.begin("close", kind="close", not_before=date(2025, 12, 1))
    assert "Can be done from Mon 1 Dec 2025" in page()
    rows = reports.client("hr").get("/reports/api/v1/completion").json["steps"]
    key = next(row["key"] for row in rows if row["step"] == "close")
    entries = f"/reports/completion/entries?column=open&step={key}&cycle={world.cycle_id}"
    assert "Can be done from Mon 1 Dec 2025" in reports.client("hr").get(entries).text
    file = reports.client("union_representative").get(f"/reports/audit/record.csv?cycle={world.cycle_id}").text
    assert [line for line in file.splitlines() if ",close," in line and ",2025-12-01," in line]
    story.later(days=1).begin("close", kind="close")
    assert "Can be done from" not in page()
    story.later(days=1).begin("close", kind="close", not_before=date(2025, 11, 1))
    assert "Can be done from" not in page(), "the day has come"
    before = page()
    story.finish("close", outcome="put_off", kind="close")
    after = page()
    assert before.count(">Open<") - after.count(">Open<") == 1
    assert after.count(">Not begun<") - before.count(">Not begun<") == 1, "nothing was done"
