"""Ratings open on the newest cycle of which something is published, and say that they do."""

from uuid import UUID

from shared.db import connect
from tests.support.reporting import apply_all
from tests.support.reports import Reports
from tests.support.stories import LEVELS, Story


def test_a_cycle_of_which_nothing_is_published_is_not_what_opens(reports: Reports) -> None:
    world = reports.world
    before = len(world.told())
    newest = Story(world.teller, UUID(int=1), UUID(int=2), world.schools[0], UUID(int=3), cycle_title="2026–27")
    newest.later(days=500).open().assign(world.principals[world.schools[0]]).later(days=30).deliver(LEVELS[2])
    apply_all(connect(reports.settings, "worker"), world.told()[before:])
    client = reports.client("superintendent")
    for page in ("/reports/ratings", "/reports/rubric"):
        shown = client.get(page).text
        assert "Nothing is published about 2026–27 yet, so this is the last that is." in shown
        assert "2025–26, Washington criteria: " in shown
    series = f"{newest.cycle_id}.{newest.agreement_hash}"
    chosen = client.get(f"/reports/ratings?series={series}").text
    assert "Nothing is published about 2026–27 yet." in chosen and "the last that is" not in chosen
    assert client.get("/reports/api/v1/ratings").get_json()["cycle"] == "2025–26"
