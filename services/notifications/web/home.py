"""Home: what is due for me. The page a person lands on, with nothing on it but turns, dates and where to go."""

from typing import Any

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from services.notifications.store.due import Group, Holder, Unassigned, due_in_group, home_as_told, read_home
from services.notifications.web import phrases
from services.notifications.web.letters import MAIL_ROLES
from services.notifications.web.links import ways_for, without_turns
from shared.clock import local_date
from shared.people import roles
from shared.web.access import Rule, signed_in
from shared.web.context import clock, connection, district_id, viewer, zone
from shared.web.kept import kept_page
from shared.web.links import settings, url_of
from shared.web.paging import Page, asked_page

RULES: dict[str, Rule] = {"home.due": signed_in(), "home.group": signed_in()}
MOST = 20
"""Rows of a group on the home page; the rest is one click away."""
_PAGE = 50


def make() -> Blueprint:
    blueprint = Blueprint("home", __name__, template_folder="templates")
    blueprint.add_url_rule("/", "due", due)
    blueprint.add_url_rule("/due/<any(late, week, later, may):group>", "group", group)
    return blueprint


def holder() -> Holder:
    """The viewer, with the turns of the district office where they belong to it."""
    return Holder(district_id(), viewer().person_id, office=viewer().has(roles.HR))


def due() -> Response:
    """One statement besides the viewer's own, whatever the size of the district."""
    today = local_date(clock(), zone())
    told = home_as_told(connection(), holder(), today=today, most=MOST + 1)
    return kept_page("home/due.html", (told, today), lambda: _values(told))


def _values(told: str) -> dict[str, Any]:
    """What the page is made of: worked out from what the database told and the viewer's roles alone."""
    found = read_home(told)
    return {
        "home": found,
        "groups": {name: phrases.rows(name, items[:MOST]) for name, items in found.groups.items()},
        "more": {name for name, items in found.groups.items() if len(items) > MOST},
        "next_sentence": phrases.next_sentence(found.next) if found.next is not None else None,
        "unassigned": [(one, _board(one)) for one in found.unassigned],
        "office": viewer().has(roles.HR),
        "ways": ways_for(viewer()),
        "elsewhere": without_turns(viewer()),
        "letters_caught": settings().mail_catcher and viewer().has(*MAIL_ROLES),
    }


def _board(one: Unassigned) -> str:
    """The cycle's board, narrowed to those without an evaluator."""
    return url_of(one.service, f"/cycles/{one.cycle_id}?state=unassigned")


def group(group: Group) -> str:
    """One group in full, in pages."""
    number, size = asked_page(size=_PAGE)
    items, total = due_in_group(
        connection(), holder(), group, today=local_date(clock(), zone()), offset=(number - 1) * size, most=size
    )
    return render_template(
        "home/group.html", group=group, items=phrases.rows(group, items), page=Page(number, size, total)
    )
