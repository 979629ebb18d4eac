"""The drafts' one statement, by the shortest way to the database.

It runs every few seconds for everyone who types, so it goes past SQLAlchemy's Connection to the driver, on a connection
of the same pool, without a transaction around it: DRAFT_SAVE is atomic by itself.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
import psycopg
from sqlalchemy import Engine
from sqlalchemy.pool import QueuePool

from shared.web.problems import took_too_long, unavailable
from shared.web.session import Session

LONGEST_KEY = 200
Refused = Literal["session", "gone", "full", "large"]


class Saved(msgspec.Struct):
    """What DRAFT_SAVE answers."""

    refused: Refused | None = None
    revision: int = 0
    saved_at: str = ""


_saved = msgspec.json.Decoder(Saved)
_SAVE = "SELECT accord_draft_save(%s, %s, %s, %s, %s, %s::jsonb, %s, %s::text[], %s, %s)"


class DraftStore:
    """Writes drafts of one service. Thread-safe; holds nothing but the engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        pool = engine.pool
        self._most_tries = (pool.size() if isinstance(pool, QueuePool) else 1) + 2

    def save(
        self,
        session: Session,
        key: str,
        fields: str,
        *,
        now: datetime,
        base: int,
        tab: str = "",
        resolved: Sequence[str] = (),
        once: str = "",
    ) -> str:
        """Merge `fields` (JSON text: name -> text or list of texts) into the session's person's draft; DRAFT_SAVE's answer.

        Raises Problem 503 where the database does not answer.
        """
        values = (
            session.district_id,
            session.person_id,
            session.session_id,
            key[:LONGEST_KEY],
            base,
            fields,
            tab[:64],
            list(resolved),
            once[:64],
            now,
        )
        for _ in range(self._most_tries):
            try:
                return self._ask(values)
            except psycopg.errors.QueryCanceled as error:
                raise took_too_long() from error
            except psycopg.OperationalError as error:
                if error.sqlstate and not error.sqlstate.startswith(("08", "57P")):
                    raise unavailable() from error  # it answers, but can't now: out of space, deadlock, too many
            except psycopg.errors.ReadOnlySqlTransaction as error:
                raise unavailable() from error
        raise unavailable()

    def _ask(self, values: Sequence[object]) -> str:
        pooled = self._engine.raw_connection()
        driver = pooled.driver_connection
        assert isinstance(driver, psycopg.Connection)
        try:
            driver.autocommit = True
            row = driver.execute(_SAVE, values).fetchone()
            driver.autocommit = False
        except BaseException:
            # Cut by a restart, most likely: the next try takes another. Nor may one that still commits by itself go back.
            pooled.invalidate()
            raise
        pooled.close()
        assert row is not None
        return str(row[0])


def refusal(answer: str) -> Refused | None:
    """Why DRAFT_SAVE saved nothing, or None where it did."""
    return _saved.decode(answer).refused if answer.startswith('{"refused"') else None
