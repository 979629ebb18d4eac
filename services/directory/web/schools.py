"""Schools: those of the roster, those entered by hand, and the links for a whole school's staff."""

import csv
import io
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from marshmallow import fields, validate

from services.directory.commands import AddSchool, ChangeSchool
from services.directory.handlers import district as handlers
from services.directory.handlers.people import MANAGING
from services.directory.signin.links import make_links
from services.directory.store.people_queries import staff_without_password
from services.directory.store.place_queries import AskedSchools, list_schools
from services.directory.web.answering import answering, refuse_form_of_roster, required_seen_version, writing
from shared.clock import local_date
from shared.web.access import Rule, holding
from shared.web.context import clock, connection, district_id, zone
from shared.web.context import writing as lasting
from shared.web.forms import Form, FormInvalid, Schema, open_form, parse
from shared.web.language import gettext as _
from shared.web.lines import Words
from shared.web.links import settings
from shared.web.once import once
from shared.web.paging import Stretch, asked_page
from shared.web.problems import not_found, refused

RULES: dict[str, Rule] = {
    f"schools.{name}": holding(*sorted(MANAGING)) for name in ("index", "add", "edit", "change", "links")
}
_PAGE = 10
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")


class SchoolForm(Schema):
    name = Words(required=True, validate=validate.Length(min=1, max=200))
    another = fields.Boolean(load_default=False)


class SchoolChange(SchoolForm):
    active = fields.Boolean(load_default=False)


def make() -> Blueprint:
    blueprint = Blueprint("schools", __name__, template_folder="templates", url_prefix="/schools")
    blueprint.add_url_rule("", "index", index)
    blueprint.add_url_rule("", "add", once(add), methods=["POST"])
    blueprint.add_url_rule("/<uuid:school_id>/edit", "edit", edit)
    blueprint.add_url_rule("/<uuid:school_id>/edit", "change", once(change), methods=["POST"])
    blueprint.add_url_rule("/links", "links", links, methods=["POST"])
    return blueprint


def index() -> str:
    return _page(open_form(draft="school:new"))


def add() -> Any:
    """Enter a school that no roster brings."""
    try:
        data = parse(SchoolForm)
        with answering():
            handlers.add_school(writing(), AddSchool(**data))
    except FormInvalid as wrong:
        return _page(wrong.form()), 422
    return redirect(url_for("schools.index", said="added"), 303)


def edit(school_id: UUID) -> str:
    row = _find(school_id)
    refuse_form_of_roster("school_from_roster", brought=row.version is None)
    stored = {"name": row.name, "active": "yes" if row.active else ""}
    return _edit_page(row, open_form(stored, version=str(row.version), draft=f"school:{school_id}@{row.version}"))


def change(school_id: UUID) -> Any:
    """Rename, close or open a school entered by hand."""
    row = _find(school_id)
    try:
        data = parse(SchoolChange)
        with answering():
            handlers.change_school(writing(), ChangeSchool(school_id, required_seen_version(), **data))
    except FormInvalid as wrong:
        return _edit_page(row, wrong.form()), 422
    return redirect(url_for("schools.index", said="changed"), 303)


def links() -> Response:
    """A list of fresh links for everyone at a school (or in the district) who has set no password yet, as CSV.

    The links exist in this answer alone. Formulas a name might hold are defused, for the list is opened in a spreadsheet.
    """
    school_id = request.form.get("school", type=UUID)
    today = local_date(clock(), zone())
    with lasting():
        staff = staff_without_password(connection(), district_id(), school_id, today)
        if not staff:
            raise refused(
                "nobody_without_password",
                _("Nobody there needs a link"),
                _("Everyone who can sign in has set a password."),
                _("To let somebody set a new one, open their page and make a link there."),
            )
        with answering():
            made = {link.person_id: link for link in make_links(writing(), [row.person_id for row in staff])}
    base = f"{settings().public_url}{settings().prefix}"
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow([_("Name"), _("Username"), _("Link"), _("Works until")])
    for row in staff:
        link = made[row.person_id]
        until = local_date(link.expires_at, zone()).isoformat()
        sheet.writerow([defused(f"{row.given_name} {row.family_name}"), defused(row.username), base + link.path, until])
    return Response(
        "\ufeff" + out.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="accord-links.csv"', "Cache-Control": "no-store"},
    )


def defused(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _find(school_id: UUID) -> Any:
    today = local_date(clock(), zone())
    for row in list_schools(connection(), district_id(), today, AskedSchools(school_id=school_id)):
        return row
    raise not_found(_("this school"))


def _page(form: Form) -> str:
    number, size = asked_page(size=_PAGE)
    words = request.args.get("q", "").strip()[:100]
    asked = AskedSchools(words, limit=size + 1, offset=(number - 1) * size, whether_lacking=True)
    rows = list_schools(connection(), district_id(), local_date(clock(), zone()), asked)
    return render_template(
        "directory/schools.html",
        rows=rows[:size],
        page=Stretch(number, len(rows) > size),
        words=words,
        form=form,
        said=request.args.get("said"),
    )


def _edit_page(row: Any, form: Form) -> str:
    return render_template("directory/school_edit.html", row=row, form=form)
