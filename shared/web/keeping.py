"""Keeping what was typed when a form can't go through: as its author's draft, by whichever way it came."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import current_app, redirect, request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from shared import logs
from shared.web.context import Visit, connection, rollback, visit, writing
from shared.web.drafts import save_fields
from shared.web.links import page_of_form, sign_in_url
from shared.web.session import Session
from shared.web.typed import is_form, posted, posted_revision

log = logs.get(__name__)


def draft_key() -> str:
    """The key the posted form's draft has: its own, or one made of the address it was posted to."""
    return request.form.get("draft") or f"form:{request.script_root}{request.path}"


def _back(key: str, **marks: str) -> str:
    """The form's page, told which draft to lay over it."""
    parts = urlsplit(page_of_form())
    query = [pair for pair in parts.query.split("&") if pair and not pair.startswith(("kept=", "ended="))]
    return urlunsplit(parts._replace(query="&".join([*query, urlencode({"kept": key, **marks})])))


def keep_as_draft() -> Response:
    """The button "Keep as a draft", which works without JavaScript: save, and show the form again."""
    session = visit().session
    assert session is not None
    key = draft_key()
    with writing():
        refused = save_fields(connection(), session, key, posted(), base=posted_revision())
        if refused == "gone":  # sent or let go in another window meanwhile; the text is kept all the same
            save_fields(connection(), session, key, posted(), base=0)
    return redirect(_back(key), 303)


def keep_after_expiry(present: Visit, session: Session) -> Response:
    """An authentic but expired session may do one thing: keep what its person typed, before they sign in again."""
    key = draft_key()
    engine: Engine = current_app.extensions["accord.engine"]
    present.district_id = session.district_id
    with engine.begin() as opened:
        refused = save_fields(opened, session, key, posted(), base=posted_revision())
        if refused == "gone":
            refused = save_fields(opened, session, key, posted(), base=0)
    log.info("typed_text_kept", request=present.request_id, person=str(session.person_id), refused=refused)
    back = page_of_form() if refused else _back(key, ended="1")
    return redirect(sign_in_url(back), 303)


def keep_after_refusal() -> bool:
    """After a refusal on a page's form: keep what was typed, if the store answers. True: it is kept."""
    present = visit()
    if present.viewer is None or present.session is None or not is_form() or not request.form.get("draft"):
        return False
    try:
        rollback()
        with writing():
            return save_fields(connection(), present.session, draft_key(), posted(), base=posted_revision()) is None
    except SQLAlchemyError:
        log.warning("typed_text_not_kept", request=present.request_id)
        return False
