"""A track that carries an earlier result forward is begun when that result is known, and says which it is."""

import dataclasses
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.evaluation.core.domain import commands as c
from services.evaluation.core.handlers import Cycle, open_cycle, open_evaluations
from services.evaluation.core.store.repository import Repository
from shared.contracts.directory import PersonChanged, RoleHeld
from shared.db import transaction
from shared.ids import derived_id
from tests.integration.evaluation.test_cycles import wait_for_a_lock
from tests.integration.test_office import form_of
from tests.support.annual_cycle import DISTRICT, MARIA, OMAR, RUTH, SCHOOL, START, cycle, opening
from tests.support.statements import counted
from tests.support.teacher_world import TOM, World


def another(world: World, title: str) -> World:
    """The same people; a cycle of its own with a comprehensive evaluation of Maria."""
    round_ = opened(world, title)
    begin(world, round_, derived_id("evaluation", title))
    return dataclasses.replace(world, cycle=round_, evaluation_id=derived_id("evaluation", title))


def opened(world: World, title: str, first_day: date | None = None) -> Cycle:
    round_ = cycle(world.agreement, title)
    if first_day is not None:
        round_ = dataclasses.replace(round_, first_day=first_day, last_day=first_day + timedelta(days=700))
    with transaction(world.engine, DISTRICT) as connection:
        open_cycle(Repository(connection, DISTRICT, "teacher"), round_, START.date())
    return round_


def begin(world: World, round_: Cycle, evaluation_id: Any, **changes: Any) -> None:
    with transaction(world.engine, DISTRICT) as connection:
        store = Repository(connection, DISTRICT, "teacher")
        open_evaluations(store, round_, [opening(round_.id, evaluation_id=evaluation_id, **changes)], START)


def all_rated(world: World, level: str) -> dict[str, str]:
    return dict.fromkeys(world.agreement.instrument.component_ids, level)


@pytest.fixture
def sent(world: World) -> World:
    """Maria: Distinguished of 2025-26, closed; Proficient of 2026-27, sent, and the evaluation is open."""
    another(world, "2025-26").play(**all_rated(world, "distinguished"))
    for moment in world.year(**all_rated(world, "proficient")):
        if isinstance(moment.command, c.Sign):
            break
        world.do(moment.command, moment.at)
    assert world.evaluation().summative is not None and world.evaluation().is_open
    world.set_clock(datetime(2027, 6, 1, 20, tzinfo=UTC))
    return world


def focused_api(world: World, round_: Cycle, *people: Any) -> Any:
    body = {"track": "focused", "propose": True, "person_ids": [str(one) for one in people]}
    return world.bearer(OMAR).post(f"/api/v1/cycles/{round_.id}/evaluations", json=body)


def test_a_result_that_is_not_decided_is_not_passed_over_for_an_older_one(sent: World) -> None:
    round_ = opened(sent, "2027-28")
    refused = focused_api(sent, round_, MARIA, TOM)
    assert refused.status_code == 422, refused.text
    (error,) = refused.json["errors"]
    assert error["pointer"] == "#/track"
    assert "that evaluation is still open for María José Núñez-Ó Briain (2026-27). Have it closed" in error["detail"]
    assert "none that it accepts is on record for Tom Nguyễn." in error["detail"]
    omar, path = sent.client(OMAR), f"/cycles/{round_.id}/add"
    for do in ("check", "begin"):
        page = omar.post(path, data={**form_of(omar, path), "track": "focused", "person_ids": [str(MARIA)], "do": do})
        assert page.status_code == 422
        assert "still open for María José Núñez-Ó Briain (2026-27)." in page.text
    for moment in sent.year(**all_rated(sent, "proficient")):
        if isinstance(moment.command, c.Sign | c.FileResponse | c.WaiveResponse | c.Close):
            sent.do(moment.command, moment.at)
    assert not sent.evaluation().is_open
    begun = focused_api(sent, round_, MARIA)
    assert begun.json == {
        "begun": 1,
        "carried": [{"person_id": str(MARIA), "level": "proficient", "cycle": "2026-27"}],
    }
    assert focused_api(sent, round_, MARIA).json == {"begun": 0, "carried": []}, "who has one is passed over"


def test_one_that_was_ended_early_decides_nothing_and_the_page_says_what_is_carried(sent: World) -> None:
    sent.do(
        c.EndEarly(evaluation_id=sent.evaluation_id, actor_id=OMAR, office=True, reason="Leave"),
        datetime(2027, 6, 1, 20, tzinfo=UTC),
    )
    round_ = opened(sent, "2027-28")
    omar, path = sent.client(OMAR), f"/cycles/{round_.id}/add"
    typed = {**form_of(omar, path), "person_ids": [str(MARIA)], "do": "check"}
    page = omar.post(path, data={**typed, "track": "focused"}).text
    assert "The last result on the track Comprehensive is carried forward:" in page
    assert re.search(r"<li>María José Núñez-Ó Briain: Distinguished, from 2025-26</li>", page)
    assert "carried forward" not in omar.post(path, data={**typed, "track": "comprehensive"}).text


def test_what_was_closed_last_is_not_what_is_carried_but_the_last_cycle_s(world: World) -> None:
    """An older year's evaluation is closed after this year's: papers that were left lying."""
    ended = c.EndEarly(evaluation_id=world.evaluation_id, actor_id=OMAR, office=True, reason="Begun by mistake")
    world.do(ended, START + timedelta(days=1))
    for title, year, level, after in (("This year", 2026, "proficient", 0), ("Left over", 2025, "distinguished", 30)):
        round_ = opened(world, title, date(year, 8, 26))
        begin(world, round_, derived_id("evaluation", title))
        one = dataclasses.replace(world, cycle=round_, evaluation_id=derived_id("evaluation", title))
        for moment in one.year(**all_rated(one, level)):
            one.do(moment.command, moment.at + timedelta(days=after if isinstance(moment.command, c.Close) else 0))
    world.set_clock(datetime(2029, 6, 1, 20, tzinfo=UTC))
    carried = focused_api(world, opened(world, "2027-28", date(2027, 8, 26)), MARIA).json["carried"]
    assert [(one["level"], one["cycle"]) for one in carried] == [("proficient", "This year")]
    older = focused_api(world, opened(world, "Also 2025", date(2025, 8, 28)), MARIA).json["carried"]
    assert [(one["level"], one["cycle"]) for one in older] == [("distinguished", "Left over")], "none of a later year"


def test_an_evaluation_that_begins_in_the_same_moment_is_waited_for(sent: World) -> None:
    """Someone begins a comprehensive evaluation of Maria, and it is not kept yet when her focused one is begun."""
    sent.do(
        c.EndEarly(evaluation_id=sent.evaluation_id, actor_id=OMAR, office=True, reason="Leave"),
        datetime(2027, 6, 1, 20, tzinfo=UTC),
    )
    round_, meanwhile = opened(sent, "2027-28"), opened(sent, "Meanwhile")
    with ThreadPoolExecutor(1) as pool:
        with transaction(sent.engine, DISTRICT) as connection:
            store = Repository(connection, DISTRICT, "teacher")
            command = opening(meanwhile.id, evaluation_id=derived_id("evaluation", "meanwhile"))
            open_evaluations(store, meanwhile, [command], START)
            answer = pool.submit(focused_api, sent, round_, MARIA)
            wait_for_a_lock(connection)
        refused = answer.result(20)
    assert refused.status_code == 422, refused.text
    assert "still open for María José Núñez-Ó Briain (Meanwhile)" in refused.text


def test_many_are_looked_up_with_no_more_statements_than_one(sent: World) -> None:
    people = [derived_id("teacher", str(number)) for number in range(12)]
    sent.tell(
        *(
            PersonChanged(
                person_id=one,
                given_name="Tea",
                family_name=f"Cher {number:02}",
                email=None,
                active=True,
                roles=(RoleHeld(role="teacher", school_id=SCHOOL),),
            )
            for number, one in enumerate(people)
        )
    )
    for number, one in enumerate(people):
        begin(sent, sent.cycle, derived_id("evaluation", str(number)), subject_id=one, evaluator_id=RUTH)
    round_ = opened(sent, "2027-28")
    asked = []
    for chosen in (people[:1], people):
        with counted(sent.app) as statements:
            refused = focused_api(sent, round_, *chosen)
        asked.append(len(statements))
        assert refused.text.count("(2026-27)") == len(chosen)
    assert asked[0] == asked[1]
