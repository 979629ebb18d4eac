"""Clients that stop sending hold nobody else up, and are let go of. Over real sockets, on the worker that serves Accord."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

THREADS = 2
SILENCE = 2.0
APP = f"""
from flask import Flask, request
from flask_babel import Babel
from accord.patience import PatientWorker
from shared.web.plain_http import problem_from
from werkzeug.exceptions import HTTPException

class Hurried(PatientWorker):
    silence = {SILENCE}

app = Flask(__name__)
Babel(app)
app.config["MAX_CONTENT_LENGTH"] = 10_000_000
app.register_error_handler(HTTPException, lambda error: (problem_from(error).code, problem_from(error).status))

@app.post("/")
def take():
    return str(len(request.get_data()))

@app.get("/")
def hello():
    return "hello"
"""

Dial = Callable[[bytes], socket.socket]


@pytest.fixture
def dial(tmp_path: Path) -> Iterator[Dial]:
    """Opens a connection to a server of THREADS threads and sends what is given."""
    (tmp_path / "slow_app.py").write_text(APP)
    listener = socket.create_server(("127.0.0.1", 0))
    server = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "--no-control-socket", "--threads", str(THREADS), "-k", "slow_app.Hurried",
            "-b", f"fd://{listener.fileno()}", "slow_app:app",
        ],
        cwd=tmp_path,
        pass_fds=[listener.fileno()],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}"},
    )  # fmt: skip
    with ExitStack() as stack:

        def connect(sent: bytes) -> socket.socket:
            client = stack.enter_context(socket.create_connection(listener.getsockname(), timeout=20))
            client.sendall(sent)
            return client

        first = connect(GET)
        assert first.recv(100).startswith(b"HTTP/1.1 200"), "it serves"
        yield connect
    server.terminate()
    server.wait(20)
    listener.close()


GET = b"GET / HTTP/1.1\r\nHost: accord\r\n\r\n"
HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: acc"
SMALL_BODY = b"POST / HTTP/1.1\r\nHost: accord\r\nContent-Length: 1000\r\n\r\nabc"
LARGE_BODY = b"POST / HTTP/1.1\r\nHost: accord\r\nContent-Length: 1000000\r\n\r\nabc"


def _all_of(client: socket.socket) -> bytes:
    pieces = []
    while piece := client.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)


def _until(client: socket.socket, end: bytes) -> bytes:
    answer = b""
    while not answer.endswith(b"\r\n\r\n" + end):
        piece = client.recv(1000)
        assert piece, answer
        answer += piece
    return answer


@pytest.mark.parametrize("stalled", [b"", HALF_A_HEAD, SMALL_BODY], ids=["silent", "head", "body"])
def test_many_who_send_half_a_request_hold_nobody_up(dial: Dial, stalled: bytes) -> None:
    slow = [dial(stalled) for _ in range(20 * THREADS)]
    started = time.monotonic()
    assert dial(GET).recv(100).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - started < SILENCE / 2
    answer = _all_of(slow[0])
    assert SILENCE - 0.5 < time.monotonic() - started < SILENCE + 3, "let go of in good time"
    assert answer.startswith(b"HTTP/1.1 408") or not stalled


def test_who_stops_in_a_large_body_is_let_go_of(dial: Dial) -> None:
    slow = [dial(LARGE_BODY) for _ in range(THREADS)]
    started = time.monotonic()
    assert dial(GET).recv(100).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - started < SILENCE + 2
    for one in slow:
        answer = _all_of(one)
        assert answer.startswith(b"HTTP/1.1 408") and answer.endswith(b"too_slow")


def test_a_trickle_ends_too(dial: Dial) -> None:
    client = dial(LARGE_BODY)
    started = time.monotonic()
    client.settimeout(0.3)
    answer = b""
    while not answer and time.monotonic() - started < 10 * SILENCE:
        try:
            client.sendall(b"x")
            answer = client.recv(100)
        except TimeoutError:
            continue
    assert answer.startswith(b"HTTP/1.1 408")
    assert time.monotonic() - started < 2 * SILENCE + 3


def test_in_pieces_but_steadily_everything_arrives(dial: Dial) -> None:
    for request, size in ((SMALL_BODY, 1000), (LARGE_BODY, 1_000_000)):
        client = dial(request[:20])
        time.sleep(0.1)
        client.sendall(request[20:])
        rest = b"x" * (size - 3)
        for start in range(0, len(rest), max(1, len(rest) // 5)):
            time.sleep(0.1)
            client.sendall(rest[start : start + max(1, len(rest) // 5)])
        assert _until(client, str(size).encode()).startswith(b"HTTP/1.1 200")
        client.sendall(GET)
        assert _until(client, b"hello").startswith(b"HTTP/1.1 200"), "and the connection serves the next one"


def test_who_goes_away_in_the_middle_holds_nothing(dial: Dial) -> None:
    for request in (HALF_A_HEAD, SMALL_BODY, LARGE_BODY):
        client = dial(request)
        client.shutdown(socket.SHUT_WR)
        started = time.monotonic()
        _all_of(client)
        assert time.monotonic() - started < SILENCE / 2
