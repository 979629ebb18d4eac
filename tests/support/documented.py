"""A service's API held to its own OpenAPI document: every answer a test gets from it, refusals too.

app.test_client_class = DocumentedClient      # from then on each answer below /api/v… is checked as it comes
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jsonschema.validators import Draft202012Validator
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from shared.web.openapi import PROBLEM_TYPE, resolved, spec

_SIZES = {"Length": "string", "Items": "array", "Properties": "object"}
"""The end of a keyword that limits a size -> the type it is for; of another type it says nothing."""
_PYTHON_ONLY = re.compile(r"\\[AZ]|\(\?P|\(\?[aiLmsux]")
"""What Python's patterns have and those of ECMA-262 have not."""


class DocumentedClient(FlaskClient):
    """Raises AssertionError where an answer of the API is none that its document tells of."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        faults = faults_of(self.application, answer)
        assert not faults, f"{answer.request.method} {answer.request.path} -> {answer.status_code}: {faults}"
        return answer


def document_of(app: Flask) -> dict[str, Any]:
    """The app's document, written once."""
    if "documented" not in app.extensions:
        with app.app_context():
            app.extensions["documented"] = spec()
    found: dict[str, Any] = app.extensions["documented"]
    return found


def faults_of(app: Flask, answer: TestResponse) -> list[str]:
    """What of an answer the document does not tell; nothing of pages, and of what was never an address."""
    operation = _operation(app, answer)
    if operation is None or answer.request.method == "HEAD" or answer.status_code == 304:
        return []
    document = document_of(app)
    told = operation["responses"]
    status = str(answer.status_code)
    if status not in told and answer.status_code < 400:
        return [f"nothing is said of {status}"]
    content = resolved(document, told.get(status, told.get("default"))).get("content", {})
    if not answer.data:
        return [f"an empty answer, not {sorted(content)}"] if content else []
    if answer.mimetype not in content:
        return [f"{answer.mimetype}, not {sorted(content)}"]
    if answer.mimetype not in ("application/json", PROBLEM_TYPE):
        return []
    schema = content[answer.mimetype]["schema"]
    validator = Draft202012Validator({**schema, "components": document["components"]})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer.get_json())]


def _operation(app: Flask, answer: TestResponse) -> Mapping[str, Any] | None:
    found = re.search(r"/api/v\d.*", answer.request.path)
    if found is None:
        return None
    try:
        rule, _arguments = app.url_map.bind("").match(found[0], answer.request.method, return_rule=True)
    except HTTPException:
        return None
    path = re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule)
    operation: Mapping[str, Any] = document_of(app)["paths"][path][answer.request.method.lower()]
    return operation


def slips_of(part: Any, where: str = "#") -> Iterator[str]:
    """Keywords of a document's schemas that say nothing there, or nothing to whoever reads JSON Schema."""
    if isinstance(part, list):
        for number, one in enumerate(part):
            yield from slips_of(one, f"{where}/{number}")
    if not isinstance(part, dict):
        return
    kinds = part.get("type", [])
    for end, kind in _SIZES.items():
        if kinds and {f"min{end}", f"max{end}"} & part.keys() and kind not in kinds:
            yield f"{where}: the size of {kind} on {kinds}"
    if isinstance(part.get("pattern"), str) and _PYTHON_ONLY.search(part["pattern"]):
        yield f"{where}: {part['pattern']}"
    for name, one in part.items():
        yield from slips_of(one, f"{where}/{name}")
