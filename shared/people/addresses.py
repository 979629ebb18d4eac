"""E-mail addresses that letters can be written to: one rule where addresses come in and where letters go out."""

import unicodedata
from email.errors import HeaderParseError
from email.headerregistry import Address

_LONGEST = 254
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def spelled(address: str) -> str | None:
    """The address as mail servers take it, its domain in their own letters (IDNA); None where no letter can be written to it.

    What stands before the @ has no such letters: to write "josé@" every mail server on the way would have to know how.
    """
    spec = address.strip()
    local, at, domain = spec.rpartition("@")
    if not (local and at and domain) or len(spec) > _LONGEST:
        return None
    if any(sign.isspace() or unicodedata.category(sign) in _UNSEEN for sign in spec):
        return None
    try:
        spec = f"{local}@{domain.encode('idna').decode('ascii')}"
        written = Address(addr_spec=spec)
    except (ValueError, IndexError, HeaderParseError):
        return None
    return spec if written.addr_spec == spec else None
