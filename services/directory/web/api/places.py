"""The district, its schools and its calendars over JSON."""

from typing import Any
from uuid import UUID

import flask_smorest
from flask.views import MethodView

from services.directory.commands import (
    AddCalendar,
    AddSchool,
    ChangeCalendar,
    ChangeDistrict,
    ChangeSchool,
    SetDays,
)
from services.directory.handlers import calendars as calendar_handlers
from services.directory.handlers import district as district_handlers
from services.directory.handlers.people import MANAGING
from services.directory.store import place_queries as queries
from services.directory.web.answering import answering, required_seen_version, writing
from services.directory.web.api import shapes
from shared.clock import local_date
from shared.contracts.directory import CalendarDay
from shared.web.access import Rule, holding
from shared.web.context import clock, connection, district_id, zone
from shared.web.forms import on_version
from shared.web.language import gettext as _
from shared.web.once import once
from shared.web.problems import not_found

district = flask_smorest.Blueprint(
    "district_api", __name__, url_prefix="/api/v1/district", description="The district's settings."
)
schools = flask_smorest.Blueprint("schools_api", __name__, url_prefix="/api/v1/schools", description="Schools.")
calendars = flask_smorest.Blueprint(
    "calendars_api", __name__, url_prefix="/api/v1/calendars", description="School years and terms with their days."
)
RULES: dict[str, Rule] = {
    name: holding(*sorted(MANAGING))
    for name in (
        "district_api.District", "schools_api.Schools", "schools_api.One",
        "calendars_api.Calendars", "calendars_api.One", "calendars_api.Days",
    )
}  # fmt: skip


@district.route("")
class District(MethodView):
    @district.response(200, shapes.DistrictOut)
    def get(self) -> Any:
        """Name, time zone, and the share of staff an import may end without being asked"""
        return _district()

    @once
    @district.arguments(shapes.DistrictIn)
    @district.response(200, shapes.DistrictOut)
    @on_version
    def put(self, data: dict[str, Any]) -> Any:
        """Change the settings (If-Match)"""
        with answering():
            district_handlers.change_district(writing(), ChangeDistrict(required_seen_version(), **data))
        return _district()


def _district() -> Any:
    row = queries.find_district(connection(), district_id())
    return dict(row._mapping), 200, {"ETag": f'"{row.version}"'}


@schools.route("")
class Schools(MethodView):
    @schools.response(200, shapes.SchoolOut(many=True))
    def get(self) -> Any:
        """Every school, with its staff counted; closed ones last"""
        return _schools()

    @once
    @schools.arguments(shapes.SchoolIn)
    @schools.response(201, shapes.SchoolOut)
    def post(self, data: dict[str, Any]) -> Any:
        """Enter a school that no roster brings"""
        with answering():
            school_id = district_handlers.add_school(writing(), AddSchool(**data))
        return _school(school_id, 201)


@schools.route("/<uuid:school_id>")
class One(MethodView):
    @once
    @schools.arguments(shapes.SchoolChangeIn)
    @schools.response(200, shapes.SchoolOut)
    @on_version
    def put(self, data: dict[str, Any], school_id: UUID) -> Any:
        """Rename, close or open a school entered by hand (If-Match)"""
        with answering():
            district_handlers.change_school(writing(), ChangeSchool(school_id, required_seen_version(), **data))
        return _school(school_id, 200)


def _schools() -> list[dict[str, Any]]:
    return sorted(_listed(queries.AskedSchools()), key=lambda row: not row["active"])


def _school(school_id: UUID, status: int) -> Any:
    (row,) = _listed(queries.AskedSchools(school_id=school_id))
    return row, status, {"ETag": f'"{row["version"]}"'}


def _listed(asked: queries.AskedSchools) -> list[dict[str, Any]]:
    rows = queries.list_schools(connection(), district_id(), local_date(clock(), zone()), asked)
    return [dict(row._mapping) for row in rows]


@calendars.route("")
class Calendars(MethodView):
    @calendars.response(200, shapes.CalendarLineOut(many=True))
    def get(self) -> Any:
        """Calendars, the newest first"""
        return [dict(row._mapping) for row in queries.list_calendars(connection(), district_id())]

    @once
    @calendars.arguments(shapes.CalendarIn)
    @calendars.response(201, shapes.CalendarOut)
    def post(self, data: dict[str, Any]) -> Any:
        """Enter a school year by hand"""
        with answering():
            calendar_id = calendar_handlers.add_calendar(writing(), AddCalendar(**data))
        return _calendar(calendar_id, 201)


@calendars.route("/<uuid:calendar_id>", endpoint="One")
class OneCalendar(MethodView):
    @calendars.response(200, shapes.CalendarOut)
    def get(self, calendar_id: UUID) -> Any:
        """One calendar with its days; the version stands in the ETag"""
        return _calendar(calendar_id)

    @once
    @calendars.arguments(shapes.CalendarChangeIn)
    @calendars.response(200, shapes.CalendarOut)
    @on_version
    def put(self, data: dict[str, Any], calendar_id: UUID) -> Any:
        """Change a calendar entered by hand (If-Match)"""
        with answering():
            command = ChangeCalendar(calendar_id, required_seen_version(), **data)
            calendar_handlers.change_calendar(writing(), command)
        return _calendar(calendar_id)


@calendars.route("/<uuid:calendar_id>/days")
class Days(MethodView):
    @once
    @calendars.arguments(shapes.DaysIn)
    @calendars.response(200, shapes.CalendarOut)
    @on_version
    def put(self, data: dict[str, Any], calendar_id: UUID) -> Any:
        """Write the days that are no ordinary school days, whole (If-Match)"""
        days = [CalendarDay(**day) for day in data["days"]]
        with answering():
            calendar_handlers.set_days(writing(), SetDays(calendar_id, required_seen_version(), days))
        return _calendar(calendar_id)


def _calendar(calendar_id: UUID, status: int = 200) -> Any:
    row = queries.find_calendar(connection(), district_id(), calendar_id)
    if row is None:
        raise not_found(_("this calendar"))
    days = [shapes.DayShape().load(one) for one in row.days]
    return {**row._mapping, "days": days}, status, {"ETag": f'"{row.version}"'}
