"""The teacher service in a real browser: a page signed in as anyone of the cast, and its clicks counted."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from shared.clock import now
from shared.web.session import cookie_name
from tests.support.annual_cycle import DISTRICT
from tests.support.teacher_world import World
from tests.support.web import token_for

COUNT_CLICKS = """
addEventListener('click', (event) => {
  if (event.detail === 0) return;  // pressed with a key
  sessionStorage.setItem('clicks', Number(sessionStorage.getItem('clicks') ?? 0) + 1);
}, true);
"""


@pytest.fixture
def open_as(new_page: Callable[..., Any], serve: Callable[[Flask], str], world: World) -> Callable[..., Any]:
    """person, options of a browser context -> a page that carries their session; `page.home` is the evaluation's address."""
    address = serve(world.app)

    def make(person_id: UUID, *, at: datetime | None = None, **options: Any) -> Any:
        page = new_page(**options)
        token = token_for(
            world.settings, person_id=person_id, district_id=DISTRICT, at=at or world.app.config["CLOCK"]()
        )
        page.context.add_cookies([{"name": cookie_name(world.settings), "value": token, "url": address}])
        page.add_init_script(COUNT_CLICKS)
        page.home = f"{address}/teacher/evaluations/{world.evaluation_id}"
        return page

    return make


def clicks(page: Any) -> int:
    """Real clicks on this page's tab since it was opened, on every page it showed."""
    return int(page.evaluate("Number(sessionStorage.getItem('clicks') ?? 0)"))


@pytest.fixture
def at_work(world: World) -> World:
    """Goals are agreed; it is now, by the world's clock as by the browser's, a quarter of an hour from where it will be."""
    world.play(3)
    begun = now() - timedelta(minutes=15)
    world.set_clock(begun)
    return world
