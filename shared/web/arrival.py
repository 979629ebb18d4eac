"""What happens to a request before its view: who is it, may they, did our own page send it."""

from uuid import uuid4

from flask import Flask, g, redirect, request
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Response

from shared import logs
from shared.people.viewer import Viewer
from shared.web.access import Access, Policy
from shared.web.context import Visit, clock, load, visit
from shared.web.csrf import SAFE_METHODS, came_from_us, made_for_the_same_person
from shared.web.keeping import (
    keep_after_expiry,
    keep_as_draft,
    keep_for_another_press,
    show_for_another_press,
    sign_in_after_expiry,
)
from shared.web.language import gettext as _
from shared.web.links import ARRIVED, before_arriving, here, renew_url, sign_in_url, url_of
from shared.web.problems import forged, not_heard_yet, refuse_access, sign_in_first
from shared.web.readable import refuse_countless_fields, refuse_unreadable_address, refuse_unreadable_body
from shared.web.session import Session, SessionReader, SessionRefusedError, cookie_name
from shared.web.sizes import SMALL, USUAL, allow_size
from shared.web.typed import is_form
from shared.web.typist import typists_session
from shared.web.wording import role_words

log = logs.get(__name__)

_API_TAKES = ("application/json", "multipart/form-data", "application/zip", "application/octet-stream", "text/csv")


class Arrival:
    """The app's door. One instance per app; registered as its before_request."""

    def __init__(self, app: Flask, policy: Policy, reader: SessionReader) -> None:
        self._policy = policy
        self._reader = reader
        self._cookie = cookie_name(app.config["ACCORD"])
        app.before_request(self.receive)

    def receive(self) -> Response | None:
        """Let the request in (None), send it elsewhere, or raise the Problem that turns it away."""
        present = g.visit = Visit(_request_id())
        endpoint = request.endpoint
        if endpoint is None:
            return None  # the router answers 404 or 405
        rule = self._policy.of(endpoint, request.method)
        allow_size(endpoint, SMALL if rule.kind == "anyone" else USUAL)
        refuse_unreadable_address()
        present.session, by_header = self._session()
        forgeable = request.method not in SAFE_METHODS and not by_header
        if rule.kind == "anyone":
            earlier = forgeable and not rule.cookieless and _of_an_earlier_sign_in()
            _refuse_unreadable()
            return show_for_another_press() if earlier else None
        if present.session is not None and request.method not in SAFE_METHODS:
            refuse_countless_fields()
        if present.session is None or not present.session.holds(clock()):
            return self._not_signed_in(present)
        earlier = forgeable and _of_an_earlier_sign_in()
        _refuse_unreadable()
        if rule.kind == "session":
            return show_for_another_press() if earlier else None
        if load(present) is None:
            return self._not_signed_in(present)
        return _through(rule, present, earlier=earlier)

    def _session(self) -> tuple[Session | None, bool]:
        """The session the request carries, expired or not, and whether it came in a header (which no foreign page can set)."""
        header = request.environ.get("HTTP_AUTHORIZATION", "")
        by_header = header[:7].lower() == "bearer "
        token = header[7:].strip() if by_header else request.cookies.get(self._cookie)
        if not token:
            return None, False
        try:
            return self._reader.read(token), by_header
        except SessionRefusedError as error:
            log.warning("session_refused", reason=str(error), request=visit().request_id)
            return None, False

    def _not_signed_in(self, present: Visit) -> Response:
        safe = request.method in SAFE_METHODS
        if wants_json() or not (safe or is_form()):
            raise sign_in_first()
        if safe:
            back = sign_in_url(before_arriving(here()))
            if ARRIVED in request.args and present.session is not None and present.session.holds(clock()):
                raise not_heard_yet(back)
            return redirect(back, 303)
        # Whoever used the browser last may be another than the one whose form this is.
        for session in (present.session, typists_session()):
            present.session = session
            if session is not None and session.may_keep_typed(clock()) and made_for_the_same_person():
                return keep_after_expiry(present, session)
        return sign_in_after_expiry()


def _request_id() -> str:
    """The gateway's number for the request where it gave one, else one of our own."""
    given: str = request.environ.get("HTTP_X_REQUEST_ID", "")
    return given if len(given) <= 64 and given.replace("-", "").isalnum() else uuid4().hex


def wants_json() -> bool:
    """Whether this request is answered as JSON: the API, drafts, and whoever asks for JSON but not for pages."""
    if request.path.startswith(("/api/", "/drafts/")) and not request.path.startswith("/api/docs"):
        return True
    accept = request.accept_mimetypes
    return "application/json" in accept.values() and "text/html" not in accept.values()


def _of_an_earlier_sign_in() -> bool:
    """Whether this is a page's form that the person who is signed in opened under an earlier sign-in of theirs; False where it
    is of the present one. Raises a Problem for every other request that our own pages did not send."""
    if came_from_us():
        return False
    if is_form() and not wants_json() and made_for_the_same_person():
        return True
    log.warning("forged_request", request=visit().request_id, endpoint=request.endpoint)
    raise forged()


def _refuse_unreadable() -> None:
    if request.method not in SAFE_METHODS:
        refuse_unreadable_body()


def _through(rule: Access, present: Visit, *, earlier: bool) -> Response | None:
    """The viewer is known: their role decides, then what the shell itself answers. `earlier`: a form of an earlier sign-in."""
    assert present.session is not None
    _refuse_unless(rule, present.viewer)
    if request.method in SAFE_METHODS:
        return _renewal(present.session)
    if request.path.startswith("/api/") and request.content_length and request.mimetype not in _API_TAKES:
        raise UnsupportedMediaType
    if is_form() and "keep_draft" in request.form:
        return keep_as_draft()
    return keep_for_another_press(present, present.session) if earlier else None


def _refuse_unless(rule: Access, viewer: Viewer | None) -> None:
    assert viewer is not None
    if not rule.admits(viewer):
        log.warning(
            "access_denied", request=visit().request_id, endpoint=request.endpoint, person=str(viewer.person_id)
        )
        raise refuse_access(_("this is part of other people's work in the district."), role_words(rule.roles))


def _renewal(session: Session) -> Response | None:
    """A page asked for with an ageing session goes through the directory, which gives it a fresh one."""
    if not session.wants_renewal(clock()) or request.method != "GET" or wants_json():
        return None
    path = f"{request.script_root}{request.path}"
    if path == url_of("directory", "/session/renew") or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return None
    return redirect(renew_url(here()), 303)
