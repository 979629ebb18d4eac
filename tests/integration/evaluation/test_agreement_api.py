"""One agreement over JSON: whoever is signed in learns from it every id that is to be sent."""

import pytest

from services.evaluation.core.domain import commands as c
from tests.support.annual_cycle import MARIA, OMAR, RUTH
from tests.support.teacher_world import OTTO, UNA, World


def test_it_holds_every_id_of_a_years_commands(world: World) -> None:
    ruth = world.bearer(RUTH)
    named = ruth.get(f"/api/v1/evaluations/{world.evaluation_id}").json["agreement_hash"]
    said = ruth.get(f"/api/v1/agreements/{named}").json
    components = {one["id"]: one for one in said["components"]}
    levels = {one["id"]: [level["id"] for level in one["levels"]] for one in said["scales"]}
    track = next(one for one in said["tracks"] if one["title"] == "Comprehensive")
    forms = {one["id"]: {item["id"] for item in one["items"]} for one in said["forms"]}
    of_track = {step["key"]: step for step in track["steps"]}
    for moment in world.year():
        command = moment.command
        if isinstance(command, c.BeginOccasion):
            assert command.type in {one["id"] for one in said["occasion_types"]}
        if isinstance(command, c.SubmitForm):
            assert set(command.answers) <= forms[of_track[command.step]["form_id"]]
        if isinstance(command, c.RecordObservation):
            assert {name for note in command.notes for name in note.components} <= set(components)
        if isinstance(command, c.SendSummative):
            assert set(command.ratings) == set(of_track["summative"]["rates"])
            for name, level in command.ratings.items():
                assert level in levels[components[name]["scale_id"]]
    announced = next(one for one in said["occasion_types"] if one["id"] == "announced")
    assert {"notice", "observation", "feedback"} <= {step["key"] for step in announced["steps"]}


def test_it_says_who_signed_and_by_when_each_step_is_due(world: World) -> None:
    said = world.bearer(MARIA).get(f"/api/v1/agreements/{world.agreement.content_hash}").json
    assert {one["role"] for one in said["parties"]} == {"labor", "management"}
    focused = {step["key"]: step for step in next(one for one in said["tracks"] if one["id"] == "focused")["steps"]}
    assert focused["summative"]["due"] == {"on": "06-01", "first_only": False, "after": None, "days": None}
    assert focused["signature"]["due"] == {"on": None, "first_only": False, "after": "summative", "days": 10}
    assert focused["summative"]["phase"] == "Concluding"
    assert "WA-16" in focused["summative"]["clause"]
    performance = next(one for one in said["scales"] if one["id"] == "performance")
    assert next((level["id"], level["value"]) for level in performance["levels"]) == ("unsatisfactory", "1")


@pytest.mark.parametrize(("person", "status"), [(MARIA, 200), (RUTH, 200), (OMAR, 200), (UNA, 200), (OTTO, 404)])
def test_whoever_may_read_its_page_may_ask_for_it(world: World, person: object, status: int) -> None:
    """Another district has ratified none of that hash."""
    assert world.bearer(person).get(f"/api/v1/agreements/{world.agreement.content_hash}").status_code == status  # type: ignore[arg-type]
    assert world.bearer(person).get("/api/v1/agreements/none").status_code == 404  # type: ignore[arg-type]


def test_the_document_leads_to_it_from_where_its_ids_are_sent(world: World) -> None:
    document = world.app.test_client().get("/api/openapi.json").json
    assert "get" in document["paths"]["/api/v1/agreements/{content_hash}"]
    schemas = document["components"]["schemas"]
    taken = {"AnswersIn": "answers", "OccasionIn": "type", "ContextIn": "components", "SummativeIn": "ratings"}
    for schema, field in taken.items():
        assert "/agreements/{content_hash}" in schemas[schema]["properties"][field]["description"]
