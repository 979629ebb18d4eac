"""The sign-in itself: who is it, may they try, is it their password, may they come in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection, or_, select, update

from services.directory.publishing import password_set
from services.directory.refusals import Refused
from services.directory.signin.attempts import begin_attempt, caller, succeed
from services.directory.signin.links import end_links, own_words, replace_password, words_query
from services.directory.signin.passwords import Hasher
from services.directory.signin.sessions import Opened, start_session
from services.directory.store.by_day import day_at, signs_in
from services.directory.store.saving import Writing, begin_writing, end_sessions, publish
from services.directory.store.tables import PEOPLE, account, credential
from shared import logs
from shared.letters import key_of

log = logs.get(__name__)


@dataclass(frozen=True)
class SignIn:
    """What was typed, and where. `login`: a username or an e-mail address; `before`: a session the browser came with."""

    district_id: UUID
    login: str
    password: str
    address: str
    device: str
    before: UUID | None = None


class Desk(Protocol):
    """Where a sign-in happens: it gives a connection bound to the district, and makes what was written last."""

    def open(self) -> Connection: ...
    def commit(self) -> None: ...


@dataclass(frozen=True)
class _Candidate:
    person_id: UUID
    hash: str | None
    active: bool


@dataclass(frozen=True)
class _Verified:
    """Whose password was right. `hash`: what it was verified against."""

    person_id: UUID
    hash: str


def sign_in(desk: Desk, command: SignIn, *, at: datetime, secret: str, hasher: Hasher) -> Opened:
    """A fresh session. Refused("sign_in_refused") says nothing about why; TooManyAttemptsError and BusyError ask for time.

    The attempt is counted and committed before the password is hashed, and no transaction is open meanwhile; so what was
    verified is looked at again where the session starts.
    """
    district_id = command.district_id
    who = caller(secret, command.login, command.address)
    attempt = begin_attempt(desk.open(), district_id, who, at)
    candidate = _verified(desk, command, hasher, at)
    connection = desk.open()
    if not _still_so(connection, district_id, candidate, at):
        # Another hash may be the same password, kept at today's costs by a sign-in beside this one: it is verified once more.
        desk.commit()
        candidate = _verified(desk, command, hasher, at)
        connection = desk.open()
        if not _still_so(connection, district_id, candidate, at):
            raise _refused(command)
    succeed(connection, district_id, attempt)
    if hasher.outdated(candidate.hash):
        _rehash(connection, district_id, candidate.person_id, hasher.hash(command.password))
    opened = start_session(
        connection, district_id, candidate.person_id, at=at, address=command.address, device=command.device
    )
    if command.before is not None:
        end_session(begin_writing(connection, district_id, candidate.person_id, at), command.before)
    desk.commit()
    log.info("signed_in", district=str(district_id), person=str(candidate.person_id), session=str(opened.session_id))
    return opened


def _verified(desk: Desk, command: SignIn, hasher: Hasher, at: datetime) -> _Verified:
    """Whose name and password these are; raises Refused. Whatever was written before it lasts."""
    candidate = _candidate(desk.open(), command.district_id, command.login, at)
    desk.commit()
    right = hasher.matches(candidate.hash if candidate else None, command.password)
    if candidate is None or candidate.hash is None or not right or not candidate.active:
        raise _refused(command)
    return _Verified(candidate.person_id, candidate.hash)


def _refused(command: SignIn) -> Refused:
    log.warning("sign_in_refused", district=str(command.district_id), address=command.address)
    return Refused("sign_in_refused")


def _still_so(connection: Connection, district_id: UUID, verified: _Verified, at: datetime) -> bool:
    """Whether the password that was verified is still the account's, and its owner still let in. Both are held until the
    session stands: who changes the password, or shuts them out, waits for it and then ends it with the others."""
    if _held_hash(connection, district_id, verified.person_id) != verified.hash:
        return False
    person = PEOPLE.person
    mine = (person.c.district_id == district_id) & (person.c.person_id == verified.person_id)
    let_in = select(signs_in(district_id, day_at(district_id, at))).select_from(person).where(mine)
    return bool(connection.execute(let_in.with_for_update(read=True, of=person)).scalar_one())


def _held_hash(connection: Connection, district_id: UUID, person_id: UUID) -> str | None:
    """What is kept of a person's password; nobody else changes it until the transaction ends."""
    mine = (credential.c.district_id == district_id) & (credential.c.person_id == person_id)
    return connection.execute(select(credential.c.hash).where(mine).with_for_update()).scalar_one_or_none()


def _candidate(connection: Connection, district_id: UUID, login: str, at: datetime) -> _Candidate | None:
    """The one person of this username, or else of this address; None where nobody, or several share it."""
    person, key = PEOPLE.person, key_of(login)
    active = signs_in(district_id, day_at(district_id, at)).label("active")
    found = connection.execute(
        select(account.c.person_id, account.c.username_key, credential.c.hash, active)
        .join(person, (person.c.district_id == account.c.district_id) & (person.c.person_id == account.c.person_id))
        .outerjoin(
            credential,
            (credential.c.district_id == account.c.district_id) & (credential.c.person_id == account.c.person_id),
        )
        .where(account.c.district_id == district_id, or_(account.c.username_key == key, account.c.email_key == key))
        .limit(3)
    ).all()
    named = [row for row in found if row.username_key == key] or (found if len(found) == 1 else [])
    return _Candidate(named[0].person_id, named[0].hash, named[0].active) if named else None


def _rehash(connection: Connection, district_id: UUID, person_id: UUID, fresh: str) -> None:
    mine = (credential.c.district_id == district_id) & (credential.c.person_id == person_id)
    connection.execute(update(credential).where(mine).values(hash=fresh))


def end_session(writing: Writing, session_id: UUID) -> None:
    """Sign out of one session, whoever's it is; nothing where it has ended already."""
    end_sessions(writing, None, only=[session_id])


def change_password(writing: Writing, session_id: UUID, present: str, new: str, hasher: Hasher) -> None:
    """One's own password, by the present one. Every other session ends, and so does a link that somebody made; the owner is
    told, for it may have been somebody else."""
    assert writing.by is not None, "only somebody signed in changes their password"
    # Links first: who sets a password by one takes the link before the password too, so that neither waits for the other.
    end_links(writing, [writing.by])
    kept = _held_hash(writing.connection, writing.district_id, writing.by)
    if not hasher.matches(kept, present):
        raise Refused("present_password_wrong", fields={"present_password": "present_password_wrong"})
    mine = words_query(writing.district_id).where(PEOPLE.person.c.person_id == writing.by)
    replace_password(writing, writing.by, new, own_words(writing.connection.execute(mine).one()), hasher)
    end_sessions(writing, [writing.by], spare=session_id)
    publish(writing, [password_set(writing.by, writing.at)])
