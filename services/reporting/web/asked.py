"""What the address asks for. Anything that can't be read is an address of nothing (404) or a problem with its remedy."""

import re
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask import request

from services.reporting.reports.entries import COLUMNS, After, read_after
from services.reporting.reports.places import Cycle, Place, cycles, main_cycle
from services.reporting.reports.ratings import Series, series
from shared.clock import local_date
from shared.web.context import clock, connection, district_id, zone
from shared.web.language import gettext as _
from shared.web.problems import Problem, not_found

NOBODY = "none"
"""In an address: no school, or no evaluator."""
PAGE = 50
_MARK = re.compile(r"^[a-z2-7]{16}$")


def today() -> date:
    """The present day in the district."""
    return local_date(clock(), zone())


def cycle_asked() -> tuple[Cycle | None, Sequence[Cycle]]:
    """The cycle the address names, else the main one of those under way (None where there is none), and all there are,
    newest first. One query."""
    found = cycles(connection(), district_id(), today())
    wanted = request.args.get("cycle")
    if not wanted:
        return main_cycle(found), found
    for cycle in found:
        if str(cycle.cycle_id) == wanted:
            return cycle, found
    raise not_found(_("this cycle"))


def series_asked() -> tuple[Series | None, Sequence[Series]]:
    """The series the address names, else the newest that is published (where none is, the newest), and all there are,
    newest first. One query."""
    found = series(connection(), district_id())
    wanted = request.args.get("series")
    if not wanted:
        return next((one for one in found if one.cut_at is not None), found[0] if found else None), found
    for one in found:
        if one.key == wanted:
            return one, found
    raise not_found(_("these results"))


def part(value: str, what: str) -> UUID | None:
    """A school's or a person's id in an address; None for NOBODY. `what`: for the 404, "this school"."""
    if value == NOBODY:
        return None
    try:
        return UUID(value)
    except ValueError:
        raise not_found(what) from None


def place_asked(cycle_id: UUID, school: str | None, evaluator: str | None) -> Place:
    """The place named by a school's and an evaluator's id in the address."""
    if not school:
        return Place(cycle_id)
    school_id = part(school, _("this school"))
    if not evaluator:
        return Place(cycle_id, "school", school_id)
    return Place(cycle_id, "evaluator", school_id, part(evaluator, _("this evaluator")))


def address(place: Place, mark: str | None = None) -> dict[str, str]:
    """The place as it stands in an address; an evaluator by `mark` where no id may be told."""
    found = {"cycle": str(place.cycle_id)}
    if place.scope != "district":
        found["school"] = str(place.school_id or NOBODY)
    if place.scope == "evaluator":
        found["evaluator"] = mark or str(place.evaluator_id or NOBODY)
    return found


def is_mark(value: str) -> bool:
    return _MARK.match(value) is not None


def column_asked() -> str:
    """Which number's entries are asked for."""
    wanted = request.args.get("column", "required")
    if wanted not in COLUMNS:
        raise unreadable("column", _("Choose one of: %(choices)s.", choices=", ".join(COLUMNS)))
    return wanted


def after_asked() -> After | None:
    """The entry after which the page begins."""
    try:
        return read_after(request.args.get("after"))
    except ValueError:
        raise unreadable("after", _("Begin at the first page again.")) from None


def id_after_asked() -> UUID | None:
    """The school after which the page begins."""
    value = request.args.get("after")
    try:
        return UUID(value) if value else None
    except ValueError:
        raise unreadable("after", _("Begin at the first page again.")) from None


def named_asked() -> str:
    """Words in the name of a school."""
    return request.args.get("named", "").strip()[:100]


def mark_after_asked() -> str | None:
    """The mark of the evaluation after which the page begins."""
    value = request.args.get("after")
    if value and not is_mark(value):
        raise unreadable("after", _("Begin at the first page again."))
    return value or None


def unreadable(name: str, remedy: str) -> Problem:
    return Problem(
        422,
        "invalid",
        _("The address can't be read"),
        _("What stands behind “%(name)s=” in the address is nothing this page knows.", name=name),
        remedy,
    )
