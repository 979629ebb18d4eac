"""People over JSON."""

from typing import Any
from uuid import UUID

import flask_smorest
from flask.views import MethodView

from services.directory.commands import AddPerson, Appoint, ChangePerson, EndAppointment, NameEvaluators, SetActive
from services.directory.handlers import people as handlers
from services.directory.handlers.people import MANAGING
from services.directory.signin.links import make_links
from services.directory.store import people_queries as queries
from services.directory.store.saving import end_sessions
from services.directory.web.answering import (
    answering,
    refuse_unless_may_give,
    refuse_unless_may_reach,
    required_seen_version,
    writing,
)
from services.directory.web.api import shapes
from shared.clock import local_date
from shared.people.choices import Sought
from shared.web.access import Rule, holding
from shared.web.context import clock, connection, district_id, zone
from shared.web.context import writing as lasting
from shared.web.forms import on_version
from shared.web.language import gettext as _
from shared.web.links import settings
from shared.web.once import once
from shared.web.problems import not_found

people = flask_smorest.Blueprint(
    "people_api", __name__, url_prefix="/api/v1/people", description="People, their roles and evaluators."
)
RULES: dict[str, Rule] = {
    f"people_api.{name}": holding(*sorted(MANAGING))
    for name in (
        "People",
        "One",
        "Roles",
        "RoleEnd",
        "Evaluators",
        "Deactivation",
        "Reactivation",
        "Links",
        "SessionsEnd",
    )
}


@people.route("")
class People(MethodView):
    @people.arguments(shapes.PeopleQuery, location="query")
    @people.response(200, shapes.PeopleOut)
    def get(self, query: dict[str, Any]) -> Any:
        """People by name, searched and filtered"""
        asked = queries.Asked(query["q"], query["role"], Sought(query["school"]), query["state"])
        today, size = local_date(clock(), zone()), query["page_size"]
        rows = queries.list_people(
            connection(), district_id(), asked, today, limit=size, offset=(query["page"] - 1) * size
        )
        return {
            "total": queries.count_people(connection(), district_id(), asked, today),
            "people": [{**row._mapping, "roles": row.held} for row in rows],
        }

    @once
    @people.arguments(shapes.NewPersonIn)
    @people.response(201, shapes.PersonOut)
    def post(self, data: dict[str, Any]) -> Any:
        """Enter somebody by hand, with a first role"""
        refuse_unless_may_give(data["role"])
        with answering():
            person_id = handlers.add_person(writing(), AddPerson(**data))
        return shown(person_id, 201)


@people.route("/<uuid:person_id>")
class One(MethodView):
    @people.response(200, shapes.PersonOut)
    def get(self, person_id: UUID) -> Any:
        """One person; the version stands in the ETag"""
        return shown(person_id)

    @once
    @people.arguments(shapes.PersonIn)
    @people.response(200, shapes.PersonOut)
    @on_version
    def put(self, data: dict[str, Any], person_id: UUID) -> Any:
        """Change somebody entered by hand (If-Match)"""
        refuse_unless_may_reach(person_id)
        with answering():
            handlers.change_person(writing(), ChangePerson(person_id, required_seen_version(), **data))
        return shown(person_id)


@people.route("/<uuid:person_id>/roles")
class Roles(MethodView):
    @once
    @people.arguments(shapes.RoleIn)
    @people.response(201, shapes.PersonOut)
    @on_version
    def post(self, data: dict[str, Any], person_id: UUID) -> Any:
        """Give a role (If-Match)"""
        refuse_unless_may_give(data["role"], person_id)
        with answering():
            handlers.appoint(writing(), Appoint(person_id, required_seen_version(), **data))
        return shown(person_id, 201)


@people.route("/<uuid:person_id>/roles/<uuid:appointment_id>/end")
class RoleEnd(MethodView):
    @once
    @people.arguments(shapes.EndIn)
    @people.response(200, shapes.PersonOut)
    @on_version
    def post(self, data: dict[str, Any], person_id: UUID, appointment_id: UUID) -> Any:
        """End a role given by hand, or move its end to an earlier day; to lengthen one, give it anew (If-Match)"""
        held = queries.appointments_of(connection(), district_id(), person_id)
        refuse_unless_may_give(next((row.role for row in held if row.appointment_id == appointment_id), ""))
        with answering():
            command = EndAppointment(person_id, required_seen_version(), appointment_id, **data)
            handlers.end_appointment(writing(), command)
        return shown(person_id)


@people.route("/<uuid:person_id>/evaluators")
class Evaluators(MethodView):
    @once
    @people.arguments(shapes.EvaluatorsIn)
    @people.response(200, shapes.PersonOut)
    @on_version
    def put(self, data: dict[str, Any], person_id: UUID) -> Any:
        """Say who evaluates a person, first choice first (If-Match)"""
        with answering({"evaluators": "evaluator_ids"}):
            command = NameEvaluators(person_id, required_seen_version(), data["evaluator_ids"])
            handlers.name_evaluators(writing(), command)
        return shown(person_id)


@people.route("/<uuid:person_id>/deactivate")
class Deactivation(MethodView):
    @once
    @people.response(200, shapes.PersonOut)
    @on_version
    def post(self, person_id: UUID) -> Any:
        """Shut a person out; every session ends (If-Match)"""
        return _set_active(person_id, active=False)


@people.route("/<uuid:person_id>/reactivate")
class Reactivation(MethodView):
    @once
    @people.response(200, shapes.PersonOut)
    @on_version
    def post(self, person_id: UUID) -> Any:
        """Let a person in again (If-Match)"""
        return _set_active(person_id, active=True)


def _set_active(person_id: UUID, *, active: bool) -> Any:
    refuse_unless_may_reach(person_id)
    with answering():
        handlers.set_active(writing(), SetActive(person_id, required_seen_version(), active))
    return shown(person_id)


@people.route("/<uuid:person_id>/links")
class Links(MethodView):
    @people.response(201, shapes.LinkOut)
    def post(self, person_id: UUID) -> Any:
        """Make a one-time link to set a password; earlier ones end"""
        _find(person_id)
        refuse_unless_may_reach(person_id)
        with lasting(), answering():
            (link,) = make_links(writing(), [person_id])
        return {"url": f"{settings().public_url}{settings().prefix}{link.path}", "expires_at": link.expires_at}


@people.route("/<uuid:person_id>/end-sessions")
class SessionsEnd(MethodView):
    @once
    @people.response(204)
    def post(self, person_id: UUID) -> None:
        """End every session of a person"""
        _find(person_id)
        refuse_unless_may_reach(person_id)
        end_sessions(writing(), [person_id])


def _find(person_id: UUID) -> Any:
    row = queries.find_person(connection(), district_id(), person_id, local_date(clock(), zone()))
    if row is None:
        raise not_found(_("this person"))
    return row


def shown(person_id: UUID, status: int = 200) -> Any:
    """One person, as the API shows them, with the version as ETag."""
    row = _find(person_id)
    related = queries.related_people(connection(), district_id(), person_id, (), local_date(clock(), zone()))
    body = {
        **row._mapping,
        "roles": [
            {**held._mapping, "from_roster": held.source_id is not None}
            for held in queries.appointments_of(connection(), district_id(), person_id)
        ],
        "evaluator_ids": row.hand_evaluators,
        "roster_evaluator_ids": row.roster_evaluators,
        "evaluates_ids": [one.person_id for one in related if one.is_evaluated],
    }
    return body, status, {"ETag": f'"{row.version}"'}
