"""Why an observation was withdrawn is said where it stands; moving one says what was changed, and only where something is."""

from datetime import timedelta

import pytest

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain.evaluation import Occasion
from tests.support.annual_cycle import MARIA, OMAR, RUTH
from tests.support.forms import hidden, send
from tests.support.teacher_world import World

DAY = {"day": "2026-10-05", "begins": "10:00", "ends": "10:45"}
MOMENTS = {"scheduled_from": "2026-10-05T17:00:00Z", "scheduled_to": "2026-10-05T17:45:00Z"}


@pytest.fixture
def home(world: World) -> str:
    """The page of an observation that Ruth has announced, for DAY in room 12; Maria has opened it."""
    world.play(3)
    world.set_clock(world.year()[2].at + timedelta(days=1))
    new = f"/evaluations/{world.evaluation_id}/occasions/new?type=announced"
    announced = send(world.client(RUTH), new, **DAY, place="Room 12", focus="Questions")
    found: str = announced.location.removeprefix("/teacher")
    assert world.client(MARIA).get(found).status_code == 200
    return found


def occasion(world: World) -> Occasion:
    return world.evaluation().occasions[0]


def test_the_reason_stands_on_its_page_and_on_the_evaluations(world: World, home: str) -> None:
    base = home.partition("/occasions/")[0]
    assert "Withdrawn by" not in world.client(MARIA).get(home).text + world.client(MARIA).get(base).text
    assert send(world.client(RUTH), f"{home}/withdraw", reason="Fire drill\nin the <east> wing").status_code == 303
    for person in (MARIA, RUTH, OMAR):
        for path in (home, base):
            page = world.client(person).get(path).text
            assert "Withdrawn by Ruth Alvarez," in page, (person, path)
            assert '<p class="said">Fire drill\nin the &lt;east&gt; wing</p>' in page, (person, path)


def test_the_reason_of_one_that_nobody_was_told_of_is_not_told(world: World) -> None:
    world.play_until(c.SendSummative)
    ruth, base = world.client(RUTH), f"/evaluations/{world.evaluation_id}"
    begun = send(ruth, f"{base}/occasions/new?type=walkthrough").location.removeprefix("/teacher")
    assert send(ruth, f"{begun}/withdraw", reason="The wrong room").status_code == 303
    assert "The wrong room" in ruth.get(base).text
    assert "The wrong room" not in world.client(MARIA).get(base).text
    assert world.client(MARIA).get(begun).status_code == 404


def test_the_time_and_place_it_has_are_no_change(world: World, home: str) -> None:
    version = world.evaluation().version
    refused = send(world.client(RUTH), f"{home}/reschedule", **DAY, place="Room 12 ")
    assert refused.status_code == 422
    assert 'href="#f-begins"' in refused.text and "That is the time it has already." in refused.text
    over = world.bearer(RUTH).post(f"/api/v1{home}/reschedule", json=MOMENTS, headers={"If-Match": f'"{version}"'})
    assert (over.status_code, over.json["errors"][0]["pointer"]) == (422, "#/scheduled_from")
    assert world.evaluation().version == version
    assert world.evaluation().steps["announced/1/notice"].read_at is not None, "nothing new to open"


def test_another_place_alone_is_said_to_be_that(world: World, home: str) -> None:
    assert send(world.client(RUTH), f"{home}/reschedule", **DAY, place="Room 14").status_code == 303
    record = world.client(MARIA).get(f"{home.partition('/occasions/')[0]}/record").text
    assert "changed the place of" in record and "changed the time of" not in record
    page = world.client(MARIA).get(home).text
    assert "Room 14" in page and "another time" not in page
    assert "Announced anew" in page


def test_a_place_that_is_not_given_stays(world: World, home: str) -> None:
    ruth, path = world.bearer(RUTH), f"/api/v1{home}/reschedule"
    later = {"scheduled_from": "2026-10-06T17:00:00Z", "scheduled_to": "2026-10-06T17:45:00Z"}
    for body, place in ((later, "Room 12"), ({**later, "place": ""}, ""), ({**MOMENTS, "place": None}, "")):
        headers = {"If-Match": f'"{world.evaluation().version}"'}
        assert ruth.post(path, json=body, headers=headers).status_code == 200
        assert occasion(world).place == place
    record = world.client(MARIA).get(f"{home.partition('/occasions/')[0]}/record").text
    assert record.count("changed the time of") == 2 and record.count("changed the place of") == 1


REMEDY = "It was withdrawn. Choose another observation, or leave it at the whole evaluation."


def test_context_is_offered_no_withdrawn_observation_and_a_stale_page_says_what_to_choose(
    world: World, home: str
) -> None:
    maria, path = world.client(MARIA), f"{home.partition('/occasions/')[0]}/context"
    named = str(occasion(world).id)
    stale = hidden(maria.get(path))
    assert f'<option value="{named}"' in maria.get(path).text
    assert send(world.client(RUTH), f"{home}/withdraw", reason="Fire drill").status_code == 303
    assert REMEDY not in maria.get(path).text and named not in maria.get(path).text
    typed = {**stale, "text": "A class of thirty", "occasion": named}
    refused = maria.post(path, data=typed)
    assert refused.status_code == 422 and "Begin a new one" not in refused.text
    assert f"About an observation: {REMEDY}" in refused.text and 'id="f-occasion"' in refused.text
    assert "A class of thirty" in refused.text and f'<option value="{named}"' not in refused.text
    assert maria.post(path, data={**typed, **hidden(refused), "occasion": ""}).status_code == 303
    assert [(one.text, one.occasion_id) for one in world.evaluation().contexts] == [("A class of thirty", None)]


def test_a_draft_of_context_that_names_a_withdrawn_observation_says_so(world: World, home: str) -> None:
    maria, path = world.client(MARIA), f"{home.partition('/occasions/')[0]}/context"
    typed = {"text": "A class of thirty", "occasion": str(occasion(world).id), "keep_draft": "1"}
    assert send(maria, path, **typed).status_code == 303
    assert REMEDY not in maria.get(path).text
    assert send(world.client(RUTH), f"{home}/withdraw", reason="Fire drill").status_code == 303
    page = maria.get(path).text
    assert REMEDY in page and "A class of thirty" in page
