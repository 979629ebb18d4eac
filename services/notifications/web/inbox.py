"""The inbox: what a person was told, newest first, each with its way to the thing."""

import re
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from marshmallow import ValidationError, fields

from services.notifications.store.entries import (
    InboxEntry,
    had_arrived,
    inbox_page,
    mark_all_read,
    mark_read,
    unread_count,
)
from services.notifications.wording import Words, words_of
from shared.web.access import Rule, signed_in
from shared.web.context import clock, connection, district_id, viewer, zone
from shared.web.forms import Schema, parse
from shared.web.language import gettext as _
from shared.web.links import page_of_form, url_of
from shared.web.once import once
from shared.web.paging import Page, asked_page
from shared.web.problems import not_found

RULES: dict[str, Rule] = {
    "inbox.entries": signed_in(),
    "inbox.read": signed_in(),
    "inbox.unread": signed_in(),
    "inbox.all_read": signed_in(),
}
_PAGE = 25
_SNAPSHOT = re.compile(r"^[0-9]{1,19}:[0-9]{1,19}:([0-9]{1,19}(,[0-9]{1,19})*)?$", re.ASCII)


def _is_snapshot(value: str) -> None:
    """Whether PostgreSQL reads it: "xmin:xmax:" and, ascending between the two, what had not ended. Raises ValidationError."""
    if _SNAPSHOT.match(value):
        first, last, running = value.split(":")
        ids = [int(first), *(int(one) for one in running.split(",") if one), int(last)]
        if ids[0] > 0 and ids == sorted(ids) and ids[-1] < 2**63:
            return
    raise ValidationError(_("Open your inbox again."))


class Seen(Schema):
    """`seen`: the database's snapshot when the page was made, so that what came meanwhile stays unread."""

    seen = fields.String(required=True, validate=_is_snapshot)


def make() -> Blueprint:
    blueprint = Blueprint("inbox", __name__, url_prefix="/inbox", template_folder="templates")
    blueprint.add_url_rule("", "entries", entries)
    blueprint.add_url_rule("/<uuid:message_id>/read", "read", once(read), methods=["POST"])
    blueprint.add_url_rule("/<uuid:message_id>/unread", "unread", once(unread), methods=["POST"])
    blueprint.add_url_rule("/all-read", "all_read", once(all_read), methods=["POST"])
    return blueprint


def words(entry: InboxEntry) -> Words:
    """The entry in words, in the district's zone."""
    return words_of(entry.entry, zone())


def entries() -> str:
    """The viewer's own entries only; nobody reads another's inbox."""
    number, size = asked_page(size=_PAGE)
    unread_only = request.args.get("show") == "unread"
    opened, district, person = connection(), district_id(), viewer().person_id
    found = inbox_page(opened, district, person, unread_only=unread_only, offset=(number - 1) * size, most=size)
    return render_template(
        "inbox/entries.html",
        rows=[(row, words(row)) for row in found.rows],
        page=Page(number, size, found.total),
        unread_only=unread_only,
        unread=unread_count(opened, district, person),
        seen=found.seen,
    )


def read(message_id: UUID) -> Any:
    """Mark read; where the form says `go`, on to the thing itself."""
    service, path = mark(message_id, read=True)
    return redirect(url_of(service, path) if "go" in request.form else page_of_form(), 303)


def unread(message_id: UUID) -> Any:
    mark(message_id, read=False)
    return redirect(page_of_form(), 303)


def all_read() -> Any:
    which = had_arrived(parse(Seen)["seen"])
    mark_all_read(connection(), district_id(), viewer().person_id, which=which, now=clock())
    return redirect(url_for("inbox.entries"), 303)


def mark(message_id: UUID, *, read: bool) -> tuple[str, str]:
    """Mark one of the viewer's entries and answer (service, path) of what it leads to; a 404 problem for anyone else's,
    as if it did not exist."""
    leads_to = mark_read(connection(), district_id(), viewer().person_id, message_id, read=read, now=clock())
    if leads_to is None:
        raise not_found(_("this entry of your inbox"))
    return leads_to
