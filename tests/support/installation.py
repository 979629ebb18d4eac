"""`accord up` as a person runs it: a process of its own on a folder and a port of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]


class Installation:
    """One `accord up`. `said()` is what it has printed so far."""

    def __init__(self, folder: Path, port: int | None = None, *arguments: str) -> None:
        self.home = folder / "home"
        self.port = port or free_port()
        self._out = folder / f"out-{time.monotonic_ns()}.txt"
        kept = {name: value for name, value in os.environ.items() if name not in ("PORT", "BUS", "DATABASE_URL")}
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "accord", "up", "--port", str(self.port), *arguments],
                cwd=ROOT, stdout=out, stderr=out, env=kept | {"ACCORD_HOME": str(self.home)}, start_new_session=True,
            )  # fmt: skip

    def said(self) -> str:
        return self._out.read_text(encoding="utf-8")

    def wait_for(self, words: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while words not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, f"{words!r} was not said:\n{self.said()}"
            time.sleep(0.05)

    def wait_until_up(self, seconds: float = 120) -> None:
        self.wait_for(f"Accord is at http://127.0.0.1:{self.port}/", seconds)

    def status(self, path: str = "/") -> int:
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_: object) -> None:
                return None

        try:
            with urllib.request.build_opener(Stay).open(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def process_of(self, name: str, *, other_than: int = 0, seconds: float = 20) -> psutil.Process:
        """The process that runs now under that name; waits for a new one where the old was killed."""
        from accord.supervisor import running

        deadline = time.monotonic() + seconds
        while True:
            process = running(self.home / "run").get(name)
            if process is not None and process.pid != other_than:
                return process
            assert time.monotonic() < deadline, f"no {name} runs:\n{self.said()}"
            time.sleep(0.05)

    def end(self, number: int = signal.SIGINT, seconds: float = 60) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(seconds)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_of(home: Path) -> list[psutil.Process]:
    """Everything alive that was started for this folder."""
    found = []
    for process in psutil.process_iter():
        try:
            about = " ".join(process.cmdline()) + " " + process.environ().get("ACCORD_HOME", "")
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if str(home) in about and process.pid != os.getpid():
            found.append(process)
    return found
