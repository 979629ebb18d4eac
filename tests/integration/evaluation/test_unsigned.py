"""A signature that never comes: from the day after it was due the evaluator notes it, by page and API; everyone reads it."""

from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.evaluation.core.domain import commands as c
from shared.contracts.directory import PersonChanged, RoleHeld
from shared.web.wording import day
from tests.integration.evaluation.test_forms_and_ending import before
from tests.support.annual_cycle import MARIA, OMAR, RUTH, SCHOOL, SVEN
from tests.support.forms import hidden, send
from tests.support.teacher_world import NAMES, OTTO, TOM, UNA, World

NOTE = "Asked by e-mail on 3 February, and in person on the 12th."
SAID = "Not signed, as noted by Ruth Alvarez"
BUTTON = 'value="unsigned"'


def asked_for(world: World, *, passed: bool = True) -> str:
    """The year up to a summative that was opened and not signed, on the last day for it or the day after; the address."""
    base = before(world, c.Sign)
    evaluation = world.evaluation()
    due = evaluation.steps["signature"].due_on
    assert due is not None
    noon = datetime.combine(due, time(12), ZoneInfo(evaluation.zone))
    world.set_clock(noon + timedelta(days=1) if passed else noon)
    return base


def last_day(world: World) -> str:
    due = world.evaluation().steps["signature"].due_on
    assert due is not None
    return day(due)


def test_until_the_last_day_has_ended_the_pages_say_from_when_it_may_be_noted(world: World) -> None:
    base = asked_for(world, passed=False)
    ruth, maria = world.client(RUTH), world.client(MARIA)
    page = ruth.get(f"{base}/sign").text
    assert "Not signed yet." in page
    assert f"to sign, or to refuse to, by {last_day(world)}." in page
    assert BUTTON not in page, "no button that would be refused"
    from_then = "on you may note that it was not signed."
    for path in (f"{base}/sign", base, f"{base}/close"):
        assert from_then in ruth.get(path).text, path
    for other in (maria, world.client(OMAR)):
        assert from_then not in other.get(base).text
    own = maria.get(f"{base}/sign").text
    assert f"If you do neither by the end of {last_day(world)}, Ruth Alvarez may note" in own
    version = str(world.evaluation().version)
    early = world.bearer(RUTH).post(f"{base}/sign", data={"do": "unsigned", "note": NOTE, "version": version})
    assert early.status_code == 409
    assert f"until the end of {last_day(world)}" in early.text
    assert NOTE in early.text, "nothing typed is lost"
    assert world.evaluation().signature is None


def test_once_it_has_passed_the_evaluator_notes_it_and_everyone_reads_who_did(world: World) -> None:
    base = asked_for(world)
    ruth = world.client(RUTH)
    overview = ruth.get(base).text
    assert "You may note that it was not signed." in overview
    assert f'href="/teacher{base}/sign">Note that it was not signed</a>' in overview
    assert "Note that it was not signed</a>" in ruth.get(f"{base}/close").text
    page = ruth.get(f"{base}/sign").text
    assert "What will happen" in page
    assert "Only you, until you send it. Then María José" in page
    lacking = send(ruth, f"{base}/sign", do="unsigned", note=" ")
    assert lacking.status_code == 422
    assert 'href="#f-note"' in lacking.text and BUTTON in lacking.text
    assert send(ruth, f"{base}/sign", do="unsigned", note=NOTE).status_code == 303
    for person in (MARIA, RUTH, OMAR):
        client = world.client(person)
        for path in (base, f"{base}/sign", f"{base}/copy.html"):
            shown = client.get(path).text
            assert SAID in shown and NOTE in shown, (person, path)
            assert "Signature refused" not in shown, "it is no act of hers"
        record = client.get(f"{base}/record").text
        assert "noted that it was not signed" in record and NOTE in record
        assert "left “Sign the evaluation”" in record


def test_whoever_signs_after_the_day_is_told_that_they_still_can(world: World) -> None:
    base = asked_for(world)
    page = world.client(MARIA).get(f"{base}/sign").text
    assert "If you do neither by the end of" not in page
    assert "has passed. You can still do either until Ruth Alvarez notes that it was not signed." in page
    assert 'value="refuse"' in page


def test_it_goes_on_as_after_a_refusal(world: World) -> None:
    base = asked_for(world)
    ruth, maria = world.client(RUTH), world.client(MARIA)
    assert send(ruth, f"{base}/sign", do="unsigned", note=NOTE).status_code == 303
    assert "not signed" in ruth.get("/people").text, "the strip of steps says it"
    page = maria.get(f"{base}/sign").text
    assert 'value="sign"' not in page and 'value="refuse"' not in page
    assert f'href="/teacher{base}/respond"' in page
    for do in ("sign", "refuse"):
        data = {"do": do, "note": "No", "version": str(world.evaluation().version)}
        refused = world.bearer(MARIA).post(f"{base}/sign", data=data)
        assert refused.status_code == 409
        assert "It has been noted that “Sign the evaluation” was not done in time." in refused.text
    assert send(maria, f"{base}/respond", do="send", text="I was away").status_code == 303
    assert send(ruth, f"{base}/close", do="close").status_code == 303
    assert world.evaluation().closed_at is not None
    assert SAID in maria.get(base).text


@pytest.mark.parametrize("first", [MARIA, RUTH], ids=["who signs", "who notes"])
def test_of_two_at_once_the_second_is_told_who_did_what_and_keeps_what_they_typed(world: World, first: UUID) -> None:
    base = asked_for(world)
    maria, ruth = world.client(MARIA), world.client(RUTH)
    signing = {**hidden(maria.get(f"{base}/sign")), "do": "sign", "note": "Received it"}
    noting = {**hidden(ruth.get(f"{base}/sign")), "do": "unsigned", "note": NOTE}
    acts = [(maria, signing), (ruth, noting)]
    (one, sent), (other, late) = acts if first == MARIA else acts[::-1]
    assert one.post(f"{base}/sign", data=sent).status_code == 303
    refused = other.post(f"{base}/sign", data=late)
    assert refused.status_code == 412
    told = "María José Núñez-Ó Briain: signed" if first == MARIA else "Ruth Alvarez: noted as not signed"
    assert told in refused.text
    assert late["note"] in refused.text
    signature = world.evaluation().signature
    assert signature is not None
    assert (signature.by_id, signature.lacking) == (first, first == RUTH)


def test_what_was_begun_is_kept_as_a_draft_under_its_own_name(world: World) -> None:
    base = asked_for(world)
    ruth = world.client(RUTH)
    ruth.post(f"{base}/sign", data={**hidden(ruth.get(f"{base}/sign")), "note": NOTE, "keep_draft": "1"})
    assert NOTE in ruth.get(f"{base}/sign").text
    unsent = ruth.get("/unsent").text
    assert f'<a href="/teacher{base}/sign">Noting that it was not signed: María José' in unsent and NOTE in unsent
    assert NOTE not in world.client(MARIA).get(f"{base}/sign").text


@pytest.mark.parametrize("by", ["page", "api"])
def test_nobody_but_the_evaluator_of_now_may_note_it(world: World, by: str) -> None:
    """Sven evaluated before Ruth did again; the office, the subject, the union and strangers do not."""
    base = asked_for(world)
    at = world.app.config["CLOCK"]()
    for evaluator in (SVEN, RUTH):
        give = {"evaluation_id": world.evaluation_id, "actor_id": OMAR, "office": True, "evaluator_id": evaluator}
        world.do(c.AssignEvaluator(**give, reason="Leave"), at)  # type: ignore[arg-type]
    version = world.evaluation().version
    asked = {MARIA: 403, OMAR: 403, SVEN: 404, UNA: 404, TOM: 404, OTTO: 404}
    for person, status in asked.items():
        assert _note(world, person, base, by, version) == status, NAMES.get(person)
    lapsed = PersonChanged(
        person_id=RUTH, given_name="Ruth", family_name="Alvarez", email=None, active=True,
        roles=(RoleHeld(role="teacher", school_id=SCHOOL),),
    )  # fmt: skip
    world.tell(lapsed)
    assert _note(world, RUTH, base, by, version) == 404, "whose role has ended"
    assert world.evaluation().version == version


def _note(world: World, person: UUID, base: str, by: str, version: int) -> int:
    client = world.bearer(person)
    if by == "page":
        data = {"do": "unsigned", "note": NOTE, "version": str(version)}
        return client.post(f"{base}/sign", data=data).status_code
    path = f"/api/v1{base}/unsigned"
    return client.post(path, json={"note": NOTE}, headers={"If-Match": f'"{version}"'}).status_code


def test_the_api_notes_it_on_the_version_that_was_seen(world: World) -> None:
    base = asked_for(world, passed=False)
    ruth, path = world.bearer(RUTH), f"/api/v1{base}/unsigned"
    version = world.evaluation().version
    early = ruth.post(path, json={"note": NOTE}, headers={"If-Match": f'"{version}"'})
    assert (early.status_code, early.json["type"]) == (409, "/problems/may_still_sign")
    assert [one["step"] for one in early.json["missing"]] == ["signature"]
    world.set_clock(world.app.config["CLOCK"]() + timedelta(days=1))
    ruth = world.bearer(RUTH)
    assert ruth.post(path, json={"note": NOTE}).status_code == 428
    empty = ruth.post(path, json={"note": ""}, headers={"If-Match": f'"{version}"'})
    assert (empty.status_code, empty.json["errors"][0]["pointer"]) == (422, "#/note")
    noted = ruth.post(path, json={"note": NOTE}, headers={"If-Match": f'"{version}"'})
    assert noted.status_code == 200
    signature = noted.json["state"]["signature"]
    assert (signature["signed"], signature["lacking"], signature["by_id"]) == (False, True, str(RUTH))
    assert noted.json["state"]["steps"]["signature"]["outcome"] == "unsigned"
    stale = world.bearer(MARIA).post(f"/api/v1{base}/signature", json={}, headers={"If-Match": f'"{version}"'})
    assert stale.status_code == 412
    assert "Ruth Alvarez: noted as not signed" in stale.json["detail"]
    document = world.app.test_client().get("/api/openapi.json").json
    assert "post" in document["paths"]["/api/v1/evaluations/{evaluation_id}/unsigned"]


def test_the_agreement_says_who_may_note_it(world: World) -> None:
    content_hash = world.agreement.content_hash
    said = world.bearer(MARIA).get(f"/api/v1/agreements/{content_hash}").json
    for track in said["tracks"]:
        noting = {step["key"]: step["unsigned"] for step in track["steps"]}
        assert noting.pop("signature") == "evaluator"
        assert set(noting.values()) == {None}
    page = world.client(MARIA).get(f"/agreements/{content_hash}").text
    assert page.count("from then on the evaluator may note that it was not signed") == len(said["tracks"])
