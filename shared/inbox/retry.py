"""Settling what was set aside, once the cause is mended: applying it in order, or giving it up."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select

from shared.inbox.batch import Inbox, apply_parked, own_inbox
from shared.inbox.faults import is_passing, name_of
from shared.inbox.parking import DISMISSED, POISON, Parked, let_through, parked_from, rename, settle
from shared.inbox.singly import apply_waiting_singly
from shared.inbox.streams import load, store


@dataclass(frozen=True)
class RetryReport:
    """`applied` counts poison messages and what had waited behind them; `superseded`: a later state stands already;
    `remaining`: still set aside, for the reason now noted with each."""

    applied: int
    superseded: int
    remaining: int


class NothingParkedError(Exception):
    """No unsettled message of that number stands aside."""


def list_parked(connection: Connection, inbox: Inbox) -> list[Parked]:
    """Everything set aside and not settled, oldest first."""
    parked = inbox.tables.parked
    rows = connection.execute(select(parked).where(parked.c.settled_at.is_(None)).order_by(parked.c.id))
    return [parked_from(row) for row in rows]


def retry_parked(engine: Engine, inbox: Inbox) -> RetryReport:
    """Try every poison message again, each in its own transaction, and whatever waits behind one that now applies.

    May run beside the consumer. Raises passing faults of the database; what is settled by then stays settled.
    """
    applied = superseded = 0
    with engine.connect() as connection:
        moved = True
        while moved:  # a message may be the one another of its key was waiting for
            moved = False
            for poison in _poison(connection, inbox):
                outcome = _try(connection, inbox, poison)
                applied += outcome == "applied"
                superseded += outcome == "superseded"
                moved = moved or outcome is not None
            applied += sum(apply_waiting_singly(connection, inbox).values())
        remaining = len(list_parked(connection, inbox))
        connection.rollback()
    return RetryReport(applied, superseded, remaining)


def dismiss_parked(engine: Engine, inbox: Inbox, number: int) -> None:
    """Give a parked message up: a poison one is not applied, one that waits no longer waits for the missing ones.
    What stood behind it goes on. Raises NothingParkedError."""
    parked = inbox.tables.parked
    with engine.connect() as connection:
        with connection.begin():
            own_inbox(connection)
            row = connection.execute(
                select(parked).where(parked.c.id == number, parked.c.settled_at.is_(None))
            ).one_or_none()
            if row is None:
                raise NothingParkedError(f"Nothing unsettled stands aside under the number {number}.")
            _dismiss(connection, inbox, parked_from(row))
        apply_waiting_singly(connection, inbox)


def _dismiss(connection: Connection, inbox: Inbox, dismissed: Parked) -> None:
    sequence = inbox.read(dismissed.received).sequence
    streams = load(connection, inbox.tables, inbox.compacted, [dismissed.stream])
    poison = dismissed.kind == POISON
    if poison:
        settle(connection, inbox.tables.parked, dismissed.id, DISMISSED)
    else:
        let_through(connection, inbox.tables.parked, dismissed.id)
    if sequence is not None:
        reached = sequence if poison else sequence - 1
        if reached > streams.last.get(dismissed.stream, 0):
            streams.reach(dismissed.stream, reached)
    store(connection, inbox.tables, streams)


def _poison(connection: Connection, inbox: Inbox) -> list[Parked]:
    found = [parked for parked in list_parked(connection, inbox) if parked.kind == POISON]
    connection.rollback()
    return found


def _try(connection: Connection, inbox: Inbox, poison: Parked) -> str | None:
    """What became of one poison message: applied, superseded, or None where it stays."""
    item = inbox.read(poison.received)
    reason = item.fault
    try:
        with connection.begin():
            own_inbox(connection)
            streams = load(connection, inbox.tables, inbox.compacted, [poison.stream])
            reached = streams.last.get(poison.stream, 0)
            if item.fault is None and item.sequence is not None:
                if item.sequence <= reached:
                    settle(connection, inbox.tables.parked, poison.id, "superseded")
                    return "superseded"
                if item.sequence == reached + 1 or poison.stream[0] in inbox.compacted:
                    apply_parked(connection, inbox, streams, poison, None)
                    store(connection, inbox.tables, streams)
                    return "applied"
                reason = f"Number {reached + 1} of its key has not come; this is {item.sequence}."
    except Exception as error:
        if is_passing(error):
            raise
        reason = f"Its applier failed: {name_of(error)}."
    with connection.begin():
        rename(connection, inbox.tables.parked, poison.id, POISON, reason or poison.reason)
    return None
