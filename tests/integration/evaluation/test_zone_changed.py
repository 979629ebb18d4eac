"""The district's zone is corrected in mid-year: days end at midnight where the district says it is, on every page and for
every step, whatever zone an evaluation began in."""

from datetime import UTC, datetime, timedelta

from services.evaluation.core.domain import commands as c
from services.evaluation.core.store.tables import PEOPLE
from shared.contracts.directory import DistrictChanged
from shared.db import connect, transaction
from shared.people.apply import apply_people
from tests.support.annual_cycle import DISTRICT, RUTH
from tests.support.teacher_world import World


def test_what_is_done_before_midnight_of_the_new_zone_is_in_time(world: World) -> None:
    world.play_until(c.SendFeedback)
    due = world.evaluation().steps["announced/1/feedback"].due_on
    assert due is not None
    worker = connect(world.settings, "worker")
    with transaction(worker, DISTRICT) as connection:
        told = DistrictChanged(district_id=DISTRICT, name="North", zone="Pacific/Honolulu")
        apply_people(connection, PEOPLE, DISTRICT, [told])
    worker.dispose()
    before_midnight = datetime(due.year, due.month, due.day, tzinfo=UTC) + timedelta(days=1, hours=9)
    world.set_clock(before_midnight)
    page = world.client(RUTH).get(f"/evaluations/{world.evaluation_id}").text
    assert "Due today" in page
    send = c.SendFeedback(
        evaluation_id=world.evaluation_id, actor_id=RUTH, occasion_id=world.evaluation().occasions[0].id,
        strengths="You wait.", next_steps="",
    )  # fmt: skip
    assert not world.do(send, before_midnight).steps["announced/1/feedback"].late, "23:00 in Honolulu"
    assert world.evaluation().zone == "Pacific/Honolulu"
