"""Signing in and out, renewing a session, setting a password by a one-time link: pages for whoever is not signed in yet."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from marshmallow import fields, validate
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from services.directory.refusal_wording import field_words
from services.directory.refusals import NotFound, Refused
from services.directory.signin.attempts import TooManyAttemptsError
from services.directory.signin.links import Invited, find_invited, set_password
from services.directory.signin.passwords import LONGEST, SHORTEST, BusyError, Hasher
from services.directory.signin.sessions import Opened, renew_session
from services.directory.signin.signing_in import SignIn, end_session, sign_in
from services.directory.store.place_queries import districts
from services.directory.store.saving import begin_writing
from shared.web.access import Rule, anyone, signed_in
from shared.web.context import bind_district, clock, commit, connection, viewer_or_nobody, visit
from shared.web.forms import Form, FormInvalid, Schema, invalid, open_form, parse
from shared.web.language import gettext as _
from shared.web.links import arriving, local_path, settings, url_of
from shared.web.problems import Problem, minutes
from shared.web.session import cookie_name, read_key, write_token
from shared.web.typed import posted

RULES: dict[str, Rule] = {
    "access.show": anyone(),
    "access.enter": anyone(),
    "access.leave": anyone(),
    "access.renew": signed_in(),
    "access.choose_password": anyone(),
    "access.keep_password": anyone(),
}
HASHER = "accord.hasher"


class SignInForm(Schema):
    """Over-long values are no name and no password of anyone; they are refused like any other wrong one."""

    district = fields.UUID(required=True)
    login = fields.String(required=True, validate=validate.Length(max=300))
    password = fields.String(required=True, validate=validate.Length(max=1000))
    next = fields.String(load_default="/")


class PasswordForm(Schema):
    password = fields.String(required=True, validate=validate.Length(max=1000))
    password_again = fields.String(required=True, validate=validate.Length(max=1000))


def make() -> Blueprint:
    blueprint = Blueprint("access", __name__, template_folder="templates")
    blueprint.add_url_rule("/sign-in", "show", show)
    blueprint.add_url_rule("/sign-in", "enter", enter, methods=["POST"])
    blueprint.add_url_rule("/sign-out", "leave", leave, methods=["POST"])
    blueprint.add_url_rule("/session/renew", "renew", renew)
    link = "/set-password/<uuid:district_id>/<token>"
    blueprint.add_url_rule(link, "choose_password", choose_password)
    blueprint.add_url_rule(link, "keep_password", keep_password, methods=["POST"])
    return blueprint


def hasher() -> Hasher:
    """This process's one gate to hashing."""
    found: Hasher = current_app.extensions[HASHER]
    return found


def show() -> Any:
    """The sign-in page; whoever is signed in goes on."""
    after = _next(request.args.get("next"))
    if viewer_or_nobody() is not None:
        return redirect(arriving(after), 303)
    return _page(open_form({"next": after}), said=request.args.get("said"))


def enter() -> Any:
    """Sign in. Why it was refused is never said: not whether the name exists, nor whether the person may come in."""
    try:
        data = parse(SignInForm)
    except FormInvalid as wrong:
        return _page(_shown_again(wrong)), 422
    command = SignIn(
        district_id=data["district"],
        login=data["login"],
        password=data["password"],
        address=request.remote_addr or "",
        device=request.user_agent.string,
        before=_session_before(data["district"]),
    )
    try:
        opened = sign_in(Desk(command.district_id), command, at=clock(), secret=settings().secret_key, hasher=hasher())
    except Refused:
        words = _("The name, the password or the district is not right. Check them and try again.")
        return _page(_shown_again(invalid(login=words))), 422
    except TooManyAttemptsError as tries:
        return _wait(
            _("There were too many tries. Try again in %(minutes)s.", minutes=minutes(tries.seconds)), tries.seconds
        )
    except BusyError:
        return _wait(_("Many people sign in at this moment. Try again in a few seconds."), 5)
    response = redirect(_next(data["next"]), 303)
    _give(response, opened)
    return response


def leave() -> Response:
    """End this session everywhere; also where it has expired already, so that the button always does what it says."""
    session = visit().session
    if session is not None:
        bound = bind_district(session.district_id)
        end_session(begin_writing(bound, session.district_id, session.person_id, clock()), session.session_id)
        commit()
    response = redirect(url_for("access.show", said="out"), 303)
    _take(response)
    return response


def renew() -> Response:
    """A fresh token for a session that still holds, then back to where the person was going."""
    session = visit().session
    assert session is not None, "the rule lets in only whoever is signed in"
    opened = renew_session(connection(), session.district_id, session.session_id, clock())
    commit()
    after = _next(request.args.get("next"))
    if opened is None:
        response = redirect(url_for("access.show", next=after, said="over"), 303)
        _take(response)
        return response
    response = redirect(after, 303)
    _give(response, opened)
    return response


def choose_password(district_id: UUID, token: str) -> Any:
    """Where a one-time link leads. Opening it changes nothing: mail scanners open links too."""
    invited = find_invited(bind_district(district_id), district_id, token, clock())
    if invited is None:
        raise _link_is_over()
    return _password_page(invited, open_form())


def keep_password(district_id: UUID, token: str) -> Any:
    """Set the password and spend the link."""
    bound = bind_district(district_id)
    invited = find_invited(bound, district_id, token, clock())
    if invited is None:
        raise _link_is_over()
    try:
        data = parse(PasswordForm)
        if data["password"] != data["password_again"]:
            raise invalid(password_again=_("The two differ. Type the same password twice."))
        writing = begin_writing(bound, district_id, invited.person_id, clock())
        set_password(writing, token, data["password"], hasher())
    except FormInvalid as wrong:
        return _password_page(invited, _shown_again(wrong), 422)
    except Refused as refusal:
        words = {field: field_words(code) for field, code in refusal.fields.items()}
        return _password_page(invited, _shown_again(invalid(**words)), 422)
    except BusyError:
        later = _("Many people sign in at this moment. Try again in a few seconds.")
        return _password_page(invited, _shown_again(invalid(password=later)), 429)
    except NotFound:
        raise _link_is_over() from None
    commit()
    return redirect(url_for("access.show", said="set"), 303)


@dataclass(frozen=True)
class Desk:
    """The request's connection, bound to the district that was chosen."""

    district_id: UUID

    def open(self) -> Connection:
        return bind_district(self.district_id)

    def commit(self) -> None:
        commit()


def _page(form: Form, said: str | None = None) -> str:
    return render_template("directory/sign_in.html", form=form, districts=districts(connection()), said=said)


def _password_page(invited: Invited, form: Form, status: int = 200) -> Response:
    page = render_template(
        "directory/set_password.html", form=form, invited=invited, shortest=SHORTEST, longest=LONGEST
    )
    response = make_response(page, status)
    response.headers["Referrer-Policy"] = "no-referrer"  # the address holds the link's secret
    return response


def _shown_again(wrong: FormInvalid) -> Form:
    """The form with everything but passwords."""
    return Form(posted(), wrong.by_field)


def _wait(words: str, seconds: int) -> Response:
    response = make_response(_page(_shown_again(invalid(login=words))), 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _next(value: str | None) -> str:
    """Where to go afterwards: a path of this site, home where there is none. Never back to signing in or out."""
    path = local_path(value, url_of("notifications", "/"))
    here = (url_of("directory", "/sign-in"), url_of("directory", "/sign-out"))
    return url_of("notifications", "/") if path == "/" or path.startswith(here) else path


def _session_before(district_id: UUID) -> UUID | None:
    """The session the browser came with, to be ended by the new one."""
    before = visit().session
    return before.session_id if before is not None and before.district_id == district_id else None


def token_of(opened: Opened) -> str:
    """The signed statement of a session that every service reads by itself."""
    key = settings().session_signing_key
    assert key is not None, "the directory has the signing key; load_settings made sure"
    return write_token(
        read_key(key),
        session_id=opened.session_id,
        person_id=opened.person_id,
        district_id=opened.district_id,
        issued_at=opened.issued_at,
        expires_at=opened.expires_at,
    )


def _give(response: Response, opened: Opened) -> None:
    name, secure = cookie_name(settings()), settings().https
    response.set_cookie(name, token_of(opened), secure=secure, httponly=True, samesite="Lax", path="/")


def _take(response: Response) -> None:
    response.delete_cookie(cookie_name(settings()), secure=settings().https, httponly=True, samesite="Lax", path="/")


def _link_is_over() -> Problem:
    return Problem(
        410,
        "link_over",
        _("This link can't be used any more"),
        _("A link to set a password works once, and for seven days; a newer link takes its place."),
        _("Ask your human resources office for a new one."),
    )
