"""School calendars: years with the days that are no ordinary school days."""

from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from marshmallow import fields, validate

from services.directory.calendar_csv import KINDS, read_calendar
from services.directory.commands import AddCalendar, ChangeCalendar, SetDays
from services.directory.handlers import calendars as handlers
from services.directory.handlers.people import MANAGING
from services.directory.store.place_queries import find_calendar, list_calendars, school_choices
from services.directory.web.answering import answering, refuse_form_of_roster, required_seen_version, writing
from services.directory.wording import CALENDAR_KIND, DAY_KIND, filled
from shared.contracts.directory import CalendarDay
from shared.web.access import Rule, holding
from shared.web.context import connection, district_id
from shared.web.forms import Form, FormInvalid, Schema, invalid, open_form, parse
from shared.web.language import gettext as _
from shared.web.lines import Words
from shared.web.once import once
from shared.web.problems import not_found

RULES: dict[str, Rule] = {
    f"calendars.{name}": holding(*sorted(MANAGING))
    for name in ("index", "new", "add", "show", "edit", "change", "add_days", "remove_days", "upload", "read_file")
}
_LONGEST_RANGE = 120


class CalendarForm(Schema):
    title = Words(required=True, validate=validate.Length(min=1, max=120))
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    school_id = fields.UUID(load_default=None, allow_none=True)


class CalendarChange(CalendarForm):
    active = fields.Boolean(load_default=False)


class DaysForm(Schema):
    first = fields.Date(required=True)
    last = fields.Date(load_default=None, allow_none=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    title = Words(load_default="", validate=validate.Length(max=120))


class RemoveForm(Schema):
    days = fields.List(fields.Date(), required=True, validate=validate.Length(min=1, max=400))


def make() -> Blueprint:
    blueprint = Blueprint("calendars", __name__, template_folder="templates", url_prefix="/calendars")
    one = "/<uuid:calendar_id>"
    blueprint.add_url_rule("", "index", index)
    blueprint.add_url_rule("/new", "new", new)
    blueprint.add_url_rule("/new", "add", once(add), methods=["POST"])
    blueprint.add_url_rule(one, "show", show)
    blueprint.add_url_rule(f"{one}/edit", "edit", edit)
    blueprint.add_url_rule(f"{one}/edit", "change", once(change), methods=["POST"])
    blueprint.add_url_rule(f"{one}/days", "add_days", once(add_days), methods=["POST"])
    blueprint.add_url_rule(f"{one}/days/remove", "remove_days", once(remove_days), methods=["POST"])
    blueprint.add_url_rule(f"{one}/file", "upload", upload)
    blueprint.add_url_rule(f"{one}/file", "read_file", once(read_file), methods=["POST"])
    return blueprint


def index() -> str:
    rows = list_calendars(connection(), district_id())
    return render_template("directory/calendars.html", rows=rows, kinds=CALENDAR_KIND)


def new() -> str:
    return _form_page(None, open_form(draft="calendar:new"))


def add() -> Any:
    """Enter a school year by hand."""
    try:
        data = parse(CalendarForm)
        with answering():
            calendar_id = handlers.add_calendar(writing(), AddCalendar(**data))
    except FormInvalid as wrong:
        return _form_page(None, wrong.form()), 422
    return redirect(url_for("calendars.show", calendar_id=calendar_id), 303)


def show(calendar_id: UUID) -> str:
    return _show_page(_find(calendar_id), {})


def edit(calendar_id: UUID) -> str:
    row = _find(calendar_id)
    refuse_form_of_roster("calendar_from_roster", brought=row.source_id is not None)
    stored = {
        "title": row.title,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
        "school_id": str(row.school_id or ""),
        "active": "yes" if row.active else "",
    }
    return _form_page(row, open_form(stored, version=str(row.version), draft=f"calendar:{calendar_id}@{row.version}"))


def change(calendar_id: UUID) -> Any:
    row = _find(calendar_id)
    try:
        data = parse(CalendarChange)
        with answering():
            handlers.change_calendar(writing(), ChangeCalendar(calendar_id, required_seen_version(), **data))
    except FormInvalid as wrong:
        return _form_page(row, wrong.form()), 422
    return redirect(url_for("calendars.show", calendar_id=calendar_id), 303)


def add_days(calendar_id: UUID) -> Any:
    """Write a day or a range of days; what stood on them before gives way."""
    row = _find(calendar_id)
    try:
        data = parse(DaysForm)
        chosen = _range(data["first"], data["last"] or data["first"])
        new_days = [CalendarDay(day=day, kind=data["kind"], title=data["title"]) for day in chosen]
        with answering():
            handlers.set_days(writing(), SetDays(calendar_id, required_seen_version(), (*_days(row), *new_days)))
    except FormInvalid as wrong:
        return _show_page(row, {"days": wrong.form()}), 422
    return redirect(url_for("calendars.show", calendar_id=calendar_id), 303)


def _range(first: date, last: date) -> list[date]:
    """The days of a range; Saturdays and Sundays only where they are asked for by themselves."""
    if last < first:
        raise invalid(last=_("The last day must not come before the first."))
    if (last - first).days > _LONGEST_RANGE:
        raise invalid(last=_("Write at most %(most)s days at once.", most=_LONGEST_RANGE))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [day for day in days if first == last or day.weekday() < 5]


def remove_days(calendar_id: UUID) -> Any:
    """Make days ordinary again."""
    row = _find(calendar_id)
    try:
        gone = set(parse(RemoveForm)["days"])
        with answering():
            kept = [day for day in _days(row) if day.day not in gone]
            handlers.set_days(writing(), SetDays(calendar_id, required_seen_version(), kept))
    except FormInvalid as wrong:
        return _show_page(row, {"remove": wrong.form()}), 422
    return redirect(url_for("calendars.show", calendar_id=calendar_id), 303)


def upload(calendar_id: UUID) -> str:
    row = _find(calendar_id)
    return render_template(
        "directory/calendar_file.html", row=row, form=open_form(version=str(row.version)), problems=[], filled=filled
    )


def read_file(calendar_id: UUID) -> Any:
    """Replace the days by those of a CSV file; nothing is taken where a line has a problem."""
    row = _find(calendar_id)
    sent = request.files.get("file")
    form = Form(version=str(row.version))
    if sent is None or not sent.filename:
        form = Form(errors={"file": [_("Choose a file.")]}, version=str(row.version))
        return render_template("directory/calendar_file.html", row=row, form=form, problems=[], filled=filled), 422
    read = read_calendar(sent.stream.read(250_000))
    if read.problems:
        return (
            render_template("directory/calendar_file.html", row=row, form=form, problems=read.problems, filled=filled),
            422,
        )
    with answering():
        handlers.set_days(writing(), SetDays(calendar_id, required_seen_version(), read.days))
    said: dict[str, Any] = {"days": len(read.days), "tentative": read.tentative}
    return redirect(url_for("calendars.show", calendar_id=calendar_id, **said), 303)


def _find(calendar_id: UUID) -> Any:
    row = find_calendar(connection(), district_id(), calendar_id)
    if row is None:
        raise not_found(_("this calendar"))
    return row


def _days(row: Any) -> list[CalendarDay]:
    return [CalendarDay(day=date.fromisoformat(one["day"]), kind=one["kind"], title=one["title"]) for one in row.days]


def _show_page(row: Any, forms: dict[str, Form]) -> str:
    version = str(row.version)
    return render_template(
        "directory/calendar.html",
        row=row,
        stretches=stretches(_days(row)),
        kinds=CALENDAR_KIND,
        day_kinds=DAY_KIND,
        day_options=[(kind, str(DAY_KIND[kind])) for kind in KINDS],
        days_form=forms.get("days") or open_form(version=version, draft=f"days:{row.calendar_id}"),
        remove_form=forms.get("remove") or Form(version=version),
        read_days=request.args.get("days", type=int),
        tentative=request.args.get("tentative", 0, type=int),
    )


def stretches(days: list[CalendarDay]) -> list[list[CalendarDay]]:
    """Days in a row of one kind and title together; a weekend between them does not part them."""
    found: list[list[CalendarDay]] = []
    for _sort, group in groupby(days, key=lambda day: (day.kind, day.title)):
        for day in group:
            last = found[-1][-1] if found else None
            near = last is not None and (day.day - last.day).days <= (3 if last.day.weekday() == 4 else 1)
            if last is not None and near and (last.kind, last.title) == (day.kind, day.title):
                found[-1].append(day)
            else:
                found.append([day])
    return found


def _form_page(row: Any, form: Form) -> str:
    return render_template(
        "directory/calendar_form.html", row=row, form=form, schools=school_choices(connection(), district_id())
    )
