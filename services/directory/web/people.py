"""The district's people: found, entered, appointed, shut out, invited. For those who manage the directory."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from marshmallow import fields, validate

from services.directory.commands import AddPerson, Appoint, ChangePerson, EndAppointment, NameEvaluators, SetActive
from services.directory.handlers import people as handlers
from services.directory.handlers.people import MANAGING
from services.directory.signin.links import make_links
from services.directory.store import people_queries as queries
from services.directory.store.place_queries import school_choices
from services.directory.store.saving import end_sessions
from services.directory.web.answering import (
    answering,
    own,
    refuse_form_of_roster,
    refuse_unless_may_give,
    refuse_unless_may_reach,
    required_seen_version,
    writing,
)
from services.directory.wording import ROLE, role_word
from shared.clock import local_date
from shared.people import roles
from shared.people.choices import school_choice, sought
from shared.web.access import Rule, holding
from shared.web.context import clock, connection, district_id, zone
from shared.web.context import writing as lasting
from shared.web.forms import Form, FormInvalid, Schema, open_form, parse
from shared.web.language import gettext as _
from shared.web.language import lazy_gettext as _l
from shared.web.lines import Words
from shared.web.links import settings
from shared.web.once import once
from shared.web.paging import MOST_COUNTED, asked_page, page_or_stretch
from shared.web.problems import not_found

EVALUATING = (
    roles.PRINCIPAL, roles.SITE_ADMINISTRATOR, roles.DISTRICT_ADMINISTRATOR, roles.SUPERINTENDENT, roles.COUNSELOR,
)  # fmt: skip
"""Whose holders are offered as evaluators; the roster may name others."""
RULES: dict[str, Rule] = {
    f"people.{name}": holding(*sorted(MANAGING))
    for name in (
        "index", "new", "add", "show", "edit", "change", "appoint", "end", "evaluators",
        "name_evaluators", "shut_out", "let_in", "invite", "end_sessions",
    )
}  # fmt: skip
_PAGE = 50
STATES = ("active", "inactive", "no_password")


USERNAME = validate.Regexp(r"^[^\s@]{2,100}$", error=_l("Write 2 to 100 characters, without spaces and without @."))


class PersonForm(Schema):
    given_name = Words(required=True, validate=validate.Length(min=1, max=100))
    family_name = Words(required=True, validate=validate.Length(min=1, max=100))
    username = Words(required=True, validate=USERNAME)
    email = fields.Email(load_default=None, allow_none=True)
    identifier = Words(load_default=None, allow_none=True, validate=validate.Length(max=60))


class RoleForm(Schema):
    role = fields.String(required=True, validate=validate.OneOf(list(ROLE)))
    school_id = fields.UUID(load_default=None, allow_none=True)
    begins = fields.Date(load_default=None, allow_none=True)
    ends = fields.Date(load_default=None, allow_none=True)


class NewPersonForm(PersonForm):
    role = fields.String(required=True, validate=validate.OneOf(list(ROLE)))
    school_id = fields.UUID(load_default=None, allow_none=True)


class EndForm(Schema):
    ends = fields.Date(load_default=None, allow_none=True)


class EvaluatorsForm(Schema):
    evaluator_1 = fields.UUID(load_default=None, allow_none=True)
    evaluator_2 = fields.UUID(load_default=None, allow_none=True)
    evaluator_3 = fields.UUID(load_default=None, allow_none=True)


def make() -> Blueprint:
    blueprint = Blueprint("people", __name__, template_folder="templates", url_prefix="/people")
    one = "/<uuid:person_id>"
    blueprint.add_url_rule("", "index", index)
    blueprint.add_url_rule("/new", "new", new)
    blueprint.add_url_rule("/new", "add", once(add), methods=["POST"])
    blueprint.add_url_rule(one, "show", show)
    blueprint.add_url_rule(f"{one}/edit", "edit", edit)
    blueprint.add_url_rule(f"{one}/edit", "change", once(change), methods=["POST"])
    blueprint.add_url_rule(f"{one}/evaluators", "evaluators", evaluators)
    posts: dict[str, tuple[str, Callable[..., Any]]] = {
        "appoint": ("roles", appoint),
        "name_evaluators": ("evaluators", name_evaluators),
        "shut_out": ("shut-out", shut_out),
        "let_in": ("let-in", let_in),
        "end_sessions": ("end-sessions", end_all_sessions),
    }
    for name, (path, view) in posts.items():
        blueprint.add_url_rule(f"{one}/{path}", name, once(view), methods=["POST"])
    blueprint.add_url_rule(f"{one}/roles/<uuid:appointment_id>/end", "end", once(end), methods=["POST"])
    blueprint.add_url_rule(f"{one}/link", "invite", invite, methods=["POST"])
    return blueprint


def asked_people() -> queries.Asked:
    """What the address asks for; what can't be read asks nothing."""
    role, state = request.args.get("role", ""), request.args.get("state", "active")
    return queries.Asked(
        words=request.args.get("q", "")[:100],
        role=role if role in ROLE else "",
        school=sought(request.args.get("school")),
        state=state if state in STATES else "",
    )


def index() -> str:
    """A page of people, by name; search and filters stay in the address."""
    number, size = asked_page(size=_PAGE)
    asked, today = asked_people(), local_date(clock(), zone())
    counted = queries.count_people(connection(), district_id(), asked, today, most=MOST_COUNTED + 1)
    rows = queries.list_people(connection(), district_id(), asked, today, limit=size + 1, offset=(number - 1) * size)
    return render_template(
        "directory/people.html",
        rows=rows[:size],
        page=page_or_stretch(number, size, counted, more=len(rows) > size),
        asked=asked,
        school=school_choice(connection(), queries.school, district_id(), asked.school),
        most_counted=MOST_COUNTED,
        role_word=role_word,
        role_options=_role_options(),
    )


def new() -> str:
    return _new_page(open_form(draft="person:new"))


def add() -> Any:
    """Enter somebody by hand."""
    try:
        data = parse(NewPersonForm)
        refuse_unless_may_give(data["role"])
        with answering():
            person_id = handlers.add_person(writing(), AddPerson(**data))
    except FormInvalid as wrong:
        return _new_page(wrong.form()), 422
    return redirect(url_for("people.show", person_id=person_id, said="added"), 303)


def show(person_id: UUID) -> str:
    """One person: who they are, roles with their dates, evaluators, whether and where they sign in."""
    return _show_page(person_id, {})


def edit(person_id: UUID) -> str:
    row = _find(person_id)
    refuse_form_of_roster("person_from_roster", brought=row.source_id is not None)
    names = ("given_name", "family_name", "username", "email", "identifier")
    stored = {name: getattr(row, name) for name in names}
    return _edit_page(row, open_form(stored, version=str(row.version), draft=f"person:{person_id}@{row.version}"))


def change(person_id: UUID) -> Any:
    row = _find(person_id)
    refuse_unless_may_reach(person_id)
    try:
        data = parse(PersonForm)
        with answering():
            handlers.change_person(writing(), ChangePerson(person_id, required_seen_version(), **data))
    except FormInvalid as wrong:
        return _edit_page(row, wrong.form()), 422
    return redirect(url_for("people.show", person_id=person_id, said="changed"), 303)


def appoint(person_id: UUID) -> Any:
    """Give a role."""

    def give() -> None:
        data = parse(RoleForm)
        refuse_unless_may_give(data["role"], person_id)
        handlers.appoint(writing(), Appoint(person_id, required_seen_version(), **data))

    return _done(person_id, give, "appoint", "appointed")


def end(person_id: UUID, appointment_id: UUID) -> Any:
    """End a role that was given by hand."""

    def take() -> None:
        held = queries.appointments_of(connection(), district_id(), person_id)
        refuse_unless_may_give(next((row.role for row in held if row.appointment_id == appointment_id), ""))
        handlers.end_appointment(
            writing(), EndAppointment(person_id, required_seen_version(), appointment_id, **parse(EndForm))
        )

    return _done(person_id, take, "end", "ended")


def evaluators(person_id: UUID) -> str:
    """Choose who evaluates this person."""
    row = _find(person_id)
    named = {f"evaluator_{at}": str(one) for at, one in enumerate(row.hand_evaluators, start=1)}
    form = open_form(named, version=str(row.version), draft=f"evaluators:{person_id}@{row.version}")
    return _evaluators_page(row, form)


def name_evaluators(person_id: UUID) -> Any:
    """Say who evaluates this person."""
    row = _find(person_id)
    try:
        data = parse(EvaluatorsForm)
        chosen = [one for one in (data[f"evaluator_{at}"] for at in (1, 2, 3)) if one is not None]
        with answering({"evaluators": "evaluator_1"}):
            handlers.name_evaluators(writing(), NameEvaluators(person_id, required_seen_version(), chosen))
    except FormInvalid as wrong:
        return _evaluators_page(row, wrong.form()), 422
    return redirect(url_for("people.show", person_id=person_id, said="evaluators"), 303)


def shut_out(person_id: UUID) -> Any:
    """Keep somebody from signing in; every session ends."""
    refuse_unless_may_reach(person_id)
    with answering():
        handlers.set_active(writing(), SetActive(person_id, required_seen_version(), active=False))
    return redirect(url_for("people.show", person_id=person_id, said="shut_out"), 303)


def let_in(person_id: UUID) -> Any:
    """Let somebody in again who was shut out."""
    refuse_unless_may_reach(person_id)
    with answering():
        handlers.set_active(writing(), SetActive(person_id, required_seen_version(), active=True))
    return redirect(url_for("people.show", person_id=person_id, said="let_in"), 303)


def end_all_sessions(person_id: UUID) -> Any:
    """End every session of a person, who may sign in again at once."""
    _find(person_id)
    refuse_unless_may_reach(person_id)
    end_sessions(writing(), [person_id])
    return redirect(url_for("people.show", person_id=person_id, said="sessions"), 303)


def invite(person_id: UUID) -> Any:
    """Make a link and show it, once: it is kept as a hash only, so this page alone holds it."""
    row = _find(person_id)
    refuse_unless_may_reach(person_id)
    with lasting(), answering():
        (link,) = make_links(writing(), [person_id])
    url = f"{settings().public_url}{settings().prefix}{link.path}"
    return make_response(render_template("directory/link.html", row=row, url=url, expires_at=link.expires_at), 201)


def _done(person_id: UUID, command: Callable[[], None], form: str, said: str) -> Any:
    """Carry out a command of the person's page; what was typed wrong is shown on that page again."""
    try:
        with answering():
            command()
    except FormInvalid as wrong:
        return _show_page(person_id, {form: wrong.form()}), 422
    return redirect(url_for("people.show", person_id=person_id, said=said), 303)


def _find(person_id: UUID) -> Any:
    row = queries.find_person(connection(), district_id(), person_id, local_date(clock(), zone()))
    if row is None:
        raise not_found(_("this person"))
    return row


def _show_page(person_id: UUID, forms: dict[str, Form]) -> str:
    row = _find(person_id)
    named = [*row.hand_evaluators, *row.roster_evaluators]
    today = local_date(clock(), zone())
    related = queries.related_people(connection(), district_id(), person_id, named, today)
    version = str(row.version)
    return render_template(
        "directory/person.html",
        row=row,
        held=queries.appointments_of(connection(), district_id(), person_id),
        evaluators=[one for one in related if one.is_evaluator],
        evaluated=[one for one in related if one.is_evaluated],
        schools=school_choices(connection(), district_id()),
        role_options=_role_options(),
        role_word=role_word,
        today=today,
        own=own(person_id),
        said=request.args.get("said"),
        plain=Form(version=version),
        appoint_form=forms.get("appoint") or Form(version=version),
        end_form=forms.get("end") or Form(version=version),
    )


def _evaluators_page(row: Any, form: Form) -> str:
    today = local_date(clock(), zone())
    related = queries.related_people(connection(), district_id(), row.person_id, row.hand_evaluators, today)
    named = [one for one in related if one.is_evaluator and one.active]
    offered = queries.choosable_people(connection(), district_id(), EVALUATING, today)
    choices = {one.person_id: f"{one.given_name} {one.family_name}" for one in (*offered, *named)}
    options = [(str(one), name) for one, name in choices.items() if one != row.person_id]
    return render_template("directory/evaluators.html", row=row, form=form, options=options)


def _role_options() -> list[tuple[str, str]]:
    return [(role, str(words)) for role, words in ROLE.items()]


def _new_page(form: Form) -> str:
    return render_template(
        "directory/person_new.html",
        form=form,
        schools=school_choices(connection(), district_id()),
        role_options=_role_options(),
    )


def _edit_page(row: Any, form: Form) -> str:
    return render_template("directory/person_edit.html", row=row, form=form)
