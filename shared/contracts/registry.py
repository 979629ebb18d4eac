"""Each event is declared once, typed and versioned; the registry finds its class by name and version."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args, get_type_hints
from uuid import UUID

import msgspec

from shared.clock import in_utc
from shared.contracts.topics import Topic


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all contract events. Unknown fields are ignored, so that an older consumer reads a newer producer.

    Every moment is in UTC, whoever made the event and whatever stands in the bus: a database takes no offset of 16 hours or
    more. Raises ValueError for a moment that can't be told in UTC.
    """

    def __post_init__(self) -> None:
        for name in _MOMENTS.get(type(self), ()):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is not UTC:
                msgspec.structs.force_setattr(self, name, in_utc(moment))


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
_MOMENTS: dict[type[Event], tuple[str, ...]] = {}
"""The fields of each event that hold moments."""


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
        hints = get_type_hints(cls).items()
        _MOMENTS[cls] = tuple(field for field, hint in hints if datetime in (hint, *get_args(hint)))
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
