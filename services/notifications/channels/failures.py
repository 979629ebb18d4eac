"""Why a letter was not delivered, in words of our own: what a mail server writes may hold addresses and is not kept.

Permanent: trying again can't help. Passing: trying again later may.
"""

import smtplib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


@dataclass(frozen=True)
class Failure:
    """`code`: the mail server's answer, where it gave one. `everyone`: the server itself is at fault, not this letter,
    so the others need not be tried now."""

    reason: str
    permanent: bool = False
    code: int | None = None
    everyone: bool = False


class UnsendableError(Exception):
    """The letter can't be written to this person; carries the failure."""

    def __init__(self, reason: str, *, permanent: bool = True) -> None:
        super().__init__(reason)
        self.failure = Failure(reason, permanent=permanent)


REASONS: Mapping[str, LazyString] = {
    "no_address": _l("The directory has no e-mail address for this person. Add one, then try again."),
    "malformed_address": _l(
        "No letter can be written to the e-mail address that the directory has for this person. Correct it, then try again."
    ),
    "address_not_supported": _l("The mail server can't write to this kind of address. Give the person a plain one."),
    "person_inactive": _l("The person has left or is not active, so nothing is sent."),
    "person_unknown": _l("The directory's entry for this person has not arrived yet."),
    "recipient_refused": _l("The mail server says that this address does not exist. Correct it, then try again."),
    "recipient_deferred": _l("The mail server can't take letters for this address just now."),
    "letter_refused": _l("The mail server refused the letter."),
    "letter_deferred": _l("The mail server can't take the letter just now."),
    "sender_refused": _l("The mail server does not let Accord send. Whoever runs Accord can mend its mail settings."),
    "sign_in_refused": _l("The mail server refused Accord's password. Whoever runs Accord can mend its mail settings."),
    "server_unreachable": _l("The mail server could not be reached."),
    "timed_out": _l("The mail server did not answer in time."),
    "connection_lost": _l("The mail server broke off the conversation."),
    "unexpected": _l("Something went wrong in Accord itself. Whoever runs Accord finds it in the log."),
    "too_old": _l("It had happened too long ago when it was heard of; it stands in the person's inbox only."),
}


def failure_of(error: Exception) -> Failure:
    """What kind of failure an error while sending is."""
    return next((make(error) for kind, make in _KINDS if isinstance(error, kind)), Failure("unexpected"))


def _recipient(error: Any) -> Failure:
    code = next(iter(error.recipients.values()))[0]
    return _by_code(code, "recipient_refused", "recipient_deferred")


def _sender(error: Any) -> Failure:
    """It refuses us, not the person: a setting that somebody will mend, or a server too busy for anyone."""
    reason = "sender_refused" if error.smtp_code >= 500 else "letter_deferred"
    return Failure(reason, code=error.smtp_code, everyone=True)


_TIMED_OUT = Failure("timed_out", everyone=True)


def _disconnected(error: Any) -> Failure:
    """smtplib tells of an answer that never came as of a broken connection, with the time-out as its context."""
    return _TIMED_OUT if isinstance(error.__context__, TimeoutError) else Failure("connection_lost")


def _by_code(code: int, permanent: str, passing: str) -> Failure:
    if 500 <= code < 600:
        return Failure(permanent, permanent=True, code=code)
    return Failure(passing, code=code)


_KINDS: tuple[tuple[type[Exception], Callable[[Any], Failure]], ...] = (
    (UnsendableError, lambda error: error.failure),
    (smtplib.SMTPRecipientsRefused, _recipient),
    (smtplib.SMTPDataError, lambda error: _by_code(error.smtp_code, "letter_refused", "letter_deferred")),
    (smtplib.SMTPSenderRefused, _sender),
    (
        smtplib.SMTPAuthenticationError,
        lambda error: Failure("sign_in_refused", code=error.smtp_code, everyone=True),
    ),
    (smtplib.SMTPNotSupportedError, lambda _error: Failure("address_not_supported", permanent=True)),
    (
        smtplib.SMTPResponseException,
        lambda error: Failure("server_unreachable", code=error.smtp_code, everyone=True),
    ),
    (smtplib.SMTPServerDisconnected, _disconnected),
    (TimeoutError, lambda _error: _TIMED_OUT),
    (OSError, lambda _error: Failure("server_unreachable", everyone=True)),
)
"""The first that fits counts: the narrower kinds stand before the wider."""
