"""The AsyncAPI document made from the registry is one, and says what the registry says.

The schema is @asyncapi/specs 6.11.1, schemas/3.0.0.json, unchanged (Apache-2.0, its licence beside it).
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from shared.contracts.asyncapi import document
from shared.contracts.registry import REGISTRY
from shared.contracts.topics import TOPICS

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "shared" / "contracts" / "examples"


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads((HERE / "asyncapi-3.0.0.json").read_text(encoding="utf-8"))
    return jsonschema.Draft7Validator(schema)


@pytest.fixture(scope="module")
def made() -> Any:
    return json.loads(json.dumps(document()))


def test_the_document_is_valid(validator: Any, made: Any) -> None:
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(made)] == []


@pytest.mark.parametrize("spoil", ["address", "action", "payload"])
def test_the_schema_refuses_a_spoiled_document(validator: Any, made: Any, spoil: str) -> None:
    spoiled = copy.deepcopy(made)
    if spoil == "address":
        spoiled["channels"]["accord.process"]["adress"] = spoiled["channels"]["accord.process"].pop("address")
    elif spoil == "action":
        next(iter(spoiled["operations"].values()))["action"] = "shout"
    else:
        next(iter(spoiled["components"]["messages"].values()))["payload"] = 7
    assert list(validator.iter_errors(spoiled))


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def test_every_reference_leads_somewhere(made: Any) -> None:
    for reference in set(_references(made)):
        target = made
        for part in reference.removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]


def test_topics_and_events_are_those_of_the_registry(made: Any) -> None:
    assert set(made["channels"]) == set(TOPICS)
    for name, channel in made["channels"].items():
        declared = {event for event, declaration in REGISTRY.items() if declaration.topic.name == name}
        assert set(channel["messages"]) == declared
    told = {(operation["action"], operation["channel"]["$ref"]) for operation in made["operations"].values()}
    for topic in TOPICS.values():
        reference = f"#/channels/{topic.name}"
        assert (("send", reference) in told, ("receive", reference) in told) == (
            bool(topic.producers),
            bool(topic.consumers),
        )


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_stored_examples_fit_their_schemas(made: Any, name: str) -> None:
    """Headers and value, with formats checked; the value's schema is JSON Schema 2020-12."""
    example = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    message = made["components"]["messages"][name]
    checker = jsonschema.FormatChecker()
    for schema, value in ((message["headers"], example["headers"]), (message["payload"], example["value"])):
        whole = schema | {"components": made["components"]}
        jsonschema.Draft202012Validator(whole, format_checker=checker).validate(value)
    assert message["headers"]["required"] == sorted(example["headers"])
