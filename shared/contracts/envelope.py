"""CloudEvents 1.0 in Kafka's binary mode: attributes are headers `ce_<name>`, the value is the event as JSON."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from shared.contracts.registry import Event, declaration_named, declaration_of


@dataclass(frozen=True)
class Message:
    """What the bus carries. `sequence` is dense per (topic, key), from 1."""

    topic: str
    key: str
    headers: dict[str, str]
    value: bytes


@dataclass(frozen=True)
class Envelope:
    """The attributes of one event. `source` is the service that says it; `district_id` walls it off."""

    id: UUID
    type: str
    source: str
    key: str
    sequence: int
    district_id: UUID
    time: datetime


class MalformedMessageError(Exception):
    """The message is no CloudEvent of ours; the reason never quotes its value."""


_encode = msgspec.json.Encoder(decimal_format="string").encode


def encode(event: Event, *, event_id: UUID, source: str, sequence: int, district_id: UUID, time: datetime) -> Message:
    """The message that carries `event`."""
    declared = declaration_of(type(event))
    key = str(getattr(event, declared.key))
    headers = {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": str(event_id),
        "ce_type": declared.name,
        "ce_source": source,
        "ce_subject": key,
        "ce_partitionkey": key,
        "ce_time": time.isoformat(),
        "ce_sequence": f"{sequence:012d}",
        "ce_district": str(district_id),
    }
    return Message(declared.topic.name, key, headers, _encode(event))


def read_envelope(message: Message) -> Envelope:
    """The attributes of a message; raises MalformedMessageError."""
    headers = message.headers
    try:
        return Envelope(
            id=UUID(headers["ce_id"]),
            type=headers["ce_type"],
            source=headers["ce_source"],
            key=headers["ce_partitionkey"],
            sequence=int(headers["ce_sequence"]),
            district_id=UUID(headers["ce_district"]),
            time=datetime.fromisoformat(headers["ce_time"]),
        )
    except KeyError as error:
        raise MalformedMessageError(f"The header {error.args[0]} is missing.") from None
    except ValueError as error:
        raise MalformedMessageError(f"A header can't be read: {type(error).__name__}.") from None


def decode(message: Message) -> Event:
    """The event a message carries; raises UnknownEventError or MalformedMessageError."""
    declared = declaration_named(message.headers.get("ce_type", ""))
    try:
        return msgspec.json.decode(message.value, type=declared.cls)
    except msgspec.ValidationError as error:
        raise MalformedMessageError(f"{declared.name}: {error}") from None
    except msgspec.DecodeError:
        raise MalformedMessageError(f"{declared.name}: the value is not JSON.") from None
