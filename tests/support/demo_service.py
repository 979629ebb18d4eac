"""A service of one table inside the shell: notes that a person writes and sends."""

from pathlib import Path
from typing import Any
from uuid import UUID

import flask_smorest
from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from flask.views import MethodView
from marshmallow import fields, validate
from sqlalchemy import Column, Engine, Integer, MetaData, Table, Text, Uuid, insert, select, update

from shared.config import Settings
from shared.db import district_policy, grants
from shared.ids import new_id
from shared.web.access import Policy, anyone, holding, signed_in
from shared.web.app import create_web_app
from shared.web.context import connection, district_id, viewer, viewer_or_nobody, writing
from shared.web.forms import Form, FormInvalid, Schema, form_version, invalid, open_form, parse, required_version
from shared.web.once import once
from shared.web.problems import Link, changed_meanwhile, not_found, refuse_access, refused
from shared.web.reference import reference_blueprint, reference_rules

METADATA = MetaData()
NOTE = Table(
    "demo_note", METADATA,
    Column("district_id", Uuid, primary_key=True),
    Column("note_id", Uuid, primary_key=True),
    Column("author_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("version", Integer, nullable=False),
)  # fmt: skip
NOTE_STATEMENTS = [*district_policy("demo_note"), *grants("demo_note")]
_FOLDER = Path(__file__).parent


class NoteSchema(Schema):
    title = fields.String(required=True, validate=validate.Length(max=80, error="Shorten the title to 80 characters."))
    body = fields.String(required=True, validate=validate.Length(max=20_000))
    met_on = fields.Date(load_default=None)
    level = fields.String(load_default=None, validate=validate.OneOf(["1", "2", "3", "4"]))
    shared_with = fields.List(fields.String(), load_default=[])


class NoteOut(Schema):
    note_id = fields.UUID(required=True)
    title = fields.String(required=True)
    version = fields.Integer(required=True)


pages = Blueprint("notes", __name__, url_prefix="/notes", template_folder=str(_FOLDER / "demo_templates"))


@pages.get("/")
def index() -> str:
    rows = connection().execute(select(NOTE).where(NOTE.c.district_id == district_id())).all()
    return render_template("demo/index.html", rows=rows, page_width="wide")


@pages.get("/new")
def write() -> str:
    form = open_form({"title": ""}, version="0", draft=f"note:{request.args.get('about', 'new')}")
    return render_template("demo/note.html", form=form)


@pages.get("/plain")
def plain() -> str:
    return render_template("demo/note.html", form=open_form({"title": "Stored"}, version="7"))


@pages.post("/new")
@once
def send() -> Any:
    try:
        data = parse(NoteSchema)
        if data["title"] == "Forbidden":
            raise invalid(title="Choose another title.")
    except FormInvalid as problem:
        return render_template("demo/note.html", form=problem.form()), 422
    if data["title"] == "Break":
        raise ZeroDivisionError("a secret that somebody typed")
    note_id = add_note(data)
    if data["title"] == "Half":
        raise RuntimeError("after the first write")
    return redirect(url_for("notes.show", note_id=note_id), 303)


def add_note(data: dict[str, Any]) -> UUID:
    note_id = new_id()
    values = {"district_id": district_id(), "note_id": note_id, "author_id": viewer().person_id, "version": 1}
    with writing() as opened:
        opened.execute(insert(NOTE).values(title=data["title"], body=data["body"], **values))
    return note_id


def find(note_id: UUID) -> Any:
    row = connection().execute(select(NOTE).where(NOTE.c.note_id == note_id)).one_or_none()
    if row is None:
        raise not_found("this note")
    if row.author_id != viewer().person_id:
        raise refuse_access("this note is another person's own.", "its author")
    return row


@pages.get("/<uuid:note_id>")
def show(note_id: UUID) -> str:
    return render_template("demo/note.html", form=Form(find(note_id)._mapping, version="1"), sent=True)


@pages.post("/<uuid:note_id>")
@once
def change(note_id: UUID) -> Any:
    data = parse(NoteSchema)
    row = find(note_id)
    if required_version() != str(row.version):
        raise changed_meanwhile("Hanna Kim changed the title.", version=str(row.version))
    connection().execute(
        update(NOTE)
        .where(NOTE.c.note_id == note_id)
        .values(title=data["title"], body=data["body"], version=row.version + 1)
    )
    return redirect(url_for("notes.show", note_id=note_id), 303)


@pages.post("/locked")
def locked() -> Any:
    raise refused(
        "locked",
        "This note is signed",
        "Nobody changes a signed note.",
        "Write another.",
        links=[Link("Write one", "/home/notes/new")],
    )


@pages.get("/office")
def office() -> str:
    return "for HR"


@pages.get("/hello")
def hello() -> str:
    somebody = viewer_or_nobody()
    return f"hello {somebody.name if somebody else 'stranger'}"


@pages.get("/form-for-anyone")
def form_for_anyone() -> str:
    return render_template("demo/anyone.html", form=Form())


@pages.post("/hello")
def greet() -> Response:
    return Response("greeted")


api = flask_smorest.Blueprint("note", __name__, url_prefix="/api/v1/notes", description="Notes that people write.")


@api.route("/")
class Notes(MethodView):
    @api.response(200, NoteOut(many=True))
    def get(self) -> Any:
        """Every note of your district"""
        return connection().execute(select(NOTE)).all()

    @once
    @api.arguments(NoteSchema)
    @api.response(201, NoteOut)
    def post(self, data: dict[str, Any]) -> Any:
        """Write a note

        The same Idempotency-Key gives the first answer again.
        """
        return {"note_id": add_note(data), "title": data["title"], "version": 1}


POLICY = Policy(
    {
        "notes.index": signed_in(),
        "notes.write": signed_in(),
        "notes.send": signed_in(),
        "notes.plain": signed_in(),
        "notes.show": signed_in(),
        "notes.change": signed_in(),
        "notes.locked": signed_in(),
        "notes.office": holding("hr"),
        "notes.hello": anyone(),
        "notes.form_for_anyone": anyone(),
        "notes.greet": anyone(),
        "note.Notes": {"GET": signed_in(), "POST": holding("principal", "teacher")},
        **reference_rules(),
    }
)


def create_demo(settings: Settings, engine: Engine) -> Flask:
    return create_web_app(
        settings,
        import_name=__name__,
        engine=engine,
        pages=[pages, reference_blueprint()],
        api=[api],
        policy=POLICY,
        title="Demo",
    )


__all__ = ["METADATA", "NOTE_STATEMENTS", "create_demo", "form_version"]
