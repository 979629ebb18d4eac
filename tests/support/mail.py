"""A real mail server on this machine that takes letters, or refuses, defers, hangs or breaks off, by recipient.

def test_something(post_office):
    post_office.answer["tess@district.example"] = "550 No such box"    # else "250 OK"
    post_office.letters                                               # what was taken, in order
"""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

HANG, BREAK_OFF = "hang", "break off"


class PostOffice:
    """`answer`: recipient -> what RCPT is answered with, or HANG, or BREAK_OFF. `after_data`: the same for the letter."""

    def __init__(self) -> None:
        self.answer: dict[str, str] = {}
        self.after_data: dict[str, str] = {}
        self.letters: list[EmailMessage] = []
        self.delay = 0.0
        """Seconds before a letter is taken, and again before that is said."""
        self.conversations = 0
        self.arrived = threading.Condition()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.controller = Controller(self, hostname="127.0.0.1", port=port)
        self.url = f"smtp://127.0.0.1:{port}"

    async def handle_EHLO(
        self, server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.conversations += 1
        return responses

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        answer = await self._say(server, self.answer.get(address, "250 OK"))
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        answer = await self._say(server, self.after_data.get(envelope.rcpt_tos[0], "250 OK"))
        await asyncio.sleep(self.delay)
        if answer.startswith("250"):
            letter = message_from_bytes(envelope.original_content, policy=policy.default)
            assert isinstance(letter, EmailMessage)
            letter["X-Taken-For"] = ", ".join(envelope.rcpt_tos)
            with self.arrived:
                self.letters.append(letter)
                self.arrived.notify_all()
        await asyncio.sleep(self.delay)
        return answer

    async def _say(self, server: Any, answer: str) -> str:
        if answer == HANG:
            await asyncio.sleep(3600)
        if answer == BREAK_OFF:
            server.transport.abort()
            return "421 Gone"
        return answer

    def wait_for(self, count: int, seconds: float = 20) -> list[EmailMessage]:
        """The letters, once there are so many; AssertionError where they do not come."""
        until = time.monotonic() + seconds
        with self.arrived:
            while len(self.letters) < count and (left := until - time.monotonic()) > 0:
                self.arrived.wait(left)
        assert len(self.letters) >= count, f"{len(self.letters)} of {count} letters came"
        return self.letters

    def shut(self) -> None:
        """Listen no more."""
        if self.controller.server is not None:
            self.controller.stop()
            self.controller.server = None

    def addressed(self) -> list[str]:
        return sorted(letter["X-Taken-For"] for letter in self.letters)


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    office = PostOffice()
    office.controller.start()
    yield office
    office.shut()
