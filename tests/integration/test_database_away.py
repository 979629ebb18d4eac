"""With its database down, every address of every service answers in the shell's words, and gives back what was typed."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.routing import Rule

from accord.services import BY_NAME
from shared.config import Settings
from tests.support.postgres import SettingsFactory
from tests.support.web import ALICE, token_for

NOWHERE = "postgresql://accord_web@127.0.0.1:9/none"
TYPED = "A sentence that took an hour"


@pytest.fixture(params=sorted(BY_NAME))
def away(request: pytest.FixtureRequest, service_settings: SettingsFactory) -> tuple[Flask, Settings]:
    settings = service_settings(request.param)
    settings = replace(settings, database_urls=dict.fromkeys(("owner", "web", "worker"), NOWHERE))
    app = BY_NAME[request.param].create_app(settings)
    app.testing = False  # as in a deployment: what nobody foresaw is a page
    return app, settings


def rules(app: Flask, method: str) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if method in (rule.methods or ()) and rule.endpoint != "static")


def address(rule: Rule) -> str:
    """One with something in every place; converters that refuse words get a number that looks like an id."""
    return re.sub(r"<(?:[a-z]+(?:\([^)]*\))?:)?[a-z_]+>", str(ALICE.person_id), rule.rule)


def test_no_page_breaks(away: tuple[Flask, Settings]) -> None:
    app, settings = away
    token = token_for(settings, person_id=ALICE.person_id, district_id=ALICE.district_id)
    client, told = app.test_client(), 0
    for rule in rules(app, "GET"):
        answer = client.get(address(rule), headers={"Authorization": f"Bearer {token}", "Accept": "text/html"})
        assert answer.status_code in (200, 303, 404, 503), (rule.endpoint, answer.text[:300])
        if answer.status_code == 503 and answer.mimetype == "text/html":
            assert "does not answer just now" in answer.text, rule.endpoint
            told += 1
    assert told > 2


def test_no_form_loses_what_was_typed(away: tuple[Flask, Settings]) -> None:
    app, settings = away
    token = token_for(settings, person_id=ALICE.person_id, district_id=ALICE.district_id)
    client, told = app.test_client(), 0
    for rule in rules(app, "POST"):
        if rule.rule.startswith("/api/") or "password" in rule.rule:
            continue
        form = {"csrf": "x", "once": "k", "title": TYPED}
        answer = client.post(
            address(rule), data=form, headers={"Authorization": f"Bearer {token}", "Accept": "text/html"}
        )
        assert answer.status_code < 500 or answer.status_code == 503, (rule.endpoint, answer.text[:300])
        if answer.status_code == 503:
            assert TYPED in answer.text, rule.endpoint
            told += 1
    assert told > 0
