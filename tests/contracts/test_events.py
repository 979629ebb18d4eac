"""What services say to one another: stored examples stay readable, and content stays out of the process topic."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

import shared.contracts
from shared.contracts.envelope import MalformedMessageError, Message, decode, encode, read_envelope
from shared.contracts.fields import Content, Process
from shared.contracts.registry import REGISTRY, Declaration, UnknownEventError, declaration_of
from shared.contracts.topics import DEAD_LETTERS, PROCESS, RESULTS, TOPICS

EXAMPLES = Path(shared.contracts.__file__).parent / "examples"


def _stored(name: str) -> tuple[dict[str, str], Any]:
    example = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return example["headers"], example["value"]


def _message(declared: Declaration) -> Message:
    headers, value = _stored(declared.name)
    return Message(declared.topic.name, headers["ce_partitionkey"], headers, json.dumps(value).encode())


def test_every_version_has_its_example_and_every_example_its_version() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(REGISTRY), (
        "Store one example of every event version in shared/contracts/examples, and never remove one: events of that "
        "version stand in topics for as long as there are topics."
    )


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_an_example_is_read_and_written_unchanged(name: str) -> None:
    message = _message(REGISTRY[name])
    envelope = read_envelope(message)
    again = encode(
        decode(message),
        event_id=envelope.id,
        source=envelope.source,
        sequence=envelope.sequence,
        district_id=envelope.district_id,
        time=envelope.time,
    )
    headers, value = _stored(name)
    assert json.loads(again.value) == value
    assert again.headers == headers
    assert (again.topic, again.key) == (message.topic, message.key)


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_moments_are_in_utc_whatever_offset_they_came_with(name: str) -> None:
    message = _message(REGISTRY[name])
    odd = re.sub(rb"(\d{4}-\d\d-\d\dT[0-9:.]+)(?:Z|\+00:00)", rb"\1+16:00", message.value)
    again = msgspec.json.encode(decode(Message(message.topic, message.key, message.headers, odd)))
    assert b"+16:00" not in again
    assert len(re.findall(rb"T[0-9:.]+Z", again)) == odd.count(b"+16:00")


def test_a_moment_that_utc_can_t_tell_makes_a_message_malformed() -> None:
    headers, value = _stored("org.accord.results.evaluation-final.v1")
    for moment in ("0001-01-01T00:00:00+16:00", "9999-12-31T23:59:59-16:00", "2026-01-01T00:00:00"):
        edge = json.dumps(value | {"at": moment}).encode()
        with pytest.raises(MalformedMessageError, match="a moment"):
            decode(Message(RESULTS.name, headers["ce_partitionkey"], headers, edge))


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_fields_a_later_version_adds_are_passed_over(name: str) -> None:
    message = _message(REGISTRY[name])
    _, value = _stored(name)
    later = Message(message.topic, message.key, message.headers, json.dumps(value | {"brand_new": {"a": 1}}).encode())
    assert decode(later) == decode(message)


def test_a_message_that_is_none_of_ours_is_refused_without_quoting_it() -> None:
    good = _message(REGISTRY["org.accord.results.evaluation-final.v1"])

    def with_headers(**changed: str | None) -> Message:
        headers = {name: value for name, value in (good.headers | changed).items() if value is not None}
        return Message(good.topic, good.key, headers, good.value)

    for header in ("ce_id", "ce_type", "ce_source", "ce_partitionkey", "ce_sequence", "ce_district", "ce_time"):
        with pytest.raises(MalformedMessageError, match=header):
            read_envelope(with_headers(**{header: None}))
    for header in ("ce_id", "ce_sequence", "ce_district", "ce_time"):
        with pytest.raises(MalformedMessageError, match="header"):
            read_envelope(with_headers(**{header: "secret"}))
    with pytest.raises(MalformedMessageError, match="below 1"):
        read_envelope(with_headers(ce_sequence="000000000000"))
    with pytest.raises(MalformedMessageError):
        read_envelope(with_headers(ce_sequence=str(2**63)))
    with pytest.raises(MalformedMessageError, match="ce_partitionkey"):
        read_envelope(Message(good.topic, "another", good.headers, good.value))
    with pytest.raises(UnknownEventError):
        decode(with_headers(ce_type="org.accord.results.evaluation-final.v99"))
    with pytest.raises(MalformedMessageError, match=r"belongs in accord\.results"):
        decode(Message(PROCESS.name, good.key, good.headers, good.value))
    for value in (b"", b"\xff\xfe", b"{", b"[]", b'{"final_level": "secret"}', good.value.replace(b'"3"', b"31337")):
        with pytest.raises(MalformedMessageError) as refused:
            decode(Message(good.topic, good.key, good.headers, value))
        assert "secret" not in str(refused.value) and "31337" not in str(refused.value)


def test_two_districts_may_say_the_same_of_one_text() -> None:
    message = _message(REGISTRY["org.accord.agreements.ratified.v1"])
    event = decode(message)
    declared = declaration_of(type(event))
    assert len({declared.key_of(event, district) for district in (uuid4(), uuid4())}) == 2


# Process and content: every field of every struct says which it is.


def fields_of(cls: type, path: str = "") -> Iterator[tuple[str, str | None, str]]:
    """(path, process or content or None, name of the type) of every field, those of nested structs included."""
    for field in msgspec.inspect.type_info(cls).fields:  # type: ignore[attr-defined]
        kind = field.type.extra.get("accord") if isinstance(field.type, msgspec.inspect.Metadata) else None
        here = f"{path}{field.encode_name}"
        yield here, kind, type(field.type).__name__
        for nested in _types_in(field.type):
            if isinstance(nested, msgspec.inspect.FloatType):
                yield here, kind, "float"
            if isinstance(nested, msgspec.inspect.StructType):
                yield from fields_of(nested.cls, f"{here}.")


def _types_in(info: Any) -> Iterator[Any]:
    """A type and the types it is made of; a struct is not opened."""
    yield info
    for name in ("type", "item_type", "key_type", "value_type"):
        if isinstance(inner := getattr(info, name, None), msgspec.inspect.Type):
            yield from _types_in(inner)
    for name in ("item_types", "types"):
        for inner in getattr(info, name, ()):
            yield from _types_in(inner)


def breaches(cls: type, may_hold_content: bool) -> list[str]:
    found = []
    for path, kind, name in fields_of(cls):
        if kind not in ("process", "content"):
            found.append(f"{cls.__name__}.{path} does not say whether it is process or content")
        elif kind == "content" and not may_hold_content:
            found.append(f"{cls.__name__}.{path} is content, and the topic carries process only")
        if name == "float":
            found.append(f"{cls.__name__}.{path} is a float; scores cross the wire as decimal strings")
    return found


WITH_CONTENT = {RESULTS.name, DEAD_LETTERS.name}


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_no_content_leaves_its_topic(name: str) -> None:
    declared = REGISTRY[name]
    assert breaches(declared.cls, declared.topic.name in WITH_CONTENT) == []


class Leaf(msgspec.Struct):
    words: Content[str]
    weight: Process[float]


class Branch(msgspec.Struct):
    leaf: Process[Leaf | None]
    unsaid: str = ""


class Planted(msgspec.Struct):
    plain: Process[str]
    listed: Process[tuple[Branch, ...]]
    mapped: Process[dict[str, Leaf]]
    at: Process[datetime]


def test_the_walk_finds_what_is_planted_however_deep() -> None:
    assert sorted(breaches(Planted, may_hold_content=False)) == [
        "Planted.listed.leaf.weight is a float; scores cross the wire as decimal strings",
        "Planted.listed.leaf.words is content, and the topic carries process only",
        "Planted.listed.unsaid does not say whether it is process or content",
        "Planted.mapped.weight is a float; scores cross the wire as decimal strings",
        "Planted.mapped.words is content, and the topic carries process only",
    ]
    assert not any("is content" in breach for breach in breaches(Planted, may_hold_content=True))


def test_the_union_reads_no_topic_with_content() -> None:
    assert PROCESS.name not in WITH_CONTENT
    assert all(topic.consumers <= {"reporting"} for name, topic in TOPICS.items() if name in WITH_CONTENT)
