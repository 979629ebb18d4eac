"""The same reports over JSON, under the same policy."""

from collections.abc import Mapping, Sequence
from typing import Any

import flask_smorest
from flask.views import MethodView
from marshmallow import RAISE

from services.reporting.policy import AUDIT, BOARD, RATINGS, sees_everything
from services.reporting.releases import NOT_APPLICABLE
from services.reporting.reports.audit import RecordStep, record
from services.reporting.reports.entries import Entry, Wanted, entries
from services.reporting.reports.names import names
from services.reporting.reports.ratings import Class, PublishedRow, Series, component_levels, final_levels, totals
from services.reporting.web import schemas as s
from services.reporting.web.asked import (
    PAGE,
    after_asked,
    cycle_asked,
    id_after_asked,
    is_mark,
    mark_after_asked,
    named_asked,
    place_asked,
    series_asked,
    today,
)
from services.reporting.web.audit import audit_place
from services.reporting.web.boards import Board, district_board, evaluator_board, own_board, school_board
from services.reporting.web.completion import as_it_is_seen
from services.reporting.web.ratings import rule_words
from shared.clock import local_date
from shared.web.access import Rule, holding
from shared.web.context import connection, district_id, viewer, zone
from shared.web.language import gettext as _
from shared.web.problems import not_found

RULES: dict[str, Rule] = {
    "cycles_api.Cycles": holding(*dict.fromkeys((*BOARD, *AUDIT))),
    "completion_api.Completion": holding(*BOARD),
    "completion_api.Entries": holding(*BOARD),
    "ratings_api.Ratings": holding(*RATINGS),
    "ratings_api.Rubric": holding(*RATINGS),
    "audit_api.Audit": holding(*AUDIT),
    "audit_api.Entries": holding(*AUDIT),
    "audit_api.Record": holding(*AUDIT),
}


def _blueprint(name: str, path: str, description: str) -> flask_smorest.Blueprint:
    return flask_smorest.Blueprint(name, __name__, url_prefix=f"/api/v1/{path}", description=description)


cycles = _blueprint("cycles_api", "cycles", "Cycles that reports can be asked about.")
completion = _blueprint("completion_api", "completion", "Who has done what, and what is late.")
ratings = _blueprint(
    "ratings_api",
    "ratings",
    "Published figures about ratings. No number counts fewer than the minimum, and none that does can be had by subtracting "
    "these from one another. Tracks are told elsewhere, whatever their size; see the audit.",
)
audit = _blueprint(
    "audit_api",
    "audit",
    "The procedure, step by step, without names, ratings or text. The steps of an evaluation show its track. Where a track "
    "is open only to people with a good enough last result, that is told of whoever is on it, and the number of the others "
    "may be how many had a lower one, or none. The minimum of the figures about ratings does not hold here.",
)
BLUEPRINTS = (cycles, completion, ratings, audit)


@cycles.route("")
class Cycles(MethodView):
    @cycles.response(200, s.CycleOut(many=True))
    def get(self) -> Any:
        """Cycles, newest first"""
        return cycle_asked()[1]


def _board(board: Board) -> dict[str, Any]:
    return {
        "cycle": board.cycle,
        "as_of": today(),
        "total": board.steps.total,
        "steps": board.steps.rows,
        "schools": board.schools,
        "evaluators": board.evaluators,
        "evaluations": board.people,
        "next": str(board.more) if board.more is not None else None,
    }


@completion.route("")
class Completion(MethodView):
    @completion.arguments(s.PlaceQuery, location="query", unknown=RAISE)
    @completion.response(200, s.BoardOut)
    def get(self, asked: dict[str, Any]) -> Any:
        """The board of the district, a school or an evaluator

        Who does not see the whole district gets, without a school, the schools that are theirs.
        """
        cycle, _found = cycle_asked()
        if cycle is None:
            raise not_found(_("this cycle"))
        place = place_asked(cycle.cycle_id, asked["school"], asked["evaluator"])
        if place.scope == "district" and not sees_everything(viewer()):
            own = own_board(cycle, viewer())
            rows = {row.school_id: row for row in (*own.evaluated, *own.schools)}
            empty: dict[str, Any] = {"total": None, "steps": [], "evaluators": [], "evaluations": [], "next": None}
            return {"cycle": cycle, "as_of": today(), "schools": list(rows.values()), **empty}
        place = as_it_is_seen(place)
        if place.scope == "district":
            return _board(district_board(cycle, id_after_asked(), named_asked(), PAGE))
        if place.scope == "school":
            return _board(school_board(cycle, place, by_name=True))
        return _board(evaluator_board(cycle, place, mark_after_asked(), by_name=True))


@completion.route("/entries")
class Entries(MethodView):
    @completion.arguments(s.EntriesQuery, location="query", unknown=RAISE)
    @completion.response(200, s.EntriesOut)
    def get(self, asked: dict[str, Any]) -> Any:
        """The entries behind one number, by due date"""
        cycle, _found = cycle_asked()
        if cycle is None:
            raise not_found(_("this cycle"))
        place = as_it_is_seen(place_asked(cycle.cycle_id, asked["school"], asked["evaluator"]))
        rows, following = _page(Wanted(place, asked["column"], asked["step"]))
        people = names(connection(), district_id(), place, [row.evaluation_id for row in rows]).people
        found = [
            {
                "evaluation_id": row.evaluation_id,
                "name": people.get(row.evaluation_id, (None,))[0],
                **_step(row),
                "school": row.school,
            }
            for row in rows
        ]
        return {"entries": found, "next": following}


def _page(wanted: Wanted) -> tuple[Sequence[Entry], str | None]:
    rows = entries(connection(), district_id(), wanted, today(), after=after_asked(), most=PAGE + 1)
    return rows[:PAGE], str(rows[PAGE - 1].after) if len(rows) > PAGE else None


def _step(step: Entry | RecordStep) -> dict[str, Any]:
    moments = (step.opened_at, step.done_at, step.held_from, step.document_opened_at)
    days = [local_date(moment, zone()) if moment is not None else None for moment in moments]
    again: dict[str, Any] = {}
    if isinstance(step, RecordStep):
        again["done_earlier_on"] = [local_date(one.done_at, zone()) for one in step.earlier]
        again["held_earlier_on"] = [
            local_date(one.held_from, zone()) if one.held_from else None for one in step.earlier
        ]
        again["opened_earlier_on"] = [
            local_date(one.opened_at, zone()) if one.opened_at else None for one in step.earlier
        ]
        again["due_earlier_on"] = [one.due_on for one in step.earlier]
        again["late_earlier"] = [one.late for one in step.earlier]
    copied = ("step_id", "title", "phase", "clause", "duty", "required", "state", "due_on", "not_before", "done_by")
    return {
        **{name: getattr(step, name) for name in copied},
        **again,
        "late": step.late or step.overdue(today()),
        **dict(zip(("opened_on", "done_on", "held_on", "document_opened_on"), days, strict=True)),
    }


@ratings.route("")
class Ratings(MethodView):
    @ratings.arguments(s.SeriesQuery, location="query", unknown=RAISE)
    @ratings.response(200, s.RatingsOut)
    def get(self, asked: dict[str, Any]) -> Any:
        """How final levels are spread, as far as that is published"""
        chosen = _series()
        counts = totals(connection(), district_id(), chosen)
        rows = final_levels(connection(), district_id(), chosen)
        return {
            **_head(chosen),
            "opened": counts.opened,
            "delivered": counts.delivered,
            "final": counts.final,
            "ended_early": counts.ended_early,
            "rows": [_published(row, chosen.final_levels) for row in rows],
        }


@ratings.route("/rubric")
class Rubric(MethodView):
    @ratings.arguments(s.RubricQuery, location="query", unknown=RAISE)
    @ratings.response(200, s.RubricOut)
    def get(self, asked: dict[str, Any]) -> Any:
        """How the levels of each component are spread, as far as that is published"""
        chosen = _series()
        rows = component_levels(connection(), district_id(), chosen, asked["part"])
        components = [
            {
                "component_id": one.component_id,
                "title": one.title,
                "levels": _classes(rows[one.component_id].classes, one.levels) if one.component_id in rows else [],
            }
            for one in chosen.components
        ]
        return {**_head(chosen), "part": asked["part"], "components": components}


def _series() -> Series:
    chosen, _found = series_asked()
    if chosen is None:
        raise not_found(_("these results"))
    return chosen


def _head(of: Series) -> dict[str, Any]:
    head = {"series": of.key, "cycle": of.cycle, "agreement": of.agreement, "results_until": of.cut_at}
    return {**head, "minimum": rule_words(of)["minimum"]}


def _published(row: PublishedRow, levels: Sequence[str]) -> dict[str, Any]:
    whole = row.part in ("district", "others")
    return {
        "group": row.part if whole else "school",
        "school_id": None if whole else row.part,
        "school": row.school,
        "levels": _classes(row.classes, levels),
    }


def _classes(found: Sequence[Class], levels: Sequence[str]) -> list[Mapping[str, Any]]:
    labels = {NOT_APPLICABLE: "Not applicable", **dict(enumerate(levels))}
    return [
        {"level_from": labels[one.first], "level_to": labels[one.last], "people": one.people, "percent": one.percent}
        for one in found
    ]


@audit.route("")
class Audit(MethodView):
    @audit.arguments(s.AuditQuery, location="query", unknown=RAISE)
    @audit.response(200, s.AuditOut)
    def get(self, asked: dict[str, Any]) -> Any:
        """Clauses and steps of the district, a school or an evaluator"""
        cycle, place, _evaluator = audit_place()
        if place.scope == "district":
            return _board(district_board(cycle, id_after_asked(), named_asked(), PAGE))
        if place.scope == "school":
            return _board(school_board(cycle, place, by_name=False))
        return _board(evaluator_board(cycle, place, mark_after_asked(), by_name=False))


@audit.route("/entries", endpoint="Entries")
class AuditEntries(MethodView):
    @audit.arguments(s.AuditEntriesQuery, location="query", unknown=RAISE)
    @audit.response(200, s.MarkedEntriesOut)
    def get(self, asked: dict[str, Any]) -> Any:
        """The entries behind one number, by due date"""
        _cycle, place, _evaluator = audit_place()
        rows, following = _page(Wanted(place, asked["column"], asked["step"]))
        found = [
            {"evaluation": row.mark, "evaluator": row.evaluator, "school": row.school, **_step(row)} for row in rows
        ]
        return {"entries": found, "next": following}


@audit.route("/evaluations/<mark>")
class Record(MethodView):
    @audit.response(200, s.RecordOut)
    def get(self, mark: str) -> Any:
        """One evaluation as a dated record of steps"""
        found = record(connection(), district_id(), mark) if is_mark(mark) else None
        if found is None:
            raise not_found(_("this evaluation"))
        return {
            "evaluation": found.mark,
            "cycle": found.cycle,
            "school": found.school,
            "opened_on": local_date(found.opened_at, zone()),
            "closed_on": local_date(found.closed_at, zone()) if found.closed_at is not None else None,
            "ended_early_on": local_date(found.ended_early_at, zone()) if found.ended_early_at is not None else None,
            "evaluators": [each.mark for each in found.assigned],
            "steps": [_step(step) for step in found.steps],
        }
