"""Sessions: a row for each, and a signed token that every service reads by itself (shared.web.session)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, insert, select, update

from services.directory.store.by_day import day_at, signs_in
from services.directory.store.tables import PEOPLE, sign_in_session
from shared.web.session import ABSOLUTE_LIFETIME, LIFETIME

_LONGEST_DEVICE = 200


@dataclass(frozen=True)
class Opened:
    """What the token of a session says."""

    session_id: UUID
    person_id: UUID
    district_id: UUID
    issued_at: datetime
    expires_at: datetime


def start_session(
    connection: Connection, district_id: UUID, person_id: UUID, *, at: datetime, address: str, device: str
) -> Opened:
    """A new session, whatever cookie the browser came with. Its id is random and told only inside the signed token."""
    opened = Opened(uuid4(), person_id, district_id, at, at + LIFETIME)
    row = {
        "district_id": district_id,
        "session_id": opened.session_id,
        "person_id": person_id,
        "address": address[:64],
        "device": device[:_LONGEST_DEVICE],
        "started_at": at,
        "renewed_at": at,
        "expires_at": opened.expires_at,
    }
    connection.execute(insert(sign_in_session), row)
    return opened


def renew_session(connection: Connection, district_id: UUID, session_id: UUID, at: datetime) -> Opened | None:
    """Another hour, up to twelve after sign-in; None where the session has ended, or its person may not sign in."""
    row, person = sign_in_session, PEOPLE.person
    active = select(person.c.person_id).where(
        person.c.district_id == row.c.district_id,
        person.c.person_id == row.c.person_id,
        signs_in(district_id, day_at(district_id, at)),
    )
    renewed = connection.execute(
        update(row)
        .where(
            row.c.district_id == district_id,
            row.c.session_id == session_id,
            row.c.ended_at.is_(None),
            row.c.expires_at > at,
            row.c.started_at > at - ABSOLUTE_LIFETIME,
            active.exists(),
        )
        .values(renewed_at=at, expires_at=func.least(at + LIFETIME, row.c.started_at + ABSOLUTE_LIFETIME))
        .returning(row.c.person_id, row.c.expires_at)
    ).one_or_none()
    if renewed is None:
        return None
    return Opened(session_id, renewed.person_id, district_id, at, renewed.expires_at)


@dataclass(frozen=True)
class OpenSession:
    """A session as its owner sees it."""

    session_id: UUID
    address: str
    device: str
    started_at: datetime
    renewed_at: datetime
    expires_at: datetime


def open_sessions(connection: Connection, district_id: UUID, person_id: UUID, at: datetime) -> list[OpenSession]:
    """Sessions of a person that still hold, the newest first."""
    row = sign_in_session
    query = (
        select(row.c.session_id, row.c.address, row.c.device, row.c.started_at, row.c.renewed_at, row.c.expires_at)
        .where(
            row.c.district_id == district_id,
            row.c.person_id == person_id,
            row.c.ended_at.is_(None),
            row.c.expires_at > at,
        )
        .order_by(row.c.started_at.desc())
    )
    return [OpenSession(*found) for found in connection.execute(query)]
