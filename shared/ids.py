"""Identifiers. Rows carry UUIDv7, so that new rows stand together in an index; names derive UUIDv5."""

from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

_NAMESPACE = UUID("6f1c7f0e-3d0b-5f0e-9a51-acc04d000001")


def new_id() -> UUID:
    """A fresh identifier, later ones sorting after earlier ones."""
    return uuid7()


def derived_id(*parts: str) -> UUID:
    """The same identifier for the same words: for rows whose key a roster or an agreement already names."""
    return uuid5(_NAMESPACE, "\x1f".join(parts))
