"""An agreement is of the district that ratified it, also in a process that has read it for another."""

import pytest

from tests.integration.test_office import form_of
from tests.support.annual_cycle import OMAR
from tests.support.teacher_world import OTTO, World

DAYS = {"first_day": "2026-08-26", "last_day": "2027-06-18"}


@pytest.mark.parametrize("days", [DAYS, {**DAYS, "last_day": "2026-10-01"}, {**DAYS, "first_day": "2019-08-26"}])
def test_nothing_of_another_district_s_agreement_is_told_or_used(world: World, days: dict[str, str]) -> None:
    body = {"title": "Ours", "agreement_hash": world.agreement.content_hash, **days}
    assert world.bearer(OMAR).get(f"/api/v1/agreements/{world.agreement.content_hash}").status_code == 200
    refused = world.bearer(OTTO).post("/api/v1/cycles", json=body)
    assert refused.status_code == 422, refused.text
    assert [one["pointer"] for one in refused.json["errors"]] == ["#/agreement_hash"]
    otto = world.client(OTTO)
    page = otto.post("/cycles/new", data={**form_of(otto, "/cycles/new"), **body})
    assert page.status_code == 422
    for told in ("Set goals", "in force"):
        assert told not in refused.text
