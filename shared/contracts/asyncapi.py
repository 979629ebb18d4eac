"""The AsyncAPI 3 document of everything the services say to one another, made from the registry."""

from typing import Any

import msgspec

from shared.contracts.registry import REGISTRY, Declaration
from shared.contracts.topics import TOPICS, Topic

_DESCRIPTION = """\
CloudEvents 1.0 in Kafka's binary mode: attributes are headers `ce_<name>`, the value is JSON. Within a topic the order of
a key is kept, and `ce_sequence` counts its messages from 1 without a gap. Delivery is at least once. Every field says
with `x-accord` whether it is process (who did which step when) or content (ratings, text)."""

_HEADERS: dict[str, tuple[str, str]] = {
    "content-type": ("const:application/json", ""),
    "ce_specversion": ("const:1.0", ""),
    "ce_id": ("uuid", "Unique to the event; the same when it is delivered again."),
    "ce_source": ("", "The service that says it."),
    "ce_subject": ("", "What it is about: the value of the key's field."),
    "ce_partitionkey": ("", "The message key; order is kept within it."),
    "ce_time": ("date-time", "When it happened, UTC."),
    "ce_sequence": ("pattern:^[0-9]{12}$", "Number within the key, from 1, without a gap."),
    "ce_district": ("uuid", "The district it belongs to; no reader crosses it."),
}


def document() -> dict[str, Any]:
    """The whole document, ready for JSON or YAML."""
    declared = sorted(REGISTRY.values(), key=lambda declaration: declaration.name)
    reference = "#/components/schemas/{name}"
    payloads, schemas = msgspec.json.schema_components(
        [declaration.cls for declaration in declared], ref_template=reference
    )
    messages = {
        declaration.name: _message(declaration, payload)
        for declaration, payload in zip(declared, payloads, strict=True)
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Accord: events between services", "version": "1.0.0", "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic, declared) for topic in TOPICS.values()},
        "operations": _operations(),
        "components": {"messages": messages, "schemas": schemas},
    }


def _message(declaration: Declaration, payload: dict[str, Any]) -> dict[str, Any]:
    told = (declaration.cls.__doc__ or "").strip()
    described = {"description": told} if told else {}
    return {
        "name": declaration.name,
        "title": declaration.cls.__name__,
        "contentType": "application/json",
        "headers": _headers(declaration),
        "payload": payload,
        "bindings": {"kafka": {"key": {"type": "string", "description": _key(declaration)}}},
        **described,
    }


def _key(declaration: Declaration) -> str:
    return f"<district id>/<{declaration.key}>" if declaration.within_district else f"<{declaration.key}>"


def _headers(declaration: Declaration) -> dict[str, Any]:
    properties: dict[str, Any] = {"ce_type": {"type": "string", "const": declaration.name}}
    for name, (kind, meaning) in _HEADERS.items():
        schema: dict[str, Any] = {"type": "string"}
        rule, _, value = kind.partition(":")
        if value:
            schema[rule] = value
        elif rule:
            schema["format"] = rule
        if meaning:
            schema["description"] = meaning
        properties[name] = schema
    return {"type": "object", "required": sorted(properties), "properties": dict(sorted(properties.items()))}


def _channel(topic: Topic, declared: list[Declaration]) -> dict[str, Any]:
    names = [declaration.name for declaration in declared if declaration.topic == topic]
    policy = "compact" if topic.compacted else "delete"
    kafka = {"topic": topic.name, "partitions": topic.partitions}
    return {
        "address": topic.name,
        "description": topic.carries,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"kafka": kafka | {"topicConfiguration": {"cleanup.policy": [policy], "retention.ms": -1}}},
    }


def _operations() -> dict[str, Any]:
    operations = {}
    for topic in TOPICS.values():
        channel = {"$ref": f"#/channels/{topic.name}"}
        short = topic.name.removeprefix("accord.")
        for verb, action, services in (("says", "send", topic.producers), ("reads", "receive", topic.consumers)):
            for service in sorted(services):
                operations[f"{service}.{verb}.{short}"] = {
                    "action": action,
                    "channel": channel,
                    "title": f"The service {service} {verb} {topic.carries}",
                }
    return operations
