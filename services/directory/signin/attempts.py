"""Slowing down whoever guesses: attempts counted by account and by address, in the database, before any hashing.

A whole school may share one address, so an address may fail often; an account seldom. An address from which the account
has signed in before is counted by itself, so that a stranger's guesses do not lock the owner out; and it is not held against
that account what others tried from there, or one guesser would shut out everybody who works at the school.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, text, update

from services.directory.store.tables import sign_in_attempt
from shared.letters import key_of

WINDOW = timedelta(minutes=15)
FAMILIAR_FOR = timedelta(days=30)
ACCOUNT_MOST = 10
ADDRESS_MOST = 100
_LOCK_ACCOUNT, _LOCK_ADDRESS = 7_305, 7_306
_HOLD = text("SELECT pg_advisory_xact_lock(:kind, hashtext(:name))")


@dataclass(frozen=True)
class Caller:
    """Who tries: the account they name, as a keyed hash, and where from."""

    account_key: bytes
    address: str


class TooManyAttemptsError(Exception):
    """Too many have failed; `seconds` until the next may be made."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def caller(secret: str, login: str, address: str) -> Caller:
    """`login` as typed: people type their password there too, so only a keyed hash of it is kept."""
    key = hmac.new(secret.encode(), key_of(login).encode(), hashlib.sha256).digest()
    return Caller(key, address[:64])


def begin_attempt(
    connection: Connection, district_id: UUID, who: Caller, at: datetime, *, signed_in: bool = False
) -> int:
    """Count an attempt as failed until it succeeds; answers its id. Raises TooManyAttemptsError, counting nothing.

    `signed_in`: the account is signed in already, so that nothing others tried from the address is held against it.
    Attempts at one account, or from one address, are counted one after the other until the caller commits, which is to be
    before hashing; so those made at the same time see one another.
    """
    attempt = sign_in_attempt
    # Always in this order, so that no two wait for each other.
    for kind, name in ((_LOCK_ACCOUNT, who.account_key.hex()), (_LOCK_ADDRESS, who.address)):
        connection.execute(_HOLD, {"kind": kind, "name": f"{district_id}/{name}"})
    mine = attempt.c.district_id == district_id
    failed = mine & ~attempt.c.succeeded & (attempt.c.at > at - WINDOW)
    same, here = attempt.c.account_key == who.account_key, attempt.c.address == who.address
    counted = select(func.count(), func.min(attempt.c.at))
    since = at - FAMILIAR_FOR
    familiar = connection.execute(
        select(attempt.c.id).where(mine, same, here, attempt.c.succeeded, attempt.c.at > since).limit(1)
    ).first()
    of_account, of_address = counted.where(failed, same), counted.where(failed, here)
    limits = [(of_account.where(here) if familiar else of_account, ACCOUNT_MOST)]
    if not (familiar or signed_in):
        limits.append((of_address, ADDRESS_MOST))
    for query, most in limits:
        count, first = connection.execute(query).one()
        if count >= most:
            raise TooManyAttemptsError(max(1, int((first + WINDOW - at).total_seconds())))
    row = {
        "district_id": district_id,
        "account_key": who.account_key,
        "address": who.address,
        "at": at,
        "succeeded": False,
    }
    made: int = connection.execute(insert(attempt).returning(attempt.c.id), row).scalar_one()
    return made


def succeed(connection: Connection, district_id: UUID, attempt_id: int) -> None:
    """The attempt was the right one."""
    mine = (sign_in_attempt.c.district_id == district_id) & (sign_in_attempt.c.id == attempt_id)
    connection.execute(update(sign_in_attempt).where(mine).values(succeeded=True))
