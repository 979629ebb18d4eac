"""Lists of evaluations: the people somebody evaluates, and one's own."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.evaluation.core.store.lists import evaluations_of
from services.evaluation.core.web.acting import evaluated_by_me, evaluates, is_office
from services.evaluation.core.web.rows import by_next, words_for_lists
from shared.clock import local_date
from shared.web.access import Rule, signed_in
from shared.web.context import clock, connection, district_id, viewer, zone

RULES: dict[str, Rule] = {"listing.start": signed_in(), "listing.people": signed_in(), "listing.mine": signed_in()}
SORTS = ("name", "due", "school")


def make() -> Blueprint:
    blueprint = Blueprint("listing", __name__, template_folder="templates")
    blueprint.context_processor(words_for_lists)
    blueprint.add_url_rule("/", "start", start)
    blueprint.add_url_rule("/people", "people", people)
    blueprint.add_url_rule("/mine", "mine", mine)
    return blueprint


def start() -> Response:
    """The list that the viewer's roles make the likeliest one."""
    if is_office():
        return redirect(url_for("office.cycles"))
    if evaluates():
        return redirect(url_for("listing.people"))
    return redirect(url_for("listing.mine"))


def people() -> str:
    """Whom the viewer evaluates: a row a person, with the strip of steps and what is next."""
    sort = request.args.get("sort", "due")
    sort = sort if sort in SORTS else "due"
    closed = request.args.get("show") == "closed"
    rows = evaluated_by_me(sort=sort, closed=closed)
    rows = by_next(rows, viewer().person_id) if sort == "due" else rows
    today = local_date(clock(), zone())
    return render_template("lists/people.html", rows=rows, sort=sort, sorts=SORTS, closed=closed, today=today)


def mine() -> str:
    """The viewer's own evaluations, newest first."""
    rows = evaluations_of(connection(), district_id(), viewer().person_id)
    return render_template("lists/mine.html", rows=rows, today=local_date(clock(), zone()))
