"""One's own profile, sessions and password: for everyone who is signed in, and for nobody else."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from marshmallow import fields, validate

from services.directory.refusals import NotFound
from services.directory.signin.attempts import TooManyAttemptsError, begin_attempt, caller, succeed
from services.directory.signin.sessions import open_sessions
from services.directory.signin.signing_in import change_password
from services.directory.store.people_queries import appointments_of, find_person, last_link_of, related_people
from services.directory.store.saving import end_sessions
from services.directory.web.answering import answering, writing
from services.directory.web.devices import device_words
from services.directory.web.sign_in import hasher
from services.directory.wording import role_word
from shared.clock import local_date
from shared.web.access import Rule, signed_in
from shared.web.context import clock, commit, connection, district_id, viewer, zone
from shared.web.forms import Form, FormInvalid, Schema, invalid, open_form, parse
from shared.web.language import gettext as _
from shared.web.links import settings
from shared.web.once import once
from shared.web.problems import too_many
from shared.web.typed import posted

RULES: dict[str, Rule] = {
    "me.show": signed_in(),
    "me.sessions": signed_in(),
    "me.end_session": signed_in(),
    "me.end_others": signed_in(),
    "me.password": signed_in(),
    "me.keep_password": signed_in(),
}


class PasswordChange(Schema):
    present_password = fields.String(required=True, validate=validate.Length(max=1000))
    password = fields.String(required=True, validate=validate.Length(max=1000))
    password_again = fields.String(required=True, validate=validate.Length(max=1000))


def make() -> Blueprint:
    blueprint = Blueprint("me", __name__, template_folder="templates", url_prefix="/me")
    blueprint.add_url_rule("", "show", show)
    blueprint.add_url_rule("/sessions", "sessions", sessions)
    blueprint.add_url_rule("/sessions/<uuid:session_id>/end", "end_session", once(end_session), methods=["POST"])
    blueprint.add_url_rule("/sessions/end-others", "end_others", once(end_others), methods=["POST"])
    blueprint.add_url_rule("/password", "password", password)
    blueprint.add_url_rule("/password", "keep_password", keep_password, methods=["POST"])
    return blueprint


def show() -> str:
    """Who the directory says I am, what I hold, who evaluates me; when my password was set, and by whom a link to it made."""
    today = local_date(clock(), zone())
    me = find_person(connection(), district_id(), viewer().person_id, today)
    evaluators = [*me.hand_evaluators, *me.roster_evaluators]
    related = related_people(connection(), district_id(), viewer().person_id, evaluators, today)
    return render_template(
        "directory/me.html",
        me=me,
        last_link=last_link_of(connection(), district_id(), viewer().person_id),
        held=appointments_of(connection(), district_id(), viewer().person_id),
        evaluators=[row for row in related if row.is_evaluator],
        evaluated=[row for row in related if row.is_evaluated],
        role_word=role_word,
        said=request.args.get("said"),
    )


def sessions() -> str:
    """Where I am signed in."""
    return render_template(
        "directory/sessions.html",
        sessions=open_sessions(connection(), district_id(), viewer().person_id, clock()),
        present=viewer().session_id,
        device_words=device_words,
    )


def end_session(session_id: UUID) -> Any:
    """End one of my sessions; another's is not found."""
    with answering():
        if not end_sessions(writing(), [viewer().person_id], only=[session_id]):
            raise NotFound("session")
    return redirect(url_for("me.sessions"), 303)


def end_others() -> Any:
    """End all my sessions but this one."""
    end_sessions(writing(), [viewer().person_id], spare=viewer().session_id)
    return redirect(url_for("me.sessions"), 303)


def password() -> str:
    return _password_page(open_form())


def keep_password() -> Any:
    """Change my password by the present one; every other session ends."""
    try:
        change(parse(PasswordChange))
    except FormInvalid as wrong:
        return _password_page(Form(posted(), wrong.by_field)), 422
    return redirect(url_for("me.show", said="password"), 303)


def change(data: Mapping[str, str]) -> None:
    """Change the viewer's password, guesses at the present one slowed down; for the page and the API."""
    if data["password"] != data["password_again"]:
        raise invalid(password_again=_("The two differ. Type the same password twice."))
    who = caller(settings().secret_key, f"person {viewer().person_id}", request.remote_addr or "")
    try:
        attempt = begin_attempt(connection(), district_id(), who, clock(), signed_in=True)
    except TooManyAttemptsError as tries:
        raise too_many(_("The present password was wrong too often."), seconds=tries.seconds) from tries
    commit()
    with answering():
        change_password(writing(), viewer().session_id, data["present_password"], data["password"], hasher())
    succeed(connection(), district_id(), attempt)
    commit()


def _password_page(form: Form) -> str:
    return render_template("directory/password.html", form=form)
