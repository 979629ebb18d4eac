"""Who no longer evaluates somebody sees nothing of them: no name, no date, no number that goes on counting them."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.reporting.reports.entries import COLUMNS
from shared.config import Settings
from tests.support.reporting import SECRET, World
from tests.support.reports import NOW, Reports, filled
from tests.support.stories import Story
from tests.support.web import sign_in


def taken_from(world: World) -> tuple[list[Story], list[Story]]:
    """(evaluations the assistant principal has, and had) at the second school, which the assistant does not lead."""
    there = [story for story in world.stories if story.school_id == world.schools[1]]
    kept, given_away = there[:2], there[2:5]
    for story in (*kept, *given_away):
        story.later(days=1).assign(world.assistant)
        story.finish("announced/7/notice", kind="notice").read("announced/7/notice")
    for story in given_away:
        story.later(days=1).assign(world.principals[world.schools[1]])
    return kept, given_away


@pytest.fixture
def handed_on(service_settings: Callable[..., Settings]) -> tuple[Reports, list[Story], list[Story]]:
    world = World(seed=21, staff=16, schools=2)
    kept, given_away = taken_from(world)
    settings = service_settings("reporting", secret_key=SECRET)
    return filled(settings, world, World(seed=12, staff=4, district="south"), minimum=3), kept, given_away


def entries(client: FlaskClient, world: World, column: str = "required", step: str = "") -> list[Any]:
    asked = {"school": world.schools[1], "evaluator": world.assistant, "column": column, "step": step}
    answer = client.get("/reports/api/v1/completion/entries", query_string=asked)
    assert answer.status_code == 200
    found: list[Any] = answer.json["entries"]
    return found


def name_of(world: World, story: Story) -> str:
    number = world.stories.index(story)
    return f"Given{number} Family{number}"


def test_a_former_evaluator_sees_no_name_and_no_date(handed_on: tuple[Reports, list[Story], list[Story]]) -> None:
    reports, kept, given_away = handed_on
    world, client = reports.world, reports.client("site_administrator")
    place = f"school={world.schools[1]}&evaluator={world.assistant}"
    said = {str(each["evaluation_id"]) for column in COLUMNS for each in entries(client, world, column)}
    assert said == {str(story.evaluation_id) for story in kept}
    pages = [
        f"/completion/schools/{world.schools[1]}/evaluators/{world.assistant}",
        f"/completion/entries?{place}&column=done",
        f"/completion/entries?{place}&column=opened",
        f"/api/v1/completion?{place}",
    ]
    for path in pages:
        html = client.get(f"/reports{path}").get_data(as_text=True)
        assert not [story for story in given_away if re.search(rf"{name_of(world, story)}\b", html)], path
        assert not [story for story in given_away if str(story.evaluation_id) in html], path
        assert str(kept[0].evaluation_id) in html, path


def test_their_numbers_count_what_opens_behind_them(handed_on: tuple[Reports, list[Story], list[Story]]) -> None:
    reports, kept, _given_away = handed_on
    world, client = reports.world, reports.client("site_administrator")
    place = f"school={world.schools[1]}&evaluator={world.assistant}"
    board = client.get(f"/reports/api/v1/completion?{place}").json
    for key, count in (("", board["total"]), *((row["key"], row["count"]) for row in board["steps"])):
        for column in COLUMNS:
            assert count[column] == len(entries(client, world, column, key)), (key, column)
    assert board["total"]["evaluations"] == len(kept)
    own = client.get("/reports/api/v1/completion").json["schools"]
    assert [(one["school_id"], one["count"]) for one in own] == [(str(world.schools[1]), board["total"])]
    file = client.get(f"/reports/completion/file.csv?{place}").get_data(as_text=True).lstrip("\ufeff")
    rows = list(csv.DictReader(io.StringIO(file)))
    assert {(row["step"], int(row["required"]), int(row["done"]), int(row["late_now"])) for row in rows} == {
        (row["step"], row["count"]["required"], row["count"]["done"], row["count"]["overdue"]) for row in board["steps"]
    }


def test_a_school_is_its_principals_whoever_did_what(handed_on: tuple[Reports, list[Story], list[Story]]) -> None:
    """By that role a principal sees who did what at the school, the steps of a former evaluator with the others."""
    reports, kept, given_away = handed_on
    everyone = {str(story.evaluation_id) for story in (*kept, *given_away)}
    world = reports.world
    principal = sign_in(
        reports.app, person_id=world.principals[world.schools[1]], district_id=world.district_id, at=NOW
    )
    for client in (principal, reports.client("hr"), reports.client("superintendent")):
        said = {str(each["evaluation_id"]) for each in entries(client, world, "done")}
        assert said == everyone
