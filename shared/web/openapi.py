"""The versioned JSON API of a service: OpenAPI 3.1 at /api/openapi.json, the same readable at /api/docs."""

import http
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from threading import Lock
from typing import Any

import flask_smorest
import marshmallow
from flask import Blueprint, Flask, Response, current_app, jsonify, render_template
from flask_smorest.utils import prepare_response
from marshmallow import fields

from shared.config import Settings
from shared.web.context import viewer_or_nobody
from shared.web.noted import NEEDS_VERSION, TAKES_KEY
from shared.web.once import LONGEST_KEY

PROBLEM_TYPE = "application/problem+json"


class ProblemErrorSchema(marshmallow.Schema):
    pointer = fields.String(required=True, metadata={"description": "Where: a JSON pointer into the body"})
    detail = fields.String(required=True, metadata={"description": "What is wrong there"})


class ProblemLinkSchema(marshmallow.Schema):
    label = fields.String(required=True)
    href = fields.String(required=True)


class ProblemMissingSchema(marshmallow.Schema):
    step = fields.String(required=True, metadata={"description": "Its key"})
    title = fields.String(required=True)
    duty = fields.String(required=True, metadata={"description": "Whose turn it is"})


class ProblemChangeSchema(marshmallow.Schema):
    by = fields.String(required=True, metadata={"description": "Who changed it, by name"})
    event = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True, metadata={"description": "What came of a step; else null"})
    part = fields.String(required=True, metadata={"description": "What was changed"})
    at = fields.DateTime(required=True)


class ProblemSchema(marshmallow.Schema):
    """RFC 9457, with what to do about it. The members that are not required stand only where there is something to say."""

    type = fields.String(required=True, metadata={"description": "/problems/<code>"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True, metadata={"description": "What happened, here"})
    instance = fields.String(required=True)
    remedy = fields.String(metadata={"description": "What you can do"})
    errors = fields.List(fields.Nested(ProblemErrorSchema))
    links = fields.List(fields.Nested(ProblemLinkSchema))
    why = fields.String(metadata={"description": "Of a 403: why you may not"})
    who_can = fields.String(metadata={"description": "Of a 403: who may"})
    missing = fields.List(
        fields.Nested(ProblemMissingSchema), metadata={"description": "Of a 409 or 422: what has to be done first"}
    )
    version = fields.String(metadata={"description": "Of a 412 or 428: the present version, where it is known"})
    changes = fields.List(
        fields.Nested(ProblemChangeSchema), metadata={"description": "Of a 412: what was changed since, oldest first"}
    )
    draft = fields.String(metadata={"description": "Of a 409 to a page's form: the draft that holds another text"})


_KEY_HEADER: Mapping[str, Any] = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "maxLength": LONGEST_KEY},
    "description": (
        "Any text of your own, new for each thing you mean to do. The same request sent again with the same key, at once or "
        "after a lost answer, has one effect and gets the first answer, its ETag with it (header Idempotent-Replay). The same "
        "is one to the same address with the same If-Match and body; another under the same key is refused with 422. A request "
        "without a key counts each time it is sent."
    ),
}

_VERSION_HEADER: Mapping[str, Any] = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": (
        "The ETag (version) that this builds on. Without it the answer is 428, and nothing is changed; where somebody else "
        "has made a change since then it is 412."
    ),
}
_HEADERS = {TAKES_KEY: _KEY_HEADER, NEEDS_VERSION: _VERSION_HEADER}


def _note_headers(document: dict[str, Any], noted: Mapping[str, Any], **_of: object) -> dict[str, Any]:
    """One of flask-smorest's steps of writing an operation: where `once` or `on_version` stands at the view, its header is
    told."""
    by_hand = noted.get("manual_doc", {})  # whose parameters will stand in place of those found so far
    told = by_hand if "parameters" in by_hand else document
    for mark, header in _HEADERS.items():
        if noted.get(mark):
            told.setdefault("parameters", []).append(dict(header))
    return document


def _size_of_an_object(_converter: object, field: object, *, ret: dict[str, Any], **_of: object) -> dict[str, Any]:
    """One of apispec's steps of writing a field: it takes every length for a text's, which says nothing of an object."""
    if isinstance(field, fields.Dict):
        for end in ("min", "max"):
            if f"{end}Length" in ret:
                ret[f"{end}Properties"] = ret.pop(f"{end}Length")
    return {}


class Api(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest, with our problems for its errors and without its own pages and error handlers. The document is
    written when somebody first asks for it: it takes longer than all the rest of making an app."""

    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask, **options: Any) -> None:
        self._undescribed: list[flask_smorest.Blueprint] = []
        self._describing = Lock()
        super().__init__(app, **options)

    def register_blueprint(self, blp: flask_smorest.Blueprint, **options: Any) -> None:
        """What flask-smorest does, but for the description of the views."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp, **options)
        self._undescribed.append(blp)

    def document(self) -> dict[str, Any]:
        """The OpenAPI document of every blueprint that was registered."""
        with self._describing:
            while self._undescribed:
                blp = self._undescribed.pop(0)
                blp.register_views_in_doc(self, self._app, self.spec, name=blp.name, parameters=None)
                self.spec.tag({"name": blp.name, "description": blp.description})
            document: dict[str, Any] = self.spec.to_dict()
            return document

    def _register_error_handlers(self) -> None:
        """The app answers every error itself, alike on pages and here (shared.web.errors)."""

    def _register_doc_blueprint(self) -> None:
        """Served by `documents()` below, under the app's own policy."""

    def _register_responses(self) -> None:
        for status in http.HTTPStatus:
            answer: dict[str, Any] = {"description": status.phrase}
            if status >= 400:
                answer["schema"] = ProblemSchema
            prepare_response(answer, self.spec, PROBLEM_TYPE if status >= 400 else "application/json")
            self.spec.components.response(status.name, answer, lazy=True)
        default: dict[str, Any] = {"description": "A problem, with what to do about it", "schema": ProblemSchema}
        prepare_response(default, self.spec, PROBLEM_TYPE)
        self.spec.components.response("DEFAULT_ERROR", default, lazy=True)


def install(app: Flask, settings: Settings, title: str, blueprints: Sequence[flask_smorest.Blueprint]) -> None:
    """Register the API's blueprints; each must stand under /api/v<number>/."""
    app.config.setdefault("API_TITLE", title)
    app.config.setdefault("API_VERSION", version("accord"))
    app.config.setdefault("OPENAPI_VERSION", "3.1.0")
    app.config.setdefault("JSON_SORT_KEYS", False)
    api = Api(app, spec_kwargs={"servers": [{"url": settings.prefix or "/"}]})
    api.ma_plugin.converter.add_attribute_function(_size_of_an_object)
    api.spec.components.security_scheme("session", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    api.spec.options["security"] = [{"session": []}]
    for blueprint in blueprints:
        if not str(blueprint.url_prefix or "").startswith("/api/v"):
            raise ValueError(f"API blueprint {blueprint.name!r} needs a url_prefix such as /api/v1/{blueprint.name}")
        if _note_headers not in blueprint._prepare_doc_cbks:
            blueprint._prepare_doc_cbks.append(_note_headers)
        api.register_blueprint(blueprint)
    app.extensions["accord.api"] = api
    app.register_blueprint(_documents())


def _documents() -> Blueprint:
    blueprint = Blueprint("api_docs", __name__, url_prefix="/api")
    blueprint.add_url_rule("/openapi.json", "openapi", _document)
    blueprint.add_url_rule("/docs", "docs", _page)
    return blueprint


def spec() -> dict[str, Any]:
    """The OpenAPI document of the present app."""
    api: Api = current_app.extensions["accord.api"]
    return api.document()


def _document() -> Response:
    response = jsonify(spec())
    response.headers["Cache-Control"] = "no-cache"
    return response


def _page() -> str:
    viewer_or_nobody()
    document = spec()
    return render_template("api_docs.html", document=document, groups=_groups(document), shape=Shapes(document))


@dataclass(frozen=True)
class Operation:
    """One operation, with what it takes and answers, ready to be read."""

    method: str
    path: str
    summary: str
    description: str
    parameters: Sequence[Mapping[str, Any]]
    body: Mapping[str, Any] | None
    answers: Sequence[tuple[str, str, Mapping[str, Any] | None]]
    anchor: str


_METHODS = ("get", "post", "put", "patch", "delete")


def _groups(document: Mapping[str, Any]) -> list[tuple[str, str, list[Operation]]]:
    """(tag, its description, operations) in the order of the document."""
    groups: dict[str, list[Operation]] = {}
    for path, item in document.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                operation = _operation(document, path, method, item[method], item.get("parameters", []))
                groups.setdefault((item[method].get("tags") or ["other"])[0], []).append(operation)
    described = {tag["name"]: tag.get("description", "") for tag in document.get("tags", [])}
    return [(tag, described.get(tag, ""), operations) for tag, operations in groups.items()]


def _operation(
    document: Mapping[str, Any], path: str, method: str, item: Mapping[str, Any], shared: Sequence[Any]
) -> Operation:
    answers = []
    for status, answer in sorted(item.get("responses", {}).items()):
        found = resolved(document, answer)
        answers.append((str(status), found.get("description", ""), _content(found)))
    return Operation(
        method=method.upper(),
        path=path,
        summary=item.get("summary", ""),
        description=item.get("description", ""),
        parameters=[resolved(document, each) for each in [*shared, *item.get("parameters", [])]],
        body=_content(resolved(document, item.get("requestBody", {}))),
        answers=answers,
        anchor=f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
    )


def resolved(document: Mapping[str, Any], item: Any) -> Mapping[str, Any]:
    """What a $ref (or flask-smorest's name of a response) stands for."""
    if isinstance(item, str):
        found: Mapping[str, Any] = document["components"]["responses"][item]
        return found
    reference = item.get("$ref") if isinstance(item, Mapping) else None
    if not reference:
        same: Mapping[str, Any] = item
        return same
    here: Any = document
    for part in reference.removeprefix("#/").split("/"):
        here = here[part]
    return here  # type: ignore[no-any-return]


def _content(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for media in found.get("content", {}).values():
        schema: Mapping[str, Any] | None = media.get("schema")
        return schema
    return None


@dataclass(frozen=True)
class Line:
    """One field of a schema: its path within the body, its type in words, whether it must be there."""

    name: str
    kind: str
    required: bool
    words: str


class Shapes:
    """Schemas laid flat as lines for a table."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def __call__(self, schema: Mapping[str, Any], start: str = "", depth: int = 0) -> list[Line]:
        found = resolved(self._document, schema)
        if found.get("type") == "array":
            return self(found.get("items", {}), f"{start}[]", depth)
        lines: list[Line] = []
        for name, field in found.get("properties", {}).items():
            inner = resolved(self._document, field)
            path = f"{start}.{name}" if start else name
            lines.append(Line(path, self.kind(inner), name in found.get("required", ()), _words(inner)))
            if depth < 4 and (inner.get("properties") or inner.get("type") == "array"):
                lines += self(inner, path, depth + 1)
        return lines

    def kind(self, schema: Mapping[str, Any]) -> str:
        found = resolved(self._document, schema)
        kind = found.get("type", "object" if "properties" in found else "any")
        words = " or ".join(kind) if isinstance(kind, list) else str(kind)
        if kind == "array":
            words = f"list of {self.kind(found.get('items', {}))}"
        return f"{words} ({found['format']})" if found.get("format") else words


def _words(schema: Mapping[str, Any]) -> str:
    words = [str(schema["description"])] if schema.get("description") else []
    if schema.get("enum"):
        words.append("One of: " + ", ".join(str(each) for each in schema["enum"]))
    limits = {
        "minLength": "at least {} characters",
        "maxLength": "at most {} characters",
        "maxProperties": "at most {} of them",
        "minimum": "from {}",
        "maximum": "to {}",
    }
    words += [text.format(schema[name]) for name, text in limits.items() if name in schema]
    return ". ".join(words)
