"""Letters: for HR, those that did not arrive and why; with the local catcher, the letters themselves."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for

from services.notifications.channels.failures import REASONS
from services.notifications.channels.mailbox import mailbox_of
from services.notifications.store.entries import (
    INBOX_ONLY,
    TROUBLED,
    WAITING,
    letters_page,
    state_of_letter,
    try_again,
)
from services.notifications.wording import subject_of
from shared.people import roles
from shared.web.access import Rule, holding
from shared.web.context import clock, connection, district_id, viewer
from shared.web.language import gettext as _
from shared.web.language import lazy_gettext as _l
from shared.web.links import settings
from shared.web.once import once
from shared.web.paging import Page, asked_page
from shared.web.problems import not_found, refused

MAIL_ROLES = (roles.HR, roles.SYSTEM_ADMINISTRATOR, roles.DISTRICT_ADMINISTRATOR)
RULES: dict[str, Rule] = {
    "letters.deliveries": holding(roles.HR),
    "letters.retry": holding(roles.HR),
    "letters.retry_all": holding(roles.HR),
    "letters.mail": holding(*MAIL_ROLES),
    "letters.mail_letter": holding(*MAIL_ROLES),
    "letters.mail_raw": holding(*MAIL_ROLES),
}
SHOWN = {"troubled": TROUBLED, "waiting": WAITING, "inbox": INBOX_ONLY}
STATES = {
    "failed": ("breached", _l("Failed")),
    "gave_up": ("breached", _l("Given up")),
    "pending": ("waiting", _l("Waiting")),
    "not_sent": ("none", _l("Not sent")),
}
"""State of a letter -> the mark and the word it is shown with."""
EMPTY = {
    "troubled": _l("No letter has failed. Those that wait to be tried stand under “Waiting”."),
    "waiting": _l("No letter is waiting."),
    "inbox": _l("Nothing was too old to be mailed."),
}
_PAGE = 50


def make() -> Blueprint:
    blueprint = Blueprint("letters", __name__, template_folder="templates")
    blueprint.add_url_rule("/deliveries", "deliveries", deliveries)
    blueprint.add_url_rule("/deliveries/<uuid:delivery_id>/retry", "retry", once(retry), methods=["POST"])
    blueprint.add_url_rule("/deliveries/retry", "retry_all", once(retry_all), methods=["POST"])
    blueprint.add_url_rule("/mail", "mail", mail)
    blueprint.add_url_rule("/mail/<letter_id>", "mail_letter", mail_letter)
    blueprint.add_url_rule("/mail/<letter_id>.eml", "mail_raw", mail_raw)
    return blueprint


def deliveries() -> str:
    """What did not arrive first; what waits and what was never mailed are a click away."""
    number, size = asked_page(size=_PAGE)
    shown = request.args.get("show", "troubled")
    shown = shown if shown in SHOWN else "troubled"
    rows, total = letters_page(connection(), district_id(), SHOWN[shown], offset=(number - 1) * size, most=size)
    return render_template(
        "letters/deliveries.html",
        rows=rows,
        page=Page(number, size, total),
        shown=shown,
        subject_of=subject_of,
        reasons=REASONS,
        states=STATES,
        empty=EMPTY,
        now=clock(),
        tried_again=request.args.get("tried", 0, type=int),
    )


def retry(delivery_id: UUID) -> Any:
    again(delivery_id)
    return _waiting(1)


def retry_all() -> Any:
    return _waiting(try_again(connection(), district_id(), None, now=clock()))


def _waiting(tried: int) -> Any:
    """To where the letters wait that were just put back into the queue. `again` would say that nothing was done (links.py)."""
    return redirect(url_for("letters.deliveries", show="waiting", tried=tried), 303)


def again(delivery_id: UUID) -> None:
    """Put one letter back into the queue; a 404 or 409 problem where that can't be."""
    if try_again(connection(), district_id(), delivery_id, now=clock()):
        return
    state = state_of_letter(connection(), district_id(), delivery_id)
    if state is None:
        raise not_found(_("this letter"))
    raise refused(
        "not_troubled",
        _("This letter needs no other try"),
        _("It was sent, waits for its next try, or stands in the inbox only."),
        _("See the list of letters for its present state."),
    )


def mail() -> str:
    """Caught letters, newest first."""
    _refuse_without_catcher()
    number, size = asked_page(size=_PAGE)
    letters, total = mailbox_of(settings()).newest(district_id(), skip=(number - 1) * size, most=size)
    return render_template("letters/mail.html", letters=letters, page=Page(number, size, total))


def mail_letter(letter_id: str) -> str:
    """One caught letter, as its reader would see the text of it."""
    _refuse_without_catcher()
    letter = mailbox_of(settings()).read(district_id(), letter_id)
    if letter is None:
        raise not_found(_("this letter"))
    opens = viewer().has(roles.HR, roles.DISTRICT_ADMINISTRATOR)  # to others the evaluation it leads to is closed
    return render_template("letters/letter.html", letter=letter, opens=opens)


def mail_raw(letter_id: str) -> Response:
    """The letter as it came over the wire."""
    _refuse_without_catcher()
    raw = mailbox_of(settings()).raw(district_id(), letter_id)
    if raw is None:
        raise not_found(_("this letter"))
    return Response(
        raw,
        content_type="message/rfc822",
        headers={"Content-Disposition": f'attachment; filename="{letter_id}.eml"'},
    )


def _refuse_without_catcher() -> None:
    if not settings().mail_catcher:
        raise not_found(_("the local mailbox: this installation hands its mail to a mail server"))
