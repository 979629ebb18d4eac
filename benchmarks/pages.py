"""Pages on their own: how many statements each takes, how heavy its first load is, and what a hundred times the staff cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from uuid import UUID

import structlog
from flask import Flask
from sqlalchemy import Text, cast, event, func, select

from accord import services
from accord.demo.load import DISTRICT_ID
from benchmarks.district import SERVICE, engine_of, person_ids, present_cycle
from benchmarks.figures import Round, median_ratio, percentile
from benchmarks.load import interleave, run_round
from benchmarks.visitor import VisitError, Visitor
from benchmarks.writers import Reader
from services.evaluation.core.store import tables as teacher
from services.evaluation.core.store.repository import decode_evaluation
from shared.config import load_settings
from shared.db import transaction

PRINCIPAL, HR, REPRESENTATIVE, ADMINISTRATOR = "r.alvarez", "d.quintanilla", "i.okafor", "a.brightwater"
PEOPLE = (PRINCIPAL, HR, REPRESENTATIVE, ADMINISTRATOR)
"""Whose sessions the pages are asked for with."""
HOME, EVALUATION = "home", "evaluation"
_SECONDS, _ROUNDS = 0.25, 8


@dataclass(frozen=True)
class Page:
    """A page somebody lands on. `path` as the browser knows it."""

    name: str
    who: str
    path: str

    @property
    def service(self) -> str:
        """The service that answers it."""
        return {"home": "notifications", "reports": "reporting"}.get(found := self.path.split("/")[1], found)


def pages(environment: Mapping[str, str]) -> list[Page]:
    """The pages of the main job. The evaluation is the principal's fullest of the year under way."""
    (principal,) = person_ids(environment, [PRINCIPAL])
    cycle_id, evaluation_id, occasion_id = _fullest(environment, principal)
    evaluation = f"/teacher/evaluations/{evaluation_id}"
    return [
        Page(HOME, PRINCIPAL, "/home/"),
        Page("home of the office", HR, "/home/"),
        Page("inbox", PRINCIPAL, "/home/inbox"),
        Page("staff list", PRINCIPAL, "/teacher/people"),
        Page(EVALUATION, PRINCIPAL, evaluation),
        Page("observation", PRINCIPAL, f"{evaluation}/occasions/{occasion_id}"),
        Page("record", PRINCIPAL, f"{evaluation}/record"),
        Page("cycles", HR, "/teacher/cycles"),
        Page("cycle board", HR, f"/teacher/cycles/{cycle_id}"),
        Page("completion", HR, "/reports/completion"),
        Page("ratings", HR, "/reports/ratings"),
        Page("audit", REPRESENTATIVE, "/reports/audit"),
        Page("people", ADMINISTRATOR, "/directory/people"),
        Page("schools", ADMINISTRATOR, "/directory/schools"),
    ]


def _fullest(environment: Mapping[str, str], evaluator: UUID) -> tuple[UUID, UUID, UUID]:
    """Cycle, evaluation and its first occasion."""
    e = teacher.evaluation
    with engine_of(SERVICE, environment) as engine, transaction(engine, DISTRICT_ID) as connection:
        cycle = present_cycle(connection)
        row = connection.execute(
            select(e.c.evaluation_id, e.c.state)
            .where(e.c.district_id == DISTRICT_ID, e.c.cycle_id == cycle.id, e.c.evaluator_id == evaluator)
            .order_by(func.length(cast(e.c.state, Text)).desc(), e.c.evaluation_id)
            .limit(1)
        ).one()
        return cycle.id, row.evaluation_id, decode_evaluation(row.state).occasions[0].id


def statements(
    environment: Mapping[str, str], wanted: Sequence[Page], visitors: Mapping[str, Visitor]
) -> dict[str, int]:
    """Page -> statements of one visit, counted in the service's own application; the first visit only warms up."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    apps = {name: _counted(name, environment) for name in {page.service for page in wanted}}
    found = {}
    for page in wanted:
        app, seen = apps[page.service]
        for _ in range(2):
            seen.clear()
            _visit(app, page, visitors[page.who])
        found[page.name] = len(seen)
    for app, _ in apps.values():
        app.extensions["accord.engine"].dispose()
    return found


def _counted(service: str, environment: Mapping[str, str]) -> tuple[Flask, list[str]]:
    app = services.BY_NAME[service].create_app(load_settings(service, environment))
    seen: list[str] = []

    @event.listens_for(app.extensions["accord.engine"], "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    return app, seen


def _visit(app: Flask, page: Page, visitor: Visitor) -> None:
    prefix, path = f"/{page.path.split('/')[1]}", "/" + page.path.split("/", 2)[2]
    answer = app.test_client(use_cookies=False).get(
        path, base_url=f"http://127.0.0.1{prefix}", headers={"Cookie": visitor.cookie, "Accept": "text/html"}
    )
    if answer.status_code != 200:
        raise VisitError(f"{page.path} answers {answer.status_code} {answer.headers.get('Location', '')}")


def growth(
    wanted: Sequence[Page], small: Mapping[str, Visitor], grown: Mapping[str, Visitor]
) -> dict[str, tuple[float, float]]:
    """Page -> its time with the grown staff to that with the small, and the small one's time (ms): one visitor, taking turns."""
    found = {}
    for page in wanted:
        sides = {"small": small[page.who], "grown": grown[page.who]}
        rounds = interleave({name: _reading(visitor, page.path) for name, visitor in sides.items()}, _ROUNDS)
        times = {name: [percentile(one.latencies, 0.5) for one in rounds[name]] for name in sides}
        found[page.name] = (median_ratio(times["grown"], times["small"]), median(times["small"]) * 1000)
    return found


def _reading(visitor: Visitor, path: str) -> Any:
    def read() -> Round:
        measured = run_round(visitor.port, [Reader([visitor.as_bytes(path)])], _SECONDS)
        if set(measured.statuses) != {200}:
            raise VisitError(f"{path} answers {dict(measured.statuses)}")
        return measured

    return read
