"""The reports in the browser: a district large enough that its ratings can be shown, and one that is not."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from shared.config import Settings
from tests.support.reporting import SECRET, World
from tests.support.reports import NOW, Reports, filled
from tests.support.web import token_for


@pytest.fixture
def reports(service_settings: Callable[..., Settings]) -> Reports:
    settings = service_settings("reporting", secret_key=SECRET)
    large = World(seed=21, staff=240, schools=4, finished=0.97)
    small = World(seed=22, staff=36, schools=3, district="south", finished=0.3)
    return filled(settings, large, small, minimum=10)


@pytest.fixture
def open_as(reports: Reports, serve: Callable[[Flask], str], new_page: Callable[..., Any]) -> Callable[..., Any]:
    """role, path, world?, options of the browser -> a page there, signed in."""
    base = serve(reports.app)

    def make(role: str, path: str, *, world: World | None = None, **options: Any) -> Any:
        chosen = world or reports.world
        page = new_page(timezone_id="America/Los_Angeles", **options)
        ids = {"person_id": chosen.somebody(role), "district_id": chosen.district_id}
        token = token_for(reports.settings, at=NOW, **ids)
        page.context.add_cookies([{"name": "accord_session", "value": token, "url": base}])
        page.goto(base + path)
        return page

    return make
