"""The loop that empties the queue of letters."""

import threading
from collections.abc import Callable
from datetime import timedelta

from prometheus_client import Counter
from sqlalchemy import Engine

from services.notifications.channels.email import Postman, mail_server
from services.notifications.channels.failures import Failure, UnsendableError, failure_of
from services.notifications.channels.letter import SEAL_HEADER, Envelope, compose, seal
from services.notifications.channels.queue import (
    LEASE,
    Claimed,
    UnreadableError,
    claim,
    settle_failed,
    settle_sent,
    settle_unreadable,
)
from services.notifications.wording import span, words_together
from shared import logs
from shared.clock import Clock
from shared.config import Settings

log = logs.get(__name__)
DELIVERIES = Counter("accord_deliveries_total", "Attempts to deliver a message", ["channel", "outcome"])

_IDLE_SECONDS = 0.5
_LONGEST_PAUSE = 60.0


class Sender:
    """Writes and sends what is due. `now` and `lease` are given by tests."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        *,
        clock: Clock,
        postman: Postman | None = None,
        lease: timedelta = LEASE,
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._clock = clock
        self._postman = postman or Postman(mail_server(settings.smtp_url))
        self._lease = lease

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop. While the mail server itself is at fault, pause between tries, longer each time.

        Letters that others may still join wait until this has run for as long as one waits: what was told while the worker
        was away comes in first.
        """
        pause = 1.0
        settled = self._clock() + timedelta(seconds=self._settings.mail_gather_seconds)
        try:
            while not stop.is_set():
                try:
                    now = self._clock()
                    claimed = claim(self._engine, now, self._lease, gathered=now >= settled)
                except UnreadableError as unreadable:
                    log.exception("letter_unreadable", delivery=str(unreadable.delivery_id))
                    settle_unreadable(self._engine, unreadable, self._clock())
                    continue
                if claimed is None:
                    self._postman.hang_up()
                    stop.wait(_IDLE_SECONDS)
                    continue
                failure = self.deliver(claimed)
                if failure is not None and failure.everyone:
                    stop.wait(pause)
                    pause = min(pause * 2, _LONGEST_PAUSE)
                else:
                    pause = 1.0
        finally:
            self._postman.hang_up()

    def deliver(self, claimed: Claimed) -> Failure | None:
        """Send one letter and settle it; answers what went wrong, None where it was sent."""
        failure: Failure | None = None
        try:
            letter = compose(words_together(claimed.entries, claimed.zone), self._envelope(claimed))
            if self._settings.mail_catcher:
                letter[SEAL_HEADER] = seal(self._settings.secret_key, claimed.mail_id)
            self._postman.send(letter)
        except Exception as error:  # whatever it is, this letter must be settled and the others go on
            failure = failure_of(error)
        if failure is None:
            settle_sent(self._engine, claimed, self._clock())
            outcome = "sent"
        else:
            outcome = settle_failed(self._engine, claimed, failure, self._clock())
        DELIVERIES.labels(channel="email", outcome=outcome).inc()
        log.info(
            "letter",
            delivery=str(claimed.delivery_id),
            outcome=outcome,
            attempts=claimed.attempts,
            entries=len(claimed.entries),
            reason=failure.reason if failure else None,
            code=failure.code if failure else None,
        )
        return failure

    def _envelope(self, claimed: Claimed) -> Envelope:
        if claimed.to_name is None or claimed.district_name is None:
            raise UnsendableError("person_unknown", permanent=False)
        if not claimed.to_active:
            raise UnsendableError("person_inactive")
        return Envelope(
            mail_from=self._settings.mail_from,
            to_name=claimed.to_name,
            to_address=claimed.to_address,
            mail_id=claimed.mail_id,
            district_id=claimed.district_id,
            district_name=claimed.district_name,
            link=f"{self._settings.public_url}{self._settings.prefixes[claimed.service]}{claimed.path}",
            happened_at=span(claimed.happened_at, None, claimed.zone),
            sent_at=self._clock(),
        )


def sender(settings: Settings, engine: Engine, clock: Clock) -> Callable[[threading.Event], None]:
    """What the role `sender` runs."""
    return Sender(settings, engine, clock=clock).run
