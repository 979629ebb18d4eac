"""Lists and the office's pages on a real database: what they show, to whom, with how many queries."""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient

from services.evaluation.core.domain.commands import AssignEvaluator, EndEarly
from shared.contracts.directory import PersonChanged, RoleHeld
from shared.ids import new_id
from tests.support.annual_cycle import MARIA, OMAR, RUTH, START, SVEN
from tests.support.statements import counted
from tests.support.teacher_world import OTTO, TOM, UNA, World, people_events


def form_of(client: FlaskClient, path: str) -> dict[str, str]:
    """The hidden fields of a page's form."""
    page = client.get(path)
    assert page.status_code == 200, page.text[:2000]
    return dict(re.findall(r'<input type="hidden" name="(csrf|once|page|version|person)" value="([^"]*)"', page.text))


def chosen_on(client: FlaskClient, choosing: str) -> list[str]:
    """What the ticked boxes of the page say: each evaluation, and the version that stands on it."""
    return re.findall(r'name="evaluations" value="([^"]*)"', client.get(choosing).text)


PAGES = {
    "/people": {MARIA: 200, RUTH: 200, OMAR: 200, UNA: 200, TOM: 200, OTTO: 200},
    "/mine": {MARIA: 200, RUTH: 200, OMAR: 200, UNA: 200, TOM: 200, OTTO: 200},
    "/cycles": {MARIA: 403, RUTH: 403, OMAR: 200, UNA: 403, TOM: 403, OTTO: 200},
    "/cycles/new": {MARIA: 403, RUTH: 403, OMAR: 200, UNA: 403, TOM: 403, OTTO: 200},
    "/cycles/{cycle}": {MARIA: 403, RUTH: 403, OMAR: 200, UNA: 403, TOM: 403, OTTO: 404},
    "/cycles/{cycle}/add": {MARIA: 403, RUTH: 403, OMAR: 200, UNA: 403, TOM: 403, OTTO: 404},
    "/cycles/{cycle}/assign": {MARIA: 403, RUTH: 403, OMAR: 200, UNA: 403, TOM: 403, OTTO: 404},
    "/cycles/{cycle}/take-back": {MARIA: 403, RUTH: 403, OMAR: 200, UNA: 403, TOM: 403, OTTO: 404},
    "/agreements": {MARIA: 200, RUTH: 200, OMAR: 200, UNA: 200, TOM: 200, OTTO: 200},
    "/agreements/{agreement}": {MARIA: 200, RUTH: 200, OMAR: 200, UNA: 200, TOM: 200, OTTO: 404},
}


@pytest.mark.parametrize("path", PAGES)
def test_who_sees_which_page_and_never_with_more_than_five_queries(world: World, path: str) -> None:
    address = path.format(cycle=world.cycle.id, agreement=world.agreement.content_hash)
    for person, expected in PAGES[path].items():
        with counted(world.app) as statements:
            answer = world.client(person).get(address)
        assert answer.status_code == expected, (person, answer.text[:500])
        assert len(statements) <= 5, statements
    assert world.app.test_client().get(address).status_code == 303


def test_the_evaluators_list_names_the_person_and_what_is_next(world: World) -> None:
    page = world.client(RUTH).get("/people").text
    assert "María José Núñez-Ó Briain" in page
    assert "María" not in world.client(SVEN).get("/people").text
    assert "Nobody is assigned to you" in world.client(SVEN).get("/people").text


BEGIN = {"track": "comprehensive", "propose": "true", "do": "begin"}


def test_before_evaluations_begin_a_page_says_whose_and_what_is_late_already(world: World) -> None:
    world.set_clock(datetime(2027, 2, 1, 20, tzinfo=UTC))
    omar = world.client(OMAR)
    path = f"/cycles/{world.cycle.id}/add"
    page = omar.get(path).text
    assert re.search(r'name="propose" value="true" checked', page), "evaluators are proposed unless somebody says no"
    assert f'value="{TOM}" aria-label="Choose Tom Nguyễn" checked' in page
    assert f'value="{TOM}" aria-label="Choose Tom Nguyễn">' in omar.get(f"{path}?choose=none").text
    typed = {**form_of(omar, path), "track": "comprehensive", "propose": "true", "person_ids": [str(TOM)]}
    checked = omar.post(path, data={**typed, "do": "check"})
    assert checked.status_code == 200
    for said in ("Begin 1 evaluation?", "Tom Nguyễn", "late from the start", "assigned the evaluator"):
        assert said in checked.text
    assert re.search(r"Self-assessment: \w+ 1 Oct 2026", checked.text)
    assert re.search(r"Observe the lesson: \w+ 15 Jan 2027", checked.text), "of the first observation too"
    assert "Tom Nguyễn" not in omar.get(path.removesuffix("/add")).text, "nothing has begun"
    back = omar.post(path, data={**typed, "do": "back"})
    assert f'value="{TOM}" aria-label="Choose Tom Nguyễn" checked' in back.text
    resent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', checked.text))
    assert omar.post(path, data={**resent, "do": "begin"}).status_code == 303
    assert "Tom Nguyễn" in omar.get(path.removesuffix("/add")).text


def test_nobody_chosen_is_said_before_the_check(world: World) -> None:
    omar = world.client(OMAR)
    path = f"/cycles/{world.cycle.id}/add"
    answer = omar.post(path, data={**form_of(omar, path), "track": "comprehensive", "do": "check"})
    assert answer.status_code == 422 and "Choose at least one person." in answer.text


def test_a_second_cycle_over_the_same_days_is_asked_about_and_then_opened(world: World) -> None:
    omar = world.client(OMAR)
    cycle = {
        "title": "Again",
        "agreement_hash": world.agreement.content_hash,
        "first_day": world.cycle.first_day.isoformat(),
        "last_day": world.cycle.last_day.isoformat(),
    }
    asked = omar.post("/cycles/new", data={**form_of(omar, "/cycles/new"), **cycle})
    assert asked.status_code == 422
    assert f"“{world.cycle.title}” runs under the same agreement" in asked.text
    assert "Again" not in omar.get("/cycles").text
    meant = omar.post("/cycles/new", data={**form_of(omar, "/cycles/new"), **cycle, "second": "true"})
    assert meant.status_code == 303
    assert "Again" in omar.get("/cycles").text


def test_begin_evaluations_of_many_with_the_evaluator_the_directory_proposes(world: World) -> None:
    omar = world.client(OMAR)
    path = f"/cycles/{world.cycle.id}/add"
    hidden = form_of(omar, path)
    answer = omar.post(path, data={**hidden, **BEGIN, "person_ids": [str(TOM)]})
    assert answer.status_code == 303, re.findall(r"error-summary.*?</ul>", answer.text, re.S)
    board = omar.get(answer.headers["Location"].removeprefix("/teacher")).text
    assert "One evaluation has begun." in board
    assert "Tom Nguyễn" in board
    assert "Tom Nguyễn" in world.client(RUTH).get("/people").text
    again = omar.post(path, data={**hidden, **BEGIN, "person_ids": [str(TOM)]})
    assert again.headers["Location"] == answer.headers["Location"]


def test_a_track_that_carries_a_result_forward_is_for_those_who_have_one(world: World) -> None:
    world.play(**dict.fromkeys(world.agreement.instrument.component_ids, "proficient"))
    omar = world.client(OMAR)
    dates = {"first_day": "2027-09-01", "last_day": "2028-06-15", "agreement_hash": world.agreement.content_hash}
    made = omar.post("/cycles/new", data={**form_of(omar, "/cycles/new"), "title": "The year after", **dates})
    path = made.headers["Location"].removeprefix("/teacher")
    for do in ("check", "begin"):
        focused = {**form_of(omar, path), "track": "focused", "propose": "true", "do": do}
        answer = omar.post(path, data={**focused, "person_ids": [str(MARIA), str(TOM)]})
        assert answer.status_code == 422, answer.text
        assert "none that it accepts is on record for Tom Nguyễn." in answer.text
    assert omar.post(path, data={**focused, "person_ids": [str(MARIA)]}).status_code == 303


def test_a_new_evaluator_needs_a_reason_and_then_sees_the_person(world: World) -> None:
    omar = world.client(OMAR)
    path = f"/cycles/{world.cycle.id}/assign"
    address = f"{path}?evaluation_ids={world.evaluation_id}"
    data = {**form_of(omar, address), "evaluations": chosen_on(omar, address), "evaluator_id": str(SVEN)}
    refused = omar.post(path, data=data)
    assert refused.status_code == 422
    assert "Say why the evaluator changes" in refused.text
    done = omar.post(path, data={**data, **form_of(omar, address), "reason": "Ruth is on leave"})
    assert done.status_code == 303
    assert "María José" in world.client(SVEN).get("/people").text
    assert "María José" not in world.client(RUTH).get("/people").text


@pytest.mark.parametrize("left", [{"active": False}, {"roles": (RoleHeld(role="teacher"),)}])
def test_an_evaluation_whose_evaluator_is_gone_waits_for_another(world: World, left: dict[str, Any]) -> None:
    omar = world.client(OMAR)
    board = f"/cycles/{world.cycle.id}?state=unassigned"
    assert "María José" not in omar.get(board).text
    before = int(re.findall(r'state=unassigned">(\d+)</a>', omar.get("/cycles").text)[0])
    ruth = next(one for one in people_events() if isinstance(one, PersonChanged) and one.person_id == RUTH)
    world.tell(msgspec.structs.replace(ruth, **left))
    with counted(world.app) as statements:
        page = omar.get(board).text
    assert len(statements) <= 5
    assert "María José" in page and "no longer works here" in page
    assert "no longer works here" in omar.get(f"/cycles/{world.cycle.id}").text
    assert f'state=unassigned">{before + 1}</a>' in omar.get("/cycles").text
    world.do(EndEarly(evaluation_id=world.evaluation_id, actor_id=OMAR, office=True, reason="She left too."), START)
    assert f'state=unassigned">{before}</a>' in omar.get("/cycles").text, "ended early, it waits for nobody"
    assert "María José" not in omar.get(board).text


def test_all_of_a_page_of_the_board_are_chosen_at_once(world: World) -> None:
    omar, board = world.client(OMAR), f"/cycles/{world.cycle.id}?sort=due"
    page = omar.get(board).text
    assert " checked" not in page
    chosen = omar.get(f"{board}&choose=all").text
    assert chosen.count(" checked") == page.count('name="evaluation_ids"') > 0
    assert f'href="/teacher/cycles/{world.cycle.id}?sort=due&amp;choose=all"' in page
    assert f'href="/teacher/cycles/{world.cycle.id}?sort=due"' in chosen


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": "2026-27"}, "Another cycle has this title"),
        ({"first_day": "2001-01-01", "last_day": "2001-06-01"}, "in force only from"),
        ({"first_day": "2026-12-02"}, "is due on Fri 1 Oct 2027, after its last day"),
        ({"last_day": "2026-08-27"}, "is due on"),
        ({"last_day": "2026-08-01"}, "The end must come after the beginning"),
        ({"agreement_hash": "0" * 64}, "No such agreement has been ratified"),
        ({"title": "x" * 121}, "120"),
    ],
)
def test_a_cycle_that_cannot_be_opened_says_why_and_keeps_what_was_typed(
    world: World, changes: dict[str, str], words: str
) -> None:
    omar = world.client(OMAR)
    good = {
        "title": "2027-28",
        "agreement_hash": world.agreement.content_hash,
        "first_day": "2026-08-25",
        "last_day": "2027-06-20",
    }
    answer = omar.post("/cycles/new", data={**form_of(omar, "/cycles/new"), **good, **changes})
    assert answer.status_code == 422
    assert words in answer.text
    assert good["last_day"] in answer.text or "last_day" in changes
    assert "2027-28" not in omar.get("/cycles").text


def test_who_was_assigned_meanwhile_is_said_and_nothing_is_given_away_again(world: World) -> None:
    """Though the clocks of those who assign agree on nothing: what counts is the version that stood on the page."""
    omar, path = world.client(OMAR), f"/cycles/{world.cycle.id}/assign"
    choosing = f"{path}?evaluation_ids={world.evaluation_id}"
    hidden, seen = form_of(omar, choosing), chosen_on(omar, choosing)
    assert seen == [f"{world.evaluation_id}@{world.evaluation().version}"]
    chosen = {**hidden, "evaluations": seen, "reason": "Leave"}
    assert omar.post(path, data={**chosen, "evaluator_id": str(SVEN)}).status_code == 303
    late = omar.post(path, data={**chosen, **form_of(omar, choosing), "evaluator_id": str(RUTH)})
    assert late.status_code == 422
    assert "gave the evaluation of María José Núñez-Ó Briain to Sven Åkesson meanwhile" in late.text
    assert f'value="{world.evaluation_id}@{world.evaluation().version}" checked' in late.text, (
        "and it can be sent again"
    )
    assert world.evaluation().evaluator_id == SVEN


@pytest.mark.parametrize(
    ("written", "status", "words"),
    [
        ("{id}", 422, "Choose them on the board again"),
        ("{id}@", 422, "Choose them on the board again"),
        ("{id}@-1", 422, "Choose them on the board again"),
        ("{id}@99999999999999999999", 422, "Choose them on the board again"),
        ("{id}@999", 412, "version"),
    ],
)
def test_an_evaluation_whose_version_is_not_said_is_given_to_nobody(
    world: World, written: str, status: int, words: str
) -> None:
    omar, path = world.client(OMAR), f"/cycles/{world.cycle.id}/assign"
    hidden = form_of(omar, f"{path}?evaluation_ids={world.evaluation_id}")
    chosen = {"evaluations": written.format(id=world.evaluation_id), "reason": "Leave", "evaluator_id": str(SVEN)}
    answer = omar.post(path, data={**hidden, **chosen})
    assert answer.status_code == status
    assert words in answer.text
    assert world.evaluation().evaluator_id == RUTH


def test_an_evaluation_is_assigned_within_its_own_cycle(world: World) -> None:
    omar = world.client(OMAR)
    dates = {"first_day": "2027-09-01", "last_day": "2028-06-15", "agreement_hash": world.agreement.content_hash}
    made = omar.post("/cycles/new", data={**form_of(omar, "/cycles/new"), "title": "The year after", **dates})
    path = made.headers["Location"].removeprefix("/teacher").replace("/add", "/assign")
    seen = f"{world.evaluation_id}@{world.evaluation().version}"
    chosen = {"evaluations": [seen], "reason": "Leave", "evaluator_id": str(SVEN)}
    assert omar.post(path, data={**form_of(omar, "/cycles/new"), **chosen}).status_code == 404
    assert world.evaluation().evaluator_id == RUTH


def test_an_unknown_evaluation_is_not_found_when_assigning(world: World) -> None:
    omar = world.client(OMAR)
    path = f"/cycles/{world.cycle.id}/assign"
    hidden = form_of(omar, f"{path}?evaluation_ids={world.evaluation_id}")
    answer = omar.post(path, data={**hidden, "evaluations": f"{new_id()}@1", "evaluator_id": str(SVEN), "reason": "x"})
    assert answer.status_code == 404


def test_bulk_assignment_is_all_or_nothing(world: World) -> None:
    world.do(
        AssignEvaluator(
            evaluation_id=world.evaluation_id, actor_id=OMAR, office=True, evaluator_id=SVEN, reason="Leave"
        ),
        START,
    )
    omar = world.client(OMAR)
    path = f"/cycles/{world.cycle.id}/assign"
    hidden = form_of(omar, f"{path}?evaluation_ids={world.evaluation_id}")
    both = [f"{world.evaluation_id}@{world.evaluation().version}", f"{new_id()}@1"]
    data = {**hidden, "evaluations": both, "evaluator_id": str(RUTH), "reason": "Back"}
    assert omar.post(path, data=data).status_code == 404
    assert world.evaluation().evaluator_id == SVEN
