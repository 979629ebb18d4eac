"""Sending letters by SMTP. One conversation is kept open over several letters and dropped at the first trouble."""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import unquote

from shared.config import MAIL_PORTS, mail_address

SECONDS = 30.0
"""How long to wait for any one answer of the mail server."""


@dataclass(frozen=True)
class MailServer:
    """Where letters are handed in: smtp://host:port, smtp+starttls://user:password@host, smtps://…"""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def mail_server(url: str) -> MailServer:
    """The mail server of SMTP_URL; raises ConfigError."""
    parts = mail_address(url)
    assert parts.hostname is not None, "mail_address made sure"
    return MailServer(
        parts.scheme,
        parts.hostname,
        parts.port or MAIL_PORTS[parts.scheme],
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
    )


class Postman:
    """Hands letters to one mail server. Used by one thread."""

    def __init__(self, server: MailServer, *, seconds: float = SECONDS) -> None:
        self._server = server
        self._seconds = seconds
        self._open: smtplib.SMTP | None = None

    def send(self, letter: EmailMessage) -> None:
        """Send; returns once the server has taken the letter over. Raises what smtplib raises (see failures.py)."""
        talk = self._still_open() or self._connect()
        try:
            talk.send_message(letter)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError):
            raise  # about this letter alone; the conversation goes on (smtplib has reset it)
        except BaseException:
            self.hang_up()
            raise

    def hang_up(self) -> None:
        """End the conversation, if there is one."""
        talk, self._open = self._open, None
        if talk is not None:
            with suppress(OSError, smtplib.SMTPException):
                talk.close()

    def _still_open(self) -> smtplib.SMTP | None:
        """The conversation, where the server still listens: many end one after so many letters."""
        if self._open is None:
            return None
        try:
            if self._open.noop()[0] == 250:
                return self._open
        except (OSError, smtplib.SMTPException):
            pass
        self.hang_up()
        return None

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        try:
            if server.scheme == "smtps":
                secure = ssl.create_default_context()
                talk: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=self._seconds, context=secure)
            else:
                talk = smtplib.SMTP(server.host, server.port, timeout=self._seconds)
            if server.scheme == "smtp+starttls":
                talk.starttls(context=ssl.create_default_context())
            if server.user is not None:
                talk.login(server.user, server.password or "")
        except (
            smtplib.SMTPNotSupportedError
        ) as error:  # no STARTTLS or no sign-in there: the server's fault, not a letter's
            raise smtplib.SMTPConnectError(500, str(error)) from error
        except smtplib.SMTPServerDisconnected as error:  # it hung up before any letter: no better than not being there
            raise ConnectionError(str(error)) from error
        self._open = talk
        return talk
