"""A gunicorn worker that no slow client holds: threads are for requests that have arrived.

A request's head, and a small body, are waited for by the worker's own loop, however many clients are slow to send them; a
larger body (a roster) is read by a thread, which waits no longer than `SILENCE` for the next piece of it. In a deployment the
gateway stands in front and hands on whole requests (deploy/gateway.conf); this is for where nothing stands in front.
"""

import errno
import re
import socket
import time
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import TConn, ThreadWorker

SILENCE = 10.0
"""Seconds that a whole head and small body may take, and that may pass between two pieces of anything larger."""
SLOWEST = 4_000
"""Bytes a second that a larger body has to bring, over all, once SILENCE has passed twice."""
SMALL = 65_536
"""Bytes of head and body together; every form that is not signed in to has fewer."""
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*(?:\r\n|$)")


class TimedSocket(socket.socket):
    """A client's connection. TimeoutError where it is silent, or slower than any line is; from then on at once."""

    def __init__(self, accepted: socket.socket, silence: float) -> None:
        super().__init__(fileno=accepted.detach())
        self._silence = silence
        self._stalled = False
        self._since = time.monotonic()
        self._received = 0

    def setblocking(self, flag: bool) -> None:
        """Blocking is for so long. gunicorn asks for it at the beginning of each request."""
        self.settimeout(self._silence if flag else 0.0)
        self._since, self._received = time.monotonic(), 0

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        late = time.monotonic() - self._since > 2 * self._silence + self._received / SLOWEST
        if self._stalled or (late and self.gettimeout() != 0.0):
            raise self._stall()
        try:
            data = super().recv(bufsize, flags)
        except TimeoutError:
            raise self._stall() from None
        self._received += len(data)
        return data

    def _stall(self) -> TimeoutError:
        self._stalled = True
        return TimeoutError(errno.ECONNRESET, "the client stopped sending")  # gunicorn takes it for one who has gone

    def sendall(self, data: Any, flags: int = 0) -> None:
        """The silence counts anew with each piece taken: a large file over a slow line may take its time."""
        rest = memoryview(data)
        while rest:
            rest = rest[self.send(rest, flags) :]


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """gthread, whose threads get a connection when a request has arrived on it."""

    silence = SILENCE

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._seen = bytearray(SMALL)  # looked into by the loop alone, one connection at a time

    def accept(self, listener: socket.socket) -> None:
        try:
            accepted, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        self._take(TConn(self.cfg, TimedSocket(accepted, self.silence), address, listener.getsockname()))

    def on_client_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """The next request on a connection that was kept open."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._take(conn)

    def _take(self, conn: TConn) -> None:
        """To a thread if its request is there; else it waits."""
        conn.wanted = self._bytes_wanted(conn.sock, 1)
        if not conn.wanted:
            conn.data_ready = True
            self.enqueue_req(conn)
            return
        conn.timeout = time.monotonic() + self.silence
        self.pending_conns.append(conn)
        if conn.wanted > 1:
            _wake_at(conn.sock, conn.wanted)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def on_pending_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        before, conn.wanted = conn.wanted, self._bytes_wanted(conn.sock, conn.wanted)
        if conn.wanted or before > 1:
            _wake_at(conn.sock, conn.wanted or 1)
        if conn.wanted:
            return
        super().on_pending_socket_readable(conn, client)

    def murder_pending(self) -> None:
        """Let go of those whose request has not arrived in time; who has begun one is told."""
        while self.pending_conns and self.pending_conns[0].timeout <= time.monotonic():
            conn = self.pending_conns.popleft()
            self.poller.unregister(conn.sock)
            self.nr_conns -= 1
            if conn.wanted > 1:
                with suppress(OSError):
                    conn.sock.recv(SMALL)  # what lies unread would cut the answer off
                    util.write_error(conn.sock, 408, "Request Timeout", "The request did not arrive in time.")
            conn.close()

    def _bytes_wanted(self, client: socket.socket, wanted: int) -> int:
        """How many bytes must have come before a thread is of use; 0: now. `wanted`: how many were waited for so far."""
        try:
            count = client.recv_into(self._seen, SMALL, socket.MSG_PEEK)
        except BlockingIOError:
            return wanted
        except OSError:
            return 0
        if count < wanted or count == SMALL:
            return 0  # no more will come, or the system can't wait for so many; or it is no small one
        end = self._seen.find(b"\r\n\r\n", 0, count)
        if end < 0:
            return count + 1
        head = self._seen[:end].lower()
        length = _LENGTH.search(head)
        if length is None or b"\r\nexpect:" in head or b"\r\ntransfer-encoding:" in head:
            return 0
        whole = end + 4 + int(length[1])
        return whole if count < whole <= SMALL else 0


def _wake_at(client: socket.socket, received: int) -> None:
    """Let the loop hear of this connection when so many bytes are there, not at each of them."""
    with suppress(OSError):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, received)
