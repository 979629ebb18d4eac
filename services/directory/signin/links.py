"""One-time links to set a password: single use, seven days, kept as a hash only.

Whoever makes a link sees it once and hands it over; making another lets the first go. Who can make a link to an account can
sign in to it, so its owner is told: of a link, where the account has a password already, and of every password that is set.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.directory.publishing import link_made, password_set_by_link
from services.directory.refusals import NotFound, Refused
from services.directory.signin.passwords import Hasher, weakness
from services.directory.store.by_day import day_at, signs_in
from services.directory.store.saving import Writing, end_sessions, publish
from services.directory.store.tables import PEOPLE, account, credential, one_time_link
from shared.ids import new_id

HOLDS_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Link:
    """A link just made. `path` stands below the directory's prefix."""

    person_id: UUID
    path: str
    expires_at: datetime


@dataclass(frozen=True)
class Invited:
    """Whose link it is, to greet them and to judge their password by. `by_email`: whether their address signs them in."""

    person_id: UUID
    name: str
    username: str
    by_email: bool
    words: tuple[str, ...]


def make_links(writing: Writing, people: Sequence[UUID]) -> list[Link]:
    """A link for each of these people, who must be active; their earlier ones end. Owners of accounts with a password are
    told."""
    if not people:
        return []
    person, link = PEOPLE.person, one_time_link
    mine = person.c.district_id == writing.district_id
    active = signs_in(writing.district_id, writing.today)
    wanted = select(person.c.person_id).where(mine, person.c.person_id == func.any(list(people)), active)
    # Locked, one after another in one order: of links made at the same time the last holds, and no other.
    locked = wanted.order_by(person.c.person_id).with_for_update()
    holding = set(writing.connection.execute(locked).scalars())
    if missing := [one for one in people if one not in holding]:
        raise Refused("link_for_inactive", people=len(missing))
    end_links(writing, people)
    expires_at = writing.at + HOLDS_FOR
    made: list[Link] = []
    rows: list[dict[str, Any]] = []
    for one in people:
        token = secrets.token_urlsafe(32)
        made.append(Link(one, f"/set-password/{writing.district_id}/{token}", expires_at))
        rows.append(
            {
                "district_id": writing.district_id,
                "link_id": new_id(),
                "person_id": one,
                "token_hash": _hash(token),
                "made_at": writing.at,
                "made_by": writing.by,
                "expires_at": expires_at,
            }
        )
    writing.connection.execute(insert(link), rows)
    # Asked after their links have ended: who was just setting a first password by one has been waited for.
    owners = _with_password(writing, people)
    publish(
        writing,
        [
            link_made(row["link_id"], row["person_id"], writing.by, writing.at, expires_at)
            for row in rows
            if row["person_id"] in owners
        ],
    )
    return made


def _with_password(writing: Writing, people: Sequence[UUID]) -> set[UUID]:
    """Who of them has set a password."""
    mine = credential.c.district_id == writing.district_id
    query = select(credential.c.person_id).where(mine, credential.c.person_id == func.any(list(people)))
    return set(writing.connection.execute(query).scalars())


def find_invited(connection: Connection, district_id: UUID, token: str, at: datetime) -> Invited | None:
    """Whose link this is; None where it was used, has ended, or never was."""
    row = connection.execute(_invited(district_id, token, at)).one_or_none()
    return None if row is None else _person(row)


def set_password(writing: Writing, token: str, password: str, hasher: Hasher) -> UUID:
    """Use a link: the password is set, every session ends, the link is spent, its owner is told. Answers whose it was.

    Raises NotFound where the link does not hold, Refused where the password is too weak, BusyError.
    """
    invitation = _invited(writing.district_id, token, writing.at).add_columns(one_time_link.c.made_by)
    query = invitation.with_for_update(of=one_time_link)
    row = writing.connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("link")
    invited = _person(row)
    replace_password(writing, invited.person_id, password, invited.words, hasher)
    spent = (one_time_link.c.district_id == writing.district_id) & (one_time_link.c.person_id == invited.person_id)
    writing.connection.execute(
        update(one_time_link).where(spent, one_time_link.c.used_at.is_(None)).values(used_at=writing.at)
    )
    end_sessions(writing, [invited.person_id])
    publish(writing, [password_set_by_link(invited.person_id, row.made_by, writing.at)])
    return invited.person_id


def replace_password(writing: Writing, person_id: UUID, password: str, words: Sequence[str], hasher: Hasher) -> None:
    """Judge a new password and keep it."""
    if (code := weakness(password, words)) is not None:
        raise Refused(code, fields={"password": code})
    row = {
        "district_id": writing.district_id,
        "person_id": person_id,
        "hash": hasher.hash(password),
        "set_at": writing.at,
    }
    statement = upsert(credential).values(row)
    fresh = {"hash": statement.excluded.hash, "set_at": statement.excluded.set_at}
    writing.connection.execute(statement.on_conflict_do_update(index_elements=list(credential.primary_key), set_=fresh))


def _hash(token: str) -> bytes:
    """The token holds 256 random bits: a plain hash can't be guessed back."""
    return hashlib.sha256(token.encode()).digest()


def end_links(writing: Writing, people: Sequence[UUID]) -> None:
    """Links of these people that still work end now."""
    link = one_time_link
    writing.connection.execute(
        update(link)
        .where(
            link.c.district_id == writing.district_id,
            link.c.person_id == func.any(list(people)),
            link.c.used_at.is_(None),
            link.c.expires_at > writing.at,
        )
        .values(expires_at=writing.at)
    )


def own_words(row: Row[Any]) -> tuple[str, ...]:
    """Words a person's password may not be made of."""
    return (row.given_name, row.family_name, row.username, (row.email or "").split("@")[0], row.district)


def words_query(district_id: UUID) -> Select[Any]:
    """Columns that own_words reads, of people of a district."""
    person, district = PEOPLE.person, PEOPLE.district
    return (
        select(
            person.c.person_id,
            person.c.given_name,
            person.c.family_name,
            person.c.email,
            account.c.username,
            district.c.name.label("district"),
        )
        .join(account, (account.c.district_id == person.c.district_id) & (account.c.person_id == person.c.person_id))
        .join(district, district.c.district_id == person.c.district_id)
        .where(person.c.district_id == district_id)
    )


def _invited(district_id: UUID, token: str, at: datetime) -> Select[Any]:
    link, person, other = one_time_link, PEOPLE.person, account.alias("other")
    shared = select(other.c.person_id).where(
        other.c.district_id == account.c.district_id,
        other.c.person_id != account.c.person_id,
        or_(other.c.username_key == account.c.email_key, other.c.email_key == account.c.email_key),
    )
    return (
        words_query(district_id)
        .add_columns((account.c.email_key.is_not(None) & ~shared.exists()).label("by_email"))
        .join(link, (link.c.district_id == person.c.district_id) & (link.c.person_id == person.c.person_id))
        .where(
            link.c.token_hash == _hash(token),
            link.c.used_at.is_(None),
            link.c.expires_at > at,
            signs_in(district_id, day_at(district_id, at)),
        )
    )


def _person(row: Row[Any]) -> Invited:
    return Invited(row.person_id, f"{row.given_name} {row.family_name}", row.username, row.by_email, own_words(row))
