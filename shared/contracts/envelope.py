"""CloudEvents 1.0 in Kafka's binary mode: attributes are headers `ce_<name>`, the value is the event as JSON."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import msgspec

from shared.clock import in_utc
from shared.contracts.registry import Event, declaration_named, declaration_of


@dataclass(frozen=True)
class Message:
    """What the bus carries."""

    topic: str
    key: str
    headers: dict[str, str]
    value: bytes


@dataclass(frozen=True)
class Envelope:
    """The attributes of one event. `source` is the service that says it; `district_id` walls it off.
    `key` is the message's key; `sequence` is dense per (topic, key), from 1."""

    id: UUID
    type: str
    source: str
    key: str
    sequence: int
    district_id: UUID
    time: datetime


_district = lru_cache(maxsize=1_000)(UUID)  # few, and each in every message


class MalformedMessageError(Exception):
    """The message is no CloudEvent of ours; the reason never quotes its value."""


_LAST_SEQUENCE = 2**63 - 1
_encode = msgspec.json.Encoder(decimal_format="string").encode


def encode(event: Event, *, event_id: UUID, source: str, sequence: int, district_id: UUID, time: datetime) -> Message:
    """The message that carries `event`."""
    declared = declaration_of(type(event))
    key = declared.key_of(event, district_id)
    headers = {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": str(event_id),
        "ce_type": declared.name,
        "ce_source": source,
        "ce_subject": str(getattr(event, declared.key)),
        "ce_partitionkey": key,
        "ce_time": in_utc(time).isoformat(),
        "ce_sequence": f"{sequence:012d}",
        "ce_district": str(district_id),
    }
    return Message(declared.topic.name, key, headers, _encode(event))


def read_envelope(message: Message) -> Envelope:
    """The attributes of a message; raises MalformedMessageError."""
    headers = message.headers
    try:
        envelope = Envelope(
            id=UUID(headers["ce_id"]),
            type=headers["ce_type"],
            source=headers["ce_source"],
            key=headers["ce_partitionkey"],
            sequence=int(headers["ce_sequence"]),
            district_id=_district(headers["ce_district"]),
            time=in_utc(datetime.fromisoformat(headers["ce_time"])),
        )
    except KeyError as error:
        raise MalformedMessageError(f"The header {error.args[0]} is missing.") from None
    except ValueError as error:
        raise MalformedMessageError(f"A header can't be read: {type(error).__name__}.") from None
    if envelope.key != message.key:
        raise MalformedMessageError("The message's key is not the one its header ce_partitionkey names.")
    if not 1 <= envelope.sequence <= _LAST_SEQUENCE:
        raise MalformedMessageError("The header ce_sequence is below 1, or above what a database counts to.")
    return envelope


def decode(message: Message) -> Event:
    """The event a message carries; raises UnknownEventError or MalformedMessageError."""
    declared = declaration_named(message.headers.get("ce_type", ""))
    if message.topic != declared.topic.name:
        raise MalformedMessageError(f"{declared.name} belongs in {declared.topic.name}, not in {message.topic}.")
    try:
        event: Event = declared.decoder.decode(message.value)
    except msgspec.ValidationError as error:
        without_value = re.sub(r"'[^']*'", "'…'", str(error))
        raise MalformedMessageError(f"{declared.name}: {without_value}") from None
    except msgspec.DecodeError:
        raise MalformedMessageError(f"{declared.name}: the value is not JSON.") from None
    return event
