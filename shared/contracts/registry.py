"""Each event is declared once, typed and versioned; the registry finds its class by name and version."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from shared.contracts.topics import Topic


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all contract events. Unknown fields are ignored, so that an older consumer reads a newer producer."""


class UnknownEventError(Exception):
    """No event of that type is declared; the message is poison for this build."""


class Declaration(msgspec.Struct, frozen=True):
    """Where an event belongs: its CloudEvents type is `type` + ".v" + `version`."""

    cls: type[Event]
    type: str
    version: int
    topic: Topic
    key: str
    """The field whose value is the message key: the aggregate that the event's order is kept within."""
    within_district: bool
    """The key is unique within a district only (two districts may ratify the same text), so the district stands before it."""
    decoder: msgspec.json.Decoder[Any]
    """Made when the event is declared, by one thread: msgspec 0.22 ends the process when two threads meet a type for the
    first time."""

    def key_of(self, event: Event, district_id: UUID) -> str:
        """The message key of `event`."""
        key = str(getattr(event, self.key))
        return f"{district_id}/{key}" if self.within_district else key

    @property
    def name(self) -> str:
        return f"{self.type}.v{self.version}"


E = TypeVar("E", bound=Event)
REGISTRY: dict[str, Declaration] = {}
_BY_CLASS: dict[type[Event], Declaration] = {}


def event(
    *, name: str, version: int, topic: Topic, key: str, within_district: bool = False
) -> Callable[[type[E]], type[E]]:
    """Declare a contract event (class decorator)."""

    def declare(cls: type[E]) -> type[E]:
        decoder = msgspec.json.Decoder(cls)
        declaration = Declaration(cls, f"org.accord.{name}", version, topic, key, within_district, decoder)
        if declaration.name in REGISTRY:
            raise ValueError(f"{declaration.name} is declared twice")
        if key not in cls.__struct_fields__:
            raise ValueError(f"{declaration.name}: its key {key!r} is not one of its fields")
        REGISTRY[declaration.name] = declaration
        _BY_CLASS[cls] = declaration
        return cls

    return declare


def declaration_of(cls: type[Event]) -> Declaration:
    """The declaration of an event class."""
    return _BY_CLASS[cls]


def declaration_named(name: str) -> Declaration:
    """The declaration of a CloudEvents type; raises UnknownEventError."""
    try:
        return REGISTRY[name]
    except KeyError:
        raise UnknownEventError(f"No event {name!r} is declared in shared/contracts.") from None
