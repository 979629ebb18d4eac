"""The load generator: a fixed number of clients, each sending its next request when the last is answered.

One thread and one selector, so that it takes little of the processor it shares with what it measures. The same for both
sides of every comparison. Loopback only.
"""

import re
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from benchmarks.figures import Round

PATIENCE = 20.0
"""Seconds without any answer after which a round is given up."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class LoadError(Exception):
    """The round could not be measured; the text says why."""


class Client(Protocol):
    """One of the clients: makes requests, and learns what came of each."""

    def request(self) -> bytes | None:
        """The next request, whole; None where there is nothing left to send."""

    def answered(self, status: int, head: bytes, body: bytes) -> None: ...


class _Line:
    """A connection that stays open, and the client who uses it."""

    def __init__(self, port: int, client: Client) -> None:
        self.client = client
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answer = bytearray()
        self._whole = 0
        self.sent = 0.0

    def send(self) -> bool:
        request = self.client.request()
        if request is None:
            return False
        self._answer.clear()
        self._whole = 0
        self.sent = time.perf_counter()
        self.socket.sendall(request)
        return True

    def receive(self) -> int | None:
        """The status once the answer is whole."""
        piece = self.socket.recv(262_144)
        if not piece:
            raise LoadError("The server closed a connection in the middle of a round.")
        self._answer += piece
        end = self._answer.find(b"\r\n\r\n")
        if end < 0:
            return None
        if not self._whole:
            length = _LENGTH.search(self._answer, 0, end)
            if length is None:
                raise LoadError(f"An answer without a length: {bytes(self._answer[:end])!r}")
            self._whole = end + 4 + int(length[1])
        if len(self._answer) < self._whole:
            return None
        status = int(self._answer[9:12])
        self.client.answered(status, bytes(self._answer[:end]), bytes(self._answer[end + 4 :]))
        return status


def run_round(port: int, clients: Sequence[Client], seconds: float) -> Round:
    """Let every client send for so long, then wait for the answers under way. Raises LoadError, OSError."""
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    lines = [_Line(port, client) for client in clients]
    cpu = time.process_time()
    with selectors.DefaultSelector() as selector:
        started = last = time.perf_counter()
        busy = 0
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
            busy += line.send()
        while busy:
            events = selector.select(PATIENCE)
            if not events:
                raise LoadError(f"No answer came within {PATIENCE:.0f} s.")
            for key, _ in events:
                status = key.data.receive()
                if status is None:
                    continue
                last = time.perf_counter()
                latencies.append(last - key.data.sent)
                statuses[status] += 1
                busy -= not (last - started < seconds and key.data.send())
    for line in lines:
        line.socket.close()
    return Round(last - started, latencies, statuses, time.process_time() - cpu)


def interleave(lanes: Mapping[str, Callable[[], Round]], rounds: int) -> dict[str, list[Round]]:
    """Run every lane in turn, `rounds` times, backwards each second time; the first time of all only warms up."""
    found: dict[str, list[Round]] = {name: [] for name in lanes}
    for number in range(rounds + 1):
        for name in list(lanes) if number % 2 else reversed(list(lanes)):
            measured = lanes[name]()
            if number:
                found[name].append(measured)
    return found
