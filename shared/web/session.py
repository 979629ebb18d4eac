"""The session token: a signed statement of who is signed in, which every service checks by itself.

A JWT signed with Ed25519 (RFC 9864 names the algorithm; "EdDSA" is deprecated by it). The directory alone holds the
private key. Whether the session has been ended since is asked of the database with the viewer (shared.people.viewer).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.config import Settings

ALGORITHM = "Ed25519"
ISSUER = "accord.directory"
AUDIENCE = "accord"
TOKEN_TYPE = "accord-session+jwt"  # noqa: S105 - the name of a type, not a secret
LIFETIME = timedelta(minutes=60)
"""How long a token holds without being renewed: the idle limit."""
RENEW_AFTER = timedelta(minutes=20)
"""A page asked for with an older token goes through the directory's renewal first."""
ABSOLUTE_LIFETIME = timedelta(hours=12)
"""After this the person signs in again whatever they did; kept by the directory."""
KEEP_TYPED_FOR = timedelta(days=7)
"""How long after its end an authentic token still lets a posted form be kept as its author's draft, and nothing else."""
_CLOCK_SKEW = timedelta(minutes=5)
_CACHED_TOKENS = 4096


class SessionRefusedError(Exception):
    """The token was not made by this district's directory for a session, or was altered."""


@dataclass(frozen=True, slots=True)
class Session:
    """What an authentic token says. It may have expired: ask `state`."""

    session_id: UUID
    person_id: UUID
    district_id: UUID
    issued_at: datetime
    expires_at: datetime

    def holds(self, now: datetime) -> bool:
        return self.issued_at - _CLOCK_SKEW <= now < self.expires_at

    def wants_renewal(self, now: datetime) -> bool:
        return now - self.issued_at > RENEW_AFTER

    def may_keep_typed(self, now: datetime) -> bool:
        return self.issued_at - _CLOCK_SKEW <= now < self.expires_at + KEEP_TYPED_FOR


class SessionReader:
    """Checks tokens with the directory's public key; a token seen before is not verified twice."""

    def __init__(self, public_key: Path) -> None:
        self._key = read_key(public_key)
        if self._key.is_private:
            raise ValueError(f"{public_key} holds a private key. Give web processes the public one only.")
        self.read = lru_cache(maxsize=_CACHED_TOKENS)(self._read)
        """(token) -> Session; raises SessionRefusedError. Refusals are not remembered."""

    def _read(self, token: str) -> Session:
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
            return _session_from(decoded.header, decoded.claims)
        except (JoseError, KeyError, ValueError, TypeError, OverflowError, OSError, AttributeError) as error:
            raise SessionRefusedError(type(error).__name__) from error


def _session_from(header: Mapping[str, object], claims: Mapping[str, object]) -> Session:
    if header.get("typ") != TOKEN_TYPE or claims["iss"] != ISSUER or claims["aud"] != AUDIENCE:
        raise ValueError("not a session of this district's directory")
    return Session(
        session_id=UUID(str(claims["sid"])),
        person_id=UUID(str(claims["sub"])),
        district_id=UUID(str(claims["did"])),
        issued_at=_moment(claims["iat"]),
        expires_at=_moment(claims["exp"]),
    )


def _moment(value: object) -> datetime:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a time in a token is a whole number of seconds")
    return datetime.fromtimestamp(value, UTC)


def write_token(
    private_key: OKPKey,
    *,
    session_id: UUID,
    person_id: UUID,
    district_id: UUID,
    issued_at: datetime,
    expires_at: datetime | None = None,
) -> str:
    """The token of a session, `LIFETIME` long unless `expires_at` says otherwise. Only the directory has the key to call it."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(person_id),
        "did": str(district_id),
        "sid": str(session_id),
        "iat": int(issued_at.timestamp()),
        "exp": int((expires_at or issued_at + LIFETIME).timestamp()),
    }
    return jwt.encode({"alg": ALGORITHM, "typ": TOKEN_TYPE}, claims, private_key, algorithms=[ALGORITHM])


def read_key(path: Path) -> OKPKey:
    """A key from a file, as a JWK (`accord` makes those) or in PEM (what openssl makes)."""
    content = path.read_text(encoding="ascii")
    return OKPKey.import_key(json.loads(content) if content.lstrip().startswith("{") else content)


def cookie_name(settings: Settings) -> str:
    """Over https the name itself forbids another host or path to set the cookie."""
    return "__Host-accord_session" if settings.https else "accord_session"
