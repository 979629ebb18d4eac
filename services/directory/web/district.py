"""The district's own settings, and the way in to everything the directory holds."""

from typing import Any
from zoneinfo import available_timezones

from flask import Blueprint, redirect, render_template, request, url_for
from marshmallow import fields, validate

from services.directory.commands import ChangeDistrict
from services.directory.handlers import district as handlers
from services.directory.handlers.people import MANAGING
from services.directory.store.place_queries import find_district
from services.directory.web.answering import answering, required_seen_version, writing
from shared.web.access import Rule, holding, signed_in
from shared.web.context import connection, district_id, viewer
from shared.web.forms import Form, FormInvalid, Schema, open_form, parse
from shared.web.lines import Words
from shared.web.once import once

RULES: dict[str, Rule] = {
    "district.start": signed_in(),
    "district.show": holding(*sorted(MANAGING)),
    "district.change": holding(*sorted(MANAGING)),
}


class DistrictForm(Schema):
    name = Words(required=True, validate=validate.Length(min=1, max=200))
    zone = Words(required=True, validate=validate.Length(max=60))
    guard_percent = fields.Integer(required=True, validate=validate.Range(min=1, max=100))


def make() -> Blueprint:
    blueprint = Blueprint("district", __name__, template_folder="templates")
    blueprint.add_url_rule("/", "start", start)
    blueprint.add_url_rule("/settings", "show", show)
    blueprint.add_url_rule("/settings", "change", once(change), methods=["POST"])
    return blueprint


def start() -> Any:
    """Who manages the directory begins with its people, everyone else with themself."""
    return redirect(url_for("people.index" if viewer().has(*MANAGING) else "me.show"), 303)


def show() -> str:
    row = find_district(connection(), district_id())
    stored = {"name": row.name, "zone": row.zone, "guard_percent": str(row.guard_percent)}
    return _page(open_form(stored, version=str(row.version), draft=f"settings@{row.version}"))


def change() -> Any:
    try:
        data = parse(DistrictForm)
        with answering():
            handlers.change_district(writing(), ChangeDistrict(required_seen_version(), **data))
    except FormInvalid as wrong:
        return _page(wrong.form()), 422
    return redirect(url_for("district.show", said="kept"), 303)


def _page(form: Form) -> str:
    zones = [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name]
    first = [zone for zone in zones if zone[0].startswith(("America/", "Pacific/", "US/"))]
    return render_template("directory/settings.html", form=form, zones=first, said=request.args.get("said"))
