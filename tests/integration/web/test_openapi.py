"""The API's document is valid OpenAPI 3.1, says what the API does, and can be read without it."""

import re

import jsonschema
import pytest
from jsonschema.validators import Draft202012Validator


@pytest.fixture
def document(demo) -> dict:
    answer = demo.app.test_client().get("/home/api/openapi.json")
    assert answer.status_code == 200
    return answer.get_json()


def test_it_is_openapi_3_1_with_every_operation(demo, document):
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "/home"}]
    assert document["security"] == [{"session": []}]
    routes = {
        (re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule), method.lower())
        for rule in demo.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    told = {(path, method) for path, item in document["paths"].items() for method in item if method in ("get", "post")}
    assert told == routes != set()


def test_every_reference_leads_somewhere_and_every_schema_is_one(document):
    def walk(item) -> None:
        if isinstance(item, dict):
            if "$ref" in item:
                here = document
                for part in item["$ref"].removeprefix("#/").split("/"):
                    here = here[part]
            for value in item.values():
                walk(value)
        elif isinstance(item, list):
            for value in item:
                walk(value)

    walk(document)
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_what_it_answers_has_the_shape_it_promises(demo, document):
    headers = {"Authorization": f"Bearer {demo.token(demo.alice)}"}
    client = demo.app.test_client()
    made = client.post("/api/v1/notes/", json={"title": "a", "body": "b"}, headers=headers)
    operation = document["paths"]["/api/v1/notes/"]["post"]
    promised = operation["responses"]["201"]["content"]["application/json"]["schema"]
    jsonschema.validate(made.get_json(), {**promised, "components": document["components"]})
    refused = client.post("/api/v1/notes/", json={}, headers=headers)
    assert operation["responses"]["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"}
    problem = document["components"]["responses"]["DEFAULT_ERROR"]["content"]["application/problem+json"]["schema"]
    jsonschema.validate(refused.get_json(), {**problem, "components": document["components"]})


def test_the_page_tells_the_same_in_words(demo):
    page = demo.client(demo.alice).get("/home/api/docs").text
    for words in (
        "Write a note",
        "/home/api/v1/notes/",
        "Notes that people write.",
        "met_on",
        "Idempotency-Key",
        "Alice Alvarez",
    ):
        assert words in page
    assert "<script src" not in page.replace('<script type="module"', "")
