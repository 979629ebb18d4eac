"""Every route as every role, as a person of another district, and as nobody, against what is meant."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.reporting.marks import Marks
from tests.support.reporting import SECRET
from tests.support.reports import NOW, Reports
from tests.support.web import sign_in

OFFICE = frozenset({"hr", "superintendent", "district_administrator"})
BOARD = OFFICE | {"principal", "site_administrator"}
AUDIT = OFFICE | {"union_representative"}
EVERYONE = AUDIT | BOARD | {"system_administrator", "board_member", "teacher"}
PUBLIC = ("static", "shell.", "api_docs.", "drafts.", "unsent.")
"""The shell's own routes; its tests walk them."""


def routes(reports: Reports) -> dict[str, tuple[str, frozenset[str]]]:
    """endpoint -> (an address of it, who is let in). Own school and own people are what the principal asks for."""
    world = reports.world
    marks = Marks(SECRET)
    school, principal = world.schools[0], world.principals[world.schools[0]]
    evaluator = marks.evaluator(world.district_id, world.cycle_id, school, principal)
    evaluation = marks.evaluation(world.district_id, world.stories[0].evaluation_id)
    led = OFFICE | {"principal"}
    return {
        "reports.index": ("/", EVERYONE),
        "completion.district": ("/completion", BOARD),
        "completion.school": (f"/completion/schools/{school}", led),
        "completion.evaluator": (f"/completion/schools/{school}/evaluators/{principal}", led),
        "completion.entries": (f"/completion/entries?school={school}&column=done", led),
        "completion.file": (f"/completion/file.csv?school={school}", led),
        "ratings.levels": ("/ratings", OFFICE),
        "ratings.levels_file": ("/ratings.csv", OFFICE),
        "ratings.rubric": ("/rubric", OFFICE),
        "ratings.rubric_file": ("/rubric.csv", OFFICE),
        "audit.district": ("/audit", AUDIT),
        "audit.school": (f"/audit/schools/{school}", AUDIT),
        "audit.unassigned": (f"/audit/schools/{school}/unassigned", AUDIT),
        "audit.evaluator": (f"/audit/evaluators/{evaluator}", AUDIT),
        "audit.evaluation": (f"/audit/evaluations/{evaluation}", AUDIT),
        "audit.entries": ("/audit/entries?column=late", AUDIT),
        "audit.file": ("/audit/counts.csv", AUDIT),
        "audit.record_file": ("/audit/record.csv", AUDIT),
        "cycles_api.Cycles": ("/api/v1/cycles", BOARD | AUDIT),
        "completion_api.Completion": (f"/api/v1/completion?school={school}", led),
        "completion_api.Entries": (f"/api/v1/completion/entries?school={school}", led),
        "ratings_api.Ratings": ("/api/v1/ratings", OFFICE),
        "ratings_api.Rubric": ("/api/v1/ratings/rubric", OFFICE),
        "audit_api.Audit": ("/api/v1/audit", AUDIT),
        "audit_api.Entries": ("/api/v1/audit/entries", AUDIT),
        "audit_api.Record": (f"/api/v1/audit/evaluations/{evaluation}", AUDIT),
    }


def get(client: FlaskClient, path: str) -> Any:
    return client.get("/reports" + path, headers={"X-Request-Id": "0" * 32})


def test_every_route_is_walked(reports: Reports) -> None:
    there = {rule.endpoint for rule in reports.app.url_map.iter_rules() if not rule.endpoint.startswith(PUBLIC)}
    assert there == set(routes(reports))


@pytest.mark.parametrize("role", sorted(EVERYONE))
def test_each_role_sees_what_is_its_own(reports: Reports, role: str) -> None:
    client = reports.client(role)
    wrong = {}
    for endpoint, (path, allowed) in routes(reports).items():
        status = get(client, path).status_code
        if status != (200 if role in allowed else 403):
            wrong[endpoint] = status
    assert wrong == {}


def test_nobody_is_sent_to_sign_in(reports: Reports) -> None:
    client = reports.app.test_client()
    for path, _allowed in routes(reports).values():
        answer = get(client, path)
        assert answer.status_code == (401 if path.startswith("/api/") else 303), path


def test_another_district_finds_nothing_of_this_one(reports: Reports) -> None:
    """The other district's HR may open every page; no word of this district's is on any, and its things are not found."""
    client = reports.client("hr", world=reports.elsewhere)
    world = reports.world
    ours = {str(world.cycle_id), *map(str, world.schools), *(f"Family{number}<" for number in range(8, 36))}
    for endpoint, (path, _allowed) in routes(reports).items():
        answer = get(client, path)
        particular = any(str(school) in path for school in world.schools) or re.search(r"/[a-z2-7]{16}$", path)
        empty_is_fine = endpoint in {"completion.entries", "completion.file", "completion_api.Entries"}
        if particular and not empty_is_fine and "api" not in endpoint:
            assert answer.status_code == 404, endpoint
        if answer.status_code == 200:
            asked = path.partition("school=")[2][:36]
            assert not [word for word in ours if word in answer.text and word != asked], endpoint


def test_a_principal_sees_no_other_school_and_an_assistant_only_own_people(reports: Reports) -> None:
    world = reports.world
    other, evaluator = world.schools[1], world.principals[world.schools[1]]
    places = (
        f"/completion/schools/{other}",
        f"/completion/schools/{other}/evaluators/{evaluator}",
        f"/completion/entries?school={other}",
        f"/completion/file.csv?school={other}",
        "/completion/file.csv",
        "/completion/entries?column=late",
        f"/completion/schools/{world.cycle_id}",
        "/completion/schools/none",
        f"/api/v1/completion?school={other}",
        f"/api/v1/completion/entries?school={other}",
    )
    for role in ("principal", "site_administrator"):
        client = reports.client(role)
        for path in places:
            assert get(client, path).status_code == 403, (role, path)
    mine = f"/completion/schools/{other}/evaluators/{world.assistant}"
    assert get(reports.client("site_administrator"), mine).status_code == 404  # theirs to see, and nobody is there
    own = get(reports.client("principal"), "/completion").text
    assert str(other) not in own
    assert str(world.schools[0]) in own
    rows = get(reports.client("principal"), "/api/v1/completion").json["schools"]
    assert [row["school_id"] for row in rows] == [str(world.schools[0])]


def test_who_has_left_sees_nothing(reports: Reports) -> None:
    """A session of nobody the directory knows leads to sign-in."""
    client = sign_in(reports.app, person_id=reports.world.cycle_id, district_id=reports.world.district_id, at=NOW)
    assert get(client, "/completion").status_code == 303


def test_refusals_do_not_tell_what_exists(reports: Reports) -> None:
    """For the union representative, results that exist and results that do not are refused alike, to the letter."""
    client = reports.client("union_representative")
    world = reports.world
    there, nowhere = f"{world.cycle_id}.agreement-1", f"{world.district_id}.agreement-2"  # of one length
    pairs = [
        (f"/ratings?series={there}", f"/ratings?series={nowhere}"),
        (f"/ratings.csv?series={there}", f"/ratings.csv?series={nowhere}"),
        (f"/rubric?series={there}&part=others", f"/rubric?series={nowhere}&part=nobody"),
        (f"/completion/schools/{world.schools[0]}", f"/completion/schools/{world.district_id}"),
    ]
    for real, unreal in pairs:
        answers = [get(client, path) for path in (real, unreal)]
        assert [answer.status_code for answer in answers] == [403, 403]
        assert without_address(answers[0].text) == without_address(answers[1].text)
        assert dict(answers[0].headers) == dict(answers[1].headers)
    for real, unreal in [(f"/api/v1/ratings?series={there}", "/api/v1/ratings?series=no-such-thing")]:
        assert get(client, real).data == get(client, unreal).data
    assert get(client, "/results/there").status_code == get(client, "/no/such/page").status_code == 404


def without_address(words: str) -> str:
    """The page without what only repeats the address that was asked for, and without its form's token."""
    words = re.sub(r'name="csrf" value="[^"]*"', "", words)
    words = re.sub(r"/reports/[^\s\"<]*", "", words)
    return re.sub(r"Printed from Accord[^<]*", "", words)


@pytest.mark.parametrize(("role", "links"), [("hr", True), ("principal", True), ("superintendent", False)])
def test_names_lead_to_the_evaluation_for_those_it_opens_to(reports: Reports, role: str, links: bool) -> None:
    """A superintendent sees who is how far; no name of the list is a way that would end at a closed door."""
    school = reports.world.schools[0]
    principal = reports.world.principals[school]
    for path in (
        f"/completion/schools/{school}/evaluators/{principal}",
        f"/completion/entries?school={school}&evaluator={principal}&column=required",
    ):
        html = get(reports.client(role), path).get_data(as_text=True)
        assert ('href="/teacher/evaluations/' in html) is links, path
        assert 'scope="row"' in html
