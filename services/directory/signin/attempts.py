"""Slowing down whoever guesses: attempts counted by account and by address, in the database, before any hashing.

A whole school may share one address, so an address may fail often; an account seldom. An address from which the account
has signed in before is counted by itself, so that a stranger's guesses do not lock the owner out.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from services.directory.letters import key_of
from services.directory.store.tables import sign_in_attempt

WINDOW = timedelta(minutes=15)
FAMILIAR_FOR = timedelta(days=30)
ACCOUNT_MOST = 10
ADDRESS_MOST = 100


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


def begin_attempt(connection: Connection, district_id: UUID, who: Caller, at: datetime) -> int:
    """Count an attempt as failed until it succeeds; answers its id. Raises TooManyAttemptsError, counting nothing.

    The caller commits before hashing, so that attempts made at the same time see one another.
    """
    attempt = sign_in_attempt
    mine = attempt.c.district_id == district_id
    failed = mine & ~attempt.c.succeeded & (attempt.c.at > at - WINDOW)
    same, here = attempt.c.account_key == who.account_key, attempt.c.address == who.address
    counted = select(func.count(), func.min(attempt.c.at))
    since = at - FAMILIAR_FOR
    familiar = connection.execute(
        select(attempt.c.id).where(mine, same, here, attempt.c.succeeded, attempt.c.at > since).limit(1)
    ).first()
    by_account = counted.where(failed, same, here) if familiar else counted.where(failed, same)
    for query, most in ((by_account, ACCOUNT_MOST), (counted.where(failed, here), ADDRESS_MOST)):
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
