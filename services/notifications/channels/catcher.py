"""The local catcher: a mail server on this machine alone that delivers to nobody and keeps what it gets."""

import asyncio
import hmac
import os
import socket
import threading
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.smtp import SMTP

from services.notifications.channels.email import MailServer, mail_server
from services.notifications.channels.letter import SEAL_HEADER, seal
from services.notifications.channels.mailbox import Mailbox, mailbox_of
from shared import logs
from shared.config import ConfigError, Settings

log = logs.get(__name__)
_MOST_BYTES = 2_000_000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _Keeper:
    """aiosmtpd's handler: every letter of this installation goes into the mailbox, and is acknowledged once it is there.
    Others are refused: programs on one machine find one another's ports."""

    def __init__(self, mailbox: Mailbox, secret_key: str) -> None:
        self._mailbox = mailbox
        self._secret_key = secret_key

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        head = message_from_bytes(envelope.original_content, policy=policy.default)
        given, mail_id = str(head[SEAL_HEADER] or "").strip(), str(head["Message-ID"] or "").strip()
        if not hmac.compare_digest(given.encode(), seal(self._secret_key, mail_id).encode()):
            log.info("letter_of_another_program_refused")
            return "550 This mail server keeps the letters of one installation of Accord, and this is none of them"
        self._mailbox.keep(envelope.original_content)
        return "250 Kept"


def catcher(settings: Settings) -> Callable[[threading.Event], None]:
    """What the role `catcher` runs. Raises ConfigError where SMTP_URL names another machine."""
    server = mail_server(settings.smtp_url)
    if server.host not in _LOOPBACK or server.scheme != "smtp":
        raise ConfigError("MAIL_CATCHER is 1, but SMTP_URL is not smtp:// on this machine. Take one of the two back.")
    keeper = _Keeper(mailbox_of(settings), settings.secret_key)

    def run(stop: threading.Event) -> None:
        asyncio.run(_serve(keeper, _where(settings, server), stop))

    return run


def _where(settings: Settings, server: MailServer) -> dict[str, Any]:
    """The socket that was handed to this process, as one of the role's own, for the role may begin again; else an address."""
    if (handed := settings.mail_catcher_socket) is not None:
        return {"sock": socket.socket(fileno=os.dup(handed))}
    return {"host": server.host, "port": server.port}


async def _serve(keeper: _Keeper, where: dict[str, Any], stop: threading.Event) -> None:
    def talk() -> SMTP:
        return SMTP(keeper, data_size_limit=_MOST_BYTES, enable_SMTPUTF8=True)

    listening = await asyncio.get_running_loop().create_server(talk, **where)
    log.info("catcher_listens", port=listening.sockets[0].getsockname()[1])
    try:
        await asyncio.to_thread(stop.wait)
    finally:
        listening.close()  # conversations end with the loop
