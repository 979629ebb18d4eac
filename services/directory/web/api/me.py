"""Oneself over JSON: signing in for a token, the profile, sessions, password."""

from typing import Any
from uuid import UUID

import flask_smorest
from flask import request
from flask.views import MethodView

from services.directory.refusals import NotFound, Refused
from services.directory.signin.attempts import TooManyAttemptsError
from services.directory.signin.passwords import BusyError
from services.directory.signin.sessions import open_sessions
from services.directory.signin.signing_in import SignIn, sign_in
from services.directory.store.people_queries import find_person, last_link_of
from services.directory.store.saving import end_sessions
from services.directory.web import me as pages
from services.directory.web.answering import answering, writing
from services.directory.web.api import shapes
from services.directory.web.devices import device_words
from services.directory.web.sign_in import Desk, hasher, token_of
from shared.clock import local_date
from shared.web.access import Rule, anyone, signed_in
from shared.web.context import clock, connection, district_id, viewer, zone
from shared.web.language import gettext as _
from shared.web.links import settings
from shared.web.once import once
from shared.web.problems import Problem, too_many

sessions = flask_smorest.Blueprint("sessions_api", __name__, url_prefix="/api/v1/sessions", description="Signing in.")
me = flask_smorest.Blueprint("me_api", __name__, url_prefix="/api/v1/me", description="Yourself.")
RULES: dict[str, Rule] = {
    "sessions_api.Sessions": anyone(cookieless=True),
    "me_api.Me": signed_in(),
    "me_api.MySessions": signed_in(),
    "me_api.OneSession": signed_in(),
    "me_api.Password": signed_in(),
}


@sessions.route("")
class Sessions(MethodView):
    @sessions.arguments(shapes.SignInIn)
    @sessions.response(201, shapes.TokenOut)
    @sessions.doc(security=[])
    def post(self, data: dict[str, Any]) -> Any:
        """Sign in for a token; no cookie is read or set"""
        command = SignIn(
            data["district"], data["login"], data["password"], request.remote_addr or "", request.user_agent.string
        )
        desk = Desk(data["district"])
        try:
            opened = sign_in(desk, command, at=clock(), secret=settings().secret_key, hasher=hasher())
        except Refused:
            raise _refused() from None
        except TooManyAttemptsError as tries:
            raise too_many(_("There were too many tries."), seconds=tries.seconds) from None
        except BusyError:
            raise too_many(_("Many people sign in at this moment."), seconds=5) from None
        return {"token": token_of(opened), "expires_at": opened.expires_at}


def _refused() -> Problem:
    return Problem(
        401,
        "sign_in_refused",
        _("You are not signed in"),
        _("The name, the password or the district is not right."),
        _("Check them and try again."),
        headers={"WWW-Authenticate": 'Bearer realm="accord"'},
    )


@me.route("")
class Me(MethodView):
    @me.response(200, shapes.MeOut)
    def get(self) -> Any:
        """Who you are, the roles you hold today, when your password was set and the last link to set one made"""
        person = viewer()
        row = find_person(connection(), district_id(), person.person_id, local_date(clock(), zone()))
        roles = [{"role": held.role, "school_id": held.school_id} for held in person.roles]
        link = last_link_of(connection(), district_id(), person.person_id)
        return {**row._mapping, "district_name": person.district_name, "roles": roles, "last_link": link}


@me.route("/sessions")
class MySessions(MethodView):
    @me.response(200, shapes.SessionOut(many=True))
    def get(self) -> Any:
        """Where you are signed in"""
        found = open_sessions(connection(), district_id(), viewer().person_id, clock())
        present = viewer().session_id
        return [
            {**one.__dict__, "device": device_words(one.device), "present": one.session_id == present} for one in found
        ]


@me.route("/sessions/<uuid:session_id>")
class OneSession(MethodView):
    @once
    @me.response(204)
    def delete(self, session_id: UUID) -> None:
        """End one of your sessions"""
        with answering():
            if not end_sessions(writing(), [viewer().person_id], only=[session_id]):
                raise NotFound("session")


@me.route("/password")
class Password(MethodView):
    @me.arguments(shapes.PasswordIn)
    @me.response(204)
    def post(self, data: dict[str, Any]) -> None:
        """Change your password by the present one; your other sessions end"""
        pages.change(data)
