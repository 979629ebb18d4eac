"""Keeping what was typed when a form can't go through: as its author's draft, by whichever way it came."""

from dataclasses import replace
from uuid import UUID

from flask import redirect, request
from werkzeug.wrappers import Response

from shared import logs
from shared.web.beside import Beside, beside_posted
from shared.web.context import Visit, close, visit
from shared.web.drafts import find_draft, not_kept, save_fields
from shared.web.links import once_more, page_of_form, sign_in_url, with_marks
from shared.web.problems import Problem, forged
from shared.web.session import Session
from shared.web.typed import (
    BUTTON,
    KEPT_BY_ADDRESS,
    clean,
    is_form,
    posted,
    posted_revision,
    posted_tab,
    touched_fields,
)
from shared.web.typist import FIELD as TYPIST

_NO_SESSION = UUID(int=0)
log = logs.get(__name__)


def draft_key() -> str:
    """The key the posted form's draft has: its own, or one made of the address it was posted to and of the open page, so
    that what was typed for one thing is never laid over another."""
    own = clean(request.form.get("draft", ""))
    page = clean(request.form.get("once", ""))[:64]
    return own or f"{KEPT_BY_ADDRESS}{request.script_root}{request.path}:{page}"


def keep_as_draft() -> Response:
    """The button "Keep as a draft", which works without JavaScript: save, and show the form again.

    Raises a Problem that says why where it can't be kept; the page with it shows what was typed.
    """
    session = visit().session
    assert session is not None
    close(visit())  # the draft is written on a connection of its own
    if why := save_fields(session, draft_key(), touched_fields(), base=posted_revision()):
        raise not_kept(why)
    return redirect(with_marks(page_of_form(), kept=draft_key(), **_own()), 303)


def _own() -> dict[str, str]:
    """Where what this page typed had to be kept beside another text, its name goes along: what somebody typed last stands in
    the field before them, and the other one beside it. One statement."""
    found, tab = find_draft(draft_key()), posted_tab()
    aside = found is not None and any(other.tab == tab for others in found.others.values() for other in others)
    return {"own": tab} if tab and aside else {}


def keep_checked() -> list[Beside]:
    """Before a page that asks "is it this?": what it shows is kept as its author's draft, for whoever leaves there.

    Returns the texts that stand beside, which the page has to show. Nothing else may be unwritten in the transaction.
    """
    session, key = visit().session, clean(request.form.get("draft", ""))
    assert session is not None, "whoever writes is signed in"
    if not key:
        return []
    close(visit())  # the draft is written on a connection of its own
    fields = {name: value for name, value in touched_fields().items() if name != BUTTON}
    save_fields(session, key, fields, base=posted_revision())
    return beside_posted()


def keep_after_expiry(present: Visit, session: Session) -> Response:
    """An authentic session that has run out, or was ended elsewhere, may do one thing: keep what its person typed, before
    they sign in again. The store refuses whoever is no longer active, and not an ended session, which has no number here.
    A form of buttons has nothing to keep."""
    if not any(name != BUTTON for name in posted()):
        return sign_in_after_expiry()
    writer = replace(session, session_id=_NO_SESSION)
    refused = save_fields(writer, draft_key(), touched_fields(), base=posted_revision())
    log.info("typed_text_kept", request=present.request_id, person=str(session.person_id), refused=refused)
    if refused:
        return sign_in_after_expiry()
    back = with_marks(page_of_form(), kept=draft_key(), ended="1", **_seen())
    return redirect(sign_in_url(back), 303)


def sign_in_after_expiry() -> Response:
    """The sign-in page, and after it the form's page, which says that nothing was done; nothing is kept."""
    page = page_of_form()
    return redirect(sign_in_url(page if page == "/" else with_marks(page, ended="1")), 303)


def _seen() -> dict[str, str]:
    """What they had before them goes along: since then somebody else may have changed it, which is found when it is sent."""
    return {"seen": version} if (version := clean(request.form.get("version", ""))) else {}


def keep_for_another_press(present: Visit, session: Session) -> Response:
    """A form that its own person opened before they signed in again: nothing of it is carried out. What was typed is kept,
    and its page shown again, with a token of the present sign-in. Why that is safe is said in csrf.py.

    Raises a Problem that shows what was typed where it can't be kept, or where nobody can tell which page to show.
    """
    page = page_of_form()
    if page == "/":
        raise forged()
    # A form of buttons and hidden ids says nothing of its typist: there is nothing to keep.
    fields = (
        {name: value for name, value in touched_fields().items() if name != BUTTON} if TYPIST in request.form else {}
    )
    if not fields:
        return show_for_another_press()
    close(present)  # the draft is written on a connection of its own
    if why := save_fields(session, draft_key(), fields, base=posted_revision()):
        raise not_kept(why)
    log.info("typed_text_kept", request=present.request_id, person=str(session.person_id), refused=None)
    return redirect(once_more(with_marks(page, kept=draft_key(), **_seen())), 303)


def show_for_another_press() -> Response:
    """The page of such a form again, which says that nothing was done; raises where nobody can tell which it is."""
    page = page_of_form()
    if page == "/":
        raise forged()
    return redirect(once_more(page), 303)


def keep_after_refusal() -> bool:
    """After a refusal on a page's form: keep what was typed, if the store answers. True: it is kept."""
    present = visit()
    if present.viewer is None or present.session is None or not is_form() or not request.form.get("draft"):
        return False
    close(present)
    try:
        return save_fields(present.session, draft_key(), touched_fields(), base=posted_revision()) is None
    except Problem:
        log.warning("typed_text_not_kept", request=present.request_id)
        return False
